import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Socket } from 'node:net';

/** What the server says, as far as stories look into it. */
interface Said {
  type: string;
  state?: string;
  code?: string;
  re?: string;
  text?: string;
  room?: string;
  number?: number;
  from?: number | string;
  participants?: { number: number; place: string; hand: number; screen: string; muted: string }[];
}

const op = { text: 1, close: 8, ping: 9, pong: 10 };

/**
 * Somebody who comes with neither camera nor microphone and no browser: the wire is all there is of them. They cost a story almost
 * nothing, and tell what the server says without a page in between.
 */
export class Bystander {
  /** Everything that was said to them, in order. */
  readonly heard: Said[] = [];
  private unread: Buffer = Buffer.alloc(0);
  private beat: NodeJS.Timeout;

  private constructor(private socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.read(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => clearInterval(this.beat));
    this.beat = setInterval(() => this.say({ type: 'ping', n: 1 }), 5_000);
  }

  /** Opens the link as a page does, and joins. */
  static async arrive(link: string): Promise<Bystander> {
    const entered = await fetch(link, { method: 'POST', redirect: 'manual' });
    const cookie = entered.headers.get('set-cookie')?.split(';')[0];
    const room = entered.headers.get('location');
    if (!cookie || !room) throw new Error(`the link answers ${entered.status}`);
    const address = new URL(`${room}ws`, link);
    const socket = await new Promise<Socket>((resolve, reject) => {
      const headers = {
        Cookie: cookie, Origin: address.origin, Connection: 'Upgrade', Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      };
      request(address, { headers })
        .on('upgrade', (_, socket: Socket) => resolve(socket))
        .on('response', r => reject(new Error(`the socket is answered ${r.statusCode}`)))
        .on('error', reject)
        .end();
    });
    const one = new Bystander(socket);
    one.say({ type: 'join', version: 1, device: randomBytes(12).toString('base64url'), replace: false });
    return one;
  }

  say(message: { type: string; [field: string]: unknown }): void {
    this.send(op.text, Buffer.from(JSON.stringify(message)));
  }

  /** The latest of what was said of this kind. */
  last(type: string): Said | undefined {
    return this.heard.findLast(said => said.type === type);
  }

  /** Where they are, by the last word on it: waiting, admitted or bye with its code. */
  get place(): string {
    const said = this.heard.findLast(({ type }) => type === 'waiting' || type === 'admitted' || type === 'bye');
    return said?.type === 'bye' ? said.code! : (said?.type ?? '');
  }

  /** What the hearing is doing, as they are told. */
  get state(): string | undefined {
    return this.heard.findLast(said => said.state !== undefined)?.state;
  }

  leave(): void {
    this.socket.destroy();
  }

  // RFC 6455, 5.2: a client's frames are masked, a server's are not. The server sends whole messages.
  private send(code: number, payload: Buffer): void {
    const mask = randomBytes(4);
    const head = payload.length < 126 ? Buffer.from([0x80 | code, 0x80 | payload.length]) : Buffer.from([0x80 | code, 0xfe, payload.length >> 8, payload.length & 0xff]);
    this.socket.write(Buffer.concat([head, mask, payload.map((byte, i) => byte ^ mask[i % 4])]));
  }

  private read(chunk: Buffer): void {
    this.unread = Buffer.concat([this.unread, chunk]);
    for (;;) {
      const short = this.unread.length < 2 ? 0 : this.unread[1];
      const start = short === 127 ? 10 : short === 126 ? 4 : 2;
      if (this.unread.length < start) return;
      const length = short === 127 ? Number(this.unread.readBigUInt64BE(2)) : short === 126 ? this.unread.readUInt16BE(2) : short;
      if (this.unread.length < start + length) return;
      const payload = this.unread.subarray(start, start + length);
      const code = this.unread[0] & 0x0f;
      this.unread = this.unread.subarray(start + length);
      if (code === op.text) this.heard.push(JSON.parse(payload.toString()));
      else if (code === op.ping) this.send(op.pong, payload);
      else if (code === op.close) this.socket.end();
    }
  }
}
