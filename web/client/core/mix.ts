// How loud each seat is. Whoever listens to a channel has its interpreter in front: while they speak the floor is lowered, not cut,
// so that one still hears whose words they are. The server has already held "speaks" over the pauses between words (sfu/speaker.go).

import { interpreters } from "./channels";
import { speaks, type State } from "./state";

// The floor under an interpreter's voice: quiet enough to follow them, loud enough to know who speaks.
const lowered = 0.15;

type Heard = Pick<State, "channels" | "people" | "seats" | "speaking" | "media">;

/** mixed tells whether gains are needed at all; without a channel the browser plays each seat by itself, where it cancels echo best. */
export function mixed({ channels }: Pick<State, "channels">): boolean {
  return channels.listening !== "";
}

/** gains tells the gain of each seat that has a voice in it, by seat. */
export function gains(state: Heard): Map<number, number> {
  const front = new Set(interpreters(state.people, state.channels.listening).map((one) => one.number));
  const covered = [...front].some((number) => speaks(state, number));
  const voices = state.seats.filter((seat) => seat.number !== 0 && !seat.screen);
  return new Map(voices.map(({ seat, number }) => [seat, covered && !front.has(number) ? lowered : 1]));
}
