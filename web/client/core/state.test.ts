import { describe, expect, test } from "vitest";
import { type Event, initial, reduce, sends, speaks, type State, strength, trouble } from "./state";
import * as testing from "./testing";
import { person } from "./testing";
import type { Limit } from "./level";
import type { Level, Participant, Pause, ServerMessage } from "./wire";

const start = initial(2, false);
const server = (message: ServerMessage): Event => ({ type: "server", message });
const waiting = server(testing.waiting({ position: 2, waiting: 3, delay_minutes: 5 }));
const admitted = server(testing.admitted());
const roster = (...participants: Participant[]): Event => server(testing.roster(participants));
const run = (state: State, ...events: Event[]) => events.reduce(reduce, state);

describe("phases", () => {
  test.each<[string, Event[], Partial<State>]>([
    ["nothing yet", [], { phase: "check", joining: false }],
    ["join pressed", [{ type: "joining", joining: true }], { phase: "check", joining: true }],
    ["waiting", [{ type: "joining", joining: true }, waiting], { phase: "waiting", joining: false, queue: { hostPresent: true, position: 2, waiting: 3, delay: 5 } }],
    ["admitted", [waiting, admitted], { phase: "hearing", queue: null }],
    ["sent back to wait", [admitted, roster(person(1, "in_hearing")), waiting], { phase: "waiting", people: [] }],
    ["removed", [admitted, roster(person(1, "in_hearing")), { type: "bye", code: "removed" }], { phase: "ended", people: [], seats: [], bye: { code: "removed", until: undefined } }],
    ["another device is in", [{ type: "bye", code: "already_connected" }], { phase: "ended", joining: false }],
    ["once more", [{ type: "bye", code: "left" }, { type: "again" }], { phase: "check", bye: null }],
    ["a lost socket keeps the hearing on screen", [admitted, roster(person(1, "in_hearing")), { type: "signal", status: "lost" }], { phase: "hearing", people: [person(1, "in_hearing")] }],
    ["refused request", [{ type: "server", message: { type: "error", code: "not_allowed", re: "admit" } }], { refusal: { code: "not_allowed", re: "admit" } }],
    ["refusal seen", [{ type: "server", message: { type: "error", code: "not_allowed", re: "admit" } }, { type: "seen" }], { refusal: null }],
    ["refusal of what nobody pressed", [{ type: "server", message: { type: "error", code: "unknown_pc", re: "prefer" } }], { refusal: null }],
    ["who speaks", [{ type: "server", message: { type: "speaking", numbers: [3, 1] } }], { speaking: [3, 1] }],
    ["who sits", [{ type: "media", status: "up", pc: 4, seats: [{ seat: 0, number: 1, screen: false, paused: "" }] }], { media: "up", pc: 4, seats: [{ seat: 0, number: 1, screen: false, paused: "" }] }],
  ])("%s", (_, events, want) => expect(run(start, ...events)).toMatchObject(want));
});

describe("arrivals", () => {
  const host = initial(1, true);
  test.each<[string, State, Event[], number]>([
    ["somebody comes to wait", host, [roster(person(3, "expected")), roster(person(3, "waiting"))], 1],
    ["waited before the host came", host, [roster(person(3, "waiting"), person(4, "waiting"))], 2],
    ["the same again", host, [roster(person(3, "waiting")), roster(person(3, "waiting"))], 1],
    ["comes back", host, [roster(person(3, "waiting")), roster(person(3, "expected")), roster(person(3, "waiting"))], 2],
    ["not the host's concern elsewhere", start, [roster(person(3, "waiting"))], 0],
  ])("%s", (_, from, events, want) => expect(run(from, ...events).arrivals).toBe(want));
});

describe("links", () => {
  const picture = (at: number) => ({ image: new Uint8Array([82, 73, 70, 70]), at });
  const still = (number: number, at = 5): Event => ({ type: "still", number, still: picture(at) });
  const sit = (paused: Pause): Event => ({ type: "media", status: "up", pc: 1, seats: [{ seat: 0, number: 3, screen: false, paused }] });
  const seen = roster(person(3, "in_hearing", { camera: true }), person(4, "in_hearing", { camera: true }));
  const inside = run(start, admitted, seen, sit("link"), still(3), still(4));
  test("the latest still of each is kept", () => expect(run(inside, still(4, 9)).stills).toEqual(new Map([[3, picture(5)], [4, picture(9)]])));
  test.each<[string, Event[], number[]]>([
    ["another sender's news", [still(4)], [3, 4]],
    ["a seat that is not paused: the sender's own link may be thin", [sit("")], [3, 4]],
    ["the camera is closed", [roster(person(3, "in_hearing"), person(4, "in_hearing", { camera: true }))], [4]],
    ["the socket is lost", [roster(person(3, "reconnecting", { camera: true }), person(4, "in_hearing", { camera: true }))], [3, 4]],
    ["somebody left", [roster(person(3, "in_hearing", { camera: true }))], [3]],
    ["sent back to wait", [waiting], []],
    ["the end", [{ type: "bye", code: "closed" }], []],
  ])("stills after %s", (_, events, want) => expect([...run(inside, ...events).stills.keys()]).toEqual(want));
  test("what does not change the stills keeps them as they are", () => expect(run(inside, seen, sit("link")).stills).toBe(inside.stills));

  const quality: Event = { type: "server", message: { type: "quality", participants: [{ number: 3, word: "poor" }] } };
  const unheard = (on: boolean): Event => ({ type: "server", message: { type: "unheard", on } });
  test.each<[string, Event[], Partial<State>]>([
    ["a word for each link", [quality], { quality: new Map([[3, "poor"]]) }],
    ["of those inside only", [quality, waiting], { quality: new Map() }],
    ["a silent microphone", [unheard(true)], { unheard: true }],
    ["heard again", [unheard(true), unheard(false)], { unheard: false }],
    ["a new socket is told again", [unheard(true), admitted], { unheard: false }],
    ["outside", [unheard(true), waiting], { unheard: false }],
  ])("%s", (_, events, want) => expect(run(inside, ...events)).toMatchObject(want));
});

describe("my link", () => {
  const up = run(start, admitted, { type: "media", status: "up", pc: 1, seats: [] });
  const level = (level: Level, limit: Limit = "", carries: Level = level): Event => ({ type: "level", level, limit, carries });
  const camera: Event = { type: "input", kind: "camera", change: { on: true, access: "on" } };
  test.each<[string, Event[], string]>([
    ["the first level is no move", [level("voice")], ""],
    ["a camera that pauses", [camera, level("large"), level("voice")], "room.move.voice"],
    ["a camera that gives stills", [camera, level("large"), level("stills")], "room.move.stills"],
    ["a smaller picture", [camera, level("large"), level("small")], "room.move.small"],
    ["a little less", [camera, level("large"), level("medium")], ""],
    ["seen again", [camera, level("stills"), level("small")], "room.move.back"],
    ["without a camera", [level("large"), level("stills")], "room.move.weak"],
    ["better without a camera", [level("voice"), level("small")], "room.move.better"],
    ["what was asked for", [camera, level("large"), level("voice", "voice", "large")], ""],
    ["read", [camera, level("large"), level("voice"), { type: "moveRead" }], ""],
    ["outside", [camera, level("large"), level("voice"), waiting], ""],
  ])("words of a move: %s", (_, events, want) => expect(run(up, ...events).move).toBe(want));
  test.each<[string, State, number]>([
    ["not up", run(start, admitted, level("large")), 0],
    ["voice", run(up, level("voice")), 1],
    ["small", run(up, level("small")), 2],
    ["large", run(up, level("large")), 3],
    ["large, and less wanted", run(up, level("voice", "voice", "large")), 3],
  ])("bars: %s", (_, state, want) => expect(strength(state)).toBe(want));
});

describe("trouble in words", () => {
  const inHearing = run(start, admitted, { type: "media", status: "up", pc: 1, seats: [] }, { type: "signal", status: "open" });
  test.each<[string, State, Event[], string]>([
    ["none", inHearing, [], ""],
    ["only the socket is away", inHearing, [{ type: "signal", status: "lost" }], "room.trouble.signal"],
    ["all is away", inHearing, [{ type: "signal", status: "lost" }, { type: "media", status: "shaky", pc: 1, seats: [] }], "room.trouble.all"],
    ["media is away", inHearing, [{ type: "media", status: "shaky", pc: 1, seats: [] }], "room.trouble.media"],
    ["media begins", inHearing, [{ type: "media", status: "connecting", pc: 0, seats: [] }], "room.trouble.connecting"],
    ["my screen is too much for my link", inHearing, [{ type: "shares", change: { mine: "on", mode: "motion" } }, { type: "level", level: "stills", limit: "", carries: "stills" }], "room.trouble.screen"],
    ["text is not", inHearing, [{ type: "shares", change: { mine: "on", mode: "text" } }, { type: "level", level: "stills", limit: "", carries: "stills" }], ""],
    ["host away", inHearing, [server(testing.roster([], { state: "suspended" }))], "room.trouble.suspended"],
    ["in the waiting room", run(start, waiting), [{ type: "signal", status: "lost" }], "room.trouble.waiting"],
    ["while joining", start, [{ type: "joining", joining: true }, { type: "signal", status: "lost" }], "room.trouble.joining"],
    ["ended", run(start, { type: "bye", code: "closed" }), [{ type: "signal", status: "lost" }], ""],
  ])("%s", (_, from, events, want) => expect(trouble(run(from, ...events))).toBe(want));
});

test("an input is sent when it is wanted and there", () => {
  expect(sends({ access: "on", on: true, device: "" })).toBe(true);
  expect(sends({ access: "on", on: false, device: "" })).toBe(false);
  expect(sends({ access: "lost", on: true, device: "" })).toBe(false);
  const state = run(start, { type: "input", kind: "camera", change: { on: true } }, { type: "input", kind: "camera", change: { access: "on" } });
  expect([sends(state.camera), sends(start.microphone)]).toEqual([true, false]);
});

test.each([
  ["up", true],
  ["shaky", false],
  ["connecting", false],
] as const)("who spoke last is marked while sound is %s: %s", (media, marked) => {
  expect(speaks({ ...start, media, speaking: [3] }, 3)).toBe(marked);
  expect(speaks({ ...start, media, speaking: [3] }, 1)).toBe(false);
});
