import { describe, expect, test } from "vitest";
import { type Event, initial, reduce, type State } from "./state";
import { addressees, linesOf, unread } from "./talk";
import { admitted, person, roster, waiting } from "./testing";
import type { Chat, ServerMessage } from "./wire";

const server = (message: ServerMessage): Event => ({ type: "server", message });
const said = (id: number, from = 1, more: Partial<Chat> = {}): Event =>
  server({ type: "chat", id, from, to: "all", number: 0, text: `t${id}`, at: "2026-11-25T10:00:00Z", ...more });
const run = (state: State, ...events: Event[]) => events.reduce(reduce, state);
const open = (open: boolean): Event => ({ type: "talk", open });
const inside = run(initial(2, false, "party"), server(admitted()));
const ids = (state: State) => linesOf(state).map((line) => line.id);

describe("chat", () => {
  test.each<[string, Event[], number[], number]>([
    ["what others say is unread", [said(1), said(2)], [1, 2], 2],
    ["what I say is not", [said(1), said(2, 2)], [1, 2], 1],
    ["read while it is in front", [open(true), said(1), open(false)], [1], 0],
    ["read by opening", [said(1), open(true)], [1], 0],
    ["unread after closing", [open(true), said(1), open(false), said(2)], [1, 2], 1],
    ["told again after a lost socket", [said(1), open(true), open(false), server(admitted()), said(1), said(2)], [1, 2], 1],
    ["in the order of their numbers", [said(5), said(3)], [3, 5], 2],
    ["out of the hearing", [said(1), server(waiting())], [1], 1],
    ["back: told again, and what was read is read", [said(1), open(true), server(waiting()), server(admitted()), said(1), said(2)], [1, 2], 1],
    ["another room has its own", [said(1), server(admitted({ room: "r" })), said(1, 3)], [1], 1],
    ["and the hearing's is still there afterwards", [said(1), said(2), open(true), server(admitted({ room: "r" })), said(3), server(admitted())], [1, 2], 0],
    ["the end", [said(1), { type: "bye", code: "closed" }], [], 0],
  ])("%s", (_, events, want, count) => {
    const state = run(inside, ...events);
    expect([ids(state), unread(state)]).toEqual([want, count]);
  });

  test("what was said in a consultation is forgotten outside", () => {
    const state = run(inside, server(admitted({ room: "r" })), said(9), server(admitted()), server(admitted({ room: "r" })));
    expect(state.talk.lines).toEqual([]);
  });

  test("a page keeps the last two hundred", () => {
    const state = run(inside, ...Array.from({ length: 203 }, (_, i) => said(i + 1)));
    expect([ids(state).length, ids(state)[0]]).toEqual([200, 4]);
  });
});

const present = [
  person(1, "in_hearing", { role: "host" }),
  person(3),
  person(4, "waiting"),
  person(5, "in_hearing", { role: "observer" }),
  person(6, "in_hearing", { role: "witness" }),
];

test.each<[string, { all: boolean; hosts: boolean; people: number[] }]>([
  ["clerk", { all: true, hosts: true, people: [1, 3, 6] }],
  ["party", { all: true, hosts: true, people: [1, 3] }],
  ["witness", { all: false, hosts: true, people: [1] }],
  ["expert", { all: false, hosts: true, people: [1] }],
  ["observer", { all: false, hosts: false, people: [] }],
])("a %s may write to", (role, want) => {
  const state = run(initial(2, false, role), server(admitted()), server(roster([...present, person(2, "in_hearing", { role })])));
  const got = addressees(state);
  expect({ ...got, people: got.people.map((one) => one.number) }).toEqual(want);
});

test("in a consultation everybody may write to everybody", () => {
  const people = [person(2, "in_consultation", { role: "witness" }), person(3, "in_consultation"), person(4, "calling")];
  const state = run(initial(2, false, "witness"), server(admitted({ room: "r" })), server(roster(people, { room: "r" })));
  const got = addressees(state);
  expect({ ...got, people: got.people.map((one) => one.number) }).toEqual({ all: true, hosts: false, people: [3] });
});
