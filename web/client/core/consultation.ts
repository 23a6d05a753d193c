// Consultations: who calls me, whom I may call, who answers, and who knocks. A consultation is a room of its own, locked and unrecorded.

import { instant } from "./order";
import { others } from "./people";
import { bench, may } from "./rights";
import type { State } from "./state";
import type { Confidant, Invitation, Participant, ServerMessage } from "./wire";

/** Call is an invitation that rings. */
export interface Call extends Omit<Invitation, "type" | "until"> {
  /** In ms of the server's clock. */
  until: number;
}

export interface Consultation {
  /** Who calls me now, the first one first. */
  calls: readonly Call[];
  /** Whom I may call and where they are, as told while I waited. */
  company: readonly Confidant[];
  /** Who has knocked at the consultation that I am in, until that is read. */
  knocks: readonly { number: number; name: string }[];
}

export const noConsultation: Consultation = { calls: [], company: [], knocks: [] };

export function consultationAfter(consultation: Consultation, message: ServerMessage): Consultation {
  switch (message.type) {
    case "waiting":
      return { ...consultation, company: message.company, knocks: [] };
    case "admitted":
      return { ...consultation, calls: consultation.calls.filter((call) => call.room !== message.room), knocks: [] };
    case "roster": // at the countdown nobody is called any more
      return message.state === "countdown" && consultation.calls.length > 0 ? { ...consultation, calls: [] } : consultation;
    case "invitation": {
      const { room, from } = message;
      const call = { room, from, until: instant(message.until) };
      return { ...consultation, calls: [...withoutCall(consultation.calls, room), call] };
    }
    case "invitation_over":
      return { ...consultation, calls: withoutCall(consultation.calls, message.room) };
    case "knocked": {
      const { number, name } = message;
      return { ...consultation, knocks: [...consultation.knocks.filter((knock) => knock.number !== number), { number, name }] };
    }
    default:
      return consultation;
  }
}

/** answered takes a call away that the person has accepted or declined. */
export function answered(consultation: Consultation, room: string): Consultation {
  return { ...consultation, calls: withoutCall(consultation.calls, room) };
}

function withoutCall(calls: readonly Call[], room: string): Call[] {
  return calls.filter((call) => call.room !== room);
}

/** answers lists those whom this consultation has called and who are not in it: ringing, declined, or silent. */
export function answers(people: readonly Participant[]): Participant[] {
  return people.filter((one) => one.place === "calling" || one.place === "declined" || one.place === "no_answer");
}

/** Rooms are the consultations that a host or clerk is told of: who is where, and nothing else. */
export function rooms(people: readonly Participant[]): Map<string, Participant[]> {
  const out = new Map<string, Participant[]>();
  for (const one of people) if (one.room !== "") out.set(one.room, [...(out.get(one.room) ?? []), one]);
  return out;
}

/**
 * confidants lists whom I may call from where I am: whom the server named while I waited; the bench among itself and with its clerk;
 * linked people; all of one side where there is but one. The server has the last word.
 */
export function confidants(state: Pick<State, "phase" | "people" | "number" | "role" | "room" | "consultation">): readonly Confidant[] {
  const { people, number, role, room, consultation } = state;
  if (!may(role, "consult")) return [];
  const here = new Set([number, ...others(people, number, room).map((one) => one.number)]);
  if (state.phase === "waiting") return consultation.company;
  if (state.phase === "consultation") return consultation.company.filter((one) => !here.has(one.number));
  const named = new Set(consultation.company.map((one) => one.number));
  const me = people.find((one) => one.number === number);
  const parties = people.filter((one) => one.role === "party");
  return others(people, number).filter((one) => {
    if (named.has(one.number) || (me?.link && one.link === me.link)) return true;
    if (bench(role)) return bench(one.role);
    return parties.length === 1 && side.has(role) && side.has(one.role);
  });
}

const side = new Set(["party", "representative", "assistant", "interpreter"]);
