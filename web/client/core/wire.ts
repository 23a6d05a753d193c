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
  | { type: "admit"; number: number }
  | { type: "remove"; number: number }
  | { type: "end" }
  | { type: "leave" }
  | { type: "ping"; n: number };

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

/** A seat holds the sound and picture of the participant with this number. */
export interface Seat {
  seat: number;
  number: number;
  paused: Pause;
}

export interface Relay {
  urls: string[];
  username: string;
  credential: string;
}

export type Place = "expected" | "waiting" | "in_hearing" | "reconnecting" | "gone";
export type ConferenceState = "scheduled" | "open" | "in_session" | "suspended" | "closed";

export interface Participant {
  number: number;
  name: string;
  role: string;
  link: string;
  place: Place;
  microphone: boolean;
  camera: boolean;
}

export type Waiting = {
  type: "waiting";
  host_present: boolean;
  position: number;
  waiting: number;
  delay_minutes: number;
};
export type Admitted = {
  type: "admitted";
  number: number;
  host: boolean;
  seats: { audio: number; video: number };
  relay: Relay[];
  pcs: number[];
};
export type Send = { type: "send"; pc: number; layers: string[]; voice: number; still: boolean };
export type Still = { type: "still"; number: number; image: string };
export type Quality = { type: "quality"; participants: { number: number; word: Word }[] };
export type Roster = { type: "roster"; state: ConferenceState; participants: Participant[] };
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

function oneOf<T extends string>(...values: T[]): Check<T> {
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
  place: oneOf("expected", "waiting", "in_hearing", "reconnecting", "gone"),
  microphone: flag,
  camera: flag,
});

const schemas: { [T in ServerMessage["type"]]: Check<Extract<ServerMessage, { type: T }>> } = {
  waiting: record<Waiting>({ type: oneOf("waiting"), host_present: flag, position: int, waiting: int, delay_minutes: int }),
  admitted: record<Admitted>({
    type: oneOf("admitted"),
    number: int,
    host: flag,
    seats: record<Admitted["seats"]>({ audio: int, video: int }),
    relay: list(record<Relay>({ urls: list(text), username: text, credential: text })),
    pcs: list(int),
  }),
  roster: record<Roster>({
    type: oneOf("roster"),
    state: oneOf("scheduled", "open", "in_session", "suspended", "closed"),
    participants: list(participant),
  }),
  bye: record<Bye>({ type: oneOf("bye"), code: text, until: optional(text) }),
  error: record<Refusal>({ type: oneOf("error"), code: text, re: optional(text) }),
  answer: record<{ type: "answer"; pc: number; sdp: string; packed: string }>({ type: oneOf("answer"), pc: int, sdp: text, packed: text }),
  seats: record<{ type: "seats"; pc: number; seats: Seat[] }>({
    type: oneOf("seats"),
    pc: int,
    seats: list(record<Seat>({ seat: int, number: int, paused: oneOf("", "link", "saver") })),
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
