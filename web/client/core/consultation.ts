// Consultations: who calls me, whom I may call, who answers, and who knocks. A consultation is a room of its own, locked and unrecorded.

import { instant } from "./order";
import type { State } from "./state";
import type { Confidant, Invitation, Participant, ServerMessage } from "./wire";

/** Call is an invitation that rings. */
export interface Call extends Omit<Invitation, "type" | "until"> {
  /** In ms of the server's clock. */
  until: number;
  /** The socket was lost since it was told. */
  doubtful?: boolean;
}

export interface Consultation {
  /** Who calls me now, the first one first. */
  calls: readonly Call[];
  /** Whom I may call, and where they are. */
  company: readonly Confidant[];
  /** Who has knocked at the consultation that I am in, until that is read. */
  knocks: readonly { number: number; name: string }[];
}

export const noConsultation: Consultation = { calls: [], company: [], knocks: [] };

export function consultationAfter(consultation: Consultation, message: ServerMessage): Consultation {
  switch (message.type) {
    case "waiting":
      return { ...consultation, company: message.company, calls: certain(consultation.calls), knocks: [] };
    case "admitted":
      return { ...consultation, calls: withoutCall(certain(consultation.calls), message.room), knocks: [] };
    case "roster": // at the countdown nobody is called any more
      return { ...consultation, company: message.company, calls: message.state === "countdown" ? [] : consultation.calls };
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

/**
 * doubted follows a lost socket: nobody tells of a call that ends meanwhile. On the next socket what still rings is told anew, to one
 * who waits before all else.
 */
export function doubted(consultation: Consultation): Consultation {
  return { ...consultation, calls: consultation.calls.map((call) => ({ ...call, doubtful: true })) };
}

function certain(calls: readonly Call[]): Call[] {
  return calls.filter((call) => !call.doubtful);
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

/** confidants lists whom I may call from where I am: whom the server names, as far as they have come and talk with nobody apart. */
export function confidants({ consultation }: Pick<State, "consultation">): readonly Confidant[] {
  return consultation.company.filter((one) => one.place === "waiting" || one.place === "in_hearing");
}
