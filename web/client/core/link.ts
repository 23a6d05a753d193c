// One RTCPeerConnection on one kind of path. Lines in fixed order: microphone, camera, then the audio seats, then the video seats.
// The client offers once; who sits in a seat changes by message, what the microphone and camera carry by replaceTrack.

import { type Packed, unpack } from "./pack";
import type { Path, Relay, Seat } from "./wire";

export interface Layout {
  audio: number;
  video: number;
}

export type LinkState = "pending" | "up" | "shaky" | "failed";

/** cameraLayers are the two streams of a 640×360 camera at 15 pictures a second, the smaller first. */
export const cameraLayers: RTCRtpEncodingParameters[] = [
  { rid: "l", scaleResolutionDownBy: 2, maxBitrate: 75_000, maxFramerate: 8 },
  { rid: "h", scaleResolutionDownBy: 1, maxBitrate: 300_000, maxFramerate: 15 },
];

// A browser that ignores sendEncodings has one layer, which must then fit everybody.
const onlyLayer = { maxBitrate: 150_000, maxFramerate: 12 };

/** configuration lets a connection use one kind of path only: the server is ICE-lite, where the last nomination wins. */
export function configuration(path: Path, relay: readonly Relay[]): RTCConfiguration {
  const common: RTCConfiguration = { bundlePolicy: "max-bundle" };
  if (path === "direct") return common;
  return { ...common, iceTransportPolicy: "relay", iceServers: relay.map((server) => ({ ...server })) };
}

export class Link {
  /** Who sits in this connection's seats, as last told by the server. */
  seats: Seat[] = [];
  state: LinkState = "pending";
  answered = false;

  private readonly microphone: RTCRtpSender;
  private readonly camera: RTCRtpSender;
  private readonly audioSeats: RTCRtpReceiver[] = [];
  private readonly videoSeats: RTCRtpReceiver[] = [];

  constructor(
    readonly id: number,
    readonly path: Path,
    private readonly pc: RTCPeerConnection,
    layout: Layout,
    private readonly changed: (link: Link) => void,
  ) {
    this.microphone = this.line("audio", { direction: "sendonly" }).sender;
    this.camera = this.line("video", { direction: "sendonly", sendEncodings: cameraLayers.map((layer) => ({ ...layer })) }).sender;
    for (let k = 0; k < layout.audio; k++) this.audioSeats.push(this.line("audio", { direction: "recvonly" }).receiver);
    for (let k = 0; k < layout.video; k++) this.videoSeats.push(this.line("video", { direction: "recvonly" }).receiver);
    pc.onconnectionstatechange = () => this.moved();
    // Firefox before 113 has no connectionState events.
    pc.oniceconnectionstatechange = () => this.moved();
  }

  /** offer makes the local description; no candidate is awaited, the server learns our address from the checks. */
  async offer(): Promise<string> {
    const offer = await this.pc.createOffer();
    await this.pc.setLocalDescription(offer);
    await this.limitOnlyLayer();
    return offer.sdp ?? "";
  }

  async answer(description: Packed): Promise<void> {
    this.answered = true;
    await this.pc.setRemoteDescription({ type: "answer", sdp: await unpack(description) });
  }

  carry(kind: "microphone" | "camera", track: MediaStreamTrack | null): void {
    this[kind].replaceTrack(track).catch(() => undefined); // refused only when the connection has closed meanwhile
  }

  audio(seat: number): RTCRtpReceiver | undefined {
    return this.audioSeats[seat];
  }

  video(seat: number): RTCRtpReceiver | undefined {
    return this.videoSeats[seat];
  }

  close(): void {
    this.pc.onconnectionstatechange = this.pc.oniceconnectionstatechange = null;
    this.pc.close();
  }

  private line(kind: "audio" | "video", init: RTCRtpTransceiverInit): RTCRtpTransceiver {
    const transceiver = this.pc.addTransceiver(kind, init);
    shrink(transceiver, kind);
    return transceiver;
  }

  private async limitOnlyLayer(): Promise<void> {
    const parameters = this.camera.getParameters();
    const only = parameters.encodings?.length === 1 ? parameters.encodings[0] : undefined;
    if (!only) return;
    Object.assign(only, onlyLayer);
    await this.camera.setParameters(parameters).catch(() => undefined); // a limit is welcome, not required
  }

  private moved(): void {
    const next = linkState(this.pc.connectionState ?? this.pc.iceConnectionState, this.state);
    if (next === this.state) return;
    this.state = next;
    this.changed(this);
  }
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

// Offers only what the server speaks: a line of a browser's full offer is ten times as long.
function shrink(transceiver: RTCRtpTransceiver, kind: "audio" | "video"): void {
  const wanted = kind === "audio" ? ["audio/opus"] : ["video/vp8", "video/rtx"];
  const codecs = globalThis.RTCRtpReceiver?.getCapabilities?.(kind)?.codecs ?? [];
  const kept = codecs.filter((codec) => wanted.includes(codec.mimeType.toLowerCase()));
  if (!transceiver.setCodecPreferences || kept.length === 0) return;
  try {
    transceiver.setCodecPreferences(kept);
  } catch {
    // An engine that wants its list in another form sends its full offer; the server picks from it.
  }
}
