// The page of a rehearsal: one step after the other, each with what came of it.

import type { Outcome } from "./rehearsal";
import type { Access, Choices } from "./state";
import type { Path } from "./wire";

export const steps = ["microphone", "speaker", "camera", "connection", "result"] as const;
export type Step = (typeof steps)[number];

export interface Steps {
  step: Step;
  microphone: Access;
  /** The meter has heard something. */
  voice: boolean;
  /** What the person says of the test sound; null: not asked yet. */
  sound: boolean | null;
  camera: Access;
  /** The camera has shown a picture. */
  seen: boolean;
  choices: Choices;
  /** The leg that is measured now, and the own picture as it comes back. */
  leg: Path | null;
  picture: MediaStreamTrack | null;
  outcome: Outcome | null;
  /** Whether the server has kept what was found; null: under way. */
  kept: boolean | null;
}

export const first: Steps = {
  step: "microphone",
  microphone: "idle",
  voice: false,
  sound: null,
  camera: "idle",
  seen: false,
  choices: { microphone: [], camera: [], speaker: [] },
  leg: null,
  picture: null,
  outcome: null,
  kept: null,
};

export type StepEvent =
  | { type: "access"; kind: "microphone" | "camera"; access: Access }
  | { type: "choices"; choices: Choices }
  | { type: "voice" }
  | { type: "sound"; heard: boolean }
  | { type: "next" }
  | { type: "leg"; path: Path; picture: MediaStreamTrack | null }
  | { type: "done"; outcome: Outcome }
  | { type: "kept"; kept: boolean }
  | { type: "again" };

export function follow(state: Steps, event: StepEvent): Steps {
  switch (event.type) {
    case "access":
      return { ...state, [event.kind]: event.access, seen: state.seen || (event.kind === "camera" && event.access === "on") };
    case "choices":
      return { ...state, choices: event.choices };
    case "voice":
      return { ...state, voice: true };
    case "sound":
      return { ...state, sound: event.heard };
    case "next":
      return { ...state, step: steps[Math.min(steps.indexOf(state.step) + 1, steps.length - 1)] ?? "result" };
    case "leg":
      return { ...state, leg: event.path, picture: event.picture };
    case "done":
      return { ...state, step: "result", leg: null, picture: null, outcome: event.outcome };
    case "kept":
      return { ...state, kept: event.kept };
    case "again": // what the devices told stands
      return { ...state, step: "connection", outcome: null, kept: null };
  }
}
