// The way up as it is now: holds the ladder, looks at the connection in use, and tells media, server and page what follows.

import { begin, guess, type Hints, type Ladder, moved, step } from "./ladder";
import { type Limit, lower, rank } from "./level";
import type { Link } from "./link";
import { sendsPictures } from "./sending";
import { type Counters, measured, sample } from "./stats";
import type { ClientMessage, Level } from "./wire";

export interface UplinkConfig {
  now(): number;
  /** The person's own limit from an earlier hearing. */
  limit: Limit;
  send(message: ClientMessage): boolean;
  /** The level in force, the person's limit or what the link itself carries changed. */
  changed(level: Level, limit: Limit, carries: Level): void;
  /** The level that the link itself allows changed: worth remembering. */
  keep(level: Level): void;
}

const sampleEvery = 2_000;
const soon = 1_000; // at the highest level, where a browser whose line falls stops the upper of two pictures until there is one alone
const reportEvery = 10_000;
const stillEvery: Partial<Record<Level, number>> = { stills: 10_000, small: 8_000, medium: 6_000, large: 6_000 };

export class Uplink {
  private ladder: Ladder | undefined;
  private limit: Limit;
  private link = 0;
  private sampled: Counters | undefined;
  private reported: Counters | undefined;
  private told = "";

  constructor(private readonly config: UplinkConfig) {
    this.limit = config.limit;
  }

  /** level is what may be sent now. */
  get level(): Level {
    const level = this.ladder?.level ?? "small";
    return this.limit ? lower(level, this.limit) : level;
  }

  /** welcome begins a ladder with the first admission, and tells each new socket where it stands. */
  welcome(hints: Hints): void {
    this.told = "";
    if (!this.ladder) this.ladder = begin(guess(hints), this.config.now(), hints.rate);
    this.tell();
  }

  /** pin takes a person's own limit. */
  pin(limit: Limit): void {
    this.limit = limit;
    this.tell();
  }

  /** look takes what the connection in use has counted. */
  look({ id, path, counters }: Pick<Link, "id" | "path" | "counters">): void {
    if (!counters || !this.ladder) return;
    if (id !== this.link) {
      if (this.link !== 0) this.ladder = moved(this.ladder, counters.at); // what the page told is of the first one
      this.link = id;
      this.sampled = this.reported = counters;
      return;
    }
    const every = this.ladder.level === "large" ? soon : sampleEvery;
    if (!this.sampled || counters.at - this.sampled.at >= every - 100) this.sample(counters);
    if (!this.reported || counters.at - this.reported.at < reportEvery - 100) return;
    this.config.send({ type: "report", pc: id, path, level: this.level, ...measured(this.reported, counters) });
    this.reported = counters;
  }

  private sample(counters: Counters): void {
    const before = this.sampled;
    this.sampled = counters;
    // A silent line tells the numbers of its last word again and again.
    if (!before || !this.ladder || before.arrivals === counters.arrivals) return;
    const was = this.ladder;
    this.ladder = this.climbed(was, step(was, sample(before, counters), counters.at));
    if (this.ladder.level === was.level) return;
    this.config.keep(this.ladder.level);
    this.tell();
  }

  // What a person's limit holds back is not tried, and so cannot prove itself.
  private climbed(was: Ladder, next: Ladder): Ladder {
    const untried = this.limit !== "" && rank(next.level) > Math.max(rank(was.level), rank(this.limit));
    return untried ? { ...next, level: was.level, since: was.since, trial: was.trial, clean: was.clean } : next;
  }

  private tell(): void {
    if (!this.ladder) return;
    const message: ClientMessage = { type: "level", up: this.level, limit: this.limit };
    const text = JSON.stringify(message);
    this.config.changed(this.level, this.limit, this.ladder.level);
    if (text === this.told) return;
    if (this.config.send(message)) this.told = text;
  }
}

/** stillsEvery is how often a picture of the camera is sent, in ms; 0: never. Where video goes out, only for those who cannot have it. */
export function stillsEvery(level: Level, camera: boolean, asked: boolean): number {
  if (!camera || (sendsPictures(level) && !asked)) return 0;
  return stillEvery[level] ?? 0;
}
