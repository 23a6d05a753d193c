// How far somebody has come on the way into the hearing, as the desk is told where the socket cannot tell yet: web/journey.go.

import { inside, type State } from "./state";

export type Step = "check" | "denied" | "unfit" | "connecting" | "unreachable";

const refused = new Set<State["microphone"]["access"]>(["denied", "missing", "busy", "unsupported"]);

/** stepOf is where somebody is or stuck, "" where the server knows better. Failing: no path to the server has worked for media yet. */
export function stepOf(state: State, failing: boolean): Step | "" {
  if (inside(state)) return state.media !== "connecting" ? "" : failing ? "unreachable" : "connecting";
  if (state.phase !== "check") return "";
  if (state.signal === "lost") return "unreachable";
  if (state.signal !== "closed") return "connecting";
  return state.microphone.on && refused.has(state.microphone.access) ? "denied" : "check";
}
