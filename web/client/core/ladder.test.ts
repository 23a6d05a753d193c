import { describe, expect, test } from "vitest";
import { begin, guess, type Ladder, levelFor, moved, type Sample, step } from "./ladder";
import type { Level } from "./wire";

const look = 2_000;

// Plays looks of two seconds and tells each level that was reached, and when, in seconds.
function climb(start: Level | Ladder, ...parts: [seconds: number, sample: Sample | ((level: Level) => Sample)][]) {
  let ladder = typeof start === "string" ? begin(start, 0) : start;
  let now = typeof start === "string" ? 0 : start.since;
  const moves: string[] = [];
  for (const [seconds, sample] of parts) {
    for (const end = now + seconds * 1000; now < end; ) {
      now += look;
      const before = ladder.level;
      ladder = step(ladder, typeof sample === "function" ? sample(before) : sample, now);
      if (ladder.level !== before) moves.push(`${now / 1000} ${ladder.level}`);
    }
  }
  return { moves, ladder, now };
}

const good: Sample = { available: 2_000_000, sent: 400_000, loss: 0, rtt: 60, jitter: 5 };
const quiet: Sample = { sent: 30_000, loss: 0, rtt: 300, jitter: 20 };

/** A link that carries so much: whoever sends more waits and loses. */
function link(capacity: number, rtt = 100) {
  const needs: Record<Level, number> = { voice: 24_000, stills: 32_000, small: 110_000, medium: 300_000, large: 440_000 };
  return (level: Level): Sample => {
    const sent = Math.min(capacity, needs[level]);
    const over = needs[level] > capacity;
    return { sent, available: level === "voice" || level === "stills" ? undefined : Math.min(capacity, 1.5 * sent), loss: over ? 0.12 : 0.01, rtt: rtt + (over ? 400 : 0), jitter: 10 };
  };
}

test.each([[0, "voice"], [44_999, "voice"], [45_000, "stills"], [110_000, "small"], [220_000, "medium"], [500_000, "large"]] as const)(
  "a link of %i bit/s is %s",
  (rate, level) => expect(levelFor(rate)).toBe(level),
);

describe("down", () => {
  test("two looks, and straight to what the estimate carries", () => {
    const poor = { available: 80_000, sent: 78_000, loss: 0.02, rtt: 60 };
    expect(climb("large", [20, good], [4, poor]).moves).toEqual(["24 stills"]);
  });

  test("one look and one level when line and estimate agree; the estimate falls too far at first", () => {
    const full = { available: 110_000, sent: 100_000, loss: 0.2, rtt: 500 };
    expect(climb("large", [20, good], [2, full], [10, { ...good, available: 260_000, sent: 200_000 }]).moves).toEqual(["22 medium"]);
    expect(climb("large", [20, good], [6, full]).moves).toEqual(["22 medium", "24 small"]);
  });

  test("no further than to a level that would not be left again", () => {
    expect(climb("large", [20, good], [4, { ...good, available: 160_000, sent: 150_000 }]).moves).toEqual(["24 medium"]);
    expect(climb("large", [20, good], [4, { ...good, available: 120_000, sent: 110_000 }]).moves).toEqual(["24 small"]);
  });

  test("not on one odd look", () => {
    const odd = { available: 60_000, sent: 58_000, loss: 0, rtt: 60 };
    expect(climb("large", [20, good], [2, odd], [20, good], [2, odd], [20, good]).moves).toEqual([]);
  });

  test("not because a still picture needs little", () => {
    expect(climb("large", [300, { available: 300_000, sent: 70_000, loss: 0, rtt: 60 }]).moves).toEqual([]);
  });

  test("not because a line with room loses much, in runs", () => {
    const wide = { available: 140_000, sent: 130_000, loss: 0.1, rtt: 90 };
    expect(climb("medium", [14, good], [30, wide], [2, { ...wide, loss: 0.2 }], [30, wide]).moves).toEqual([]);
  });

  test("not by an estimate alone, which falls for one late packet, before it has had ten seconds to grow again", () => {
    const few = { available: 119_000, sent: 110_000, loss: 0.01, rtt: 240, jitter: 15 };
    const usual = { ...few, available: 190_000, sent: 170_000 };
    expect(climb("medium", [30, usual], [10, few], [20, usual], [10, few], [20, usual]).moves).toEqual([]);
    expect(climb("medium", [30, usual], [30, few]).moves).toEqual(["44 small"]);
    expect(climb("medium", [30, usual], [10, { ...few, rtt: 700 }]).moves).toEqual(["32 small"]); // with a queue
  });

  test("soon after a step up by an estimate that was there before and fell, not by one that grows", () => {
    const thin = { available: 116_000, sent: 70_000, loss: 0.02, rtt: 250, jitter: 20 };
    const fallen = { ...thin, available: 59_000, sent: 80_000, rtt: 300 };
    expect(climb("small", [16, thin], [8, fallen], [10, thin]).moves).toEqual(["16 medium", "24 small"]);
    expect(climb("small", [16, thin], [4, { ...thin, sent: 110_000 }], [60, { ...thin, available: 190_000, sent: 170_000 }]).moves).toEqual(["16 medium"]);
  });

  test("not by what a browser thought of a link of 256 kbit/s that lost one packet in a hundred", () => {
    // Looks of Chromium: what it believed, what it sent, both in kbit/s, round trip and jitter.
    const looks = [
      [238, 80, 208, 1], [238, 117, 219, 31], [244, 153, 219, 31], [185, 186, 208, 90], [195, 148, 208, 90], [211, 178, 349, 46],
      [124, 133, 235, 18], [196, 142, 235, 11], [217, 149, 235, 11], [254, 186, 318, 47], [282, 206, 288, 18], [159, 174, 288, 18],
      [159, 117, 255, 33], [159, 120, 229, 61], [195, 173, 229, 61], [142, 130, 241, 17], [144, 90, 239, 75], [144, 103, 239, 75],
      [166, 119, 242, 94], [141, 153, 273, 16], [116, 112, 273, 16],
    ] as const;
    const samples = looks.map(([available, sent, rtt, jitter]): [number, Sample] => [2, { available: available * 1000, sent: sent * 1000, loss: 0.01, rtt, jitter }]);
    expect(climb("medium", ...samples).moves).toEqual([]);
  });

  test("not on the first guess of an estimate that has just begun", () => {
    expect(climb("large", [6, { available: 300_000, sent: 290_000, loss: 0, rtt: 60 }], [60, good]).moves).toEqual([]);
  });

  test("soon after a step up, by an estimate that had grown and fell", () => {
    expect(climb("medium", [16, good], [4, good], [6, { available: 200_000, sent: 190_000, loss: 0, rtt: 100 }]).moves).toEqual(["16 large", "22 medium"]);
  });

  test("by an estimate that leaves room only for the lower of two pictures", () => {
    expect(climb("large", [20, good], [4, { available: 250_000, sent: 110_000, loss: 0, rtt: 100 }]).moves).toEqual(["24 medium"]);
  });

  test("of small only by an estimate that stays low, for its picture fits itself to one that fell", () => {
    const low = { available: 70_000, sent: 65_000, loss: 0, rtt: 240 };
    expect(climb("small", [10, { ...low, available: 119_000 }], [30, low], [4, { ...low, available: 95_000, sent: 85_000 }], [30, low]).moves).toEqual([]);
    expect(climb("small", [10, { ...low, available: 119_000 }], [36, low]).moves).toEqual(["44 stills"]);
    expect(climb("small", [10, { ...low, available: 119_000 }], [16, { ...low, available: 42_000, sent: 40_000 }]).moves).toEqual(["14 stills"]);
  });

  test("to voice after ten seconds of heavy loss, not before", () => {
    const lossy = { ...good, loss: 0.2 };
    expect(climb("large", [20, good], [10, lossy], [2, good], [10, lossy]).moves).toEqual([]);
    expect(climb("large", [20, good], [14, lossy]).moves).toEqual(["34 voice"]);
  });

  test("to voice when an answer takes more than a second", () => {
    expect(climb("medium", [10, good], [4, { ...good, rtt: 1_200 }]).moves).toEqual(["14 voice"]);
  });

  test("by the line alone where the browser tells no estimate", () => {
    const crowded = { sent: 280_000, loss: 0.13, rtt: 450 };
    expect(climb("medium", [10, { ...good, available: undefined }], [4, crowded]).moves).toEqual(["14 small"]);
  });

  test("nothing told at all changes nothing", () => {
    expect(climb("small", [10, { sent: 0 }]).moves).toEqual([]);
  });
});

describe("up", () => {
  test("one level at a time, fifteen clean seconds each", () => {
    expect(climb("voice", [70, good]).moves).toEqual(["16 stills", "32 small", "48 medium", "64 large"]);
  });

  test("only after what disturbed has been over for as long", () => {
    expect(climb("small", [10, good], [2, { ...good, rtt: 400 }], [16, good]).moves).toEqual(["28 medium"]);
  });

  test("where the estimate leaves room, though it cannot grow past what is sent", () => {
    expect(climb("small", [16, { ...good, available: 140_000, sent: 90_000 }]).moves).toEqual(["16 medium"]);
    expect(climb("small", [16, { ...good, available: 100_000, sent: 90_000 }]).moves).toEqual([]);
  });

  test("to a second picture only where the estimate is near what both take", () => {
    expect(climb("medium", [20, { ...good, available: 380_000, sent: 250_000 }]).moves).toEqual(["16 large"]);
    expect(climb("medium", [60, { ...good, available: 340_000, sent: 220_000 }]).moves).toEqual([]);
  });

  test("a trial of pictures ends at the first estimate that does not carry them", () => {
    const trial = climb("stills", [16, quiet], [2, { available: 60_000, sent: 55_000, loss: 0, rtt: 320 }]);
    expect(trial.moves).toEqual(["16 small", "18 stills"]);
  });

  test("from voice by a trial, without an estimate", () => {
    expect(climb("voice", [34, quiet]).moves).toEqual(["16 stills", "32 small"]);
  });

  test("a trial that fails is over at the first look, and the next ones are ever rarer", () => {
    expect(climb("stills", [200, link(64_000)]).moves).toEqual(["16 small", "18 stills", "48 small", "50 stills", "110 small", "112 stills"]);
  });

  test("video is tried late on a link over which the page came slowly", () => {
    expect(climb(begin("voice", 0, 35_000), [100, quiet]).moves).toEqual(["16 stills", "76 small"]);
    expect(climb(begin("voice", 0, 31_000), [50, quiet]).moves).toEqual([]); // as full as one of 32 kbit/s can be
    expect(climb(begin("stills", 0, 63_000), [50, quiet]).moves).toEqual([]); // as full as one of 64 kbit/s can be
    expect(climb(begin("stills", 0, 75_000), [30, quiet]).moves).toEqual(["16 small"]); // as one of 128 kbit/s fills with many files
    expect(climb(begin("stills", 0, 160_000), [50, quiet]).moves).toEqual(["16 small", "32 medium"]);
  });

  test("a link of long standing that is only long is climbed like any other", () => {
    expect(climb("stills", [40, { ...quiet, rtt: 700 }]).moves).toEqual(["16 small", "32 medium"]);
  });

  test("a level that held for a minute makes the next trial as soon as ever", () => {
    const late = { ...begin("small", 0), wait: 120_000 };
    expect(climb({ ...late, trial: true }, [80, link(2_000_000)]).moves).toEqual(["60 medium", "76 large"]);
    expect(climb(late, [80, link(2_000_000)]).moves).toEqual([]);
  });
});

test.each([[64_000, "stills"], [85_000, "stills"], [130_000, "small"], [300_000, "medium"], [2_000_000, "large"]] as const)(
  "over a link of %i bit/s most of ten minutes is spent on %s",
  (capacity, level) => {
    const spent = new Map<Level, number>();
    climb("small", [600, (at) => (spent.set(at, (spent.get(at) ?? 0) + look), link(capacity)(at))]);
    expect(spent.get(level) ?? 0).toBeGreaterThan(450_000);
  },
);

test("a link of 40000 bit/s is hardly ever burdened with pictures", () => {
  let pictures = 0;
  climb("small", [600, (level) => ((pictures += level === "voice" || level === "stills" ? 0 : look), link(40_000)(level))]);
  expect(pictures).toBeLessThan(20_000);
});

test("another connection keeps the level and forgets the line", () => {
  const { ladder, now } = climb("medium", [10, good]);
  expect(moved(ladder, now)).toMatchObject({ level: "medium", floor: 0, since: now });
});

describe("the level to start with", () => {
  test.each([
    ["nothing known", {}, "small"],
    ["fast and near", { rate: 4_000_000, rtt: 40 }, "large"],
    ["fast and far", { rate: 4_000_000, rtt: 400 }, "medium"],
    ["fast, and how far is not known", { rate: 4_000_000 }, "medium"],
    ["a script that took its time", { rate: 64_000, rtt: 700 }, "stills"],
    ["a script that took for ever", { rate: 30_000, rtt: 700, last: "large" }, "voice"],
    ["cached, and good the last time", { last: "large", rtt: 60 }, "large"],
    ["cached, good the last time, now far away", { last: "large", rtt: 500 }, "medium"],
    ["cached, and thin the last time", { last: "voice", rtt: 60 }, "voice"],
    ["the browser calls it 2g", { last: "large", rtt: 60, kind: "2g" }, "stills"],
    ["the browser calls it slow-2g", { kind: "slow-2g" }, "voice"],
    ["the browser calls it 2g, and the page says more", { rate: 130_000, rtt: 1_500, kind: "2g" }, "small"],
    ["the browser saves data", { rate: 4_000_000, rtt: 40, saver: true }, "small"],
  ] as const)("%s: %o is %s", (_, hints, level) => expect(guess(hints)).toBe(level));
});
