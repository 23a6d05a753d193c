// What outlives a reload of the tab. It is taken when the page starts and put back when it goes, so that a duplicated tab,
// which inherits a copy of sessionStorage, finds nothing and counts as another device instead of fighting over this one's place.

import type { Path } from "./wire";

export interface Tab {
  device: string;
  /** The person had joined: a reload goes straight back. */
  joined: boolean;
  microphone: boolean;
}

const tabKey = "jalsa.tab";
const pathKey = "jalsa.path";
const pathAge = 6 * 3_600_000;

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

/** lastPath is what worked within the last six hours; networks change, so an older memory counts for nothing. */
export function lastPath(storage: Storage | undefined, now: number): Path {
  try {
    const since = Number(storage?.getItem(pathKey));
    return since > 0 && now - since < pathAge ? "relay" : "direct";
  } catch {
    return "direct";
  }
}

export function keepPath(storage: Storage | undefined, path: Path, now: number): void {
  try {
    if (path === "relay") storage?.setItem(pathKey, String(now));
    else storage?.removeItem(pathKey);
  } catch {
    // Next time both paths are tried again.
  }
}

/** randomDevice is 128 random bits, url-safe. */
export function randomDevice(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
