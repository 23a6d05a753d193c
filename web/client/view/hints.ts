// What the browser already knows of the link before media flows.

import type { Hints } from "../core/ladder";

/** The part of navigator.connection that is read; only Chromium has it. */
interface Connection extends EventTarget {
  effectiveType?: string;
  saveData?: boolean;
}

export function connection(): Connection | undefined {
  return (navigator as { connection?: Connection }).connection;
}

/** linkHints tells how fast this page and its files came and how far away the server is. */
export function linkHints(): Hints {
  const { effectiveType: kind, saveData: saver } = connection() ?? {};
  const [page] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  const rtt = page ? page.responseStart - page.requestStart : 0;
  const files = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
  return { rate: rate([arrival(page ? [page] : []), arrival(files)]), rtt: rtt > 0 ? rtt : undefined, kind, saver };
}

interface Arrival {
  bytes: number;
  time: number; // ms
}

const firstPacket = 1_400; // bytes that are there when a response begins
const enough = 3_000; // bytes that tell something

// What came from the first byte to the last, without the round trips before. Files that come together share the line.
function arrival(entries: PerformanceResourceTiming[]): Arrival {
  // What came out of a cache was not transferred: its size is zero, or that of the headers.
  const fresh = entries.filter((each) => each.encodedBodySize > firstPacket && each.transferSize >= each.encodedBodySize && each.responseStart > 0);
  if (fresh.length === 0) return { bytes: 0, time: 0 };
  const begin = Math.min(...fresh.map((each) => each.responseStart));
  const end = Math.max(...fresh.map((each) => each.responseEnd));
  return { bytes: fresh.reduce((sum, each) => sum + each.encodedBodySize, -firstPacket), time: end - begin };
}

// In bit/s. A lost packet makes a transfer wait for seconds, and so the best one tells. Where script and style were fetched
// ahead, the page itself is all there is to go by.
function rate(arrivals: Arrival[]): number | undefined {
  const rates = arrivals.filter((each) => each.bytes >= enough).map((each) => (8_000 * each.bytes) / Math.max(1, each.time));
  return rates.length > 0 ? Math.max(...rates) : undefined;
}
