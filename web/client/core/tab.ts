// What outlives a reload of the tab. It is taken when the page starts and put back when it goes, so that a duplicated tab,
// which inherits a copy of sessionStorage, finds nothing and counts as another device instead of fighting over this one's place.

export interface Tab {
  device: string;
  /** The person had joined: a reload goes straight back. */
  joined: boolean;
  microphone: boolean;
}

const tabKey = "jalsa.tab";

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

/** randomDevice is 128 random bits, url-safe. */
export function randomDevice(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
