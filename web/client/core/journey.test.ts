import { expect, test } from "vitest";
import { stepOf } from "./journey";
import { type Event, initial, reduce } from "./state";
import { admitted, waiting } from "./testing";

const heard = (message: ReturnType<typeof admitted> | ReturnType<typeof waiting>): Event => ({ type: "server", message });
const media = (status: "connecting" | "up" | "shaky"): Event => ({ type: "media", status, pc: 0, seats: [] });
const access = (access: "asking" | "on" | "denied" | "busy"): Event => ({ type: "input", kind: "microphone", change: { access } });
const signal = (status: "connecting" | "lost" | "open"): Event => ({ type: "signal", status });

test.each<[string, Event[], boolean, string]>([
  ["the page is there", [], false, "check"],
  ["asked for the microphone", [access("asking")], false, "check"],
  ["refused", [access("denied")], false, "denied"],
  ["taken by another program", [access("busy")], false, "denied"],
  ["enters without one", [access("denied"), { type: "input", kind: "microphone", change: { on: false } }, signal("connecting")], false, "connecting"],
  ["no way to the server", [access("on"), signal("connecting"), signal("lost")], false, "unreachable"],
  ["waits: the server knows", [access("on"), signal("open"), heard(waiting())], false, ""],
  ["admitted, media begins", [signal("open"), heard(admitted()), media("connecting")], false, "connecting"],
  ["no path for media", [signal("open"), heard(admitted()), media("connecting")], true, "unreachable"],
  ["in", [signal("open"), heard(admitted()), media("up")], false, ""],
  ["shaky is no step", [signal("open"), heard(admitted()), media("shaky")], true, ""],
  ["gone", [{ type: "bye", code: "left" }], false, ""],
])("%s", (_, events, failing, want) => expect(stepOf(events.reduce(reduce, initial(2, false)), failing)).toBe(want));
