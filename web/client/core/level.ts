// The order of the levels, and the limits that a person may set. What a level is, ladder.ts says; what is sent at it, sending.ts.

import { type Level, levels } from "./wire";

/** Limit is the most that a person wants to use of their link, both ways; "": no limit. */
export const limits = ["", "small", "voice"] as const;
export type Limit = (typeof limits)[number];

export function rank(level: Level): number {
  return levels.indexOf(level);
}

/** lower is the thinner of two levels. */
export function lower(a: Level, b: Level): Level {
  return rank(a) < rank(b) ? a : b;
}
