// The wire between room and server: one JSON object with "type" per text frame.
// signaling/testdata/messages is the schema; wire.test.ts holds this file to it, message by message.

export const version = 1;

export type Path = "direct" | "relay";

/** Level is a step of the ladder, thinnest first; sfu/level.go has the table. */
export const levels = ["voice", "stills", "small", "medium", "large"] as const;
export type Level = (typeof levels)[number];

/** Pause says why the picture of a seat is held back: the receiver's link or their wish; "" when it is not. */
export type Pause = "" | "link" | "saver";

/** Word is a host's view of somebody's link. */
export type Word = "good" | "fair" | "poor" | "lost";

export type ClientMessage =
  | { type: "join"; version: number; device: string; replace: boolean }
  | { type: "state"; microphone: boolean; camera: boolean }
  | { type: "offer"; pc: number; path: Path; sdp: string; packed: string; level: Level | "" }
  | { type: "prefer"; pc: number; seats: Preference[] }
  | { type: "drop"; pc: number }
  | { type: "level"; up: Level; limit: Level | "" }
  | Report
  | { type: "still"; image: string }
  | OrderMessage
  | DoorMessage
  | FloorMessage
  | TalkMessage
  | { type: "leave" }
  | { type: "ping"; n: number };

export const reasons = ["technical", "legal", "witness", "other"] as const;
export type Reason = (typeof reasons)[number];
export const layouts = ["grid", "speaker", "document"] as const;
export type Layout = (typeof layouts)[number];
/** ScreenMode says what a shared screen is mostly: text that must be sharp, or pictures that must move. */
export type ScreenMode = "text" | "motion";
export type ChatTo = "all" | "hosts" | "one";
export type AskedFor = "microphone" | "camera";

export type OrderMessage =
  | { type: "start" }
  | { type: "pause" }
  | { type: "resume" }
  | { type: "suspend"; reason: Reason }
  | { type: "deliberate" }
  | { type: "end" }
  | { type: "extend"; minutes: number }
  | { type: "next"; close: boolean };

export type DoorMessage =
  | { type: "admit"; number: number }
  | { type: "admit_all" }
  | { type: "dismiss"; number: number }
  | { type: "remove"; number: number }
  | { type: "lock"; on: boolean }
  | { type: "clear" }
  | { type: "notice"; text: string };

/** In lower, mute, unlock and spotlight number 0 means all, or nobody in spotlight. */
export type FloorMessage =
  | { type: "hand"; up: boolean }
  | { type: "lower"; number: number }
  | { type: "mute"; number: number; lock: boolean }
  | { type: "unlock"; number: number }
  | { type: "ask"; number: number; what: AskedFor }
  | { type: "spotlight"; number: number }
  | { type: "layout"; layout: Layout }
  | { type: "share"; on: boolean; mode: ScreenMode | "" }
  | { type: "sharing"; open: boolean };

/** In channel and listen language "" means the floor; number of chat is 0 unless it goes to one. */
export type TalkMessage =
  | { type: "chat"; to: ChatTo; number: number; text: string }
  | { type: "consult"; numbers: number[] }
  | { type: "accept"; room: string }
  | { type: "decline"; room: string }
  | { type: "return" }
  | { type: "knock"; room: string }
  | { type: "channel"; language: string }
  | { type: "listen"; language: string }
  | { type: "help"; on: boolean };

/** What this client can use of a seat; height 0 asks for no picture. */
export interface Preference {
  seat: number;
  height: number;
}

/** What was measured over the last 10 s: rates in bit/s, shares per mille, times in ms; layer is the rid of the largest picture sent. */
export type Report = {
  type: "report";
  pc: number;
  path: Path;
  level: Level;
  sent: number;
  received: number;
  loss: number;
  rtt: number;
  concealed: number;
  freezes: number;
  layer: string;
};

/** A seat holds the sound and picture of the participant with this number, or their screen. */
export interface Seat {
  seat: number;
  number: number;
  screen: boolean;
  paused: Pause;
}

export interface Relay {
  urls: string[];
  username: string;
  credential: string;
}

const places = ["expected", "waiting", "in_hearing", "in_consultation", "reconnecting", "gone", "calling", "declined", "no_answer"] as const;
/** Place is where somebody is; the last three tell in a consultation room how a call stands. */
export type Place = (typeof places)[number];
const states = ["scheduled", "open", "countdown", "in_session", "paused", "suspended", "deliberation", "closed"] as const;
export type ConferenceState = (typeof states)[number];

export interface Participant {
  number: number;
  name: string;
  role: string;
  link: string;
  place: Place;
  microphone: boolean;
  camera: boolean;
  hand: number; // place in the order of raised hands, from 1; 0: down
  muted: "" | "muted" | "locked";
  channel: string; // language that they speak into
  sign: boolean; // speaks or interprets in sign language
  screen: ScreenMode | ""; // that they share
  help: boolean;
  room: string; // consultation room that they are in, for hosts and clerks
}

/** Somebody whom one who waits may call into a consultation. */
export interface Companion {
  number: number;
  name: string;
  role: string;
  place: Place;
}

export type Waiting = {
  type: "waiting";
  host_present: boolean;
  position: number;
  waiting: number;
  delay_minutes: number;
  state: ConferenceState;
  company: Companion[];
  help: boolean;
};
export type Admitted = {
  type: "admitted";
  number: number;
  host: boolean;
  room: string; // "": the hearing
  seats: { audio: number; video: number };
  relay: Relay[];
  pcs: number[];
};
export type Send = { type: "send"; pc: number; layers: string[]; voice: number; still: boolean };
export type Still = { type: "still"; number: number; image: string };
export type Quality = { type: "quality"; participants: { number: number; word: Word }[] };
export type Roster = {
  type: "roster";
  state: ConferenceState;
  reason: Reason | "no_host" | ""; // of a suspension
  until: string; // end of the countdown, RFC 3339
  room: string; // "": the hearing
  locked: boolean;
  layout: Layout | "";
  spotlight: number;
  sharing: boolean; // everybody may share
  observers: number; // present, where they are counted and not named
  channels: string[];
  listening: string;
  participants: Participant[];
};
export type Notice = { type: "notice"; from: "hosts" | "desk"; text: string };
export type Chat = { type: "chat"; id: number; from: number; to: ChatTo; number: number; text: string; at: string };
export type Invitation = { type: "invitation"; room: string; from: { number: number; name: string; role: string }; until: string };
export type Knocked = { type: "knocked"; number: number; name: string };
/** Next leads the host to the next hearing of the list; appointment "": there is none. */
export type Next = { type: "next"; appointment: string; path: string; reference: string; people: number };
export type Bye = { type: "bye"; code: string; until?: string };
export type Refusal = { type: "error"; code: string; re?: string };

export type ServerMessage =
  | Waiting
  | Admitted
  | Roster
  | Bye
  | Refusal
  | { type: "answer"; pc: number; sdp: string; packed: string }
  | { type: "seats"; pc: number; seats: Seat[] }
  | Send
  | { type: "reoffer"; pc: number }
  | Still
  | Quality
  | { type: "unheard"; on: boolean }
  | { type: "speaking"; numbers: number[] }
  | Notice
  | Chat
  | { type: "asked"; what: AskedFor }
  | Invitation
  | { type: "invitation_over"; room: string }
  | Knocked
  | Next
  | { type: "pong"; n: number };

/** WireError says where a frame leaves the schema. */
export class WireError extends Error {}

type Check<T> = (value: unknown, at: string) => T;

function fail(at: string, wanted: string): never {
  throw new WireError(`${at}: ${wanted} expected`);
}

const text: Check<string> = (v, at) => (typeof v === "string" ? v : fail(at, "text"));
const flag: Check<boolean> = (v, at) => (typeof v === "boolean" ? v : fail(at, "true or false"));
const int: Check<number> = (v, at) => (typeof v === "number" && Number.isInteger(v) ? v : fail(at, "whole number"));

function oneOf<T extends string>(...values: readonly T[]): Check<T> {
  return (v, at) => values.find((value) => value === v) ?? fail(at, values.join(" or "));
}

// Go writes an empty list that was never made as null.
function list<T>(item: Check<T>): Check<T[]> {
  return (v, at) => {
    if (v === null) return [];
    return Array.isArray(v) ? v.map((each, i) => item(each, `${at}[${i}]`)) : fail(at, "list");
  };
}

function optional<T>(check: Check<T>): Check<T | undefined> {
  return (v, at) => (v === undefined ? undefined : check(v, at));
}

function record<T extends object>(fields: { [K in keyof T]-?: Check<T[K]> }): Check<T> {
  return (v, at) => {
    if (typeof v !== "object" || v === null || Array.isArray(v)) fail(at, "object");
    const from = v as Record<string, unknown>;
    for (const key of Object.keys(from)) if (!(key in fields)) fail(`${at}.${key}`, "no such field");
    const out: Partial<T> = {};
    for (const key of Object.keys(fields) as (keyof T & string)[]) {
      const value = fields[key](from[key], `${at}.${key}`);
      if (value !== undefined) out[key] = value;
    }
    return out as T;
  };
}

const participant = record<Participant>({
  number: int,
  name: text,
  role: text,
  link: text,
  place: oneOf(...places),
  microphone: flag,
  camera: flag,
  hand: int,
  muted: oneOf("", "muted", "locked"),
  channel: text,
  sign: flag,
  screen: oneOf("", "text", "motion"),
  help: flag,
  room: text,
});

const schemas: { [T in ServerMessage["type"]]: Check<Extract<ServerMessage, { type: T }>> } = {
  waiting: record<Waiting>({
    type: oneOf("waiting"),
    host_present: flag,
    position: int,
    waiting: int,
    delay_minutes: int,
    state: oneOf(...states),
    company: list(record<Companion>({ number: int, name: text, role: text, place: oneOf(...places) })),
    help: flag,
  }),
  admitted: record<Admitted>({
    type: oneOf("admitted"),
    number: int,
    host: flag,
    room: text,
    seats: record<Admitted["seats"]>({ audio: int, video: int }),
    relay: list(record<Relay>({ urls: list(text), username: text, credential: text })),
    pcs: list(int),
  }),
  roster: record<Roster>({
    type: oneOf("roster"),
    state: oneOf(...states),
    reason: oneOf("", ...reasons, "no_host"),
    until: text,
    room: text,
    locked: flag,
    layout: oneOf("", ...layouts),
    spotlight: int,
    sharing: flag,
    observers: int,
    channels: list(text),
    listening: text,
    participants: list(participant),
  }),
  bye: record<Bye>({ type: oneOf("bye"), code: text, until: optional(text) }),
  error: record<Refusal>({ type: oneOf("error"), code: text, re: optional(text) }),
  answer: record<{ type: "answer"; pc: number; sdp: string; packed: string }>({ type: oneOf("answer"), pc: int, sdp: text, packed: text }),
  seats: record<{ type: "seats"; pc: number; seats: Seat[] }>({
    type: oneOf("seats"),
    pc: int,
    seats: list(record<Seat>({ seat: int, number: int, screen: flag, paused: oneOf("", "link", "saver") })),
  }),
  send: record<Send>({ type: oneOf("send"), pc: int, layers: list(text), voice: int, still: flag }),
  reoffer: record<{ type: "reoffer"; pc: number }>({ type: oneOf("reoffer"), pc: int }),
  still: record<Still>({ type: oneOf("still"), number: int, image: text }),
  quality: record<Quality>({
    type: oneOf("quality"),
    participants: list(record<Quality["participants"][number]>({ number: int, word: oneOf("good", "fair", "poor", "lost") })),
  }),
  unheard: record<{ type: "unheard"; on: boolean }>({ type: oneOf("unheard"), on: flag }),
  speaking: record<{ type: "speaking"; numbers: number[] }>({ type: oneOf("speaking"), numbers: list(int) }),
  notice: record<Notice>({ type: oneOf("notice"), from: oneOf("hosts", "desk"), text }),
  chat: record<Chat>({ type: oneOf("chat"), id: int, from: int, to: oneOf("all", "hosts", "one"), number: int, text, at: text }),
  asked: record<{ type: "asked"; what: AskedFor }>({ type: oneOf("asked"), what: oneOf("microphone", "camera") }),
  invitation: record<Invitation>({
    type: oneOf("invitation"),
    room: text,
    from: record<Invitation["from"]>({ number: int, name: text, role: text }),
    until: text,
  }),
  invitation_over: record<{ type: "invitation_over"; room: string }>({ type: oneOf("invitation_over"), room: text }),
  knocked: record<Knocked>({ type: oneOf("knocked"), number: int, name: text }),
  next: record<Next>({ type: oneOf("next"), appointment: text, path: text, reference: text, people: int }),
  pong: record<{ type: "pong"; n: number }>({ type: oneOf("pong"), n: int }),
};

/** decode reads one frame strictly: an unknown type or field throws WireError. */
export function decode(frame: string): ServerMessage {
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    throw new WireError("frame: JSON expected");
  }
  const type = (value as { type?: unknown } | null)?.type;
  if (typeof type !== "string" || !Object.prototype.hasOwnProperty.call(schemas, type)) throw new WireError("type: unknown");
  return schemas[type as ServerMessage["type"]](value, type);
}

export function encode(message: ClientMessage): string {
  return JSON.stringify(message);
}
