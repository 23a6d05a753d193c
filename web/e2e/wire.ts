import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP line to the server that can be cut and mended: what a phone in a lift has, with UDP going on beside it. */
export class Wire {
  private sockets = new Set<Socket>();
  private whole = true;
  private server!: Server;
  port = 0;
  /** Where the line leads; known once the server runs. */
  target = 0;

  static async lay(): Promise<Wire> {
    const wire = new Wire();
    wire.server = createServer(near => wire.join(near));
    await new Promise<void>(resolve => wire.server.listen(0, '127.0.0.1', resolve));
    wire.port = (wire.server.address() as { port: number }).port;
    return wire;
  }

  private join(near: Socket): void {
    if (!this.whole) {
      near.destroy();
      return;
    }
    const far = connect(this.target, '127.0.0.1');
    for (const [a, b] of [[near, far], [far, near]]) {
      this.sockets.add(a);
      a.on('error', () => a.destroy());
      a.on('close', () => (this.sockets.delete(a), b.destroy()));
      a.pipe(b);
    }
  }

  cut(): void {
    this.whole = false;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.whole = true;
  }

  async remove(): Promise<void> {
    this.cut();
    await new Promise(resolve => this.server.close(resolve));
  }

  /** The same link, reached over this line. */
  link(url: string): string {
    const u = new URL(url);
    u.port = String(this.port);
    return u.href;
  }
}
