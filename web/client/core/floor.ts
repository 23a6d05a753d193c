// The floor: whose hand is up, who was muted, who has the word, and how the stage is laid out for me.

import { others } from "./people";
import type { State } from "./state";
import type { Device, Layout, Muted, Participant, ServerMessage } from "./wire";

export interface Floor {
  /** What the host has chosen for everybody, "" before any choice. */
  layout: Layout | "";
  /** To whom the host has given the floor, 0: to nobody. */
  spotlight: number;
  /** What I am asked to switch on. Nothing is switched on by itself. */
  asked: readonly Device[];
  /** A host has switched my microphone off, and I have not read so yet. */
  told: Muted;
  /** My own layout, "": as the host has it. */
  own: Layout | "";
  /** Whom I keep in front, 0: nobody. */
  pin: number;
  /** Who spoke last, besides me; 0: nobody yet. */
  latest: number;
}

export const noFloor: Floor = { layout: "", spotlight: 0, asked: [], told: "", own: "", pin: 0, latest: 0 };

export type FloorEvent =
  | { type: "ownLayout"; layout: Layout | "" }
  | { type: "pin"; number: number }
  /** A request was followed or declined. */
  | { type: "answered"; what: Device }
  | { type: "mutedRead" }
  /** The person has tried to switch on a microphone that is locked. */
  | { type: "lockedOff" };

export function floorDone(floor: Floor, event: FloorEvent): Floor {
  switch (event.type) {
    case "ownLayout":
      return { ...floor, own: event.layout };
    case "pin":
      return { ...floor, pin: event.number };
    case "answered":
      return { ...floor, asked: floor.asked.filter((what) => what !== event.what) };
    case "mutedRead":
      return { ...floor, told: "" };
    case "lockedOff":
      return { ...floor, told: "locked" };
  }
}

export function floorAfter(floor: Floor, message: ServerMessage, before: Pick<State, "people" | "number" | "room" | "microphone">): Floor {
  switch (message.type) {
    case "waiting":
      return { ...noFloor, own: floor.own };
    case "admitted":
      return message.room === before.room ? floor : { ...noFloor, own: floor.own };
    case "roster": {
      const news = silenced(before, message.participants);
      const same = mutedOf(message.participants, before.number) === mutedOf(before.people, before.number);
      const inside = (number: number) => message.participants.some((one) => one.number === number);
      const { layout, spotlight } = message;
      return {
        ...floor,
        layout,
        spotlight,
        pin: inside(floor.pin) ? floor.pin : 0,
        latest: inside(floor.latest) ? floor.latest : 0,
        told: news || (same ? floor.told : ""),
        asked: news === "" ? floor.asked : floor.asked.filter((what) => what !== "microphone"),
      };
    }
    case "speaking":
      return { ...floor, latest: message.numbers.find((number) => number !== before.number) ?? floor.latest };
    case "asked":
      return floor.asked.includes(message.what) ? floor : { ...floor, asked: [...floor.asked, message.what] };
    default:
      return floor;
  }
}

/** mutedOf tells what a host has done to somebody's microphone. */
export function mutedOf(people: readonly Participant[], number: number): Muted {
  return people.find((one) => one.number === number)?.muted ?? "";
}

/**
 * silenced tells how a roster says that my microphone was just switched off, "" if it does not: it has another word than the last
 * one, or it knows that I had switched on again and that this no longer holds. A lock that ends is no news of that kind.
 */
export function silenced(before: Pick<State, "people" | "number" | "microphone">, people: readonly Participant[]): Muted {
  const me = people.find((one) => one.number === before.number);
  const was = mutedOf(before.people, before.number);
  if (!me || (was === "locked" && me.muted === "muted")) return "";
  return me.muted !== was || (before.microphone.on && me.microphone) ? me.muted : "";
}

/** locked tells whether I cannot switch my microphone on. */
export function locked(state: Pick<State, "people" | "number">): boolean {
  return mutedOf(state.people, state.number) === "locked";
}

/** hands lists those who want to speak, first come first. */
export function hands(people: readonly Participant[]): Participant[] {
  return people.filter((one) => one.hand > 0).sort((a, b) => a.hand - b.hand);
}

/** myHand is my place among the raised hands, 0: mine is down. */
export function myHand(state: Pick<State, "people" | "number">): number {
  return state.people.find((one) => one.number === state.number)?.hand ?? 0;
}

const large = 2; // more than that in front and nobody is large

/** Front is what is shown large, at most two in all, the largest first: screens before people. */
export interface Front {
  documents: Participant[];
  people: Participant[];
}

/**
 * frontOf decides who is shown large, of the screens that are shown to me and the people in front. Who signs is understood by being
 * seen: one of them is large whatever else is. In a grid nobody is large but whom I keep there; beside them, and beside a document,
 * only who signs.
 */
export function frontOf(state: Stage, shown: readonly Participant[]): Front {
  const layout = layoutOf(state);
  const front = inFront(state);
  const kept = (one: Participant) => one.number === state.floor.pin;
  if (layout === "grid" && !front.some(kept)) return { documents: [], people: [] };
  const signer = front.find((one) => one.sign);
  const documents = layout === "document" ? shown.slice(0, signer ? large - 1 : large) : [];
  const alone = documents.length > 0 || layout === "grid";
  const wanted = alone ? front.filter((one) => one.sign || kept(one)) : front;
  const room = large - documents.length;
  const people = wanted.slice(0, room);
  if (signer && !people.includes(signer)) people.splice(room - 1, 1, signer);
  return { documents, people };
}

/** cellsOf tells how many places of a grid are taken: where many share it, who signs takes four. */
export function cellsOf(stage: readonly Participant[], shown: number): number {
  const all = stage.length + shown;
  return all < many ? all : all + 3 * stage.filter((one) => one.sign).length;
}

const many = 5;

type Stage = Pick<State, "people" | "number" | "room" | "floor">;

/** layoutOf is the layout in force for me: my own; a screen that somebody shares; the host's. */
export function layoutOf({ people, floor }: Pick<State, "people" | "floor">): Layout {
  const shown = people.some((one) => one.screen !== "");
  if (floor.own !== "") return floor.own;
  if (shown) return "document";
  return floor.layout === "document" ? "speaker" : floor.layout || "grid";
}

/**
 * inFront lists who is shown large, the first one largest: whom I keep there, who has the floor, then whoever speaks, or a host.
 * Who speaks in sign language is always among them. In a grid only those are whom somebody has put there.
 */
export function inFront(state: Stage): Participant[] {
  const { floor } = state;
  const stage = others(state.people, state.number, state.room);
  const find = (number: number) => stage.find((one) => one.number === number);
  const chosen = [find(floor.pin), find(floor.spotlight)];
  const speaker = layoutOf(state) === "grid" ? undefined : (find(floor.pin) ?? find(floor.spotlight) ?? find(floor.latest) ?? stage[0]);
  const all = [...chosen, speaker, ...stage.filter((one) => one.sign)].filter((one) => one !== undefined);
  return [...new Set(all)];
}
