// Whether others hear and see me now: what my devices send, and what of it passes where the hearing stands.

import { mutedOf } from "./floor";
import { picturesPass, soundPasses } from "./order";
import { sendsPictures } from "./sending";
import { sends, type State } from "./state";

/** heardNow tells whether my voice goes out to anybody. */
export function heardNow(state: State): boolean {
  const passes = state.phase === "consultation" || (state.phase === "hearing" && soundPasses(state.order) && mutedOf(state.people, state.number) === "");
  return passes && sends(state.microphone) && !state.unheard && state.media !== "connecting";
}

/** seenNow tells whether my picture goes out, "still" as single pictures. */
export function seenNow(state: State): "moving" | "still" | "" {
  const passes = state.phase === "consultation" || (state.phase === "hearing" && picturesPass(state.order));
  if (!passes || !sends(state.camera) || state.media === "connecting" || state.level === "voice") return "";
  return state.level !== "" && !sendsPictures(state.level) ? "still" : "moving";
}
