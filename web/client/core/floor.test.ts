import { describe, expect, test } from "vitest";
import { cellsOf, frontOf, hands, inFront, layoutOf, locked, myHand } from "./floor";
import { type Event, initial, reduce, type State } from "./state";
import { admitted, person, roster, waiting } from "./testing";
import type { Layout, Participant, Roster, ServerMessage } from "./wire";

const server = (message: ServerMessage): Event => ({ type: "server", message });
const me = (more: Partial<Participant> = {}) => person(2, "in_hearing", more);
const host = person(1, "in_hearing", { role: "host" });
const told = (participants: Participant[], more: Partial<Roster> = {}) => server(roster(participants, more));
const run = (state: State, ...events: Event[]) => events.reduce(reduce, state);
const on: Event = { type: "input", kind: "microphone", change: { access: "on", on: true } };
const inside = run(initial(2, false, "party"), server(admitted()), on, told([host, me(), person(3), person(4)]));

describe("a microphone that a host has switched off", () => {
  const muted = run(inside, told([host, me({ muted: "muted" })]));
  test("is off here too, and says so", () => expect([muted.microphone.on, muted.floor.told]).toEqual([false, "muted"]));
  test("stays as the person has it from then on", () => {
    const back = run(muted, { type: "mutedRead" }, on, told([host, me({ muted: "muted", microphone: false })]));
    expect([back.microphone.on, back.floor.told]).toEqual([true, ""]);
  });
  test("a roster from before the server knew that it is off says nothing new", () => {
    const late = run(muted, { type: "mutedRead" }, told([host, me({ muted: "muted", microphone: true })]));
    expect([late.microphone.on, late.floor.told]).toEqual([false, ""]);
  });
  test("once more, where the roster between the two was skipped", () => {
    const again = run(muted, { type: "mutedRead" }, on, told([host, me({ muted: "muted", microphone: true })]));
    expect([again.microphone.on, again.floor.told]).toEqual([false, "muted"]);
  });
  test("is told until it is read or undone", () => {
    expect(run(muted, { type: "mutedRead" }).floor.told).toBe("");
    expect(run(muted, told([host, me()])).floor.told).toBe("");
  });
  test("once more", () => expect(run(muted, on, told([host, me()]), told([host, me({ muted: "muted" })])).microphone.on).toBe(false));
  test("locked after muted is news", () => {
    const shut = run(muted, { type: "mutedRead" }, told([host, me({ muted: "locked" })]));
    expect([shut.floor.told, locked(shut)]).toEqual(["locked", true]);
  });
  test("unlocked is neither switched on nor news", () => {
    const free = run(inside, told([host, me({ muted: "locked" })]), told([host, me({ muted: "muted", microphone: false })]));
    expect([free.microphone.on, locked(free), free.floor.told]).toEqual([false, false, ""]);
  });
  test("somebody else's is not mine", () => expect(run(inside, told([host, me(), person(3, "in_hearing", { muted: "locked" })])).microphone.on).toBe(true));
  test("is off for who comes back muted", () => expect(run(initial(2, false, "party"), server(admitted()), on, told([me({ muted: "locked" })])).microphone.on).toBe(false));
});

describe("a request to switch on", () => {
  const asked = run(inside, { type: "input", kind: "microphone", change: { on: false } }, server({ type: "asked", what: "microphone" }), server({ type: "asked", what: "camera" }));
  test("is a question: nothing is on", () => expect([asked.floor.asked, asked.microphone.on, asked.camera.on]).toEqual([["microphone", "camera"], false, false]));
  test("asked twice is one question", () => expect(run(asked, server({ type: "asked", what: "camera" })).floor.asked).toEqual(["microphone", "camera"]));
  test.each<[string, Event, string[]]>([
    ["declined", { type: "answered", what: "camera" }, ["microphone"]],
    ["followed", { type: "input", kind: "camera", change: { on: true } }, ["microphone"]],
    ["overtaken by a mute", told([host, me({ muted: "muted" })]), ["camera"]],
    ["out of the hearing", server(waiting()), []],
    ["in a consultation", server(admitted({ room: "r" })), []],
    ["after a lost socket it still stands", server(admitted()), ["microphone", "camera"]],
  ])("%s", (_, event, want) => expect(run(asked, event).floor.asked).toEqual(want));
});

test("hands are a queue", () => {
  const people = [person(3, "in_hearing", { hand: 2 }), me({ hand: 3 }), person(4), person(5, "in_hearing", { hand: 1 })];
  expect([hands(people).map((one) => one.number), myHand({ people, number: 2 }), myHand({ people, number: 4 })]).toEqual([[5, 3, 2], 3, 0]);
});

describe("layout", () => {
  test.each<[string, Layout | "", Layout | "", boolean, Layout]>([
    ["before any choice", "", "", false, "grid"],
    ["as the host has it", "speaker", "", false, "speaker"],
    ["my own first", "speaker", "grid", true, "grid"],
    ["a shared screen is to be read", "grid", "", true, "document"],
    ["a document that nobody shows", "document", "", false, "speaker"],
  ])("%s", (_, hosts, own, shown, want) => {
    const state = run(inside, told([host, me(), person(3, "in_hearing", { screen: shown ? "text" : "" })], { layout: hosts }), { type: "ownLayout", layout: own });
    expect(layoutOf(state)).toBe(want);
  });
  test("my own choice outlives a wait", () => expect(run(inside, { type: "ownLayout", layout: "speaker" }, server(waiting()), server(admitted())).floor.own).toBe("speaker"));
});

describe("in front", () => {
  const people = [host, me(), person(3), person(4), person(5, "in_hearing", { sign: true })];
  const stage = run(inside, told(people, { layout: "speaker" }));
  const speaking = (...numbers: number[]) => server({ type: "speaking", numbers });
  test.each<[string, Event[], number[]]>([
    ["the host before anybody speaks, and who signs always", [], [1, 5]],
    ["who speaks", [speaking(3)], [3, 5]],
    ["who spoke last", [speaking(3), speaking()], [3, 5]],
    ["not me", [speaking(3), speaking(2)], [3, 5]],
    ["who has the floor", [speaking(3), told(people, { layout: "speaker", spotlight: 4 })], [4, 5]],
    ["my pin before the floor", [told(people, { layout: "speaker", spotlight: 4 }), { type: "pin", number: 3 }], [3, 4, 5]],
    ["a pin on somebody who left", [{ type: "pin", number: 3 }, told([host, me(), person(4)], { layout: "speaker" })], [1]],
    ["a grid has none but the chosen", [told(people, { layout: "grid", spotlight: 3 })], [3, 5]],
    ["the floor is mine: I do not see myself", [told(people, { layout: "grid", spotlight: 2 })], [5]],
    ["and comes back unpinned", [{ type: "pin", number: 3 }, told([host, me(), person(4)], { layout: "speaker" }), told(people, { layout: "speaker" })], [1, 5]],
  ])("%s", (_, events, want) => expect(inFront(run(stage, ...events)).map((one) => one.number)).toEqual(want));
});

describe("who is large", () => {
  const signer = person(9, "in_hearing", { sign: true });
  const page = (number: number) => person(number, "in_hearing", { screen: "text" });
  const people = [host, me(), page(3), page(4), person(5), person(6), person(7), person(8), signer];
  const stage = run(inside, told(people, { layout: "speaker" }), { type: "ownLayout", layout: "speaker" });
  const own = (layout: Layout): Event => ({ type: "ownLayout", layout });
  const pin = (number: number): Event => ({ type: "pin", number });
  const floor = told(people, { layout: "speaker", spotlight: 6 });
  test.each<[string, Event[], number[], number[]]>([
    ["a speaker and who signs", [], [], [1, 9]],
    ["whom I keep, and who signs: the floor gives way to the hands", [floor, pin(5)], [], [5, 9]],
    ["who signs, once, though I keep them", [floor, pin(9)], [], [9, 6]],
    ["a document and who signs, though I keep another", [own("document"), pin(5)], [3], [9]],
    ["two documents where nobody signs", [own("document"), told(people.slice(0, -1))], [3, 4], []],
    ["in a grid nobody", [own("grid"), floor], [], []],
    ["in a grid whom I keep, and who signs", [own("grid"), floor, pin(5)], [], [5, 9]],
  ])("%s", (_, events, documents, large) => {
    const state = run(stage, ...events);
    const front = frontOf(state, state.people.filter((one) => one.screen !== ""));
    expect([front.documents, front.people].map((all) => all.map((one) => one.number))).toEqual([documents, large]);
  });
  test("a second one who signs stands with the others", () => {
    const state = run(stage, told([...people, person(10, "in_hearing", { sign: true })], { layout: "speaker", spotlight: 6 }));
    expect(frontOf(state, []).people.map((one) => one.number)).toEqual([6, 9]);
  });
});

test("in a grid of many, hands that speak have four places", () => {
  const signer = person(9, "in_hearing", { sign: true });
  const ten = [...Array(9).keys()].map((n) => person(n + 10));
  expect([cellsOf([signer], 0), cellsOf([signer, ...ten.slice(0, 3)], 1), cellsOf([signer, ...ten], 0), cellsOf(ten, 1)]).toEqual([1, 8, 13, 10]);
});
