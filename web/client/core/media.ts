// Keeps one working Link to the server: the path that worked last first, the other kind beside it after two seconds or a failure.
// The first one up wins, the others close and the server is told to drop them. A link that falls silent in a hearing keeps its
// place until another is up (heal.ts).

import { type Action, ails, heal, well } from "./heal";
import { configuration, Link, type Source } from "./link";
import { pack, type Packed } from "./pack";
import { modeOf } from "./screen";
import { allAsked, type Asked, type Sending, sendingAt, sendsPictures } from "./sending";
import type { Admitted, ClientMessage, Level, Path, Seat } from "./wire";

export type MediaStatus = "off" | "connecting" | "up" | "shaky";

export interface MediaConfig {
  connect(configuration: RTCConfiguration): RTCPeerConnection;
  now(): number;
  send(message: ClientMessage): boolean;
  lastPath(): Path;
  keepPath(path: Path): void;
  /** The browser can share a screen. */
  screen: boolean;
  /** Comparison runs: no look at the connections, nothing asked for that thin links need. */
  plain: boolean;
  /** Status, the link in use, or who sits in its seats changed. */
  changed(status: MediaStatus, link: Link | null): void;
  /** The link in use was looked at: its counters are new. */
  looked(link: Link): void;
  /** The link in use has fallen silent, and perhaps not it alone. */
  doubted(): void;
}

const headStart = 2_000;
const thinHeadStart = 4_000; // a second connection takes seconds from the first on a thin link
const firstRetry = 1_000;
const longestRetry = 15_000;
const lookEvery = 1_000;
const lookCloser = 300; // while one is doubted
const alarmFor = 5_000; // a network that changed is not trusted

const sources: Source[] = ["microphone", "camera", "screen"];

type Timer = ReturnType<typeof setTimeout> | undefined;

export class Media {
  private links: Link[] = [];
  private current: Link | null = null;
  private online = false;
  private admitted: Admitted | null = null;
  private level: Level;
  private nextId = 1;
  private readonly orphans: number[] = []; // closed with an offer on its way, which may arrive in the next room
  private untried: Path[] = [];
  private failures = 0;
  private second: Timer;
  private retry: Timer;
  private watch: Timer;
  private doubtful = false;
  private alarmed = -Infinity; // when the network changed
  private tried: Path | undefined; // beside a silent link
  private tracks: Record<Source, MediaStreamTrack | null> = { microphone: null, camera: null, screen: null };

  constructor(private readonly config: MediaConfig) {
    this.level = config.plain ? "large" : "small";
  }

  /** failing tells that all paths were tried in vain since one last worked. */
  get failing(): boolean {
    return this.failures > 0;
  }

  /** welcome starts media after each admission; connections that the server still holds go on untouched. */
  welcome(admitted: Admitted): void {
    const moved = this.admitted !== null && admitted.room !== this.admitted.room;
    if (moved) this.failures = 0; // what did not work for another room says little
    this.admitted = admitted;
    this.online = true;
    this.nextId = Math.max(this.nextId, ...admitted.pcs.map((id) => id + 1));
    for (const link of this.links.slice()) {
      if (!link.answered) this.tried = undefined; // nor was it: its offer went with the old socket
      if (moved) this.drop(link); // an offer that is still on its way would take a place in the other room
      else if (!admitted.pcs.includes(link.id) || !link.answered) this.discard(link);
      else void this.renew(link);
    }
    for (const id of this.orphans.splice(0)) this.config.send({ type: "drop", pc: id });
    for (const id of admitted.pcs) {
      if (!this.links.some((link) => link.id === id)) this.config.send({ type: "drop", pc: id });
    }
    if (this.links.length === 0) this.race();
    this.lookIn(0);
    this.report();
  }

  /** offline tells that offers cannot travel now; running media is left alone. */
  offline(): void {
    this.online = false;
    clearTimeout(this.second);
    clearTimeout(this.retry);
  }

  /** nudge tells that the network changed, or that the page woke: less silence counts, and what waits is tried now. */
  nudge(): void {
    this.alarmed = this.config.now();
    this.failures = 0;
    if (this.current) this.lookIn(0);
    else if (this.links.length === 0) this.race();
  }

  async answer(id: number, description: Packed): Promise<void> {
    const link = this.find(id);
    if (!link) return;
    try {
      if (await link.answer(description)) await this.offer(link);
    } catch {
      this.lost(link);
    }
  }

  /** reoffer offers a connection anew: the server has other terms for it. */
  reoffer(id: number): void {
    const link = this.find(id);
    if (link) void this.offer(link);
  }

  seats(id: number, seats: Seat[]): void {
    const link = this.find(id);
    if (!link) return;
    link.seats = seats;
    if (link === this.current) this.report();
  }

  /** asked takes what the server wants of one connection; true if it is the one in use. */
  asked(id: number, asked: Asked): boolean {
    const link = this.find(id);
    if (!link || this.config.plain) return false;
    link.asked = asked;
    link.send(this.sending(asked));
    return link === this.current;
  }

  /** adjust sends at another level from now on. */
  adjust(level: Level): void {
    this.level = level;
    this.resend();
  }

  /** refused gives up the links whose offer the server answered with an error. */
  refused(): void {
    for (const link of this.links.slice()) {
      if (link.answered) void this.withdraw(link);
      else this.lost(link);
    }
  }

  carry(kind: Source, track: MediaStreamTrack | null): void {
    this.tracks[kind] = track;
    for (const link of this.links) link.carry(kind, track);
    if (kind === "screen") this.resend(); // the camera makes room for it
  }

  stop(): void {
    this.offline();
    clearTimeout(this.watch);
    for (const link of this.links) {
      if (!link.answered) this.orphans.push(link.id);
      link.close();
    }
    this.links = [];
    this.current = null;
    this.admitted = null;
    this.config.changed("off", null);
  }

  private resend(): void {
    for (const link of this.links) link.send(this.sending(link.asked));
  }

  private sending(asked: Asked): Sending {
    const { screen } = this.tracks;
    return sendingAt(this.level, asked, screen ? modeOf(screen) : "");
  }

  private race(): void {
    clearTimeout(this.second);
    clearTimeout(this.retry);
    if (!this.online || !this.admitted) return;
    this.untried = this.paths(this.admitted);
    this.tryNext();
  }

  private paths(admitted: Admitted): Path[] {
    if (admitted.relay.length === 0) return ["direct"];
    return this.config.lastPath() === "relay" ? ["relay", "direct"] : ["direct", "relay"];
  }

  private tryNext(): void {
    clearTimeout(this.second);
    const path = this.untried.shift();
    if (!path || !this.online || !this.admitted) return;
    void this.begin(path, this.admitted);
    if (this.untried.length > 0) this.second = setTimeout(() => this.tryNext(), sendsPictures(this.level) ? headStart : thinHeadStart);
  }

  private async begin(path: Path, { relay, seats: layout }: Admitted): Promise<void> {
    const { connect, now, plain, screen } = this.config;
    const pc = connect(configuration(path, relay));
    const asked = this.current?.asked ?? allAsked;
    const sending = this.sending(asked);
    const link = new Link({ id: this.nextId++, path, pc, layout, asked, sending, screen, plain, now, changed: (each) => this.moved(each) });
    this.links.push(link);
    for (const kind of sources) link.carry(kind, this.tracks[kind]);
    this.report();
    await this.offer(link);
  }

  private async offer(link: Link): Promise<void> {
    const { id: pc, path } = link;
    try {
      const sdp = await link.offer();
      if (!sdp) return;
      const description = await pack(sdp);
      if (this.links.includes(link)) this.config.send({ type: "offer", pc, path, ...description, level: this.config.plain ? "" : this.level });
    } catch {
      this.lost(link);
    }
  }

  // An offer whose answer went with the old socket is made again.
  private async renew(link: Link): Promise<void> {
    if (await this.withdraw(link)) await this.offer(link);
  }

  private async withdraw(link: Link): Promise<boolean> {
    return link.withdraw().catch(() => (this.lost(link), false));
  }

  private moved(link: Link): void {
    if (link.state === "up") this.won(link);
    else if (link.state === "failed") this.lost(link);
    else if (link === this.current) this.lookIn(0);
    this.report();
  }

  // A link that was silent and works again keeps its place: nobody's picture has to begin anew.
  private won(link: Link): void {
    const { current } = this;
    if (current && current !== link && current.state === "up" && well(current.sight())) return this.drop(link);
    clearTimeout(this.second);
    clearTimeout(this.retry);
    this.failures = 0;
    this.untried = [];
    this.tried = undefined;
    this.doubtful = false;
    this.current = link;
    for (const other of this.links.filter((each) => each !== link)) this.drop(other);
    this.config.keepPath(link.path);
    this.lookIn(0);
  }

  private lost(link: Link): void {
    if (!this.links.includes(link)) return;
    this.drop(link);
    if (this.untried.length > 0) this.tryNext();
    else if (this.links.length === 0) this.again();
    this.report();
  }

  // The first new attempt after a working link is immediate, then they thin out.
  private again(): void {
    clearTimeout(this.retry);
    const wait = this.failures === 0 ? 0 : Math.min(longestRetry, firstRetry * 2 ** (this.failures - 1));
    this.failures = Math.min(this.failures + 1, 10);
    this.retry = setTimeout(() => this.race(), wait);
  }

  private lookIn(wait: number): void {
    clearTimeout(this.watch);
    this.watch = setTimeout(() => void this.look(), wait);
  }

  private async look(): Promise<void> {
    const { current, config } = this;
    if (!current) return;
    if (!config.plain) await current.look();
    if (current !== this.current) return;
    if (current.counters) config.looked(current);
    this.treat(current);
    const closer = this.links.length > 1 || this.doubtful || current.state !== "up";
    this.lookIn(closer ? lookCloser : lookEvery);
  }

  private treat(current: Link): void {
    const now = this.config.now();
    const alarmed = now - this.alarmed < alarmFor;
    const doubtful = ails(current.sight(), alarmed, now);
    if (doubtful !== this.doubtful) this.doubt(doubtful);
    const rival = this.links.find((each) => each !== current);
    if (!this.online || !this.admitted) return;
    const paths = this.paths(this.admitted);
    this.take(heal({ current: current.sight(), rival: rival?.sight(), tried: this.tried, paths, alarmed }, now), this.admitted);
  }

  private doubt(doubtful: boolean): void {
    this.doubtful = doubtful;
    if (doubtful) this.config.doubted();
    else this.tried = undefined;
    this.report();
  }

  private take(action: Action, admitted: Admitted): void {
    if (action.do === "begin") {
      this.tried = action.path;
      void this.begin(action.path, admitted);
    } else if (action.do === "drop") {
      const link = this.find(action.id);
      if (link) this.drop(link);
    }
  }

  private find(id: number): Link | undefined {
    return this.links.find((each) => each.id === id);
  }

  private drop(link: Link): void {
    this.config.send({ type: "drop", pc: link.id });
    this.discard(link);
  }

  private discard(link: Link): void {
    link.close();
    this.links = this.links.filter((each) => each !== link);
    if (this.current === link) this.current = null;
  }

  private report(): void {
    let status: MediaStatus = "connecting";
    if (!this.admitted) status = "off";
    else if (this.current) status = this.current.state === "up" && !this.doubtful ? "up" : "shaky";
    this.config.changed(status, this.current);
  }
}
