import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Carried, carried, fitness, judge } from "./rehearsal";
import { first, follow, type StepEvent, type Steps, steps } from "./steps";
import { type Counters, counters } from "./stats";

const clear: Carried = { up: 380_000, down: 360_000, loss: 0.01, rtt: 90 };

test.each<[string, Partial<Carried>, string]>([
  ["a clear line", {}, "good"],
  ["the least for a picture", { up: 110_000, down: 110_000, loss: 0.1, rtt: 1_000 }, "good"],
  ["too little for a picture one way", { down: 109_000 }, "voice"],
  ["losses that tear a picture", { loss: 0.11 }, "voice"],
  ["an answer after more than a second", { rtt: 1_001 }, "voice"],
  ["the least for a voice", { up: 24_000 }, "voice"],
  ["too little for a voice", { up: 23_999 }, "poor"],
  ["losses that tear a voice", { loss: 0.21 }, "poor"],
  ["two seconds", { rtt: 2_001 }, "poor"],
])("%s", (_, change, wanted) => expect(fitness({ ...clear, ...change })).toBe(wanted));

test("the direct path is taken of two alike, the relay when it carries more", () => {
  const weak = { ...clear, up: 60_000 };
  expect(judge({ direct: clear, relay: clear })).toEqual({ fitness: "good", path: "direct", up: 380, down: 360, loss: 1, rtt: 90 });
  expect(judge({ direct: weak, relay: clear })).toMatchObject({ fitness: "good", path: "relay" });
  expect(judge({ relay: weak })).toMatchObject({ fitness: "voice", path: "relay", up: 60 });
  expect(judge({})).toEqual({ fitness: "none", path: "", up: 0, down: 0, loss: 0, rtt: 0 });
});

// A leg of three seconds of voice and four of pictures over a line of 300 kbit/s that loses one packet in twenty, and more when it is full.
function legOf(loseWhenFull: number): Counters[] {
  const looks: Counters[] = [];
  let sent = 0;
  let got = 0;
  let lost = 0;
  for (let second = 0; second <= 7; second++) {
    const full = second > 3;
    if (second > 0) {
      sent += full ? 37_500 : 4_000;
      got += full ? 190 : 95;
      lost += full ? loseWhenFull : 5;
    }
    looks.push(
      counters(
        [
          { type: "candidate-pair", id: "P", nominated: true, currentRoundTripTime: full ? 0.9 : 0.2 },
          { type: "outbound-rtp", id: "O", kind: "audio", bytesSent: sent, packetsSent: got + lost },
          { type: "inbound-rtp", kind: "audio", bytesReceived: sent, packetsReceived: got, packetsLost: lost },
        ],
        second * 1_000,
      ),
    );
  }
  return looks;
}

test("losses are those of voice alone, rates those of the full line", () => {
  const found = carried(legOf(100), 3);
  expect(found).toEqual({ up: 300_000, down: 300_000, loss: 0.05, rtt: 200 });
});

test("a leg that broke off early counts as far as it came", () => {
  expect(carried(legOf(100).slice(0, 2), 3)).toMatchObject({ up: 32_000, loss: 0.05 });
  expect(carried([], 3)).toEqual({ up: 0, down: 0, loss: 0, rtt: 0 });
});

function play(...events: StepEvent[]): Steps {
  return events.reduce(follow, first);
}

test("one step after the other, to the last", () => {
  expect(steps.map((_, n) => play(...Array<StepEvent>(n).fill({ type: "next" })).step)).toEqual([...steps]);
  expect(play(...Array<StepEvent>(9).fill({ type: "next" })).step).toBe("result");
});

test("again keeps what the devices told and forgets what the line did", () => {
  const done = play({ type: "voice" }, { type: "sound", heard: false }, { type: "access", kind: "camera", access: "on" }, { type: "done", outcome: { refused: "capacity" } });
  expect(follow(done, { type: "access", kind: "camera", access: "idle" }).seen).toBe(true);
  expect(follow(done, { type: "again" })).toMatchObject({ step: "connection", voice: true, sound: false, seen: true, outcome: null, kept: null });
});

test("every word of the page is in the catalogue", () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
  const words = Object.assign({}, ...["rehearsal", "room"].map((part) => JSON.parse(read(`../../locales/fr/${part}.json`)))) as Record<string, unknown>;
  const page = read("../view/rehearsal.tsx");
  const named = [...page.matchAll(/"((?:rehearsal|room)\.[a-z_.]+)"/g)].map((match) => match[1] ?? "");
  const composed = ["good", "voice", "poor", "none"].map((each) => `rehearsal.result.${each}`).concat("rehearsal.busy", "rehearsal.refused");
  const wanted = named.concat(
    composed.flatMap((key) => [`${key}.title`, `${key}.text`]),
    steps.slice(0, -1).map((step) => `rehearsal.${step}`),
    ["direct", "relay"].flatMap((path) => [`rehearsal.leg.${path}`, `rehearsal.path.${path}`]),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(wanted.filter((key) => !(key in words))).toEqual([]);
});
