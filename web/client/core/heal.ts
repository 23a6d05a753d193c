// When a connection is given up on, and what is tried then: looks and times in, one action out. The old connection stays until
// another is up, and it keeps its place when it comes back first. The server holds two connections of a person: one rival at a time.

import type { LinkState } from "./link";
import type { Path } from "./wire";

/** Silence is how long nothing has come in on a connection: neither media nor reports nor answers to the browser's checks. */
export interface Silence {
  at: number;
  arrivals: number;
  /** ms without anything, counted only while we looked: a page that slept heard nothing either. */
  silent: number;
  /** How many looks in a row brought something, up to the silence if there is one. */
  busy: number;
}

/** Sight is what is known of a connection. */
export interface Sight {
  id: number;
  path: Path;
  state: LinkState;
  /** When it was begun, and when its state last changed, in ms. */
  begun: number;
  since: number;
  silence?: Silence;
}

/** What to do: nothing, begin a rival, or drop one. */
export type Action = { do: "wait" } | { do: "begin"; path: Path } | { do: "drop"; id: number };

export interface Healing {
  current: Sight;
  rival?: Sight;
  /** The path of the rival that was tried last, if any. */
  tried?: Path;
  paths: readonly Path[];
  /** The network has just changed: less silence is enough. */
  alarmed: boolean;
}

const longestGap = 2_000; // between two looks that belong together
const busyLooks = 3;
const deafAfter = 2_500; // on a connection where each look brought something
const idleDeafAfter = 7_500; // where only the browser's checks come, every 2.5 s
const alarmedAfter = 1_000;
const shakyFor = 4_000; // by the browser's own word alone
// For a rival beside a silent connection: a relay takes some more round trips.
const patience: Record<Path, number> = { direct: 4_000, relay: 8_000 };

/** listen goes on counting silence. */
export function listen(before: Silence | undefined, arrivals: number, at: number): Silence {
  if (!before) return { at, arrivals, silent: 0, busy: 0 };
  if (arrivals !== before.arrivals) return { at, arrivals, silent: 0, busy: before.silent === 0 ? before.busy + 1 : 1 };
  return { ...before, at, silent: before.silent + Math.min(at - before.at, longestGap) };
}

/** heal decides about one connection in use. */
export function heal({ current, rival, tried, paths, alarmed }: Healing, now: number): Action {
  const sick = ails(current, alarmed, now);
  if (rival) {
    if (!sick && well(current)) return { do: "drop", id: rival.id };
    return rival.state !== "up" && now - rival.begun >= patience[rival.path] ? { do: "drop", id: rival.id } : { do: "wait" };
  }
  return sick ? { do: "begin", path: next(tried, current.path, paths, alarmed) } : { do: "wait" };
}

/** ails tells whether a connection seems dead. */
export function ails({ state, since, silence }: Sight, alarmed: boolean, now: number): boolean {
  if (state === "shaky" && now - since >= shakyFor) return true;
  if (!silence || silence.busy === 0) return false; // this browser tells nothing, or nothing has come yet
  const busy = silence.busy >= busyLooks;
  return silence.silent >= (busy ? (alarmed ? alarmedAfter : deafAfter) : idleDeafAfter);
}

/** well tells whether something came in at the last look. */
export function well({ state, silence }: Sight): boolean {
  return silence ? silence.silent === 0 && state !== "failed" : state === "up";
}

// UDP that goes nowhere: the other kind of path. A new address: the same kind is as good as it was, and shorter.
function next(tried: Path | undefined, current: Path, paths: readonly Path[], alarmed: boolean): Path {
  const last = tried ?? (alarmed ? undefined : current);
  return paths.find((path) => path !== last && (last !== undefined || path === current)) ?? current;
}
