// How fast a page's own files came, which is the first thing known of a link. Files that come together share the line; between those
// that come one after another it is the browser or the server that makes the line wait.

/** One response that came over the line, not out of a cache. */
export interface Transfer {
  bytes: number;
  /** First and last byte, in ms. */
  start: number;
  end: number;
}

const firstPacket = 1_400; // bytes that are there when a response begins
const enough = 3_000; // bytes that tell something
const breath = 5; // ms; behind a lost packet, which all wait for, several files end, and others begin, at one moment

/** rateOf is in bit/s. A lost packet makes a transfer wait for seconds, and so the best run of transfers tells. */
export function rateOf(transfers: readonly Transfer[]): number | undefined {
  const rates = runs(transfers)
    .filter((run) => run.bytes >= enough)
    .map((run) => (8_000 * run.bytes) / Math.max(1, run.end - run.start));
  return rates.length > 0 ? Math.max(...rates) : undefined;
}

// Transfers that overlap, together, without what was there at the first moment.
function runs(transfers: readonly Transfer[]): Transfer[] {
  const found: Transfer[] = [];
  for (const { bytes, start, end } of [...transfers].sort((a, b) => a.start - b.start)) {
    const last = found[found.length - 1];
    if (!last || start > last.end + breath) found.push({ bytes: bytes - firstPacket, start, end });
    else found[found.length - 1] = { bytes: last.bytes + bytes, start: last.start, end: Math.max(last.end, end) };
  }
  return found;
}
