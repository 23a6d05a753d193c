// Orders and groups the people of a roster for the stage and the list.

import type { State } from "./state";
import type { Participant, Place } from "./wire";

/**
 * others are those on the stage besides me, hosts first, then in the order of their numbers: nobody jumps about. In a consultation
 * they are those who are in it; a host there is told of all others too, and of everybody's room. Observers, who are neither heard
 * nor seen, are counted (observers) and listed, and take nobody's place.
 */
export function others(people: readonly Participant[], me: number, room = ""): Participant[] {
  const told = people.some((one) => one.room !== "");
  const here = room === "" ? "in_hearing" : "in_consultation";
  return people
    .filter((one) => one.number !== me && one.role !== "observer" && (one.place === here || one.place === "reconnecting") && (told ? one.room : room) === room)
    .sort((a, b) => rank(a) - rank(b) || a.number - b.number);
}

function rank(one: Participant): number {
  return one.role === "host" ? 0 : one.role === "panel" ? 1 : 2;
}

/** observers tells how many others follow the hearing without a word: those who are only counted, and those who are named. */
export function observers({ people, number, order }: Pick<State, "people" | "number" | "order">): number {
  return order.observers + people.filter((one) => one.role === "observer" && one.number !== number && one.place === "in_hearing").length;
}

/** A company moves as one: linked people, or somebody alone. */
export interface Company {
  key: string;
  members: Participant[];
}

/** countAt tells how many people are at one of the places, whatever company they keep. */
export function countAt(people: readonly Participant[], group: keyof Companies): number {
  return people.filter((one) => places[one.place] === group).length;
}

export interface Companies {
  waiting: Company[];
  inside: Company[];
  /** In a consultation, or called into one. */
  consulting: Company[];
  expected: Company[];
}

const places: Record<Place, keyof Companies> = {
  waiting: "waiting",
  in_hearing: "inside",
  reconnecting: "inside",
  in_consultation: "consulting",
  calling: "consulting",
  declined: "expected",
  no_answer: "expected",
  expected: "expected",
  gone: "expected",
};

/** companies puts each company where its most pressing member is: waiting before inside before consulting before expected. */
export function companies(people: readonly Participant[]): Companies {
  const byLink = new Map<string, Participant[]>();
  for (const one of people) {
    const key = one.link ? `link ${one.link}` : `number ${one.number}`;
    byLink.set(key, [...(byLink.get(key) ?? []), one]);
  }
  const out: Companies = { waiting: [], inside: [], consulting: [], expected: [] };
  for (const [key, members] of byLink) {
    const at = (["waiting", "inside", "consulting", "expected"] as const).find((group) => members.some((one) => places[one.place] === group));
    out[at ?? "expected"].push({ key, members: members.sort((a, b) => a.number - b.number) });
  }
  return out;
}

const title = /^(M\.|Mme|Mlle|Me|Mr\.?|Mrs\.?|Ms\.?|Dr\.?|Pr\.?|ذة?\.|د\.|السيدة?|الأستاذة?)\s+/i;

/** initials are two letters for a tile without a picture; none for scripts that join their letters. */
export function initials(name: string): string {
  const words = name.replace(title, "").split(/\s+/).filter(Boolean);
  const ends = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  const letters = ends.map((word) => Array.from(word ?? "")[0] ?? "").join("");
  return /[\u0600-\u06ff]/.test(letters) ? (Array.from(words[0] ?? "")[0] ?? "") : letters.toUpperCase();
}
