// Shared screens: whose I see, whether I may show mine, and what became of asking for it.

import { may } from "./rights";
import type { State } from "./state";
import type { Participant, ScreenMode, ServerMessage } from "./wire";

/**
 * Showing is what became of my own screen. "told": it was there and the hearing has ended it; "over": the browser or the window
 * has; "refused": the browser or the person said no; "unsupported": a phone, mostly.
 */
export type Showing = "off" | "asking" | "on" | "over" | "told" | "refused" | "unsupported";

export interface Shares {
  /** More than one at a time, and everybody but observers and witnesses. */
  open: boolean;
  mine: Showing;
  mode: ScreenMode;
}

export const noShares: Shares = { open: false, mine: "off", mode: "text" };

export function sharesAfter(shares: Shares, message: ServerMessage, before: Pick<State, "people" | "number">): Shares {
  switch (message.type) {
    case "waiting":
      return { ...shares, open: false };
    case "roster": {
      const shows = (people: readonly Participant[]) => screens(people).some((one) => one.number === before.number);
      const ended = shares.mine === "on" && shows(before.people) && !shows(message.participants);
      return { ...shares, open: message.sharing, mine: ended ? "told" : shares.mine };
    }
    default:
      return shares;
  }
}

/** screens lists whose screen is shown to me, in the order of their numbers. */
export function screens(people: readonly Participant[]): Participant[] {
  return people.filter((one) => one.screen !== "");
}

/** mayShow tells whether I can begin to share now: by role, or since the host has opened it, and while nobody else does unless it is open. */
export function mayShow(state: Pick<State, "phase" | "people" | "number" | "role" | "shares">): boolean {
  const { open, mine } = state.shares;
  if (mine === "unsupported" || state.phase !== "hearing") return false;
  const others = screens(state.people).filter((one) => one.number !== state.number);
  return may(state.role, "share") || (open && state.role !== "observer" && state.role !== "witness") ? open || others.length === 0 : false;
}
