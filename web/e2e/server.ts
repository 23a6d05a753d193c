import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

export interface Link {
  number: number;
  role: string;
  name: string;
  url: string;
}

export interface Appointment {
  reference: string;
  status: string;
  links: Link[];
}

/** The real program, started as a newcomer starts it, on free ports and a data folder of its own. */
export class Server {
  readonly data = mkdtempSync(join(tmpdir(), 'jalsa-'));
  private process?: ChildProcess;
  appointments: Appointment[] = [];
  /** It went on after a fault of its own that ended somebody's connection: reconnecting hides that from whoever only looks. */
  private panicked = false;
  private program = 'demo';
  private listen = '';
  private media = '';

  /** flags are added to those that every test needs; address is where media is received. */
  constructor(readonly flags: string[] = [], private address = '127.0.0.1') {}

  /** A server as an institution starts it: with nothing in its books, and letters taken to a mail server on this port. */
  static empty(post: number): Server {
    const server = new Server(['--smtp', `127.0.0.1:${post}`, '--smtp-tls', 'none', '--mail-from', 'Audiences <audiences@example.ma>']);
    server.program = 'serve';
    return server;
  }

  /** Starts, or starts again with the same ports and data. */
  async start(): Promise<void> {
    this.media ||= `${this.address}:${await freePort(this.address)}`;
    this.listen ||= `127.0.0.1:${await freePort('127.0.0.1')}`;
    const flags = ['--data', this.data, '--listen', this.listen, '--media', this.media, '--drain', '0s', '--log-level', 'warn', ...this.flags];
    if (this.program === 'demo') flags.push('--json');
    const child = spawn(join(root, 'jalsa'), [this.program, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.process = child;
    child.stderr!.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      this.panicked ||= chunk.includes('panicked');
    });
    if (this.program === 'demo') this.appointments = await this.printed(child);
    else await this.healthy();
  }

  private printed(child: ChildProcess): Promise<Appointment[]> {
    return new Promise((resolve, reject) => {
      let text = '';
      child.stdout!.on('data', (chunk: Buffer) => {
        text += chunk;
        try {
          resolve(JSON.parse(text));
        } catch {
          // not whole yet
        }
      });
      child.on('exit', code => reject(new Error(`server ended with ${code}`)));
    });
  }

  private async healthy(): Promise<void> {
    for (const end = Date.now() + 20_000; Date.now() < end; await new Promise(resolve => setTimeout(resolve, 50))) {
      if ((await fetch(`http://${this.listen}/healthz`).catch(() => undefined))?.ok) return;
    }
    throw new Error('server does not answer');
  }

  /** Runs another command of the program on the same data folder. */
  command(...args: string[]): Promise<string> {
    return this.tell('', ...args);
  }

  /** The same, with something to read for it. */
  async tell(input: string, ...args: string[]): Promise<string> {
    const child = spawn(join(root, 'jalsa'), [...args, '--data', this.data], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end(input);
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk));
    const code = await new Promise(resolve => child.on('exit', resolve));
    if (code !== 0) throw new Error(`jalsa ${args.join(' ')} ended with ${code}`);
    return text;
  }

  /** Books a hearing of its own for a test that ends or cancels it. */
  async book(...participants: string[]): Promise<Appointment> {
    const start = new Date(Date.now() - 60_000).toLocaleString('sv-SE', { timeZone: 'UTC' }).replace(' ', 'T').slice(0, 16);
    const args = ['book', '--json', '--institution', 'Tribunal', '--service', 'Audience', '--start', start, '--zone', 'UTC'];
    return JSON.parse(await this.command(...args, ...participants.flatMap(p => ['--participant', p])))[0];
  }

  get port(): number {
    return Number(this.listen.split(':')[1]);
  }

  /** The address of a page, as people type it. */
  at(path: string): string {
    return `http://localhost:${this.port}${path}`;
  }

  get now(): Appointment {
    return this.appointments[0];
  }
  get tomorrow(): Appointment {
    return this.appointments[1];
  }
  get cancelled(): Appointment {
    return this.appointments[2];
  }

  async kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.process;
    this.process = undefined;
    if (!child || child.exitCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>(resolve => child.on('exit', resolve));
    child.kill(signal);
    child.kill('SIGCONT');
    const code = await ended;
    if (this.panicked) throw new Error('the server panicked; see its log');
    return code;
  }

  /** Nothing comes from the server any more, and nothing is read there: what a dead line is for everybody at once. */
  freeze(): void {
    this.process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.process?.kill('SIGCONT');
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.data, { recursive: true, force: true });
  }
}

/** A port below those that systems give to clients: one of theirs could take it while the program is down. */
async function freePort(address: string): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const socket = createSocket('udp4');
    const free = await new Promise<boolean>(resolve => socket.on('error', () => resolve(false)).bind(port, address, () => resolve(true)));
    await new Promise<void>(resolve => socket.close(() => resolve()));
    if (free) return port;
  }
}
