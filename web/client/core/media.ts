// Keeps one working Link to the server: the path that worked last first, the other kind beside it after two seconds or a failure.
// The first one up wins, the others close and the server is told to drop them.

import { configuration, type Layout, Link } from "./link";
import { pack, type Packed } from "./pack";
import type { Admitted, ClientMessage, Path, Seat } from "./wire";

export type MediaStatus = "off" | "connecting" | "up" | "shaky";

export interface MediaConfig {
  connect(configuration: RTCConfiguration): RTCPeerConnection;
  send(message: ClientMessage): boolean;
  lastPath(): Path;
  keepPath(path: Path): void;
  /** Status, the link in use, or who sits in its seats changed. */
  changed(status: MediaStatus, link: Link | null): void;
}

const headStart = 2_000;
const shakyFor = 4_000;
const firstRetry = 1_000;
const longestRetry = 15_000;

type Timer = ReturnType<typeof setTimeout> | undefined;

export class Media {
  private links: Link[] = [];
  private current: Link | null = null;
  private online = false;
  private admitted: Admitted | null = null;
  private nextId = 1;
  private untried: Path[] = [];
  private failures = 0;
  private second: Timer;
  private retry: Timer;
  private grace: Timer;
  private tracks: Record<"microphone" | "camera", MediaStreamTrack | null> = { microphone: null, camera: null };

  constructor(private readonly config: MediaConfig) {}

  /** welcome starts media after each admission; connections that the server still holds go on untouched. */
  welcome(admitted: Admitted): void {
    this.admitted = admitted;
    this.online = true;
    this.nextId = Math.max(this.nextId, ...admitted.pcs.map((id) => id + 1));
    for (const link of this.links.slice()) {
      if (!admitted.pcs.includes(link.id) || !link.answered) this.discard(link);
    }
    for (const id of admitted.pcs) {
      if (!this.links.some((link) => link.id === id)) this.config.send({ type: "drop", pc: id });
    }
    if (this.current?.state === "shaky") this.awaitRecovery();
    else if (this.links.length === 0) this.race();
    this.report();
  }

  /** offline tells that offers cannot travel now; running media is left alone. */
  offline(): void {
    this.online = false;
    clearTimeout(this.second);
    clearTimeout(this.retry);
  }

  async answer(id: number, description: Packed): Promise<void> {
    const link = this.links.find((each) => each.id === id);
    if (!link) return;
    try {
      await link.answer(description);
    } catch {
      this.lost(link);
    }
  }

  seats(id: number, seats: Seat[]): void {
    const link = this.links.find((each) => each.id === id);
    if (!link) return;
    link.seats = seats;
    if (link === this.current) this.report();
  }

  /** refused gives up the links whose offer the server answered with an error. */
  refused(): void {
    for (const link of this.links.filter((each) => !each.answered)) this.lost(link);
  }

  carry(kind: "microphone" | "camera", track: MediaStreamTrack | null): void {
    this.tracks[kind] = track;
    for (const link of this.links) link.carry(kind, track);
  }

  stop(): void {
    this.offline();
    clearTimeout(this.grace);
    for (const link of this.links) link.close();
    this.links = [];
    this.current = null;
    this.admitted = null;
    this.config.changed("off", null);
  }

  private race(): void {
    clearTimeout(this.second);
    clearTimeout(this.retry);
    if (!this.online || !this.admitted) return;
    const paths: Path[] = this.admitted.relay.length > 0 ? ["direct", "relay"] : ["direct"];
    if (paths.length > 1 && this.config.lastPath() === "relay") paths.reverse();
    this.untried = paths;
    this.tryNext();
  }

  private tryNext(): void {
    clearTimeout(this.second);
    const path = this.untried.shift();
    if (!path || !this.online || !this.admitted) return;
    void this.begin(path, this.admitted);
    if (this.untried.length > 0) this.second = setTimeout(() => this.tryNext(), headStart);
  }

  private async begin(path: Path, admitted: Admitted): Promise<void> {
    const layout: Layout = admitted.seats;
    const pc = this.config.connect(configuration(path, admitted.relay));
    const link = new Link(this.nextId++, path, pc, layout, (each) => this.moved(each));
    this.links.push(link);
    link.carry("microphone", this.tracks.microphone);
    link.carry("camera", this.tracks.camera);
    this.report();
    try {
      const description = await pack(await link.offer());
      if (this.links.includes(link)) this.config.send({ type: "offer", pc: link.id, path, ...description, level: "" });
    } catch {
      this.lost(link);
    }
  }

  private moved(link: Link): void {
    if (link.state === "up") this.won(link);
    else if (link.state === "failed") this.lost(link);
    else if (link === this.current) this.awaitRecovery();
    this.report();
  }

  private won(link: Link): void {
    clearTimeout(this.second);
    clearTimeout(this.retry);
    clearTimeout(this.grace);
    this.failures = 0;
    this.untried = [];
    this.current = link;
    for (const other of this.links.filter((each) => each !== link)) {
      this.config.send({ type: "drop", pc: other.id });
      this.discard(other);
    }
    this.config.keepPath(link.path);
  }

  private lost(link: Link): void {
    if (!this.links.includes(link)) return;
    this.config.send({ type: "drop", pc: link.id });
    this.discard(link);
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

  // A shaky link may come back by itself; a new one is made beside it, before it breaks.
  private awaitRecovery(): void {
    clearTimeout(this.grace);
    this.grace = setTimeout(() => {
      if (this.current?.state === "shaky" && this.links.length === 1) this.race();
    }, shakyFor);
  }

  private discard(link: Link): void {
    link.close();
    this.links = this.links.filter((each) => each !== link);
    if (this.current === link) this.current = null;
  }

  private report(): void {
    let status: MediaStatus = "connecting";
    if (!this.admitted) status = "off";
    else if (this.current) status = this.current.state === "up" ? "up" : "shaky";
    this.config.changed(status, this.current);
  }
}
