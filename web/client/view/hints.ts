// What the browser already knows of the link before media flows.

import { rateOf, type Transfer } from "../core/arrival";
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
  // Where script and style were fetched ahead, the page itself is all there is to go by.
  const rates = [rateOf(transfers(page ? [page] : [])), rateOf(transfers(files))].filter((rate) => rate !== undefined);
  return { rate: rates.length > 0 ? Math.max(...rates) : undefined, rtt: rtt > 0 ? rtt : undefined, kind, saver };
}

const someBytes = 1_400; // less is there when a response begins

// What came out of a cache was not transferred: its size is zero, or that of the headers.
function transfers(entries: PerformanceResourceTiming[]): Transfer[] {
  return entries
    .filter((each) => each.encodedBodySize > someBytes && each.transferSize >= each.encodedBodySize && each.responseStart > 0)
    .map((each) => ({ bytes: each.encodedBodySize, start: each.responseStart, end: each.responseEnd }));
}
