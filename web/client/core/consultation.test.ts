import { describe, expect, test } from "vitest";
import { answers, confidants, rooms } from "./consultation";
import { type Event, initial, inside, reduce, type State, trouble } from "./state";
import { others } from "./people";
import { admitted, person, roster, seat, waiting } from "./testing";
import type { Place, ServerMessage } from "./wire";

const server = (message: ServerMessage): Event => ({ type: "server", message });
const run = (state: State, ...events: Event[]) => events.reduce(reduce, state);
const start = initial(2, false, "party");
const from = { number: 3, name: "N3", role: "representative" };
const call = (room: string): Event => server({ type: "invitation", room, from, until: "2026-11-25T10:00:30Z" });
const lost: Event = { type: "signal", status: "lost" };
const rings = (state: State) => state.consultation.calls.map((each) => each.room);

describe("calls", () => {
  const waits = run(start, server(waiting()), call("r"));
  test("ring until an instant of the server's clock", () => expect(waits.consultation.calls).toEqual([{ room: "r", from, until: Date.parse("2026-11-25T10:00:30Z") }]));
  test.each<[string, Event[], string[]]>([
    ["told again", [call("r")], ["r"]],
    ["a second one", [call("s")], ["r", "s"]],
    ["over", [call("s"), server({ type: "invitation_over", room: "r" })], ["s"]],
    ["answered", [{ type: "callAnswered", room: "r" }], []],
    ["followed", [server(admitted({ room: "r" }))], []],
    ["still ringing in the hearing", [server(admitted())], ["r"]],
    ["still ringing in the queue", [server(waiting({ position: 2 }))], ["r"]],
    ["the hearing begins", [server(admitted()), server(roster([], { state: "countdown" }))], []],
    ["still ringing while the socket is lost", [lost], ["r"]],
    ["over when it was back", [call("s"), lost, call("s"), server(waiting())], ["s"]],
    ["over when it was back in the hearing", [lost, server(admitted()), call("s")], ["s"]],
    ["the end", [{ type: "bye", code: "closed" }], []],
  ])("%s", (_, events, want) => expect(rings(run(waits, ...events))).toEqual(want));
});

describe("in a consultation", () => {
  const hearing = run(start, server(admitted()), server(roster([person(1), person(2), person(4)])), { type: "media", status: "up", pc: 1, seats: [seat(1)] });
  const consulting = run(hearing, server(admitted({ room: "r" })));
  test("nothing of the hearing is left on screen", () => {
    expect(consulting).toMatchObject({ phase: "consultation", room: "r", people: [], seats: [], speaking: [] });
  });
  test("media flows there", () => expect([inside(consulting), inside(hearing), inside(start)]).toEqual([true, true, false]));
  test("a new socket in the same room keeps what is shown", () => expect(run(hearing, server(admitted())).people).toHaveLength(3));
  test("back in the hearing", () => expect(run(consulting, server(admitted()))).toMatchObject({ phase: "hearing", room: "" }));
  test("back in the waiting room", () => expect(run(consulting, server(waiting()))).toMatchObject({ phase: "waiting", room: "" }));
  test("a suspended hearing hinders nobody there", () => {
    const up = run(consulting, { type: "media", status: "up", pc: 2, seats: [] }, { type: "signal", status: "open" });
    expect(trouble(run(up, server(roster([], { state: "suspended", reason: "no_host", room: "r" }))))).toBe("");
  });
  test("a knock is told once for each, until it is read", () => {
    const knock = server({ type: "knocked", number: 9, name: "N9" });
    const knocked = run(consulting, knock, knock);
    expect(knocked.consultation.knocks).toEqual([{ number: 9, name: "N9" }]);
    expect(run(knocked, { type: "knocksRead" }).consultation.knocks).toEqual([]);
    expect(run(knocked, server(admitted())).consultation.knocks).toEqual([]);
  });
});

describe("who is in which room", () => {
  const members = [person(2, "in_consultation"), person(3, "in_consultation"), person(4, "calling"), person(5, "declined"), person(6, "no_answer"), person(7, "reconnecting")];
  test("members see one another, and who has not come", () => {
    expect(others(members, 2, "r").map((one) => one.number)).toEqual([3, 7]);
    expect(answers(members).map((one) => [one.number, one.place])).toEqual([[4, "calling"], [5, "declined"], [6, "no_answer"]]);
  });
  const full = [person(1, "in_hearing", { role: "host" }), person(2, "in_consultation", { room: "r" }), person(3, "reconnecting", { room: "r" }), person(4, "in_consultation", { room: "s" }), person(5, "reconnecting")];
  test("a host sees the rooms of all, and on the stage only who is here", () => {
    expect([...rooms(full)].map(([room, people]) => [room, people.map((one) => one.number)])).toEqual([["r", [2, 3]], ["s", [4]]]);
    expect(others(full, 9).map((one) => one.number)).toEqual([1, 5]);
    expect(others(full, 2, "r").map((one) => one.number)).toEqual([3]);
  });
});

describe("whom I may call", () => {
  const confidant = (place: Place) => ({ number: 3, name: "N3", role: "representative", place });
  const numbers = (state: State) => confidants(state).map((one) => one.number);
  const waits = (place: Place) => run(start, server(waiting({ company: [confidant(place)] })));
  const hears = run(start, server(admitted()), server(roster([person(2)], { company: [confidant("waiting")] })));
  const consulting = run(hears, server(admitted({ room: "r" })), server(roster([person(2, "in_consultation")], { room: "r", company: [confidant("in_hearing")] })));
  test.each<[string, State, number[]]>([
    ["whom the server names while I wait", waits("waiting"), [3]],
    ["whom it names in the hearing, wherever they are", hears, [3]],
    ["no longer whom it does not name any more", run(hears, server(roster([person(2)]))), []],
    ["whom it names in a consultation", consulting, [3]],
    ["nobody who has not come", waits("expected"), []],
    ["nobody who has gone", waits("gone"), []],
    ["nobody who talks apart, with me or with others", waits("in_consultation"), []],
  ])("%s", (_, state, want) => expect(numbers(state)).toEqual(want));
});
