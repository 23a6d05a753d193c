// One socket to the server, kept open: joins first, pings, notices silence, comes back with growing pauses.

import { type Clock, compared } from "./clock";
import { type ClientMessage, decode, encode, type ServerMessage, version } from "./wire";

/** What Signal needs of a WebSocket. */
export interface Socket {
  send(data: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

export type SignalStatus = "closed" | "connecting" | "open" | "lost";

export interface SignalConfig {
  open(): Socket;
  device: string;
  random?(): number;
  now(): number;
  status(status: SignalStatus): void;
  message(message: ServerMessage): void;
  /** The server sent us away for good; no new attempt is made. */
  bye(code: string, until?: string): void;
  /** How far the server's clock is before ours, in ms, as each answer tells. */
  clock?(ahead: number): void;
}

const pingEvery = 5_000;
const silence = 12_000;
const doubtedSilence = 4_000; // more than an answer takes on the longest line that still carries speech
const overdueTrips = 4; // where answers came sooner, and media has fallen silent too
const leastSilence = 1_000; // a lost packet is sent again within that
const firstPause = 500;
const longestPause = 15_000;

// signaling/close.go, for a server whose bye was lost on the way. 1000 says nothing: our own leaving is known without it, and
// Firefox, which closes the socket before a reload tells the page, reports it there too.
// 1009 is the library's word for a message that was too large: the same one would be sent again.
const closeCodes: Record<number, string> = {
  1009: "bad_message",
  4400: "bad_message",
  4401: "unknown_link",
  4403: "removed",
  4409: "already_connected",
  4410: "cancelled",
  4411: "closed",
  4412: "moved",
  4413: "replaced",
  4424: "too_late",
  4425: "too_early",
  4426: "requested",
  4503: "capacity",
};

// After these the server wants us back.
const passing = new Set(["restart", "slow", "rate"]);

/** pause is the wait before attempt n (0, 1, …): doubling to 15 s, half of it by chance so that a full house does not return at once. */
export function pause(attempt: number, random: number): number {
  const full = Math.min(longestPause, firstPause * 2 ** Math.min(attempt, 10));
  return Math.round(full * (0.5 + random / 2));
}

export class Signal {
  /** ms from a question to its answer, the last time; undefined before. */
  trip: number | undefined;

  private clock: Clock | undefined;
  private askedAt = 0;
  private socket: Socket | null = null;
  private attempt = 0;
  private pings = 0;
  private replace = false;
  private wanted = false;
  private welcome = false; // the server has had room for us since start
  private retry: ReturnType<typeof setTimeout> | undefined;
  private heartbeat: ReturnType<typeof setInterval> | undefined;
  private watchdog: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly config: SignalConfig) {}

  /** start opens the socket; replace takes the place of another device of the same person. */
  start(replace: boolean): void {
    this.replace = replace;
    this.wanted = true;
    this.welcome = false;
    this.attempt = 0;
    this.connect();
  }

  /** stop ends the socket without an event. */
  stop(): void {
    this.wanted = false;
    this.drop();
    clearTimeout(this.retry);
    this.config.status("closed");
  }

  /** nudge tries now instead of waiting out the pause, and asks of a socket that is there: the network or the page came back. */
  nudge(): void {
    this.ask(doubtedSilence);
  }

  /** doubt is nudge where media has fallen silent, too: a socket would not notice for long. */
  doubt(): void {
    const overdue = this.trip === undefined ? doubtedSilence : overdueTrips * this.trip;
    this.ask(Math.min(doubtedSilence, Math.max(leastSilence, overdue)));
  }

  // The patience is with the oldest question that has no answer yet.
  private ask(patience: number): void {
    if (!this.wanted) return;
    this.attempt = Math.min(this.attempt, 1);
    if (!this.socket) return this.connect();
    this.ping();
    const waited = this.askedAt > 0 ? this.config.now() - this.askedAt : 0;
    this.listen(Math.max(0, patience - waited));
  }

  send(message: ClientMessage): boolean {
    if (!this.socket || this.pings === 0) return false;
    this.socket.send(encode(message));
    return true;
  }

  private connect(): void {
    clearTimeout(this.retry);
    this.drop();
    this.config.status(this.attempt === 0 ? "connecting" : "lost");
    const socket = this.config.open();
    this.socket = socket;
    socket.onopen = () => this.opened(socket);
    socket.onmessage = (event) => this.received(event.data);
    socket.onclose = (event) => this.lost(closeCodes[event.code]);
    this.listen();
  }

  private opened(socket: Socket): void {
    this.pings = 1;
    this.askedAt = this.config.now();
    socket.send(encode({ type: "join", version, device: this.config.device, replace: this.replace }));
    this.listen();
    this.heartbeat = setInterval(() => this.ping(), pingEvery);
  }

  private ping(): void {
    if (this.pings === 0) return; // not open yet
    this.askedAt ||= this.config.now();
    this.send({ type: "ping", n: this.pings++ });
  }

  private received(data: unknown): void {
    this.listen();
    let message: ServerMessage;
    try {
      message = decode(String(data));
    } catch {
      return; // a frame we cannot read changes nothing; silence and close codes still speak
    }
    if (this.askedAt > 0 && (message.type === "pong" || message.type === "waiting" || message.type === "admitted")) {
      const now = this.config.now();
      if (message.type === "pong") this.clock = compared(this.clock, this.askedAt, message.at, now);
      this.trip = now - this.askedAt;
      this.askedAt = 0;
    }
    if (message.type === "pong") return void (this.clock && this.config.clock?.(this.clock.ahead));
    if (message.type === "bye") return this.dismissed(message.code, message.until);
    if (message.type === "waiting" || message.type === "admitted") {
      this.attempt = 0;
      this.welcome = true;
      this.replace = false; // a later reconnect must not push away whoever replaced us
      this.config.status("open");
    }
    this.config.message(message);
    if (this.pings === 1) this.ping(); // a countdown may run already: what time has the server?
  }

  private dismissed(code: string, until?: string): void {
    // A full house is no reason to give up a place that one had.
    if (passing.has(code) || (code === "capacity" && this.welcome)) return this.lost(undefined, code);
    this.wanted = false;
    this.drop();
    this.config.status("closed");
    this.config.bye(code, until);
  }

  private lost(finalCode: string | undefined, passingCode?: string): void {
    if (!this.wanted) return;
    if (finalCode) return this.dismissed(finalCode);
    this.drop();
    this.config.status("lost");
    if (passingCode === "rate") this.attempt = Math.max(this.attempt, 5);
    const wait = pause(this.attempt++, (this.config.random ?? Math.random)());
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.connect(), wait);
  }

  private listen(patience = silence): void {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.lost(undefined), patience);
  }

  // A dead socket may take minutes to say so: its handlers go before it does.
  private drop(): void {
    clearInterval(this.heartbeat);
    clearTimeout(this.watchdog);
    this.pings = 0;
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
