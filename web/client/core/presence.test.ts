import { describe, expect, test } from "vitest";
import { heardNow, seenNow } from "./presence";
import { initial, reduce, type State } from "./state";
import { admitted, person, roster } from "./testing";
import type { Muted, Roster } from "./wire";

const live = { access: "on", on: true, device: "" } as const;

function inside(room = "", more: Partial<Roster> = {}, muted: Muted = ""): State {
  const before: State = { ...initial(2, false, "party"), microphone: live, camera: live, media: "up", level: "large" };
  const now = [admitted({ room }), roster([person(2, "in_hearing", { muted })], { room, ...more })];
  return { ...now.reduce((state, message) => reduce(state, { type: "server", message }), before), microphone: live };
}

describe("heard", () => {
  test.each<[string, State, boolean]>([
    ["in session", inside(), true],
    ["paused", inside("", { state: "paused" }), false],
    ["suspended", inside("", { state: "suspended", reason: "technical" }), false],
    ["in a consultation, however the hearing stands", inside("r", { state: "suspended" }), true],
    ["muted by a host", inside("", {}, "muted"), false],
    ["switched off", { ...inside(), microphone: { ...live, on: false } }, false],
    ["silent, as the server finds", { ...inside(), unheard: true }, false],
    ["no connection yet", { ...inside(), media: "connecting" }, false],
    ["waiting", { ...inside(), phase: "waiting" }, false],
  ])("%s", (_, state, want) => expect(heardNow(state)).toBe(want));
});

describe("seen", () => {
  test.each<[string, State, string]>([
    ["in session", inside(), "moving"],
    ["suspended", inside("", { state: "suspended" }), "moving"],
    ["paused", inside("", { state: "paused" }), ""],
    ["by single pictures", { ...inside(), level: "stills" }, "still"],
    ["voice only", { ...inside(), level: "voice" }, ""],
    ["camera off", { ...inside(), camera: { ...live, access: "idle" } }, ""],
  ])("%s", (_, state, want) => expect(seenNow(state)).toBe(want));
});
