// The chat: what was written in each room I was in, what of it I have not read, and to whom I may write.

import { others } from "./people";
import { bench, may } from "./rights";
import type { State } from "./state";
import type { Chat, Participant, ServerMessage } from "./wire";

/** Line is one message; to one person with their number, else with 0. */
export interface Line extends Omit<Chat, "type"> {
  /** The consultation it was written in, "" for the hearing. */
  room: string;
}

export interface Talk {
  lines: readonly Line[];
  /** The chat is in front of the person: what comes is read. */
  open: boolean;
  /** What has been read, by room. */
  read: ReadonlyMap<string, number>;
}

export const noTalk: Talk = { lines: [], open: false, read: new Map() };

/** longest is how many characters one message may have; the server refuses more. */
export const longest = 500;
const most = 200; // lines of a room that the page keeps

export function talkAfter(talk: Talk, message: ServerMessage, { room }: Pick<State, "room">): Talk {
  switch (message.type) {
    case "admitted":
      return message.room === room ? talk : left(talk);
    case "waiting":
      return left(talk);
    case "chat": {
      const { type: _, ...said } = message;
      const next = { ...talk, lines: joined(talk.lines, { ...said, room }) };
      return talk.open ? readAll(next, room) : next;
    }
    default:
      return talk;
  }
}

/** openTalk puts the chat in front of the person, or away. */
export function openTalk(talk: Talk, open: boolean, room: string): Talk {
  return { ...(open ? readAll(talk, room) : talk), open };
}

/** linesOf is what was written in the room that I am in. */
export function linesOf({ talk, room }: Pick<State, "talk" | "room">): Line[] {
  return talk.lines.filter((line) => line.room === room);
}

/** unread counts what others wrote in this room since the chat was last in front. */
export function unread(state: Pick<State, "talk" | "room" | "number">): number {
  const read = state.talk.read.get(state.room) ?? 0;
  return linesOf(state).filter((line) => line.id > read && line.from !== state.number).length;
}

/** What somebody may write to: everybody, the hosts, or these people one by one. */
export interface Addressees {
  all: boolean;
  hosts: boolean;
  people: Participant[];
}

/**
 * addressees tells to whom I may write: witnesses and experts only with those who hold the hearing, so that nobody puts words in
 * their mouth; in a consultation everybody with everybody. The server has the last word.
 */
export function addressees({ people, number, role, room }: Pick<State, "people" | "number" | "role" | "room">): Addressees {
  if (!may(role, "chat")) return { all: false, hosts: false, people: [] };
  const present = others(people, number, room).filter((one) => may(one.role, "chat"));
  if (room !== "") return { all: true, hosts: false, people: present };
  const apart = testifies(role);
  const near = present.filter((one) => bench(role) || bench(one.role) || (!apart && !testifies(one.role)));
  return { all: !apart, hosts: true, people: near };
}

function testifies(role: string): boolean {
  return role === "witness" || role === "expert";
}

// What was written in a consultation stays there.
function left(talk: Talk): Talk {
  return { ...talk, open: false, lines: talk.lines.filter((line) => line.room === "") };
}

// After a lost socket the last lines are told again.
function joined(lines: readonly Line[], line: Line): Line[] {
  const here = lines.filter((each) => each.room === line.room && each.id !== line.id);
  const elsewhere = lines.filter((each) => each.room !== line.room);
  return [...elsewhere, ...[...here, line].sort((a, b) => a.id - b.id).slice(-most)];
}

function readAll(talk: Talk, room: string): Talk {
  const last = Math.max(0, ...talk.lines.filter((line) => line.room === room).map((line) => line.id));
  return { ...talk, read: new Map(talk.read).set(room, last) };
}
