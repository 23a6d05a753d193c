// What a button does with one message to the server, or one event on this page. Refusals come back as State.refusal.

import type { Event, State } from "./state";
import type { Audience, ClientMessage, Device, Layout, Reason } from "./wire";

export abstract class Commands {
  abstract readonly state: State;
  protected abstract say(message: ClientMessage): boolean;
  protected abstract dispatch(event: Event): void;

  // The order of the hearing: hosts.

  start(): void {
    this.say({ type: "start" });
  }

  pause(): void {
    this.say({ type: "pause" });
  }

  resume(): void {
    this.say({ type: "resume" });
  }

  suspend(reason: Exclude<Reason, "" | "no_host">): void {
    this.say({ type: "suspend", reason });
  }

  deliberate(): void {
    this.say({ type: "deliberate" });
  }

  end(): void {
    this.say({ type: "end" });
  }

  extend(minutes: number): void {
    this.say({ type: "extend", minutes });
  }

  /** next closes this hearing or pauses it; the next one of the list comes as State.order.next. */
  next(close: boolean): void {
    this.say({ type: "next", close });
  }

  // The door: hosts and clerks.

  admit(number: number): void {
    this.say({ type: "admit", number });
  }

  admitAll(): void {
    this.say({ type: "admit_all" });
  }

  dismiss(number: number): void {
    this.say({ type: "dismiss", number });
  }

  remove(number: number): void {
    this.say({ type: "remove", number });
  }

  lock(on: boolean): void {
    this.say({ type: "lock", on });
  }

  clear(): void {
    this.say({ type: "clear" });
  }

  /** notice tells those who wait; at most 300 characters. */
  notice(text: string): void {
    this.say({ type: "notice", text });
  }

  // The floor.

  hand(up: boolean): void {
    this.say({ type: "hand", up });
  }

  /** lower takes one hand down, or with 0 all. */
  lower(number: number): void {
    this.say({ type: "lower", number });
  }

  /** mute silences one, or with 0 all but hosts; with lock they cannot switch on again by themselves. */
  mute(number: number, lock = false): void {
    this.say({ type: "mute", number, lock });
  }

  unlock(number: number): void {
    this.say({ type: "unlock", number });
  }

  /** ask asks somebody to switch on; nobody is ever switched on. */
  ask(number: number, what: Device): void {
    this.say({ type: "ask", number, what });
  }

  /** spotlight gives the floor to one, or with 0 to nobody. */
  spotlight(number: number): void {
    this.say({ type: "spotlight", number });
  }

  layout(layout: Layout): void {
    this.say({ type: "layout", layout });
  }

  openSharing(open: boolean): void {
    this.say({ type: "sharing", open });
  }

  // Talk, consultations, channels.

  /** chat tells whether the message could be sent at all; it shows once the server tells it back. It is for this room alone. */
  chat(to: Audience, text: string, number = 0): boolean {
    return this.say({ type: "chat", room: this.state.room, to, number, text });
  }

  consult(numbers: number[]): void {
    this.say({ type: "consult", numbers });
  }

  return_(): void {
    this.say({ type: "return" });
  }

  knock(room: string): void {
    this.say({ type: "knock", room });
  }

  /** speakInto is an interpreter's: the language they speak into, "" for the floor. */
  speakInto(language: string): void {
    this.say({ type: "channel", language });
  }

  /** listen chooses what comes in front, "" for the floor alone. */
  listen(language: string): void {
    this.say({ type: "listen", language });
  }

  /** accept follows a call into a consultation, decline answers it; one that could not be sent still rings. */
  accept(room: string): void {
    if (this.say({ type: "accept", room })) this.dispatch({ type: "callAnswered", room });
  }

  decline(room: string): void {
    if (this.say({ type: "decline", room })) this.dispatch({ type: "callAnswered", room });
  }

  /** help asks the desk to come, or says that it is no longer needed. */
  help(on: boolean): void {
    if (this.say({ type: "help", on })) this.dispatch({ type: "help", on });
  }

  // My own page, and what was told me.

  /** chooseLayout is for my page alone, "": as the host has it. */
  chooseLayout(layout: Layout | ""): void {
    this.dispatch({ type: "ownLayout", layout });
  }

  /** pin keeps somebody in front on my page, 0: nobody. */
  pin(number: number): void {
    this.dispatch({ type: "pin", number });
  }

  /** refuse declines what I was asked for, without a word to anybody. */
  refuse(what: Device): void {
    this.dispatch({ type: "answered", what });
  }

  mutedRead(): void {
    this.dispatch({ type: "mutedRead" });
  }

  /** openTalk puts the chat in front of the person, or away: what is in front is read. */
  openTalk(open: boolean): void {
    if (open !== this.state.talk.open) this.dispatch({ type: "talk", open });
  }

  knocksRead(): void {
    this.dispatch({ type: "knocksRead" });
  }

  noticeRead(id: number): void {
    this.dispatch({ type: "noticeRead", id });
  }

  seen(): void {
    this.dispatch({ type: "seen" });
  }

  moveRead(): void {
    this.dispatch({ type: "moveRead" });
  }
}
