// Interpreters' channels: what I listen to, what an interpreter speaks into, and whose voice comes in front.

import type { State } from "./state";
import type { Participant, ServerMessage } from "./wire";

export interface Channels {
  /** The languages that are interpreted now. */
  languages: readonly string[];
  /** What I hear in front, "" for the floor alone. */
  listening: string;
}

export const noChannels: Channels = { languages: [], listening: "" };

export function channelsAfter(channels: Channels, message: ServerMessage): Channels {
  switch (message.type) {
    case "waiting":
      return noChannels;
    case "roster":
      return { languages: message.channels, listening: message.listening };
    default:
      return channels;
  }
}

/** speaksInto is the language that I interpret into now, "" for the floor. */
export function speaksInto({ people, number }: Pick<State, "people" | "number">): string {
  return people.find((one) => one.number === number)?.channel ?? "";
}

/** interpreters lists who speaks into a channel. */
export function interpreters(people: readonly Participant[], language: string): Participant[] {
  return language === "" ? [] : people.filter((one) => one.channel === language);
}

/** interprets tells whether somebody speaks into channels at all: sign language needs none. */
export function interprets({ people, number, role }: Pick<State, "people" | "number" | "role">): boolean {
  return role === "interpreter" && !people.find((one) => one.number === number)?.sign;
}
