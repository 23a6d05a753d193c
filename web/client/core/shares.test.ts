import { describe, expect, test } from "vitest";
import { interpreters, interprets, speaksInto } from "./channels";
import { mayShow, screens } from "./shares";
import { type Event, initial, reduce, type State } from "./state";
import { admitted, person, roster, waiting } from "./testing";
import type { Participant, ServerMessage } from "./wire";

const server = (message: ServerMessage): Event => ({ type: "server", message });
const run = (state: State, ...events: Event[]) => events.reduce(reduce, state);
const shown = (number: number) => person(number, "in_hearing", { screen: "text" });

describe("who may share a screen", () => {
  test.each<[string, boolean, Participant[], boolean]>([
    ["host", false, [], true],
    ["panel", false, [], true],
    ["clerk", false, [], true],
    ["party", false, [], false],
    ["party", true, [], true],
    ["witness", true, [], false],
    ["observer", true, [], false],
    ["expert", true, [], true],
    ["clerk", false, [shown(3)], false],
    ["host", false, [shown(3)], true],
    ["host", false, [{ ...shown(3), role: "host" }], false],
    ["clerk", false, [{ ...shown(3), place: "reconnecting" }], true],
    ["host", true, [shown(3)], true],
    ["host", false, [shown(2)], true],
  ])("%s, open %s, beside %j", (role, sharing, people, want) => {
    const state = run(initial(2, false, role), server(admitted()), server(roster([person(1), ...people], { sharing })));
    expect(mayShow(state)).toBe(want);
  });
  test("in a consultation all, one at a time", () => {
    const party = run(initial(2, false, "party"), server(admitted({ room: "r" })));
    expect(mayShow(party)).toBe(true);
    expect(mayShow(run(party, server(roster([shown(3)], { room: "r", sharing: true }))))).toBe(false);
  });
  test("not outside, and not on a phone that cannot", () => {
    const host = run(initial(2, true), server(admitted()));
    expect(mayShow(run(host, server(waiting())))).toBe(false);
    expect(mayShow(run(host, { type: "shares", change: { mine: "unsupported" } }))).toBe(false);
  });
});

describe("my screen", () => {
  const showing = run(initial(2, true), server(admitted()), { type: "shares", change: { mine: "on", mode: "motion" } });
  test.each<[string, Event[], string]>([
    ["not told yet", [server(roster([person(2)]))], "on"],
    ["told", [server(roster([shown(2)]))], "on"],
    ["ended by the hearing", [server(roster([shown(2)])), server(roster([person(2)]))], "told"],
    ["another roster afterwards", [server(roster([shown(2)])), server(roster([person(2)])), server(roster([person(2)]))], "told"],
  ])("%s", (_, events, want) => expect(run(showing, ...events).shares.mine).toBe(want));
  test("screens are listed", () => expect(screens([person(1), shown(3), shown(4)]).map((one) => one.number)).toEqual([3, 4]));
});

describe("channels", () => {
  const people = [person(1), person(2, "in_hearing", { role: "interpreter", channel: "ar" }), person(3, "in_hearing", { role: "interpreter", channel: "ar" }), person(4, "in_hearing", { role: "interpreter", sign: true })];
  const state = run(initial(2, false, "interpreter"), server(admitted()), server(roster(people, { channels: ["ar"], listening: "ar" })));
  test("what there is, what I hear, what I speak into", () => expect([state.channels, speaksInto(state)]).toEqual([{ languages: ["ar"], listening: "ar" }, "ar"]));
  test("whose voice a channel has", () => {
    expect(interpreters(people, "ar").map((one) => one.number)).toEqual([2, 3]);
    expect(interpreters(people, "")).toEqual([]);
  });
  test("hands need no channel", () => expect([interprets(state), interprets({ ...state, number: 4 }), interprets({ ...state, role: "party" })]).toEqual([true, false, false]));
  test("outside there is none", () => expect(run(state, server(waiting())).channels).toEqual({ languages: [], listening: "" }));
});

describe("notices and help", () => {
  const notice = (text: string): Event => server({ type: "notice", from: "hosts", text });
  test("are shown until read, each once", () => {
    const two = run(initial(2, false), notice("a"), notice("b"));
    const read = run(two, { type: "noticeRead", id: 1 }, server(admitted()));
    expect([read.notices.unread, run(read, { type: "noticeRead", id: 2 }, notice("c")).notices.unread.map((one) => one.id)]).toEqual([[{ id: 2, from: "hosts", text: "b" }], [3]]);
  });
  test("ten at most", () => {
    const many = run(initial(2, false), ...Array.from({ length: 12 }, (_, i) => notice(`n${i}`)));
    expect([many.notices.unread.length, many.notices.unread[0]?.text]).toEqual([10, "n2"]);
  });
  test.each<[string, string, Event[], boolean]>([
    ["asked", "party", [{ type: "help", on: true }], true],
    ["refused", "party", [{ type: "help", on: true }, server({ type: "error", code: "rate", re: "help" })], false],
    ["told while waiting", "party", [server(waiting({ help: true }))], true],
    ["a party is not told in the hearing", "party", [server(waiting({ help: true })), server(admitted()), server(roster([person(2)]))], true],
    ["a host is", "host", [{ type: "help", on: true }, server(admitted()), server(roster([person(2)]))], false],
    ["but not in a consultation", "host", [{ type: "help", on: true }, server(admitted({ room: "r" })), server(roster([person(2)]))], true],
  ])("help: %s", (_, role, events, want) => expect(run(initial(2, false, role), ...events).help).toBe(want));
});
