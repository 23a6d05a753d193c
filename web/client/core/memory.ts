// What a browser remembers of a person's link from one hearing to the next: the path that worked, the level it bore, their own limit.

import { type Limit, limits } from "./level";
import { type Level, levels, type Path } from "./wire";

const pathKey = "jalsa.path";
const levelKey = "jalsa.level";
const limitKey = "jalsa.limit";
const day = 24 * 3_600_000;
const levelAge = 6 * 3_600_000;

/** lastPath is what worked for this person within the last day; networks change, so an older memory counts for nothing. */
export function lastPath(storage: Storage | undefined, person: string, now: number): Path {
  const since = read(storage, pathKey)[person];
  return typeof since === "number" && now - since < day ? "relay" : "direct";
}

/** keepPath remembers who needed the relay, and forgets the others: direct is tried first without being told. */
export function keepPath(storage: Storage | undefined, person: string, path: Path, now: number): void {
  const kept = Object.entries(read(storage, pathKey)).filter(([who, since]) => who !== person && typeof since === "number" && now - since < day);
  if (path === "relay") kept.push([person, now]);
  write(storage, pathKey, Object.fromEntries(kept));
}

/** lastLevel is where the ladder of this browser stood not long ago. */
export function lastLevel(storage: Storage | undefined, now: number): Level | undefined {
  const { level, at } = read(storage, levelKey);
  return typeof at === "number" && now - at < levelAge ? levels.find((each) => each === level) : undefined;
}

export function keepLevel(storage: Storage | undefined, level: Level, now: number): void {
  write(storage, levelKey, { level, at: now });
}

/** lastLimit is the most that the person wanted to use of their link; a choice stays until it is changed. */
export function lastLimit(storage: Storage | undefined): Limit {
  const { limit } = read(storage, limitKey);
  return limits.find((each) => each === limit) ?? "";
}

export function keepLimit(storage: Storage | undefined, limit: Limit): void {
  write(storage, limitKey, limit ? { limit } : {});
}

function read(storage: Storage | undefined, key: string): Record<string, unknown> {
  try {
    const kept: unknown = JSON.parse(storage?.getItem(key) ?? "null");
    return typeof kept === "object" && kept !== null ? (kept as Record<string, unknown>) : {};
  } catch {
    return {}; // storage is forbidden here or was written by something else
  }
}

function write(storage: Storage | undefined, key: string, value: Record<string, unknown>): void {
  try {
    if (Object.keys(value).length > 0) storage?.setItem(key, JSON.stringify(value));
    else storage?.removeItem(key);
  } catch {
    // Next time all is found out again.
  }
}
