// What the test asks of the driver, and what it gets; lab/thin_record_test.go has the same in Go, as far as it is used there.

export interface Plan {
  people: Someone[];
  /** Of the one whose link is thin, who comes last. */
  impaired: number;
  /** Seconds from the last camera on to the window, and of the window. */
  settle: number;
  window: number;
  /** Milliseconds from one look into a page to the next. */
  every: number;
  /** Seconds that one person speaks before the next one does; 0: they do not take turns. */
  turn: number;
  events: PlannedEvent[];
  /** The server's admin socket. */
  admin: string;
  /** A control is pressed at the end: does the page still answer? */
  press: boolean;
}

export interface Someone {
  number: number;
  link: string;
  namespace: string;
  browser: "chromium" | "firefox";
  language: string;
  /** Further ones for Chromium. */
  flags?: string[];
  audio: string;
  video: string;
  /** Whose turn it is to speak, from 0. */
  slot: number;
}

/** Something happens to the link; after is counted in seconds from the beginning of the window. */
export interface PlannedEvent {
  after: number;
  name: string;
  /** Socket of an emulator and the form to send it. */
  control: string;
  form: string;
  commands: string[][];
}

/** Counters of one stream that comes in, as getStats tells them; a field that a browser lacks is 0. */
export interface Inbound {
  mid: string;
  kind: string;
  /** Of the participant heard or seen, by CSRC; 0: nobody yet. */
  number: number;
  packets: number;
  lost: number;
  bytes: number;
  /** Audio, in samples. */
  total: number;
  concealed: number;
  silent: number;
  energy: number;
  /** Video. */
  frames: number;
  height: number;
  freezes: number;
  frozen: number;
  keys: number;
  /** NTP time, in ms, of what is played out. */
  playout: number;
  /** Seconds in the jitter buffer, over all that was played out. */
  buffered: number;
  emitted: number;
}

export interface Outbound {
  mid: string;
  kind: string;
  rid: string;
  bytes: number;
  packets: number;
  frames: number;
  height: number;
}

export interface Sample {
  at: number;
  pc: number;
  state: string;
  /** Of the candidate pair, in ms. */
  rtt: number;
  /** "host udp", "relay tcp". */
  path: string;
  sent: number;
  received: number;
  /** What the browser believes of the way up, in bit/s; 0: it does not tell. */
  available: number;
  /** What the server reports of the microphone: round trip and jitter in ms, and packets lost of all that was sent and reported on. */
  voice: { rtt: number; jitter: number };
  lost: number;
  in: Inbound[];
  out: Outbound[];
}

export interface Seen {
  samples: Sample[];
  /** Frames shown, by participant: time and lines. */
  frames: Record<string, [number, number][]>;
  phases: { state: string; at: number }[];
  /** Messages of the socket that tell of thin links; pictures are cut away. */
  messages: { at: number; out: boolean; message: Record<string, unknown> }[];
  /** When the microphone was opened, last. */
  microphone: number;
}

export interface Outcome {
  people: (Seen & { number: number; marks: Record<string, number>; errors: string[] })[];
  events: { name: string; at: number }[];
  server: { at: number; stats: unknown }[];
  plan: Plan;
  from: number;
  to: number;
}
