// The ladder of the uplink: five levels, the names and limits of sfu/level.go, where the server holds the same for the way down.
// One look at the connection and the time go in, the next state comes out. Down at once, up only after quiet and by one step,
// and every step up is a trial: a level that did not last makes the wait for the next one longer.
//
//	level   link          voice           camera
//	voice   below 45k     12k             none
//	stills  45k to 110k   16k             a still picture now and then (stills.ts)
//	small   110k to 220k  16k             180 lines
//	medium  220k to 500k  24k             360 lines
//	large   above 500k    24k             all that is asked for
//
// What a level sends is sending.ts. While no video goes out the browser estimates nothing; then loss, round trip and jitter speak alone.

import { lower, rank } from "./level";
import { type Level, levels } from "./wire";

/** One look at what goes out, over about two seconds. What a browser does not tell is left out. */
export interface Sample {
  /** bit/s that the browser believes the way up carries; only told while video goes out. */
  available?: number;
  /** bit/s sent. */
  sent: number;
  /** 0 to 1, of what was sent. */
  loss?: number;
  /** ms, there and back. */
  rtt?: number;
  /** ms, as the receiver sees it. */
  jitter?: number;
}

export interface Ladder {
  level: Level;
  /** When the level was entered, in ms like all times here. */
  since: number;
  /** The level was reached from below and has not proved itself. */
  trial: boolean;
  /** Since when nothing has spoken against more. */
  clean: number;
  /** Since when more was lost than speech bears; 0: it is not. */
  lossy: number;
  /** Since when the estimate has been too low for the level; 0: it is not. */
  poor: number;
  /** The estimate has been high enough for the level. */
  grown: boolean;
  /** How many looks in a row asked for less. */
  doubts: number;
  /** The shortest round trip of late, in ms; 0: none seen. */
  floor: number;
  /** How long it must be clean before the next step up, in ms. */
  wait: number;
  /** bit/s at which the page came, the one thing known of a link before video goes out; 0: not known. */
  known: number;
}

// From this many bit/s upwards a level is entered; it is left a fifth below, so that no link sits on an edge, or where its pictures
// would be too coarse: 360 lines take 90 kbit/s beside voice.
const enter: Record<Level, number> = { voice: 0, stills: 45_000, small: 110_000, medium: 220_000, large: 500_000 };
const leave: Record<Level, number> = { voice: 0, stills: 36_000, small: 88_000, medium: 125_000, large: 400_000 };

const firstWait = 15_000;
const longestWait = 120_000;
const proved = 60_000; // a step up that holds this long was right
const young = 12_000; // this long after a step up one bad look is enough
const settling = 15_000; // an estimate starts at 300 kbit/s and grows slowly: it speaks late against what needs more
// One that fell for a late packet is back in this time, for the one picture of small and medium fits itself to it: by a kbit/s or
// two in a second, of which small has fewer.
const regrowth = { small: 30_000, medium: 10_000 };
const tried = 6_000; // of a step up the estimate knew before: one that falls for so long has told
const severeLoss = 0.15; // speech with repair bears no more
const severeFor = 10_000;
const severeSoon = 2_000; // of a line that loses a tenth in runs, one look in seven finds more than severeLoss
const scattered = 0.05; // what is lost by a line that has no queue is not lost for want of room
const severeTrip = 1_000;

// Where the page came slower than this, in bit/s, a step to the level is hardly worth its trial. A page in several files comes at six
// tenths of the rate of a link or more, and never faster than it: stills are for more than 32 kbit/s, pictures for more than 64.
const likely: Record<Level, number> = { voice: 0, stills: 32_000, small: 68_000, medium: 157_000, large: 357_000 };
const unlikelyWait = 4;

/** begin starts a ladder at a level. */
export function begin(level: Level, now: number, known = 0): Ladder {
  return { level, since: now, trial: false, clean: now, lossy: 0, poor: 0, grown: false, doubts: 0, floor: 0, wait: firstWait, known };
}

/** moved keeps the level on another connection, over which the page did not come, and forgets what was measured on the last one. */
export function moved(ladder: Ladder, now: number): Ladder {
  return { ...begin(ladder.level, now), wait: ladder.wait };
}

/** step is the ladder after one more look. */
export function step(before: Ladder, sample: Sample, now: number): Ladder {
  const ladder = observe(before, sample, now);
  const asked = supported(ladder, sample, now);
  if (rank(asked) < rank(ladder.level)) {
    const doubts = ladder.doubts + 1;
    if (doubts >= 2) return fall(ladder, asked, now);
    // At the first look no further than one level: an estimate that has just fallen fell too far.
    return hasty(ladder, now) || agreed(ladder, sample, now) ? fall(ladder, below(ladder.level), now) : { ...ladder, doubts, clean: now };
  }
  const steady = { ...ladder, doubts: 0, clean: clean(ladder, sample) ? ladder.clean : now };
  if (steady.trial && now - steady.since >= proved) return rise({ ...steady, trial: false, wait: firstWait }, sample, now);
  return rise(steady, sample, now);
}

/** levelFor is the level of a link that carries so many bit/s. */
export function levelFor(rate: number): Level {
  return highest(enter, rate);
}

function highest(from: Record<Level, number>, rate: number): Level {
  let found: Level = "voice";
  for (const level of levels) if (rate >= from[level]) found = level;
  return found;
}

// The highest level that a link which carries so many bit/s need not leave.
function borneBy(rate: number): Level {
  return highest(leave, rate);
}

function observe(ladder: Ladder, sample: Sample, now: number): Ladder {
  const { loss, rtt } = sample;
  // The floor creeps up, doubling in two and a half minutes, for a link may have become longer for good.
  const floor = rtt === undefined ? ladder.floor : ladder.floor === 0 ? rtt : Math.min(ladder.floor * 1.01, rtt);
  const lossy = loss === undefined ? ladder.lossy : loss <= severeLoss ? 0 : ladder.lossy || now;
  const poor = low(sample, ladder) ? ladder.poor || now : 0;
  return { ...ladder, floor, lossy, poor, grown: ladder.grown || (sample.available ?? 0) >= leave[ladder.level] };
}

// The estimate is less than a level takes. One that is not used up is not what holds us back: a still picture needs little. But of
// two pictures the upper one is not sent at all where the estimate has fallen below what both take.
function low({ available, sent }: Sample, { level, grown }: Ladder): boolean {
  const limits = available !== undefined && (sent >= 0.6 * available || (level === "large" && grown));
  return limits && available < leave[level];
}

// An estimate alone does not end medium before it has had time to grow, at first and again, nor small before it had time again, if
// it carries a picture now and then; large only at first.
function witnessed({ level, since, trial, poor, grown }: Ladder, available: number, now: number): boolean {
  const settled = now - since >= settling;
  if (level === "small" && !trial) return now - poor >= regrowth.small || available < enter.stills;
  if (level === "medium" && trial && !grown) return now - poor >= tried;
  if (level === "medium") return settled && now - poor >= regrowth.medium;
  return level !== "large" || grown || settled;
}

// The highest level, up to the present one, that this look does not speak against.
function supported(ladder: Ladder, sample: Sample, now: number): Level {
  const { level, lossy, poor } = ladder;
  if ((sample.rtt ?? 0) > severeTrip) return "voice";
  if (lossy > 0 && now - lossy >= severeFor) return "voice";
  const { available } = sample;
  const full = crowded(ladder, sample, now);
  // Browsers think less of a line that loses much, whether or not there is room. Pictures fit themselves to that; voice in fewer
  // packets would only lose more with each.
  if (!full && (sample.loss ?? 0) > scattered && (available ?? 0) >= leave.small) return level;
  if (poor > 0 && available !== undefined && (full || witnessed(ladder, available, now))) return lower(borneBy(available), below(level));
  // Without an estimate a crowded line is all that tells; voice alone cannot be thinned by giving up pictures.
  if (full && rank(level) > rank("stills") && (available === undefined || hasty(ladder, now))) return below(level);
  return level;
}

function below(level: Level): Level {
  return levels[Math.max(0, rank(level) - 1)] ?? "voice";
}

// More waits in queues than a link of this length has by itself, or much has been lost for a while.
function crowded({ lossy, floor }: Ladder, { rtt }: Sample, now: number): boolean {
  return (lossy > 0 && now - lossy >= severeSoon) || (rtt ?? 0) > floor * 1.5 + 250;
}

function hasty(ladder: Ladder, now: number): boolean {
  return ladder.trial && now - ladder.since < young;
}

// Estimate and line say the same: no odd look.
function agreed(ladder: Ladder, sample: Sample, now: number): boolean {
  return sample.available !== undefined && sample.available < leave[ladder.level] && crowded(ladder, sample, now);
}

function clean(ladder: Ladder, sample: Sample): boolean {
  const { loss, rtt, jitter } = sample;
  return (loss ?? 0) <= 0.08 && (rtt ?? 0) <= ladder.floor * 1.5 + 150 && (jitter ?? 0) <= 120;
}

function fall(ladder: Ladder, level: Level, now: number): Ladder {
  const wait = ladder.trial ? Math.min(ladder.wait * 2, longestWait) : ladder.wait;
  return { ...ladder, level, since: now, trial: false, clean: now, poor: 0, grown: false, doubts: 0, wait };
}

function rise(ladder: Ladder, sample: Sample, now: number): Ladder {
  const level = levels[rank(ladder.level) + 1];
  if (!level) return ladder;
  const wait = ladder.wait * (ladder.known > 0 && ladder.known < likely[level] ? unlikelyWait : 1);
  if (now - Math.max(ladder.clean, ladder.since) < Math.min(wait, longestWait)) return ladder;
  // An estimate grows little past what is sent: where it leaves room, only a trial can tell. The highest level sends a second
  // picture, for which browsers first fill the line with padding: that must be worth it.
  const { available, sent } = sample;
  const room = available === undefined || available >= (level === "large" ? 0.75 * enter.large : Math.min(enter[level], 1.2 * sent));
  return room ? { ...ladder, level, since: now, trial: true, clean: now, poor: 0, grown: false, doubts: 0 } : ladder;
}

/** What is known of a link before anything was sent over it. */
export interface Hints {
  /** bit/s at which the page's own script came; undefined when it was in the cache. */
  rate?: number;
  /** ms, of the socket. */
  rtt?: number;
  /** navigator.connection, where there is one. */
  kind?: string;
  saver?: boolean;
  /** The level this browser ended on not long ago. */
  last?: Level;
}

/** guess is the level to start with: large only where all is known to be good, small where nothing is known. */
export function guess({ rate, rtt, kind, saver, last }: Hints): Level {
  const near = rtt !== undefined && rtt < 200;
  let level: Level = last === "large" && !near ? "medium" : (last ?? "small");
  if (rate !== undefined) level = rate > 1_000_000 && near ? "large" : lower(levelFor(rate), "medium");
  // Where the page told nothing, what the browser makes of round trips: one lost packet of a handshake is enough for 2g.
  else if (kind === "slow-2g") level = "voice";
  else if (kind === "2g") level = lower(level, "stills");
  return saver ? lower(level, "small") : level;
}
