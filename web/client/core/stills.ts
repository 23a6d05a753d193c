// Still pictures in place of a camera that the link does not carry, or for those whose link does not: small, and sent while the
// person is silent. All of one leaves at once: three kilobytes, a third of them for its way as text, would fill the queue in front
// of a line of 64 kbit/s, and what is said meanwhile would be lost there.

/** Snap takes one picture of the camera: at most so wide, at a quality from 0 to 1; null: there is none now. */
export type Snap = (width: number, quality: number) => Promise<Uint8Array | null>;

export interface StillsConfig {
  now(): number;
  snap: Snap;
  send(image: Uint8Array): void;
  /** The person speaks now: a picture can wait. */
  speaks(): boolean;
}

/** largest is what one picture may weigh, in bytes: a fifth of a second of such a line. The server takes more. */
export const largest = 1_280;

const widths = [320, 240, 160];
const best = 0.8;
const worst = 0.2;
const tries = 3; // for each width, after the first
const firstAfter = 1_500; // a camera that was just opened is dark
const closest = 4_500; // the server takes no two within four seconds
const lookAgain = 400;
const patience = 12_000; // with who speaks on and on

/** smallEnough finds a picture that weighs little: less sharp first, then smaller. */
export async function smallEnough(snap: Snap, most = largest): Promise<Uint8Array | null> {
  for (const width of widths) {
    const coarse = await snap(width, worst);
    if (!coarse) return null;
    if (coarse.length <= most) return (await sharper(snap, width, most)) ?? coarse;
  }
  return null; // a scene that cannot be made small; the next one may
}

async function sharper(snap: Snap, width: number, most: number): Promise<Uint8Array | null> {
  let found: Uint8Array | null = null;
  let low = worst;
  let high = best;
  for (let n = 0; n < tries; n++) {
    const quality = n === 0 ? high : (low + high) / 2;
    const image = await snap(width, quality);
    if (!image) return found;
    if (image.length > most) {
      high = quality;
    } else {
      found = image;
      low = quality;
      if (quality === best) break;
    }
  }
  return found;
}

/**
 * bare leaves only the picture of a WebP (RFC 9649, section 2.7): Chromium adds the colour profile that everybody assumes anyway,
 * half a kilobyte of it. What is not a WebP stays as it is.
 */
export function bare(image: Uint8Array): Uint8Array {
  const name = (at: number) => String.fromCharCode(...image.subarray(at, at + 4));
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  if (name(0) !== "RIFF" || name(8) !== "WEBP" || name(12) !== "VP8X") return image;
  for (let at = 12; at + 8 <= image.length; ) {
    const end = at + 8 + view.getUint32(at + 4, true);
    if (name(at) === "VP8 ") return webp(image.subarray(at, end + (end % 2)));
    at = end + (end % 2);
  }
  return image;
}

function webp(chunk: Uint8Array): Uint8Array {
  const out = new Uint8Array(12 + chunk.length);
  out.set([..."RIFF____WEBP"].map((letter) => letter.charCodeAt(0)));
  new DataView(out.buffer).setUint32(4, 4 + chunk.length, true);
  out.set(chunk, 12);
  return out;
}

/** Stills sends one picture after the other while somebody is to see them. */
export class Stills {
  private every = 0;
  private last = -Infinity;
  private turn = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly config: StillsConfig) {}

  /** pace sends a picture now and then one in so many ms; 0: none. */
  pace(every: number): void {
    if (every === this.every) return;
    const begins = this.every === 0;
    this.every = every;
    if (begins || every === 0) this.turn++;
    if (every === 0) clearTimeout(this.timer);
    else if (begins) this.after(Math.max(firstAfter, this.last + closest - this.config.now()));
  }

  private after(wait: number): void {
    this.timer = setTimeout(() => void this.next(), wait);
  }

  private async next(waited = 0): Promise<void> {
    const { turn } = this;
    if (this.config.speaks() && waited < patience) {
      this.timer = setTimeout(() => void this.next(waited + lookAgain), lookAgain);
      return;
    }
    const image = await smallEnough(this.config.snap).catch(() => null);
    if (turn !== this.turn) return; // ended, or begun anew, meanwhile
    this.last = this.config.now();
    if (image) this.config.send(image);
    this.after(this.every);
  }
}
