// The room as the view uses it: a state to read and a verb for each button. Ties signal, media and capture together.
// Verbs that are one message or one event are in commands.ts.

import { Capture } from "./capture";
import { Commands } from "./commands";
import { locked } from "./floor";
import { type Step, stepOf } from "./journey";
import type { Hints } from "./ladder";
import type { Link } from "./link";
import { Media } from "./media";
import { base64, bytes } from "./pack";
import { Presenting } from "./presenting";
import { ScreenCapture } from "./screen";
import { Signal, type Socket } from "./signal";
import { type Event, initial, inside, type Kind, reduce, sends, speaks, type State } from "./state";
import { bare, Stills } from "./stills";
import { type Limit, stillsEvery, Uplink } from "./uplink";
import { Wishes } from "./wishes";
import type { ClientMessage, Device, Level, Path, ScreenMode, ServerMessage } from "./wire";

export interface RoomConfig {
  number: number;
  host: boolean;
  role: string;
  device: string;
  openSocket(): Socket;
  connect(configuration: RTCConfiguration): RTCPeerConnection;
  devices: MediaDevices | undefined;
  /** ms */
  now(): number;
  lastPath(): Path;
  keepPath(path: Path): void;
  /** What is known of the link before it is used, the level of the last time among it. */
  hints(): Hints;
  keepLevel(level: Level): void;
  /** The person's own limit, kept for the next time. */
  limit: Limit;
  keepLimit(limit: Limit): void;
  /** Tells the desk where the person is before the socket can. */
  step(step: Step): void;
  /** One picture of the camera; null: not now. */
  snap(track: MediaStreamTrack, width: number, quality: number): Promise<Uint8Array | null>;
  /** The page does nothing for thin links: for comparison runs. */
  plain: boolean;
}

const cameraWaits = 3_000;

export class Room extends Commands {
  private current: State;
  private readonly listeners = new Set<() => void>();
  private readonly signal: Signal;
  private readonly media: Media;
  private readonly capture: Capture;
  private readonly presenting: Presenting;
  private readonly wishes: Wishes;
  private readonly uplink: Uplink;
  private readonly stills: Stills;
  private inUse: Link | null = null;
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
        if (status === "lost") this.media.offline();
        this.dispatch({ type: "signal", status });
      },
      message: (message) => this.heard(message),
      bye: (code, until) => this.ended(code, until),
      clock: (ahead) => {
        if (ahead !== this.current.ahead) this.dispatch({ type: "clock", ahead });
      },
    });
    const state = () => this.current;
    const send = (message: ClientMessage) => this.signal.send(message);
    this.wishes = new Wishes({ state, send });
    this.presenting = new Presenting({
      capture: (on) => new ScreenCapture({ devices: config.devices, ...on }),
      state,
      changed: (change) => this.dispatch({ type: "shares", change }),
      carry: (track) => this.media.carry("screen", track),
      send,
    });
    this.media = new Media({
      screen: this.presenting.supported,
      connect: config.connect,
      now: config.now,
      plain: config.plain,
      lastPath: config.lastPath,
      keepPath: config.keepPath,
      send,
      changed: (status, link) => {
        this.inUse = link;
        this.dispatch({ type: "media", status, pc: link?.id ?? 0, seats: link?.seats ?? [] });
        this.wishes.tell();
        this.paceStills();
      },
      looked: (link) => this.uplink.look(link),
      doubted: () => this.signal.doubt(),
    });
    this.uplink = new Uplink({
      now: config.now,
      limit: config.limit,
      keep: config.keepLevel,
      send,
      changed: (level, limit, carries) => {
        this.media.adjust(level);
        this.dispatch({ type: "level", level, limit, carries });
        this.paceStills();
      },
    });
    this.stills = new Stills({
      now: config.now,
      snap: async (width, quality) => {
        const track = this.capture.track("camera");
        const image = track && (await config.snap(track, width, quality));
        return image && bare(image);
      },
      send: (image) => this.signal.send({ type: "still", image: base64(image) }),
      speaks: () => speaks(this.current, this.current.number) && sends(this.current.microphone),
    });
    this.capture = new Capture({
      devices: config.devices,
      changed: (kind, access, track) => {
        this.dispatch({ type: "input", kind, change: { access } });
        this.media.carry(kind, track);
        this.applyInputs();
      },
      choices: (choices) => this.dispatch({ type: "choices", choices }),
    });
    if (!this.presenting.supported) this.dispatch({ type: "shares", change: { mine: "unsupported" } });
    this.tellStep();
  }

  get state(): State {
    return this.current;
  }

  /** link is the connection whose seats are shown, for its receivers. */
  get link(): Link | null {
    return this.inUse;
  }

  track(kind: Kind): MediaStreamTrack | null {
    return this.capture.track(kind);
  }

  /** presented is my screen while it is shared. */
  get presented(): MediaStreamTrack | null {
    return this.presenting.track;
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
    this.config.keepLimit(limit);
    this.uplink.pin(limit);
  }

  /** reopen asks for the microphone once more, when a phone has silenced it. */
  reopen(): void {
    void this.open("microphone");
  }

  /** share asks the browser for a screen, within a click, and then the hearing whether it may be shown. */
  share(mode: ScreenMode): Promise<void> {
    return this.presenting.begin(mode);
  }

  stopSharing(): void {
    this.presenting.end("off");
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
    this.wishes.want(number, height, screen);
  }

  hide(hidden: boolean): void {
    if (!hidden) this.nudge();
    this.wishes.hide(hidden);
  }

  /** nudge tells that the network changed or came back. */
  nudge(): void {
    this.signal.nudge();
    this.media.nudge();
  }

  protected say(message: ClientMessage): boolean {
    return this.signal.send(message);
  }

  private tellStep(): void {
    const step = stepOf(this.current, this.media.failing);
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
        this.presenting.stopped();
        return this.media.stop();
      case "admitted":
        this.told = "";
        this.wishes.forget();
        this.presenting.admitted(before, message.room);
        this.applyInputs();
        this.climb();
        return this.media.welcome(message);
      case "roster": // what it has ended for me ends here too
        if (this.current.microphone !== before.microphone) this.applyInputs();
        return this.presenting.heard(before);
      case "answer":
        return void this.media.answer(message.pc, message);
      case "seats":
        return this.media.seats(message.pc, message.seats);
      case "send":
        if (this.media.asked(message.pc, message)) this.paceStills();
        return;
      case "still":
        return this.dispatch({ type: "still", number: message.number, still: { image: bytes(message.image), at: this.config.now() } });
      case "reoffer":
        return this.media.reoffer(message.pc);
      case "error":
        if (message.re === "offer") this.media.refused();
        if (message.re === "share") this.presenting.stopped();
    }
  }

  // Who comes out of a consultation may be let into the hearing at once: their camera waits a moment for that.
  private restCamera(): void {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.current.phase === "waiting" && this.close("camera"), cameraWaits);
  }

  private ended(code: string, until?: string): void {
    this.media.stop();
    this.presenting.stopped();
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
    this.paceStills();
    if (!live) return;
    const message: ClientMessage = { type: "state", microphone: sends(microphone), camera: sends(camera) };
    const text = JSON.stringify(message);
    if (text !== this.told && this.signal.send(message)) this.told = text;
  }

  private climb(): void {
    if (this.config.plain) return;
    const hints = this.config.hints();
    this.uplink.welcome({ ...hints, rtt: this.signal.trip ?? hints.rtt });
  }

  private paceStills(): void {
    const { level, camera } = this.current;
    const sent = inside(this.current) && level !== "" && this.inUse !== null;
    this.stills.pace(sent ? stillsEvery(level, sends(camera), this.inUse?.asked.still ?? false) : 0);
  }
}
