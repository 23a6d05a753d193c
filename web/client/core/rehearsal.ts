// A rehearsal: alone on a socket of its own, first over the direct path, then over the relay, with one's own voice and picture
// coming back from the server. What each leg carried is judged by pure functions.

import { levelFor } from "./ladder";
import { configuration, Link } from "./link";
import { pack } from "./pack";
import { allAsked, sendingAt } from "./sending";
import { Signal, type Socket } from "./signal";
import { type Counters, measured, sample } from "./stats";
import type { Admitted, Path, ServerMessage } from "./wire";

/** Fitness is what a connection carries: booking/rehearsal.go. */
export type Fitness = "good" | "voice" | "poor" | "none";

/** What one leg carried: bit/s, share of packets lost in the worse direction, ms. */
export interface Carried {
  up: number;
  down: number;
  loss: number;
  rtt: number;
}

export type Legs = Partial<Record<Path, Carried>>;

/** What is told to the server: kbit/s, percent, ms. */
export interface Found {
  fitness: Fitness;
  path: Path | "";
  up: number;
  down: number;
  loss: number;
  rtt: number;
}

/** How a rehearsal ended: with what was found, or with the word of a refusal. */
export type Outcome = { found: Found; legs: Legs } | { refused: string };

export interface RehearsalConfig {
  openSocket(): Socket;
  device: string;
  connect(configuration: RTCConfiguration): RTCPeerConnection;
  now(): number;
  microphone: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
  /** A picture that fills what a camera may send, so that the line is measured and not the scene. */
  pattern: MediaStreamTrack | null;
  /** The leg that goes on, and the own picture as it comes back, while it does. */
  progress(path: Path, picture: MediaStreamTrack | null): void;
}

const arriveWithin = 8_000;
const upWithin = 6_000;
const look = 1_000;
const fewestRate = 24_000; // bit/s: voice with its headers
const scarcelyHeard = { loss: 0.2, rtt: 2_000 };
const clearlySeen = { loss: 0.1, rtt: 1_000 };

/** fullest is what is sent at most, some 260 kbit/s: enough to tell that pictures pass, and no more of what a person pays for. */
const fullest = "medium";

/** Plan is how many seconds of a leg belong to what: voice alone, which tells losses; the camera; what fills the line, which tells rates. */
interface Plan {
  voice: number;
  picture: number;
  pattern: number;
}
const whole: Plan = { voice: 3, picture: 2, pattern: 5 };
const short: Plan = { voice: 2, picture: 0, pattern: 3 };

/** fitness judges what one leg carried. */
export function fitness({ up, down, loss, rtt }: Carried): Fitness {
  const rate = Math.min(up, down);
  if (rate < fewestRate || loss > scarcelyHeard.loss || rtt > scarcelyHeard.rtt) return "poor";
  const level = levelFor(rate);
  const seen = level !== "voice" && level !== "stills" && loss <= clearlySeen.loss && rtt <= clearlySeen.rtt;
  return seen ? "good" : "voice";
}

const order: Fitness[] = ["none", "poor", "voice", "good"];

/** judge takes the leg that carries more, the direct one of two alike. */
export function judge(legs: Legs): Found {
  let best: Found = { fitness: "none", path: "", up: 0, down: 0, loss: 0, rtt: 0 };
  for (const path of ["direct", "relay"] as const) {
    const leg = legs[path];
    if (!leg || order.indexOf(fitness(leg)) <= order.indexOf(best.fitness)) continue;
    const { up, down, loss, rtt } = leg;
    best = { fitness: fitness(leg), path, up: Math.round(up / 1000), down: Math.round(down / 1000), loss: Math.round(100 * loss), rtt: Math.round(rtt) };
  }
  return best;
}

/** carried reads the looks of one leg, a second apart, of which so many were of voice alone. Pictures push the line to its limit, where it loses packets of its own. */
export function carried(looks: readonly Counters[], voice: number): Carried {
  const first = looks[0];
  const alone = looks[Math.min(voice, looks.length - 1)];
  if (!first || !alone) return { up: 0, down: 0, loss: 0, rtt: 0 };
  const { loss, rtt } = measured(first, alone);
  let up = 0;
  let down = 0;
  looks.forEach((after, i) => {
    const before = looks[Math.max(0, i - 2)]; // two seconds: a sender does not send evenly
    if (!before) return;
    const { sent, received } = measured(before, after);
    up = Math.max(up, sent * (1 - (sample(before, after).loss ?? 0)));
    down = Math.max(down, received);
  });
  return { up, down, loss: Math.max(sample(first, alone).loss ?? 0, loss / 1000), rtt };
}

export class Rehearsal {
  private readonly signal: Signal;
  private link: Link | null = null;
  private nextId = 1;
  private welcomed: (message: Admitted | string) => void = () => undefined;
  private settle: (up: boolean) => void = () => undefined;
  private over: string | null = null; // why nothing more can come

  constructor(private readonly config: RehearsalConfig) {
    this.signal = new Signal({
      open: config.openSocket,
      device: config.device,
      now: config.now,
      status: (status) => {
        if (status === "lost") this.ended("lost");
      },
      message: (message) => this.heard(message),
      bye: (code) => this.ended(code),
    });
  }

  /** run goes through both legs. It takes some twenty seconds, and resolves always. */
  async run(): Promise<Outcome> {
    try {
      const welcome = await this.arrive();
      if (typeof welcome === "string") return welcome === "lost" ? { found: judge({}), legs: {} } : { refused: welcome };
      const legs: Legs = {};
      legs.direct = await this.leg("direct", welcome, whole);
      if (welcome.relay.length > 0) legs.relay = await this.leg("relay", welcome, legs.direct ? short : whole);
      // A lost socket, or one whose time is up, takes nothing from what was measured; a word of the gate does.
      if (this.over && this.over !== "lost" && this.over !== "left") return { refused: this.over };
      return { found: judge(legs), legs };
    } finally {
      this.stop();
    }
  }

  stop(): void {
    this.ended("left");
    this.signal.send({ type: "leave" });
    this.signal.stop();
    this.hangUp();
  }

  private arrive(): Promise<Admitted | string> {
    return new Promise((resolve) => {
      this.welcomed = resolve;
      setTimeout(() => resolve("lost"), arriveWithin);
      this.signal.start(false);
    });
  }

  private heard(message: ServerMessage): void {
    if (message.type === "admitted") this.welcomed(message);
    if (message.type === "answer" && message.pc === this.link?.id) void this.link.answer(message).catch(() => undefined);
  }

  private ended(code: string): void {
    this.over ??= code;
    this.welcomed(code);
    this.settle(false);
  }

  // One connection over one kind of path, measured by a plan; undefined if it does not come up.
  private async leg(path: Path, { relay, seats }: Admitted, plan: Plan): Promise<Carried | undefined> {
    this.config.progress(path, null);
    const settled = new Promise<boolean>((resolve) => (this.settle = resolve));
    const link = new Link({
      id: this.nextId++,
      path,
      pc: this.config.connect(configuration(path, relay)),
      layout: seats,
      asked: allAsked,
      sending: sendingAt("voice", allAsked),
      screen: false,
      plain: false,
      now: this.config.now,
      changed: ({ state }) => {
        if (state === "up" || state === "failed") this.settle(state === "up");
      },
    });
    this.link = link;
    link.carry("microphone", this.config.microphone);
    link.carry("camera", this.config.camera ?? this.config.pattern);
    try {
      const description = await pack(await link.offer());
      if (!this.signal.send({ type: "offer", pc: link.id, path, ...description, level: "medium" })) return undefined;
      setTimeout(this.settle, upWithin, false);
      if (!(await settled)) return undefined;
      this.signal.send({ type: "prefer", pc: link.id, seats: [{ seat: 0, height: 360 }] });
      return carried(await this.watch(link, plan), plan.voice);
    } catch {
      return undefined;
    } finally {
      this.signal.send({ type: "drop", pc: link.id });
      this.hangUp();
    }
  }

  // Looks once a second.
  private async watch(link: Link, { voice, picture, pattern }: Plan): Promise<Counters[]> {
    const looks: Counters[] = [];
    const seconds = voice + picture + pattern;
    for (let second = 0; second <= seconds && !this.over && link.state !== "failed"; second++) {
      if (second === voice) link.send(sendingAt(fullest, allAsked));
      if (second === voice && picture > 0 && this.config.camera) this.config.progress(link.path, link.video(0)?.track ?? null);
      if (second === voice + picture) {
        this.config.progress(link.path, null);
        link.carry("camera", this.config.pattern ?? this.config.camera);
      }
      await link.look();
      if (link.counters) looks.push(link.counters);
      if (second < seconds) await new Promise((resolve) => setTimeout(resolve, look));
    }
    return looks;
  }

  private hangUp(): void {
    this.link?.close();
    this.link = null;
  }
}
