// One RTCPeerConnection on one kind of path. Lines in fixed order: microphone, camera, screen, then the audio seats, then the video
// seats. The client offers; who sits in a seat changes by message, what microphone, camera and screen carry by replaceTrack, and how
// much of it by the parameters of their senders (sender.ts). Only when the server asks is there another offer, on the same connection.

import { listen, type Sight, type Silence } from "./heal";
import { type Packed, unpack } from "./pack";
import { type Patience, patience } from "./patience";
import { limitScreen, lines, Sender, scaled, setCamera, setVoice, usualLines } from "./sender";
import type { Asked, Sending } from "./sending";
import { type Counters, counters, type Entry } from "./stats";
import type { Device, Path, Relay, Seat } from "./wire";

/** Source is what a line that we send on carries. */
export type Source = Device | "screen";

export interface Layout {
  audio: number;
  video: number;
}

export type LinkState = "pending" | "up" | "shaky" | "failed";

/** configuration lets a connection use one kind of path only: the server is ICE-lite, where the last nomination wins. */
export function configuration(path: Path, relay: readonly Relay[]): RTCConfiguration {
  const common: RTCConfiguration = { bundlePolicy: "max-bundle" };
  if (path === "direct") return common;
  return { ...common, iceTransportPolicy: "relay", iceServers: relay.map((server) => ({ ...server })) };
}

export interface LinkConfig {
  id: number;
  path: Path;
  pc: RTCPeerConnection;
  layout: Layout;
  asked: Asked;
  sending: Sending;
  /** A screen may be shared: there is a line for it from the start, and none where the browser has no screen to give. */
  screen: boolean;
  /** Offers neither redundancy nor repair of sound, as before there were any: for comparison runs. */
  plain: boolean;
  now(): number;
  changed(link: Link): void;
}

export class Link {
  /** Who sits in this connection's seats, as last told by the server. */
  seats: Seat[] = [];
  /** What the server wants of this connection, as last told. */
  asked: Asked;
  state: LinkState = "pending";
  answered = false;
  /** What the last look at the connection found. */
  counters: Counters | undefined;

  readonly id: number;
  readonly path: Path;
  private readonly begun: number;
  private since: number;
  private silence: Silence | undefined;
  private offering = false;
  private offerAgain = false;
  private readonly microphone: Sender;
  private readonly camera: Sender;
  private readonly screen: Sender | undefined;
  private readonly audioLines: RTCRtpTransceiver[] = [];
  private readonly patience: (Patience | undefined)[] = [];
  private readonly videoLines: RTCRtpTransceiver[] = [];
  private readonly screens = new Set<string | null>(); // mids

  constructor(private readonly config: LinkConfig) {
    this.id = config.id;
    this.path = config.path;
    this.asked = config.asked;
    this.begun = this.since = config.now();
    const { layout, pc, sending } = config;
    const sendEncodings = scaled(sending.camera, usualLines);
    this.microphone = new Sender(this.line("audio", { direction: "sendonly" }).sender);
    this.camera = new Sender(this.line("video", { direction: "sendonly", sendEncodings }).sender);
    if (config.screen) this.screen = new Sender(this.line("video", { direction: "sendonly" }).sender);
    for (let k = 0; k < layout.audio; k++) this.audioLines.push(this.line("audio", { direction: "recvonly" }));
    for (let k = 0; k < layout.video; k++) this.videoLines.push(this.line("video", { direction: "recvonly" }));
    pc.onconnectionstatechange = () => this.moved();
    // Firefox before 113 has no connectionState events.
    pc.oniceconnectionstatechange = () => this.moved();
    this.send(sending);
  }

  /**
   * offer makes the local description, "" while the last offer is still unanswered: then it is made afterwards, and told by
   * answer. No candidate is awaited, the server learns our address from the checks.
   */
  async offer(): Promise<string> {
    if (this.offering) {
      this.offerAgain = true;
      return "";
    }
    this.offering = true;
    const { pc, plain } = this.config;
    const { sdp = "" } = await pc.createOffer();
    if (plain) return this.describe(sdp);
    // Browsers repair sound only where the offer's text says so. One that takes no changed text gets its own.
    return this.describe(withNack(sdp)).catch(() => this.describe(sdp));
  }

  /** withdraw takes back an offer that will get no answer, beside an earlier one that holds. */
  async withdraw(): Promise<boolean> {
    if (!this.offering || !this.answered) return false;
    this.offering = this.offerAgain = false;
    const { pc } = this.config;
    if (pc.signalingState !== "stable") await pc.setLocalDescription({ type: "rollback" }); // else it was still being made
    return true;
  }

  /** answer takes the server's answer, unless its offer was withdrawn, and tells whether another offer is wanted. */
  async answer(description: Packed): Promise<boolean> {
    if (!this.offering) return false;
    this.answered = true;
    await this.config.pc.setRemoteDescription({ type: "answer", sdp: await unpack(description) });
    this.offering = false;
    this.microphone.again(); // which layers there are is known only now
    this.camera.again();
    this.screen?.again();
    const again = this.offerAgain;
    this.offerAgain = false;
    return again;
  }

  carry(kind: Source, track: MediaStreamTrack | null): void {
    this[kind]?.carry(track);
  }

  /** send sets what microphone, camera and screen send from now on. */
  send({ camera, screen, only, voice }: Sending): void {
    this.camera.set((parameters, track) => {
      const [whole = only, ...layers] = scaled([only, ...camera], lines(track));
      return setCamera(parameters, layers, whole);
    });
    this.screen?.set((parameters, track) => limitScreen(parameters, screen, track));
    this.microphone.set((parameters) => setVoice(parameters, voice));
  }

  /** look asks the browser what came and went. */
  async look(): Promise<void> {
    const { pc, now } = this.config;
    if (this.state === "pending" || !pc.getStats) return;
    const entries = await pc.getStats().catch(() => undefined);
    if (!entries) return;
    for (const { seat, screen } of this.seats) if (screen) this.screens.add(this.videoLines[seat]?.mid ?? null);
    this.counters = counters(entries.values(), now(), this.screens);
    this.silence = listen(this.silence, this.counters.arrivals, this.counters.at);
    this.wait(entries.values(), this.counters.at);
  }

  sight(): Sight {
    const { id, path, state, begun, since, silence } = this;
    return { id, path, state, begun, since, silence };
  }

  audio(seat: number): RTCRtpReceiver | undefined {
    return this.audioLines[seat]?.receiver;
  }

  video(seat: number): RTCRtpReceiver | undefined {
    return this.videoLines[seat]?.receiver;
  }

  close(): void {
    const { pc } = this.config;
    pc.onconnectionstatechange = pc.oniceconnectionstatechange = null;
    pc.close();
  }

  // Has each seat wait for sound that comes late, where the browser lets it be told (jitterBufferTarget).
  private wait(entries: Iterable<Entry>, now: number): void {
    for (const { type, kind, mid, packetsDiscarded = 0 } of entries) {
      const seat = type === "inbound-rtp" && kind === "audio" ? this.audioLines.findIndex((line) => line.mid === mid) : -1;
      const line = this.audioLines[seat];
      if (!line) continue;
      const before = this.patience[seat];
      const after = (this.patience[seat] = patience(before, packetsDiscarded, now));
      if (after.wait !== (before?.wait ?? 0)) (line.receiver as Waiting).jitterBufferTarget = after.wait || null;
    }
  }

  private async describe(sdp: string): Promise<string> {
    await this.config.pc.setLocalDescription({ type: "offer", sdp });
    this.camera.again(); // which layers there are is known only now
    return sdp;
  }

  private line(kind: "audio" | "video", init: RTCRtpTransceiverInit): RTCRtpTransceiver {
    const transceiver = this.config.pc.addTransceiver(kind, init);
    shrink(transceiver, kind === "video" ? ["video/vp8", "video/rtx"] : this.config.plain ? ["audio/opus"] : ["audio/opus", "audio/red"]);
    return transceiver;
  }

  private moved(): void {
    const { pc, now, changed } = this.config;
    const next = linkState(pc.connectionState ?? pc.iceConnectionState, this.state);
    if (next === this.state) return;
    this.state = next;
    this.since = now();
    changed(this);
  }
}

type Waiting = RTCRtpReceiver & { jitterBufferTarget?: number | null }; // ms

/** withNack asks in an offer for repair of lost sound (RFC 4585, 4.2), which browsers do and do not say. */
export function withNack(sdp: string): string {
  return sdp.replace(/^a=rtpmap:(\d+) opus\/.*$/gim, (line, payload: string) => {
    const nack = `a=rtcp-fb:${payload} nack`;
    return new RegExp(`^${nack}\\s*$`, "m").test(sdp) ? line : `${line}\r\n${nack}`;
  });
}

/** linkState reads a connection state; "disconnected" counts only for a link that was up. */
export function linkState(state: string, before: LinkState): LinkState {
  switch (state) {
    case "connected":
    case "completed":
      return "up";
    case "disconnected":
      return before === "pending" ? "pending" : "shaky";
    case "failed":
    case "closed":
      return "failed";
    default:
      return before === "up" ? "shaky" : before;
  }
}

// Offers only what the server speaks, best first: a line of a browser's full offer is ten times as long.
function shrink(transceiver: RTCRtpTransceiver, wanted: string[]): void {
  const codecs = globalThis.RTCRtpReceiver?.getCapabilities?.(wanted[0]?.startsWith("audio") ? "audio" : "video")?.codecs ?? [];
  const place = (codec: RTCRtpCodec) => wanted.indexOf(codec.mimeType.toLowerCase());
  const kept = codecs.filter((codec) => place(codec) >= 0).sort((a, b) => place(a) - place(b));
  if (!transceiver.setCodecPreferences || kept.length === 0) return;
  try {
    transceiver.setCodecPreferences(kept);
  } catch {
    // An engine that wants its list in another form sends its full offer; the server picks from it.
  }
}
