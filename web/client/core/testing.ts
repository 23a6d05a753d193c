// Messages for tests: whole by default, so that a test names only what it is about.

import type { Admitted, Participant, Place, Roster, Seat, Waiting } from "./wire";

export function person(number: number, place: Place = "in_hearing", more: Partial<Participant> = {}): Participant {
  return {
    number,
    name: `N${number}`,
    role: "party",
    link: "",
    place,
    microphone: true,
    camera: false,
    hand: 0,
    muted: "",
    channel: "",
    sign: false,
    screen: "",
    help: false,
    room: "",
    ...more,
  };
}

export function roster(participants: Participant[], more: Partial<Roster> = {}): Roster {
  return {
    type: "roster",
    state: "in_session",
    reason: "",
    until: "",
    room: "",
    locked: false,
    layout: "grid",
    spotlight: 0,
    sharing: false,
    observers: 0,
    company: [],
    channels: [],
    listening: "",
    participants,
    ...more,
  };
}

export function admitted(more: Partial<Admitted> = {}): Admitted {
  return { type: "admitted", number: 2, host: false, room: "", seats: { audio: 2, video: 2 }, relay: [], pcs: [], ...more };
}

export function waiting(more: Partial<Waiting> = {}): Waiting {
  return { type: "waiting", host_present: true, position: 1, waiting: 1, delay_minutes: 0, state: "open", company: [], help: false, ...more };
}

export function seat(number: number, more: Partial<Seat> = {}): Seat {
  return { seat: 0, number, screen: false, paused: "", ...more };
}
