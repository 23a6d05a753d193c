// One RTCPeerConnection on one kind of path. Lines in fixed order: microphone, camera, then the audio seats, then the video seats.
// The client offers; who sits in a seat changes by message, what the microphone and camera carry by replaceTrack, and how much of
// it by the parameters of their senders. Only when the server asks is there another offer, on the same connection.

import { listen, type Sight, type Silence } from "./heal";
import { type Packed, unpack } from "./pack";
import { type Patience, patience } from "./patience";
import type { Asked, Layer, Sending } from "./sending";
import { type Counters, counters, type Entry } from "./stats";
import type { Path, Relay, Seat } from "./wire";

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
  private readonly audioLines: RTCRtpTransceiver[] = [];
  private readonly patience: (Patience | undefined)[] = [];
  private readonly videoSeats: RTCRtpReceiver[] = [];

  constructor(private readonly config: LinkConfig) {
    this.id = config.id;
    this.path = config.path;
    this.asked = config.asked;
    this.begun = this.since = config.now();
    const { layout, pc, sending } = config;
    const sendEncodings = scaled(sending.camera, usualLines);
    this.microphone = new Sender(this.line("audio", { direction: "sendonly" }).sender);
    this.camera = new Sender(this.line("video", { direction: "sendonly", sendEncodings }).sender);
    for (let k = 0; k < layout.audio; k++) this.audioLines.push(this.line("audio", { direction: "recvonly" }));
    for (let k = 0; k < layout.video; k++) this.videoSeats.push(this.line("video", { direction: "recvonly" }).receiver);
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
    const again = this.offerAgain;
    this.offerAgain = false;
    return again;
  }

  carry(kind: "microphone" | "camera", track: MediaStreamTrack | null): void {
    this[kind].carry(track);
  }

  /** send sets what microphone and camera send from now on. */
  send({ camera, only, voice }: Sending): void {
    this.camera.set((parameters, track) => {
      const [whole = only, ...layers] = scaled([only, ...camera], lines(track));
      return setCamera(parameters, layers, whole);
    });
    this.microphone.set((parameters) => setVoice(parameters, voice));
  }

  /** look asks the browser what came and went. */
  async look(): Promise<void> {
    const { pc, now } = this.config;
    if (this.state === "pending" || !pc.getStats) return;
    const entries = await pc.getStats().catch(() => undefined);
    if (!entries) return;
    this.counters = counters(entries.values(), now());
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
    return this.videoSeats[seat];
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

type SendParameters = RTCRtpSendParameters & { degradationPreference?: string };

/** Sender sets parameters one after the other: a browser refuses those that were read before its last change. */
class Sender {
  private change: ((parameters: SendParameters, track: MediaStreamTrack | null) => boolean) | undefined;
  private busy = false;
  private stale = false;

  constructor(private readonly sender: RTCRtpSender) {}

  carry(track: MediaStreamTrack | null): void {
    const again = () => this.again();
    this.sender.replaceTrack(track).then(again, () => undefined); // refused only when the connection has closed meanwhile
  }

  /** set remembers a change and makes it; the last one counts. It tells whether there is anything to change. */
  set(change: (parameters: SendParameters, track: MediaStreamTrack | null) => boolean): void {
    this.change = change;
    this.again();
  }

  /** again makes the change once more, after a negotiation. */
  again(): void {
    this.stale = true;
    if (!this.busy) void this.work();
  }

  private async work(): Promise<void> {
    this.busy = true;
    while (this.stale) {
      this.stale = false;
      const parameters = this.sender.getParameters() as SendParameters;
      if (!parameters.encodings?.length || !this.change?.(parameters, this.sender.track)) continue;
      await this.sender.setParameters(parameters).catch(() => undefined); // a limit is welcome, not required
    }
    this.busy = false;
  }
}

// Fewer pictures rather than smaller ones: a face, hands that speak and a paper want lines, and layers are what makes pictures smaller.
const preference = "maintain-resolution";

const usualLines = 540;

/** lines is how many a camera gives; a telephone held upright has its pictures on their side. */
function lines(track: MediaStreamTrack | null): number {
  const { width, height } = track?.getSettings?.() ?? {};
  return width && height ? Math.min(width, height) : usualLines;
}

function scaled(layers: Layer[], from: number): Layer[] {
  return layers.map((layer) => ({ ...layer, scaleResolutionDownBy: layer.scaleResolutionDownBy * Math.max(1, from / 360) }));
}

function setCamera(parameters: SendParameters, camera: Layer[], only: Layer): boolean {
  const { encodings } = parameters;
  const prefers = parameters.degradationPreference !== preference;
  parameters.degradationPreference = preference;
  if (encodings.length === 1 && encodings[0]) {
    const { rid: _, ...limits } = only;
    return assign(encodings[0], limits) || prefers;
  }
  return encodings.map((encoding) => assign(encoding, camera.find((layer) => layer.rid === encoding.rid) ?? {})).includes(true) || prefers;
}

function setVoice({ encodings }: SendParameters, maxBitrate: number): boolean {
  const encoding = encodings[0];
  return encoding !== undefined && assign(encoding, { maxBitrate });
}

function assign(encoding: RTCRtpEncodingParameters, limits: Partial<RTCRtpEncodingParameters>): boolean {
  const differs = (Object.keys(limits) as (keyof RTCRtpEncodingParameters)[]).some((key) => encoding[key] !== limits[key]);
  Object.assign(encoding, limits);
  return differs;
}

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
