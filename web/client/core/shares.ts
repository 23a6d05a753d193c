// Shared screens: whose I see, whether I may show mine, and what became of asking for it.

import { bench, may } from "./rights";
import { inside, type State } from "./state";
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
      const ended = shares.mine === "on" && showsOwn(before.people, before.number) && !showsOwn(message.participants, before.number);
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

/** showsOwn tells whether the hearing says that mine is shown. */
export function showsOwn(people: readonly Participant[], number: number): boolean {
  return screens(people).some((one) => one.number === number);
}

/**
 * mayShow tells whether I can begin to share now: by role, or since the host has opened it; beside others only if it is open, but a
 * host takes the place of anybody but another host. In a consultation whoever may at all may, one at a time.
 */
export function mayShow(state: Pick<State, "phase" | "people" | "number" | "role" | "room" | "shares">): boolean {
  const { role, room, number, shares } = state;
  if (shares.mine === "unsupported" || !inside(state) || !may(role, "share")) return false;
  const shown = screens(state.people).filter((one) => one.number !== number && one.place !== "reconnecting");
  if (room !== "") return shown.length === 0;
  if (shares.open) return true;
  return bench(role) && (shown.length === 0 || (role === "host" && shown.every((one) => one.role !== "host")));
}
