import { describe, expect, test } from "vitest";
import { counters } from "./stats";
import type { Limit } from "./level";
import { stillsEvery, Uplink } from "./uplink";
import type { ClientMessage } from "./wire";

function setUp(limit: Limit = "") {
  const sent: ClientMessage[] = [];
  const changes: string[] = [];
  const kept: string[] = [];
  let heard = true; // the socket takes messages
  let now = 0;
  let bytes = 0;
  const uplink = new Uplink({
    now: () => now,
    limit,
    send: (message) => heard && sent.push(message) > 0,
    changed: (level, at, carries) => changes.push(at ? `${level} ${at} of ${carries}` : level),
    keep: (level) => kept.push(level),
  });
  /** Looks once a second at a link with this round trip; what arrives can stop. */
  const look = (seconds: number, { rtt = 0.05, id = 1, dead = false } = {}) => {
    for (let n = 0; n < seconds; n++) {
      now += 1_000;
      if (!dead) bytes += 1_000;
      const entries = [
        { type: "candidate-pair", selected: true, bytesReceived: bytes, currentRoundTripTime: rtt },
        { type: "outbound-rtp", id: "O", kind: "audio", bytesSent: bytes },
      ];
      uplink.look({ id, path: "direct", counters: counters(entries, now) });
    }
  };
  const levels = () => sent.flatMap((m) => (m.type === "level" ? [`${m.up} ${m.limit}`.trim()] : []));
  const reports = () => sent.flatMap((m) => (m.type === "report" ? [m] : []));
  return { uplink, sent, changes, kept, look, levels, reports, hear: (on: boolean) => (heard = on) };
}

describe("the level", () => {
  test("begins as the hints say, and is told once", () => {
    const { uplink, levels, changes } = setUp();
    uplink.welcome({ rate: 5_000_000, rtt: 30 });
    expect([levels(), changes]).toEqual([["large"], ["large"]]);
    uplink.pin("voice");
    expect(changes.slice(-1)).toEqual(["voice voice of large"]);
  });

  test("does not forget over the first connection how the page came", () => {
    const { uplink, levels, look } = setUp();
    uplink.welcome({ rate: 50_000, rtt: 600 });
    look(50);
    expect(levels()).toEqual(["stills"]);
    look(1, { id: 2 });
    look(20, { id: 2 });
    expect(levels()).toEqual(["stills", "small"]);
  });

  test("moves with the link, and is kept for the next time", () => {
    const { uplink, levels, kept, look } = setUp();
    uplink.welcome({});
    look(40);
    expect([levels(), kept]).toEqual([["small", "medium", "large"], ["medium", "large"]]);
    look(6, { rtt: 1.5 });
    expect([levels().slice(-1), kept.slice(-1)]).toEqual([["voice"], ["voice"]]);
  });

  test("falls sooner where two pictures go out", () => {
    const { uplink, levels, look } = setUp();
    uplink.welcome({ rate: 5_000_000, rtt: 30 });
    look(4);
    look(2, { rtt: 1.5 });
    expect(levels()).toEqual(["large", "voice"]);
  });

  test("is the person's own limit at most, and what the link carries is not forgotten over it", () => {
    const { uplink, levels, kept, look } = setUp();
    uplink.welcome({ rate: 5_000_000, rtt: 30 });
    uplink.pin("voice");
    look(20);
    uplink.pin("small");
    uplink.pin("");
    expect([levels(), kept]).toEqual([["large", "voice voice", "small small", "large"], []]);
  });

  test("does not climb to what the limit keeps from being tried", () => {
    const { uplink, levels, kept, look } = setUp();
    uplink.welcome({});
    uplink.pin("voice");
    look(300);
    uplink.pin("");
    expect([levels(), kept]).toEqual([["small", "voice voice", "small"], []]);
    look(2);
    expect(levels().slice(-1)).toEqual(["medium"]);
  });

  test("kept from an earlier hearing, the limit holds from the start", () => {
    const { uplink, levels } = setUp("voice");
    uplink.welcome({ rate: 5_000_000, rtt: 30 });
    expect(levels()).toEqual(["voice voice"]);
  });

  test("is told again to a new socket, and when one did not take it", () => {
    const { uplink, levels, hear } = setUp();
    hear(false);
    uplink.welcome({});
    hear(true);
    uplink.welcome({ rate: 5_000_000, rtt: 30 });
    uplink.welcome({});
    expect(levels()).toEqual(["small", "small"]);
  });

  test("stays on another connection", () => {
    const { uplink, levels, look } = setUp();
    uplink.welcome({});
    look(20);
    look(10, { id: 2 });
    expect(levels()).toEqual(["small", "medium"]);
  });

  test("is not moved by the last numbers of a dead line", () => {
    const { uplink, levels, look } = setUp();
    uplink.welcome({});
    look(10);
    look(60, { dead: true, rtt: 1.5 });
    expect(levels()).toEqual(["small"]);
  });
});

test("one record each ten seconds, of the connection in use only", () => {
  const { uplink, reports, look } = setUp();
  uplink.welcome({});
  look(25);
  look(12, { id: 2 });
  expect(reports().map((report) => report.pc)).toEqual([1, 1, 2]);
  expect(reports()[0]).toMatchObject({ path: "direct", level: "small", sent: 8_000, rtt: 50 });
});

test.each([
  ["voice", true, true, 0],
  ["stills", true, false, 10_000],
  ["stills", false, true, 0],
  ["small", true, false, 0],
  ["small", true, true, 8_000],
  ["large", true, true, 6_000],
] as const)("at %s, camera %s, asked for %s: a still each %i ms", (level, camera, asked, every) => {
  expect(stillsEvery(level, camera, asked)).toBe(every);
});
