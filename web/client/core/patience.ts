// How long a receiver of sound waits before it plays: longer where packets that were sent again come too late to be played. A
// browser fits its buffer to what arrives in order, and learns slowly from what does not.

/** Patience is of one receiver. */
export interface Patience {
  /** ms of sound that are kept ready at least; 0: what the browser thinks fit. */
  wait: number;
  /** When that changed, or was last needed. */
  since: number;
  /** Packets that came too late, as counted at the last look. */
  late: number;
}

const first = 120;
const step = 40;
const longest = 240; // voices answer one another still
const holds = 30_000;

/** patience is that of a receiver after one more look, at which so many packets had come too late. */
export function patience(before: Patience | undefined, late: number, now: number): Patience {
  if (!before) return { wait: 0, since: now, late };
  if (late > before.late) return { wait: Math.min(longest, before.wait === 0 ? first : before.wait + step), since: now, late };
  if (before.wait > 0 && now - before.since >= holds) return { wait: before.wait > first ? before.wait - step : 0, since: now, late };
  return { ...before, late };
}
