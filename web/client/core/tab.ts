// What outlives a reload of the tab. It is taken when the page starts and put back when it goes, so that a duplicated tab,
// which inherits a copy of sessionStorage, finds nothing and counts as another device instead of fighting over this one's place.

import { type Limit, limits } from "./uplink";
import { type Level, levels, type Path } from "./wire";

export interface Tab {
  device: string;
  /** The person had joined: a reload goes straight back. */
  joined: boolean;
  microphone: boolean;
}

const tabKey = "jalsa.tab";
const pathKey = "jalsa.path";
const levelKey = "jalsa.level";
const limitKey = "jalsa.limit";
const day = 24 * 3_600_000;
const levelAge = 6 * 3_600_000;

export function takeTab(storage: Storage | undefined, random: () => string): Tab {
  const fresh = { device: random(), joined: false, microphone: true };
  try {
    const kept = storage?.getItem(tabKey);
    storage?.removeItem(tabKey);
    return kept ? { ...fresh, ...(JSON.parse(kept) as Partial<Tab>) } : fresh;
  } catch {
    return fresh; // storage is forbidden here or was written by something else
  }
}

export function keepTab(storage: Storage | undefined, tab: Tab): void {
  try {
    storage?.setItem(tabKey, JSON.stringify(tab));
  } catch {
    // A reload will count as another device, which asks before it replaces this one.
  }
}

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

/** randomDevice is 128 random bits, url-safe. */
export function randomDevice(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
