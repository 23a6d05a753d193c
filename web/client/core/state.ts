// All that the page shows, changed in one place: state and event in, next state out. The view only reads it.
// Each noun of a hearing has a slice of the state and a file of its own; what concerns more than one is here.

import { type Channels, channelsAfter, noChannels } from "./channels";
import { answered, type Consultation, consultationAfter, doubted, noConsultation } from "./consultation";
import { type Floor, floorAfter, floorDone, type FloorEvent, noFloor, silenced } from "./floor";
import { type Choices, type Input, type Kind, sends } from "./inputs";
import { type Limit, rank } from "./level";
import type { MediaStatus } from "./media";
import { noNotices, noticeRead, type Notices, noticesAfter } from "./notices";
import { noOrder, type Order, orderAfter } from "./order";
import { may } from "./rights";
import { carriesScreen, sendsPictures } from "./sending";
import { noShares, type Shares, sharesAfter } from "./shares";
import type { SignalStatus } from "./signal";
import { noTalk, openTalk, type Talk, talkAfter } from "./talk";
import type { ClientMessage, Level, Participant, Place, Seat, ServerMessage, Word } from "./wire";

export { type Access, type Choice, type Choices, type Input, type Kind, sends } from "./inputs";

/** "hearing" and "consultation" are the two in which media flows: State.room tells which consultation it is. */
export type Phase = "check" | "waiting" | "hearing" | "consultation" | "ended";

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
  /** My role, as the page was made for it; booking/participant.go has them. */
  role: string;
  /** The consultation that I am in, "" for the hearing or none. */
  room: string;
  /** How far the server's clock is before ours, in ms. */
  ahead: number;
  queue: { hostPresent: boolean; position: number; waiting: number; delay: number } | null;
  order: Order;
  floor: Floor;
  talk: Talk;
  consultation: Consultation;
  channels: Channels;
  shares: Shares;
  notices: Notices;
  /** I have asked the desk for help; in the hearing only hosts and clerks are told of it by the roster. */
  help: boolean;
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
  | { type: "clock"; ahead: number }
  | { type: "help"; on: boolean }
  | FloorEvent
  | { type: "talk"; open: boolean }
  | { type: "callAnswered"; room: string }
  | { type: "knocksRead" }
  | { type: "noticeRead"; id: number }
  | { type: "shares"; change: Partial<Pick<Shares, "mine" | "mode">> }
  | { type: "still"; number: number; still: Still }
  | { type: "level"; level: Level; limit: Limit; carries: Level }
  | { type: "seen" }
  | { type: "moveRead" }
  | { type: "again" };

export function initial(number: number, host: boolean, role = host ? "host" : ""): State {
  return {
    phase: "check",
    joining: false,
    signal: "closed",
    number,
    host,
    role,
    room: "",
    ahead: 0,
    queue: null,
    order: noOrder,
    floor: noFloor,
    talk: noTalk,
    consultation: noConsultation,
    channels: noChannels,
    shares: noShares,
    notices: noNotices,
    help: false,
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

/** What is of one room only. */
const elsewhere = { people: [], seats: [], speaking: [], quality: new Map(), stills: new Map(), move: "", unheard: false };

const outside = { ...elsewhere, room: "", queue: null, refusal: null, media: "off" as const, pc: 0 };

const over = { floor: noFloor, talk: noTalk, consultation: noConsultation, channels: noChannels };

export function reduce(state: State, event: Event): State {
  switch (event.type) {
    case "joining":
      return { ...state, joining: event.joining };
    case "signal":
      return { ...state, signal: event.status, consultation: event.status === "lost" ? doubted(state.consultation) : state.consultation };
    case "server":
      return heard(state, event.message);
    case "media":
      return { ...state, media: event.status, pc: event.pc, seats: event.seats };
    case "input":
      return inputChanged(state, event.kind, event.change);
    case "speaker":
      return { ...state, speaker: event.device };
    case "choices":
      return { ...state, choices: event.choices };
    case "bye":
      return { ...state, ...outside, ...over, phase: "ended", joining: false, bye: { code: event.code, until: event.until } };
    case "silenced":
      return { ...state, silenced: event.silenced };
    case "clock":
      return { ...state, ahead: event.ahead };
    case "help":
      return { ...state, help: event.on };
    case "ownLayout":
    case "pin":
    case "answered":
    case "mutedRead":
    case "lockedOff":
      return { ...state, floor: floorDone(state.floor, event) };
    case "talk":
      return { ...state, talk: openTalk(state.talk, event.open, state.room) };
    case "callAnswered":
      return { ...state, consultation: answered(state.consultation, event.room) };
    case "knocksRead":
      return { ...state, consultation: { ...state.consultation, knocks: [] } };
    case "noticeRead":
      return { ...state, notices: noticeRead(state.notices, event.id) };
    case "shares":
      return { ...state, shares: { ...state.shares, ...event.change } };
    case "seen":
      return { ...state, refusal: null };
    case "still":
      return { ...state, stills: new Map(state.stills).set(event.number, event.still) };
    case "level":
      return { ...state, level: event.level, limit: event.limit, carries: event.carries, move: moveOf(state, event.level, event.limit) };
    case "moveRead":
      return { ...state, move: "" };
    case "again":
      return { ...state, ...outside, ...over, order: noOrder, notices: noNotices, help: false, phase: "check", joining: false, bye: null };
  }
}

// Whoever switches on what they were asked for has answered.
function inputChanged(state: State, kind: Kind, change: Partial<Input>): State {
  const next = { ...state, [kind]: { ...state[kind], ...change } };
  return change.on ? { ...next, floor: floorDone(next.floor, { type: "answered", what: kind }) } : next;
}

function heard(state: State, message: ServerMessage): State {
  const { order, floor, talk, consultation, channels, shares, notices } = state;
  return placed(state, message, {
    ...state,
    order: orderAfter(order, message),
    floor: floorAfter(floor, message, state),
    talk: talkAfter(talk, message, state),
    consultation: consultationAfter(consultation, message),
    channels: channelsAfter(channels, message),
    shares: sharesAfter(shares, message, state),
    notices: noticesAfter(notices, message),
  });
}

// What a message says of me, of who is here and of our links; next has the slices already.
function placed(state: State, message: ServerMessage, next: State): State {
  switch (message.type) {
    case "waiting": {
      const queue = {
        hostPresent: message.host_present,
        position: message.position,
        waiting: message.waiting,
        delay: message.delay_minutes,
      };
      return { ...next, ...outside, phase: "waiting", joining: false, queue, help: message.help };
    }
    case "admitted": {
      const { number, host, room } = message;
      const moved = room === state.room ? {} : elsewhere;
      // What follows says again what still holds.
      return { ...next, ...moved, phase: room === "" ? "hearing" : "consultation", room, joining: false, queue: null, number, host, unheard: false };
    }
    case "roster":
      return gathered(state, message.participants, next);
    case "speaking":
      return { ...next, speaking: message.numbers };
    case "quality":
      return { ...next, quality: new Map(message.participants.map((one) => [one.number, one.word])) };
    case "unheard":
      return { ...next, unheard: message.on };
    case "error":
      if (unasked.has(message.re ?? "")) return next; // what nobody pressed, nobody needs to hear of
      return { ...next, refusal: { code: message.code, re: message.re ?? "" }, help: message.re === "help" ? false : next.help };
    default:
      return next;
  }
}

function gathered(state: State, people: Participant[], next: State): State {
  const me = people.find((one) => one.number === state.number);
  return {
    ...next,
    people,
    microphone: silenced(state, people) !== "" ? { ...state.microphone, on: false } : state.microphone,
    help: me && state.room === "" && desks.has(state.role) ? me.help : state.help,
    stills: without(state.stills, unseen(state.stills, people)),
    arrivals: state.arrivals + (may(state.role, "admit") ? newcomers(state.people, people) : 0),
  };
}

const desks = new Set(["host", "clerk"]);

// What the page sends by itself.
const unasked = new Set<string>(["", "join", "state", "offer", "prefer", "drop", "level", "report", "still", "leave", "ping"] satisfies (ClientMessage["type"] | "")[]);

function newcomers(before: Participant[], after: Participant[]): number {
  const waited = new Set(before.filter((one) => one.place === "waiting").map((one) => one.number));
  return after.filter((one) => one.place === "waiting" && !waited.has(one.number)).length;
}

const onStage = new Set<Place>(["in_hearing", "in_consultation", "reconnecting"]);

// Nobody is shown after they have closed their camera or left.
function unseen(stills: State["stills"], people: readonly Participant[]): number[] {
  const seen = new Set(people.filter((one) => one.camera && onStage.has(one.place)).map((one) => one.number));
  return [...stills.keys()].filter((number) => !seen.has(number));
}

function without(stills: State["stills"], numbers: readonly number[]): State["stills"] {
  if (!numbers.some((number) => stills.has(number))) return stills;
  return new Map([...stills].filter(([number]) => !numbers.includes(number)));
}

// Only what others notice of me is worth a word, and nothing that I have just asked for myself.
function moveOf(state: State, level: Level, limit: Limit): string {
  if (!inside(state) || state.level === "" || state.level === level) return state.move;
  if (limit !== state.limit) return "";
  const camera = sends(state.camera);
  const falls = rank(level) < rank(state.level);
  if (!falls && sendsPictures(level) && !sendsPictures(state.level)) return camera ? "room.move.back" : "room.move.better";
  if (!falls) return state.level === "voice" && camera ? "room.move.stills" : "";
  if (!sendsPictures(level)) return !camera ? "room.move.weak" : level === "voice" ? "room.move.voice" : "room.move.stills";
  return camera && level === "small" ? "room.move.small" : "";
}

/** inside tells whether media flows: in the hearing or in a consultation. */
export function inside(state: Pick<State, "phase">): boolean {
  return state.phase === "hearing" || state.phase === "consultation";
}

/** strength is how good my link is, from 0 to 3 bars. */
export function strength(state: State): number {
  if (state.media !== "up" || state.carries === "") return 0;
  return !sendsPictures(state.carries) ? 1 : state.carries === "small" ? 2 : 3;
}

/** speaks tells whether a participant is marked as speaking: only while sound comes in, for the last word of a dead line stays true for ever. */
export function speaks(state: Pick<State, "media" | "speaking">, number: number): boolean {
  return state.media === "up" && state.speaking.includes(number);
}

/** trouble is the message key of what hinders the hearing now, "" when nothing does. */
export function trouble(state: State): string {
  const cut = state.signal === "lost";
  if (state.phase === "waiting") return cut ? "room.trouble.waiting" : "";
  if (!inside(state)) return cut && state.joining ? "room.trouble.joining" : "";
  if (cut) return state.media === "up" ? "room.trouble.signal" : "room.trouble.all";
  if (state.media === "shaky") return "room.trouble.media";
  if (state.media === "connecting") return "room.trouble.connecting";
  const { order, shares, level } = state;
  if (shares.mine === "on" && level !== "" && !carriesScreen(level, shares.mode)) return "room.trouble.screen";
  const alone = order.state === "suspended" && (order.reason === "no_host" || order.reason === "");
  return state.phase === "hearing" && alone && !state.host ? "room.trouble.suspended" : "";
}
