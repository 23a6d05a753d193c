// All that the page shows, changed in one place: state and event in, next state out. The view only reads it.

import { rank } from "./ladder";
import type { MediaStatus } from "./media";
import { sendsPictures } from "./sending";
import type { SignalStatus } from "./signal";
import type { Limit } from "./uplink";
import type { ConferenceState, Level, Participant, Seat, ServerMessage, Word } from "./wire";

export type Phase = "check" | "waiting" | "hearing" | "ended";
export type Kind = "microphone" | "camera";

/** What became of asking for a device. "lost": it was there and went, as when it is unplugged or a call comes in. */
export type Access = "idle" | "asking" | "on" | "denied" | "missing" | "busy" | "unsupported" | "lost";

export interface Input {
  access: Access;
  /** The person wants to be heard or seen. */
  on: boolean;
  /** The chosen device, "" for the system's own choice. */
  device: string;
}

export interface Choice {
  id: string;
  label: string;
}

export interface Choices {
  microphone: Choice[];
  camera: Choice[];
  speaker: Choice[];
}

/** Still is a picture of somebody who cannot be seen moving. */
export interface Still {
  /** WebP or JPEG. */
  image: Uint8Array<ArrayBuffer>;
  /** When it came, in ms. */
  at: number;
}

export interface State {
  phase: Phase;
  joining: boolean;
  signal: SignalStatus;
  number: number;
  host: boolean;
  queue: { hostPresent: boolean; position: number; waiting: number; delay: number } | null;
  conference: ConferenceState;
  people: Participant[];
  /** Counts how often somebody came to wait, so that each arrival can be announced once. */
  arrivals: number;
  media: MediaStatus;
  /** The connection whose seats are shown, 0 for none. */
  pc: number;
  seats: Seat[];
  speaking: number[];
  /** How everybody's link does, by number; only hosts are told. */
  quality: ReadonlyMap<number, Word>;
  /** The latest still picture of those whose camera is on, by number. */
  stills: ReadonlyMap<number, Still>;
  /** What my link lets me send, "" before it is known, and how much of it I want to use at most. */
  level: Level | "";
  limit: Limit;
  /** What my link would carry without that limit. */
  carries: Level | "";
  /** The message key of the last move of my level, if it is worth a word and has not been read. */
  move: string;
  /** The microphone is on, and the server hears nothing of it. */
  unheard: boolean;
  microphone: Input;
  camera: Input;
  speaker: string;
  choices: Choices;
  bye: { code: string; until?: string } | null;
  /** A request the server refused. */
  refusal: { code: string; re: string } | null;
  /** The browser does not play sound before a click. */
  silenced: boolean;
}

export type Event =
  | { type: "joining"; joining: boolean }
  | { type: "signal"; status: SignalStatus }
  | { type: "server"; message: ServerMessage }
  | { type: "media"; status: MediaStatus; pc: number; seats: Seat[] }
  | { type: "input"; kind: Kind; change: Partial<Input> }
  | { type: "speaker"; device: string }
  | { type: "choices"; choices: Choices }
  | { type: "bye"; code: string; until?: string }
  | { type: "silenced"; silenced: boolean }
  | { type: "still"; number: number; still: Still }
  | { type: "level"; level: Level; limit: Limit; carries: Level }
  | { type: "seen" }
  | { type: "moveRead" }
  | { type: "again" };

export function initial(number: number, host: boolean): State {
  return {
    phase: "check",
    joining: false,
    signal: "closed",
    number,
    host,
    queue: null,
    conference: "scheduled",
    people: [],
    arrivals: 0,
    media: "off",
    pc: 0,
    seats: [],
    speaking: [],
    quality: new Map(),
    stills: new Map(),
    level: "",
    limit: "",
    carries: "",
    move: "",
    unheard: false,
    microphone: { access: "idle", on: true, device: "" },
    camera: { access: "idle", on: false, device: "" },
    speaker: "",
    choices: { microphone: [], camera: [], speaker: [] },
    bye: null,
    refusal: null,
    silenced: false,
  };
}

const outside = {
  people: [],
  seats: [],
  speaking: [],
  quality: new Map(),
  stills: new Map(),
  move: "",
  unheard: false,
  queue: null,
  refusal: null,
  media: "off" as const,
  pc: 0,
};

export function reduce(state: State, event: Event): State {
  switch (event.type) {
    case "joining":
      return { ...state, joining: event.joining };
    case "signal":
      return { ...state, signal: event.status };
    case "server":
      return heard(state, event.message);
    case "media":
      return { ...state, media: event.status, pc: event.pc, seats: event.seats };
    case "input":
      return { ...state, [event.kind]: { ...state[event.kind], ...event.change } };
    case "speaker":
      return { ...state, speaker: event.device };
    case "choices":
      return { ...state, choices: event.choices };
    case "bye":
      return { ...state, ...outside, phase: "ended", joining: false, bye: { code: event.code, until: event.until } };
    case "silenced":
      return { ...state, silenced: event.silenced };
    case "seen":
      return { ...state, refusal: null };
    case "still":
      return { ...state, stills: new Map(state.stills).set(event.number, event.still) };
    case "level":
      return { ...state, level: event.level, limit: event.limit, carries: event.carries, move: moveOf(state, event.level, event.limit) };
    case "moveRead":
      return { ...state, move: "" };
    case "again":
      return { ...state, ...outside, phase: "check", joining: false, bye: null };
  }
}

function heard(state: State, message: ServerMessage): State {
  switch (message.type) {
    case "waiting": {
      const queue = {
        hostPresent: message.host_present,
        position: message.position,
        waiting: message.waiting,
        delay: message.delay_minutes,
      };
      return { ...state, ...outside, phase: "waiting", joining: false, queue };
    }
    case "admitted": // what follows says again what still holds
      return { ...state, phase: "hearing", joining: false, queue: null, number: message.number, host: message.host, unheard: false };
    case "roster":
      return {
        ...state,
        conference: message.state,
        people: message.participants,
        stills: without(state.stills, unseen(state.stills, message.participants)),
        arrivals: state.arrivals + (state.host ? newcomers(state.people, message.participants) : 0),
      };
    case "speaking":
      return { ...state, speaking: message.numbers };
    case "quality":
      return { ...state, quality: new Map(message.participants.map((one) => [one.number, one.word])) };
    case "unheard":
      return { ...state, unheard: message.on };
    case "error":
      if (!told.has(message.re ?? "")) return state; // what nobody pressed, nobody needs to hear of
      return { ...state, refusal: { code: message.code, re: message.re ?? "" } };
    default:
      return state;
  }
}

const told = new Set(["admit", "remove", "end"]);

function newcomers(before: Participant[], after: Participant[]): number {
  const waited = new Set(before.filter((one) => one.place === "waiting").map((one) => one.number));
  return after.filter((one) => one.place === "waiting" && !waited.has(one.number)).length;
}

// Nobody is shown after they have closed their camera or left.
function unseen(stills: State["stills"], people: readonly Participant[]): number[] {
  const seen = new Set(people.filter((one) => one.camera && (one.place === "in_hearing" || one.place === "reconnecting")).map((one) => one.number));
  return [...stills.keys()].filter((number) => !seen.has(number));
}

function without(stills: State["stills"], numbers: readonly number[]): State["stills"] {
  if (!numbers.some((number) => stills.has(number))) return stills;
  return new Map([...stills].filter(([number]) => !numbers.includes(number)));
}

// Only what others notice of me is worth a word, and nothing that I have just asked for myself.
function moveOf(state: State, level: Level, limit: Limit): string {
  if (state.phase !== "hearing" || state.level === "" || state.level === level) return state.move;
  if (limit !== state.limit) return "";
  const camera = sends(state.camera);
  const falls = rank(level) < rank(state.level);
  if (!falls && sendsPictures(level) && !sendsPictures(state.level)) return camera ? "room.move.back" : "room.move.better";
  if (!falls) return state.level === "voice" && camera ? "room.move.stills" : "";
  if (!sendsPictures(level)) return !camera ? "room.move.weak" : level === "voice" ? "room.move.voice" : "room.move.stills";
  return camera && level === "small" ? "room.move.small" : "";
}

/** strength is how good my link is, from 0 to 3 bars. */
export function strength(state: State): number {
  if (state.media !== "up" || state.carries === "") return 0;
  return !sendsPictures(state.carries) ? 1 : state.carries === "small" ? 2 : 3;
}

/** sends tells whether others receive this input now. */
export function sends(input: Input): boolean {
  return input.on && input.access === "on";
}

/** speaks tells whether a participant is marked as speaking: only while sound comes in, for the last word of a dead line stays true for ever. */
export function speaks(state: State, number: number): boolean {
  return state.media === "up" && state.speaking.includes(number);
}

/** trouble is the message key of what hinders the hearing now, "" when nothing does. */
export function trouble(state: State): string {
  const cut = state.signal === "lost";
  if (state.phase === "waiting") return cut ? "room.trouble.waiting" : "";
  if (state.phase !== "hearing") return cut && state.joining ? "room.trouble.joining" : "";
  if (cut) return state.media === "up" ? "room.trouble.signal" : "room.trouble.all";
  if (state.media === "shaky") return "room.trouble.media";
  if (state.media === "connecting") return "room.trouble.connecting";
  return state.conference === "suspended" && !state.host ? "room.trouble.suspended" : "";
}
