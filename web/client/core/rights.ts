// Who may do what, as far as a button depends on it. signaling/conference/rights.go is the table that counts, and
// rights.test.ts holds this one to it: no button is shown that would always be refused.

import type { ClientMessage } from "./wire";

export type Verb = ClientMessage["type"];

const inside: Verb[] = ["listen", "help", "accept", "decline", "return"];
const speaker: Verb[] = [...inside, "hand", "chat"];
const invited: Verb[] = [...speaker, "share"];
const party: Verb[] = [...invited, "consult"];
const desk: Verb[] = ["admit", "admit_all", "dismiss", "clear", "notice", "lower", "mute", "unlock", "ask", "spotlight", "knock"];
const order: Verb[] = ["start", "pause", "resume", "suspend", "deliberate", "end", "extend", "next", "remove", "lock", "layout", "sharing"];

/** rights has what a role may ask for by a button, whatever the hearing is doing; roles as in booking. */
export const rights: Record<string, Verb[]> = {
  host: [...party, ...desk, ...order],
  panel: party,
  clerk: [...invited, ...desk],
  party,
  representative: party,
  assistant: invited,
  interpreter: [...invited, "channel"],
  expert: invited,
  witness: speaker,
  observer: inside,
};

/** may tells whether a role may ask for something; an unknown role may what an observer may. */
export function may(role: string, verb: Verb): boolean {
  return (rights[role] ?? inside).includes(verb);
}

/** bench tells whether somebody holds the hearing, and so is meant by "hosts". */
export function bench(role: string): boolean {
  return role === "host" || role === "panel" || role === "clerk";
}
