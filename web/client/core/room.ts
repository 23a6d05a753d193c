// The room as the view uses it: a state to read and a verb for each button. Ties signal, capture and what flows (live.ts) together.
// Verbs that are one message or one event are in commands.ts.

import { Capture } from "./capture";
import { Commands } from "./commands";
import { locked } from "./floor";
import { type Step, stepOf } from "./journey";
import type { Limit } from "./level";
import type { Link } from "./link";
import type { Live, LiveRoom } from "./live";
import { Signal, type Socket } from "./signal";
import { type Event, initial, inside, type Kind, reduce, sends, type State } from "./state";
import type { Admitted, ClientMessage, Device, Roster, ScreenMode, ServerMessage } from "./wire";

export interface RoomConfig {
  number: number;
  host: boolean;
  role: string;
  device: string;
  openSocket(): Socket;
  devices: MediaDevices | undefined;
  /** ms */
  now(): number;
  /** Tells the desk where the person is before the socket can. */
  step(step: Step): void;
}

/** Missed is an admission that came before Live. */
interface Missed {
  before: State;
  admitted: Admitted;
  roster?: Roster;
}

const cameraWaits = 3_000;

export class Room extends Commands {
  private current: State;
  private readonly listeners = new Set<() => void>();
  private readonly signal: Signal;
  private readonly capture: Capture;
  private live: Live | null = null; // on its way
  private missed: Missed | null = null;
  private hidden = false;
  private told = "";
  private step: Step | "" = "";
  private resting: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly config: RoomConfig) {
    super();
    this.current = initial(config.number, config.host, config.role);
    this.signal = new Signal({
      open: config.openSocket,
      device: config.device,
      now: config.now,
      status: (status) => {
        if (status === "lost") this.live?.offline();
        this.dispatch({ type: "signal", status });
      },
      message: (message) => this.heard(message),
      bye: (code, until) => this.ended(code, until),
      clock: (ahead) => {
        if (ahead !== this.current.ahead) this.dispatch({ type: "clock", ahead });
      },
    });
    this.capture = new Capture({
      devices: config.devices,
      changed: (kind, access, track) => {
        this.dispatch({ type: "input", kind, change: { access } });
        this.live?.carry(kind, track);
        this.applyInputs();
      },
      choices: (choices) => this.dispatch({ type: "choices", choices }),
    });
    this.tellStep();
  }

  /** bring gives the room what it needs to send and receive, which comes behind the first screens; who is in already waits for it. */
  bring(make: (room: LiveRoom) => Live): void {
    const live = make({
      state: () => this.current,
      dispatch: (event) => this.dispatch(event),
      send: (message) => this.signal.send(message),
      track: (kind) => this.capture.track(kind),
      doubt: () => this.signal.doubt(),
      trip: () => this.signal.trip,
    });
    for (const kind of ["microphone", "camera"] as const) live.carry(kind, this.capture.track(kind));
    if (this.hidden) live.hide(true);
    this.live = live;
    const { missed } = this;
    this.missed = null;
    if (!missed || this.current.signal !== "open") return; // who comes back is admitted again
    live.heard(missed.before, missed.admitted);
    if (missed.roster) live.heard(missed.before, missed.roster);
  }

  get state(): State {
    return this.current;
  }

  /** link is the connection whose seats are shown, for its receivers. */
  get link(): Link | null {
    return this.live?.link ?? null;
  }

  track(kind: Kind): MediaStreamTrack | null {
    return this.capture.track(kind);
  }

  /** presented is my screen while it is shared. */
  get presented(): MediaStreamTrack | null {
    return this.live?.presented ?? null;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** join asks for the microphone if nobody has, then goes to the server; without one it waits for the person's word. */
  async join(options: { replace?: boolean; silent?: boolean } = {}): Promise<void> {
    this.dispatch({ type: "joining", joining: true });
    this.close("camera");
    if (options.silent) this.set("microphone", false);
    else if (this.current.microphone.access !== "on" && (await this.open("microphone")) !== "on") {
      return this.dispatch({ type: "joining", joining: false });
    }
    this.signal.start(options.replace ?? false);
  }

  async open(kind: Kind): Promise<string> {
    this.set(kind, true);
    return this.capture.open(kind, this.current[kind].device);
  }

  close(kind: Kind): void {
    this.set(kind, false);
    if (this.current[kind].access === "on" || this.current[kind].access === "asking") this.capture.close(kind);
  }

  /** toggle mutes a microphone, which stays open for a quick return, and closes a camera, whose light goes out. */
  toggle(kind: Kind): void {
    const input = this.current[kind];
    if (kind === "microphone" && !input.on && locked(this.current)) return this.dispatch({ type: "lockedOff" });
    if (input.access !== "on") void this.open(kind);
    else if (kind === "camera") this.close(kind);
    else this.set(kind, !input.on);
  }

  choose(kind: Kind, device: string): void {
    this.dispatch({ type: "input", kind, change: { device } });
    if (this.current[kind].access === "on") void this.capture.open(kind, device);
  }

  chooseSpeaker(device: string): void {
    this.dispatch({ type: "speaker", device });
  }

  /** limit sets the most that is to be used of my link, both ways, now and the next time. */
  limit(limit: Limit): void {
    this.live?.limit(limit);
  }

  /** reopen asks for the microphone once more, when a phone has silenced it. */
  reopen(): void {
    void this.open("microphone");
  }

  /** share asks the browser for a screen, within a click, and then the hearing whether it may be shown. */
  async share(mode: ScreenMode): Promise<void> {
    await this.live?.share(mode);
  }

  stopSharing(): void {
    this.live?.stopSharing();
  }

  /** follow switches on what I was asked for. */
  follow(what: Device): void {
    if (!sends(this.current[what])) this.toggle(what);
    this.dispatch({ type: "answered", what });
  }

  leave(): void {
    this.signal.send({ type: "leave" });
    this.signal.stop();
    this.ended("left");
  }

  /** again returns from an end page to the device check. */
  again(): void {
    this.dispatch({ type: "again" });
  }

  silenced(silenced: boolean): void {
    if (silenced !== this.current.silenced) this.dispatch({ type: "silenced", silenced });
  }

  /** want tells how high the tile of a participant, or of their screen, is now, in the lines a sender offers; 0: not shown. */
  want(number: number, height: number, screen = false): void {
    this.live?.want(number, height, screen);
  }

  hide(hidden: boolean): void {
    this.hidden = hidden;
    if (!hidden) this.nudge();
    this.live?.hide(hidden);
  }

  /** nudge tells that the network changed or came back. */
  nudge(): void {
    this.signal.nudge();
    this.live?.nudge();
  }

  protected say(message: ClientMessage): boolean {
    return this.signal.send(message);
  }

  private tellStep(): void {
    const step = stepOf(this.current, this.live?.failing ?? false);
    if (step !== "" && step !== this.step) this.config.step(step);
    this.step = step || this.step;
  }

  protected dispatch(event: Event): void {
    this.current = reduce(this.current, event);
    this.tellStep();
    for (const listener of this.listeners) listener();
  }

  private heard(message: ServerMessage): void {
    const before = this.current;
    this.dispatch({ type: "server", message });
    switch (message.type) {
      case "waiting":
        if (before.phase === "hearing") this.close("camera");
        if (before.phase === "consultation") this.restCamera();
        break;
      case "admitted":
        this.told = "";
        this.applyInputs();
        break;
      case "roster": // what it has ended for me ends here too
        if (this.current.microphone !== before.microphone) this.applyInputs();
    }
    if (this.live) this.live.heard(before, message);
    else this.miss(before, message);
  }

  // Before anything is sent, all that counts is whether one is in, and where.
  private miss(before: State, message: ServerMessage): void {
    if (message.type === "waiting") this.missed = null;
    else if (message.type === "admitted") this.missed = { before, admitted: message };
    else if (message.type === "roster" && this.missed) this.missed.roster = message;
    else return;
    this.dispatch({ type: "media", status: this.missed ? "connecting" : "off", pc: 0, seats: [] });
  }

  // Who comes out of a consultation may be let into the hearing at once: their camera waits a moment for that.
  private restCamera(): void {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.current.phase === "waiting" && this.close("camera"), cameraWaits);
  }

  private ended(code: string, until?: string): void {
    this.live?.stop();
    this.missed = null;
    this.close("camera");
    this.capture.close("microphone");
    this.dispatch({ type: "bye", code, until });
  }

  private set(kind: Kind, on: boolean): void {
    this.dispatch({ type: "input", kind, change: { on } });
    this.applyInputs();
  }

  // A muted track sends silence; before the hearing it stays live for the meter of the check.
  private applyInputs(): void {
    const { microphone, camera } = this.current;
    const live = inside(this.current);
    const track = this.capture.track("microphone");
    if (track) track.enabled = microphone.on || !live;
    this.live?.pace();
    if (!live) return;
    const message: ClientMessage = { type: "state", microphone: sends(microphone), camera: sends(camera) };
    const text = JSON.stringify(message);
    if (text !== this.told && this.signal.send(message)) this.told = text;
  }
}
