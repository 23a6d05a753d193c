// What a host can do with the hearing as a whole, by where it stands; signaling/conference/order.go decides, this keeps buttons
// away that would be refused.

import type { ConferenceState } from "./wire";

export type Deed = "start" | "pause" | "resume" | "suspend" | "deliberate" | "extend" | "next" | "end";

export interface Deeds {
  /** The obvious one. */
  first?: Deed;
  others: Deed[];
}

const always: Deed[] = ["next", "end"];

export function deeds(state: ConferenceState): Deeds {
  switch (state) {
    case "open":
      return { first: "start", others: always };
    case "in_session":
      return { first: "pause", others: ["suspend", "deliberate", "extend", ...always] };
    case "paused":
    case "suspended":
      return { first: "resume", others: [state === "paused" ? "suspend" : "pause", "deliberate", "extend", ...always] };
    case "deliberation":
      return { first: "resume", others: ["extend", ...always] };
    case "scheduled":
    case "countdown":
      return { others: always };
    case "closed":
      return { others: [] };
  }
}
