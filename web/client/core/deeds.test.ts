import { expect, test } from "vitest";
import { deeds } from "./deeds";
import type { ConferenceState } from "./wire";

test.each<[ConferenceState, string | undefined, string]>([
  ["scheduled", undefined, "next end"],
  ["open", "start", "next end"],
  ["countdown", undefined, "next end"],
  ["in_session", "pause", "suspend deliberate extend next end"],
  ["paused", "resume", "suspend deliberate extend next end"],
  ["suspended", "resume", "pause deliberate extend next end"],
  ["deliberation", "resume", "extend next end"],
  ["closed", undefined, ""],
])("%s", (state, first, others) => {
  const found = deeds(state);
  expect([found.first, found.others.join(" ")]).toEqual([first, others]);
});
