// The order of the hearing: where it stands, why it stands still, and what the host has said of the next one.

import type { ConferenceState, Next, Reason, ServerMessage } from "./wire";

export interface Order {
  state: ConferenceState;
  reason: Reason;
  /** When the countdown ends, in ms of the server's clock; 0: none runs. */
  until: number;
  /** Nobody comes in but by a host. */
  locked: boolean;
  /** How many observers are present, where they are counted and not named. */
  observers: number;
  /** The next hearing of the list, once a host has asked for it. */
  next: Next | null;
}

export const noOrder: Order = { state: "scheduled", reason: "", until: 0, locked: false, observers: 0, next: null };

export function orderAfter(order: Order, message: ServerMessage): Order {
  switch (message.type) {
    case "waiting":
      return { ...noOrder, state: message.state, next: order.next };
    case "roster": {
      const { state, reason, locked, observers } = message;
      return { ...order, state, reason, locked, observers, until: instant(message.until) };
    }
    case "next":
      return { ...order, next: message };
    default:
      return order;
  }
}

/** instant is a time of the wire, RFC 3339, in ms of the server's clock; 0: none. */
export function instant(time: string): number {
  return Date.parse(time) || 0;
}

/** secondsLeft tells how many whole seconds remain until an instant of the server's clock; ahead is how far that clock is before ours. */
export function secondsLeft(until: number, ahead: number, now: number): number {
  return until > 0 ? Math.max(0, Math.ceil((until - now - ahead) / 1_000)) : 0;
}

/** soundPasses tells whether sound passes in the hearing: paused and suspended it passes for nobody. */
export function soundPasses(order: Order): boolean {
  return order.state !== "paused" && order.state !== "suspended";
}

/** picturesPass tells whether pictures pass in the hearing. */
export function picturesPass(order: Order): boolean {
  return order.state !== "paused";
}
