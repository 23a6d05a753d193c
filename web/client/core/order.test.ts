import { describe, expect, test } from "vitest";
import { instant, noOrder, orderAfter, picturesPass, secondsLeft, soundPasses } from "./order";
import { roster, waiting } from "./testing";
import type { ConferenceState, Next } from "./wire";

const until = "2026-11-25T10:00:10Z";
const next: Next = { type: "next", appointment: "a", path: "/h/x/", reference: "R", people: 2 };

test("the roster tells state, reason, end of the countdown, lock and counted observers", () => {
  const told = orderAfter(noOrder, roster([], { state: "countdown", until, locked: true, observers: 3 }));
  expect(told).toEqual({ state: "countdown", reason: "", until: Date.parse(until), locked: true, observers: 3, next: null });
  expect(orderAfter(told, roster([], { state: "suspended", reason: "witness" }))).toMatchObject({ state: "suspended", reason: "witness", until: 0 });
});

test("one who waits is told the state, and nothing of the room", () => {
  const inside = orderAfter(noOrder, roster([], { locked: true, observers: 3 }));
  expect(orderAfter(inside, waiting({ state: "deliberation" }))).toEqual({ ...noOrder, state: "deliberation" });
});

test("the next hearing stays until the page goes there", () => {
  const told = orderAfter(noOrder, next);
  expect([orderAfter(told, roster([], { state: "paused" })).next, orderAfter(told, waiting()).next]).toEqual([next, next]);
});

test("what is of no order changes nothing", () => expect(orderAfter(noOrder, { type: "pong", n: 1, at: 1 })).toBe(noOrder));

describe("seconds left", () => {
  const at = instant(until);
  test.each<[string, number, number, number, number]>([
    ["clocks agree", at, 0, at - 9_500, 10],
    ["our clock is a minute behind", at, 60_000, at - 60_000 - 3_000, 3],
    ["our clock is a minute before", at, -60_000, at + 60_000 - 3_000, 3],
    ["over", at, 0, at + 1, 0],
    ["none runs", 0, 0, at, 0],
  ])("%s", (_, end, ahead, now, want) => expect(secondsLeft(end, ahead, now)).toBe(want));
  test.each(["", "soon"])("no instant: %j", (text) => expect(instant(text)).toBe(0));
});

test.each<[ConferenceState, boolean, boolean]>([
  ["in_session", true, true],
  ["open", true, true],
  ["paused", false, false],
  ["suspended", false, true],
  ["deliberation", true, true],
])("%s: sound %s, pictures %s", (state, sound, pictures) => {
  expect([soundPasses({ ...noOrder, state }), picturesPass({ ...noOrder, state })]).toEqual([sound, pictures]);
});
