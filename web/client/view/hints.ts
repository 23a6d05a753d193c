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

/** linkHints tells how fast the page's own script came and how far away the server is. */
export function linkHints(script: string): Hints {
  const { effectiveType: kind, saveData: saver } = connection() ?? {};
  return { ...timings(script), kind, saver };
}

function timings(script: string): Pick<Hints, "rate" | "rtt"> {
  const [page] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  const rtt = page ? page.responseStart - page.requestStart : 0;
  const resources = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
  const entry = resources.find((each) => each.name === script);
  // What came out of a cache was not transferred: its size is zero, or that of the headers.
  const fresh = entry && entry.transferSize >= entry.encodedBodySize && entry.encodedBodySize > 0 && entry.duration > 0;
  return { rate: fresh ? (8_000 * entry.transferSize) / entry.duration : undefined, rtt: rtt > 0 ? rtt : undefined };
}
