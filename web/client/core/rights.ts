// Who may do what, as far as a button depends on it. signaling/conference has the table that counts; this one only keeps
// buttons away that would be refused.

import type { ClientMessage } from "./wire";

export type Verb = ClientMessage["type"];

const everybody: Verb[] = ["listen", "help", "leave"];
const speakers: Verb[] = [...everybody, "hand", "chat", "consult", "accept", "decline", "return"];
const clerk: Verb[] = [
  ...speakers,
  "admit",
  "admit_all",
  "dismiss",
  "notice",
  "clear",
  "lower",
  "mute",
  "unlock",
  "ask",
  "spotlight",
  "share",
  "knock",
];

const rows: Record<string, Verb[]> = {
  observer: everybody,
  interpreter: [...speakers, "channel"],
  panel: [...speakers, "share"],
  clerk,
};

/** may tells whether a role has a verb, whatever the hearing is doing. */
export function may(role: string, verb: Verb): boolean {
  return role === "host" ? verb !== "channel" : (rows[role] ?? speakers).includes(verb);
}
