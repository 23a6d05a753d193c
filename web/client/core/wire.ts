// The wire between room and server: one JSON object with "type" per text frame.
// signaling/testdata/messages is the schema; wire.test.ts holds this file to it, message by message.

import { type Check, flag, int, list, oneOf, optional, record, text, WireError } from "./schema";

export { WireError };

export const version = 1;

export type Path = "direct" | "relay";

/** Level is a step of the ladder, thinnest first; sfu/level.go has the table. */
export const levels = ["voice", "stills", "small", "medium", "large"] as const;
export type Level = (typeof levels)[number];

/** Pause says why the picture of a seat is held back: the receiver's link or their wish; "" when it is not. */
export type Pause = "" | "link" | "saver";

/** Word is a host's view of somebody's link. */
export type Word = "good" | "fair" | "poor" | "lost";

/** The place of somebody; the last three of one who was asked into the consultation that one is in. */
const places = ["expected", "waiting", "in_hearing", "in_consultation", "reconnecting", "gone", "calling", "declined", "no_answer"] as const;
export type Place = (typeof places)[number];

const conferenceStates = ["scheduled", "open", "countdown", "in_session", "paused", "suspended", "deliberation", "closed"] as const;
export type ConferenceState = (typeof conferenceStates)[number];

/** Why a hearing is suspended: the host's word, or no_host when none is there; "" when it is not. */
const reasons = ["", "technical", "legal", "witness", "other", "no_host"] as const;
export type Reason = (typeof reasons)[number];

const layouts = ["grid", "speaker", "document"] as const;
export type Layout = (typeof layouts)[number];

/** Muted is a host's doing: "muted" until the person switches on again, "locked" until a host says so. */
const mutes = ["", "muted", "locked"] as const;
export type Muted = (typeof mutes)[number];

/** ScreenMode says what a shared screen is to be sent for: sharp letters or smooth pictures. */
const screenModes = ["text", "motion"] as const;
export type ScreenMode = (typeof screenModes)[number];

const devices = ["microphone", "camera"] as const;
export type Device = (typeof devices)[number];

const audiences = ["all", "hosts", "one"] as const;
export type Audience = (typeof audiences)[number];

export type ClientMessage =
  | { type: "join"; version: number; device: string; replace: boolean }
  | { type: "state"; microphone: boolean; camera: boolean }
  | { type: "offer"; pc: number; path: Path; sdp: string; packed: string; level: Level | "" }
  | { type: "prefer"; pc: number; seats: Preference[] }
  | { type: "drop"; pc: number }
  | { type: "level"; up: Level; limit: Level | "" }
  | Report
  | { type: "still"; image: string }
  | { type: "leave" }
  | { type: "ping"; n: number }
  | OrderMessage
  | DoorMessage
  | FloorMessage
  | { type: "chat"; room: string; to: Audience; number: number; text: string }
  | ConsultationMessage
  | { type: "channel"; language: string }
  | { type: "listen"; language: string }
  | { type: "share"; on: boolean; mode: ScreenMode | "" }
  | { type: "sharing"; open: boolean }
  | { type: "help"; on: boolean };

/** What hosts say of the hearing as a whole. */
export type OrderMessage =
  | { type: "start" }
  | { type: "pause" }
  | { type: "resume" }
  | { type: "suspend"; reason: Reason }
  | { type: "deliberate" }
  | { type: "end" }
  | { type: "extend"; minutes: number }
  | { type: "next"; close: boolean };

/** Who comes in and goes out. */
export type DoorMessage =
  | { type: "admit"; number: number }
  | { type: "admit_all" }
  | { type: "dismiss"; number: number }
  | { type: "remove"; number: number }
  | { type: "lock"; on: boolean }
  | { type: "clear" }
  | { type: "notice"; text: string };

/** Who speaks and who is seen; number 0 is everybody, for spotlight nobody. */
export type FloorMessage =
  | { type: "hand"; up: boolean }
  | { type: "lower"; number: number }
  | { type: "mute"; number: number; lock: boolean }
  | { type: "unlock"; number: number }
  | { type: "ask"; number: number; what: Device }
  | { type: "spotlight"; number: number }
  | { type: "layout"; layout: Layout };

export type ConsultationMessage =
  | { type: "consult"; numbers: number[] }
  | { type: "accept"; room: string }
  | { type: "decline"; room: string }
  | { type: "return" }
  | { type: "knock"; room: string };

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

/** A seat holds the sound and picture of the participant with this number, or the screen they share. */
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

export interface Participant {
  number: number;
  name: string;
  role: string;
  link: string;
  place: Place;
  microphone: boolean;
  camera: boolean;
  /** Where in the queue of raised hands, from 1; 0: not raised. */
  hand: number;
  muted: Muted;
  /** The language that an interpreter speaks into now, "" for the floor. */
  channel: string;
  /** Speaks or interprets in sign language: seen by everybody, always. */
  sign: boolean;
  screen: ScreenMode | "";
  help: boolean;
  /** The consultation they are in, as hosts and clerks are told; "" for the hearing. */
  room: string;
}

/** Somebody who may be called into a consultation, or who calls. */
export type Confidant = Pick<Participant, "number" | "name" | "role" | "place">;

export type Waiting = {
  type: "waiting";
  host_present: boolean;
  position: number;
  waiting: number;
  delay_minutes: number;
  state: ConferenceState;
  company: Confidant[];
  help: boolean;
};
export type Admitted = {
  type: "admitted";
  number: number;
  host: boolean;
  /** The consultation, "" for the hearing. */
  room: string;
  seats: { audio: number; video: number };
  relay: Relay[];
  pcs: number[];
};
export type Roster = {
  type: "roster";
  state: ConferenceState;
  reason: Reason;
  /** When the countdown ends, RFC 3339, "" without one. */
  until: string;
  /** The consultation that I am in, "" for the hearing. */
  room: string;
  locked: boolean;
  /** What the host has chosen, "" before any choice. */
  layout: Layout | "";
  spotlight: number;
  sharing: boolean;
  observers: number;
  channels: string[];
  listening: string;
  /** Whom I may call into a consultation, wherever they are. */
  company: Confidant[];
  participants: Participant[];
};
export type Send = { type: "send"; pc: number; layers: string[]; screen: boolean; voice: number; still: boolean };
export type Still = { type: "still"; number: number; image: string };
export type Quality = { type: "quality"; participants: { number: number; word: Word }[] };
export type Bye = { type: "bye"; code: string; until?: string };
export type Refusal = { type: "error"; code: string; re?: string };
export type Notice = { type: "notice"; from: "hosts" | "desk"; text: string };
export type Chat = { type: "chat"; id: number; from: number; to: Audience; number: number; text: string; at: string };
export type Asked = { type: "asked"; what: Device };
export type Invitation = { type: "invitation"; room: string; from: Pick<Participant, "number" | "name" | "role">; until: string };
export type InvitationOver = { type: "invitation_over"; room: string };
export type Knocked = { type: "knocked"; number: number; name: string };
export type Next = { type: "next"; appointment: string; path: string; reference: string; people: number };
/** at is the server's time in Unix ms. */
export type Pong = { type: "pong"; n: number; at: number };

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
  | Asked
  | Invitation
  | InvitationOver
  | Knocked
  | Next
  | Pong;

const participant = record<Participant>({
  number: int,
  name: text,
  role: text,
  link: text,
  place: oneOf(...places),
  microphone: flag,
  camera: flag,
  hand: int,
  muted: oneOf(...mutes),
  channel: text,
  sign: flag,
  screen: oneOf("", ...screenModes),
  help: flag,
  room: text,
});

const confidant = record<Confidant>({ number: int, name: text, role: text, place: oneOf(...places) });

const schemas: { [T in ServerMessage["type"]]: Check<Extract<ServerMessage, { type: T }>> } = {
  waiting: record<Waiting>({
    type: oneOf("waiting"),
    host_present: flag,
    position: int,
    waiting: int,
    delay_minutes: int,
    state: oneOf(...conferenceStates),
    company: list(confidant),
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
    state: oneOf(...conferenceStates),
    reason: oneOf(...reasons),
    until: text,
    room: text,
    locked: flag,
    layout: oneOf("", ...layouts),
    spotlight: int,
    sharing: flag,
    observers: int,
    channels: list(text),
    listening: text,
    company: list(confidant),
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
  send: record<Send>({ type: oneOf("send"), pc: int, layers: list(text), screen: flag, voice: int, still: flag }),
  reoffer: record<{ type: "reoffer"; pc: number }>({ type: oneOf("reoffer"), pc: int }),
  still: record<Still>({ type: oneOf("still"), number: int, image: text }),
  quality: record<Quality>({
    type: oneOf("quality"),
    participants: list(record<Quality["participants"][number]>({ number: int, word: oneOf("good", "fair", "poor", "lost") })),
  }),
  unheard: record<{ type: "unheard"; on: boolean }>({ type: oneOf("unheard"), on: flag }),
  speaking: record<{ type: "speaking"; numbers: number[] }>({ type: oneOf("speaking"), numbers: list(int) }),
  notice: record<Notice>({ type: oneOf("notice"), from: oneOf("hosts", "desk"), text }),
  chat: record<Chat>({ type: oneOf("chat"), id: int, from: int, to: oneOf(...audiences), number: int, text, at: text }),
  asked: record<Asked>({ type: oneOf("asked"), what: oneOf(...devices) }),
  invitation: record<Invitation>({
    type: oneOf("invitation"),
    room: text,
    from: record<Invitation["from"]>({ number: int, name: text, role: text }),
    until: text,
  }),
  invitation_over: record<InvitationOver>({ type: oneOf("invitation_over"), room: text }),
  knocked: record<Knocked>({ type: oneOf("knocked"), number: int, name: text }),
  next: record<Next>({ type: oneOf("next"), appointment: text, path: text, reference: text, people: int }),
  pong: record<Pong>({ type: oneOf("pong"), n: int, at: int }),
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
