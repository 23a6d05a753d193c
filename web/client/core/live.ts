// What flows while one is in: connections and their level, still pictures, a shared screen, and how large the others are wanted.
// It comes behind the first screens, so nothing before an admission may need it.

import type { Hints } from "./ladder";
import type { Limit } from "./level";
import type { Link } from "./link";
import { Media } from "./media";
import { base64, bytes } from "./pack";
import { Presenting } from "./presenting";
import { ScreenCapture } from "./screen";
import { type Event, inside, type Kind, sends, speaks, type State } from "./state";
import { bare, Stills } from "./stills";
import { stillsEvery, Uplink } from "./uplink";
import { Wishes } from "./wishes";
import type { ClientMessage, Level, Path, ScreenMode, ServerMessage } from "./wire";

export interface LiveConfig {
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
  /** One picture of the camera; null: not now. */
  snap(track: MediaStreamTrack, width: number, quality: number): Promise<Uint8Array | null>;
  /** The page does nothing for thin links: for comparison runs. */
  plain: boolean;
}

/** LiveRoom is the room in which it flows. */
export interface LiveRoom {
  state(): State;
  dispatch(event: Event): void;
  send(message: ClientMessage): boolean;
  track(kind: Kind): MediaStreamTrack | null;
  /** Media has fallen silent, and perhaps not it alone. */
  doubt(): void;
  /** ms from a question to the server to its answer. */
  trip(): number | undefined;
}

export class Live {
  /** The connection in use. */
  link: Link | null = null;
  private readonly media: Media;
  private readonly presenting: Presenting;
  private readonly wishes: Wishes;
  private readonly uplink: Uplink;
  private readonly stills: Stills;

  constructor(private readonly config: LiveConfig, private readonly room: LiveRoom) {
    const { state, dispatch, send } = room;
    this.wishes = new Wishes({ state, send });
    this.presenting = new Presenting({
      capture: (on) => new ScreenCapture({ devices: config.devices, ...on }),
      state,
      changed: (change) => dispatch({ type: "shares", change }),
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
        this.link = link;
        dispatch({ type: "media", status, pc: link?.id ?? 0, seats: link?.seats ?? [] });
        this.wishes.tell();
        this.pace();
      },
      looked: (link) => this.uplink.look(link),
      doubted: () => room.doubt(),
    });
    this.uplink = new Uplink({
      now: config.now,
      limit: config.limit,
      keep: config.keepLevel,
      send,
      changed: (level, limit, carries) => {
        this.media.adjust(level);
        dispatch({ type: "level", level, limit, carries });
        this.pace();
      },
    });
    this.stills = new Stills({
      now: config.now,
      snap: async (width, quality) => {
        const track = room.track("camera");
        const image = track && (await config.snap(track, width, quality));
        return image && bare(image);
      },
      send: (image) => send({ type: "still", image: base64(image) }),
      speaks: () => speaks(state(), state().number) && sends(state().microphone),
    });
    if (!this.presenting.supported) dispatch({ type: "shares", change: { mine: "unsupported" } });
  }

  /** failing tells that no path to the server has worked yet. */
  get failing(): boolean {
    return this.media.failing;
  }

  /** presented is my screen while it is shared. */
  get presented(): MediaStreamTrack | null {
    return this.presenting.track;
  }

  /** heard follows a message that the state has taken in; before is the state that it found. */
  heard(before: State, message: ServerMessage): void {
    switch (message.type) {
      case "waiting":
        return this.stop();
      case "admitted":
        this.wishes.forget();
        this.presenting.admitted(before, message.room);
        this.climb();
        return this.media.welcome(message);
      case "roster":
        return this.presenting.heard(before);
      case "answer":
        return void this.media.answer(message.pc, message);
      case "seats":
        return this.media.seats(message.pc, message.seats);
      case "send":
        if (this.media.asked(message.pc, message)) this.pace();
        return;
      case "still":
        return this.room.dispatch({ type: "still", number: message.number, still: { image: bytes(message.image), at: this.config.now() } });
      case "reoffer":
        return this.media.reoffer(message.pc);
      case "error":
        if (message.re === "offer") this.media.refused();
        if (message.re === "share") this.presenting.stopped();
    }
  }

  carry(kind: Kind, track: MediaStreamTrack | null): void {
    this.media.carry(kind, track);
  }

  /** stop ends all that flows, without a word to the server. */
  stop(): void {
    this.presenting.stopped();
    this.media.stop();
  }

  /** offline tells that the socket is lost. */
  offline(): void {
    this.media.offline();
  }

  /** nudge tells that the network changed or came back. */
  nudge(): void {
    this.media.nudge();
  }

  limit(limit: Limit): void {
    this.config.keepLimit(limit);
    this.uplink.pin(limit);
  }

  share(mode: ScreenMode): Promise<void> {
    return this.presenting.begin(mode);
  }

  stopSharing(): void {
    this.presenting.end("off");
  }

  want(number: number, height: number, screen: boolean): void {
    this.wishes.want(number, height, screen);
  }

  hide(hidden: boolean): void {
    this.wishes.hide(hidden);
  }

  /** pace sends still pictures as often as they are needed now. */
  pace(): void {
    const state = this.room.state();
    const sent = inside(state) && state.level !== "" && this.link !== null;
    this.stills.pace(sent ? stillsEvery(state.level as Level, sends(state.camera), this.link?.asked.still ?? false) : 0);
  }

  private climb(): void {
    if (this.config.plain) return;
    const hints = this.config.hints();
    this.uplink.welcome({ ...hints, rtt: this.room.trip() ?? hints.rtt });
  }
}
