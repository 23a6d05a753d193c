import type { Inbound, Outbound, Sample, Seen } from "./plan";

declare global {
  interface Window {
    seen: Seen;
  }
}

/** Runs in the room page before its scripts and notes what arrives there, without a word to the page. */
export function probe(every: number): void {
  const seen: Seen = { samples: [], frames: {}, phases: [], messages: [], microphone: 0 };
  window.seen = seen;
  const connections: RTCPeerConnection[] = [];
  const whose = new Map<string, number>();
  const watched = new WeakSet<HTMLVideoElement>();

  const NativeConnection = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends NativeConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };

  const told = new Set(["seats", "send", "reoffer", "quality", "unheard", "level", "report", "still", "error", "bye", "admitted", "drop", "offer"]);
  const note = (out: boolean, data: unknown) => {
    if (typeof data !== "string") return;
    const message = JSON.parse(data) as Record<string, unknown>;
    if (!told.has(String(message.type))) return;
    const size = data.length;
    for (const long of ["image", "sdp", "packed", "relay"]) delete message[long];
    seen.messages.push({ at: Date.now(), out, message: { ...message, size } });
  };
  const NativeSocket = window.WebSocket;
  window.WebSocket = class extends NativeSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener("message", (e) => note(false, e.data));
    }
    send(data: string | ArrayBufferLike | Blob | ArrayBufferView<ArrayBuffer>): void {
      note(true, data);
      super.send(data as string);
    }
  };

  const devices = navigator.mediaDevices;
  if (devices) {
    const open = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (wanted) => {
      const stream = await open(wanted);
      if (wanted?.audio) seen.microphone = Date.now();
      return stream;
    };
  }

  new MutationObserver(() => {
    const state = document.getElementById("room")?.dataset.state;
    if (state && seen.phases.at(-1)?.state !== state) seen.phases.push({ state, at: Date.now() });
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"] });

  // Sources linger for ten seconds: the latest speaks.
  const sourceOf = (receiver: RTCRtpReceiver): number => {
    let latest: { source: number; timestamp: number } | undefined;
    for (const each of receiver.getContributingSources?.() ?? []) if (!latest || each.timestamp > latest.timestamp) latest = each;
    return latest?.source ?? 0;
  };

  const look = async (pc: RTCPeerConnection, id: number): Promise<void> => {
    const stats = await pc.getStats();
    const sample: Sample = { at: Date.now(), pc: id, state: pc.connectionState, rtt: 0, path: "", sent: 0, received: 0, available: 0, voice: { rtt: 0, jitter: 0 }, lost: 0, in: [], out: [] };
    for (const { mid, receiver } of pc.getTransceivers()) {
      const source = sourceOf(receiver);
      if (source) whose.set(`${id}/${mid}`, source);
    }
    const all = [...stats.values()] as Record<string, number & string & boolean>[];
    const selected = all.find((r) => r.type === "transport" && r.selectedCandidatePairId)?.selectedCandidatePairId;
    for (const r of all) {
      if (r.type === "inbound-rtp") {
        const one: Inbound = {
          mid: r.mid ?? "", kind: r.kind, number: whose.get(`${id}/${r.mid}`) ?? 0,
          packets: r.packetsReceived ?? 0, lost: r.packetsLost ?? 0, bytes: (r.bytesReceived ?? 0) + (r.headerBytesReceived ?? 0),
          total: r.totalSamplesReceived ?? 0, concealed: r.concealedSamples ?? 0, silent: r.silentConcealedSamples ?? 0,
          energy: r.totalAudioEnergy ?? 0, frames: r.framesDecoded ?? 0, height: r.frameHeight ?? 0,
          freezes: r.freezeCount ?? 0, frozen: r.totalFreezesDuration ?? 0, keys: r.keyFramesDecoded ?? 0,
          playout: r.estimatedPlayoutTimestamp ?? 0, buffered: r.jitterBufferDelay ?? 0, emitted: r.jitterBufferEmittedCount ?? 0,
        };
        if (one.packets > 0) sample.in.push(one);
      } else if (r.type === "outbound-rtp") {
        const one: Outbound = {
          mid: r.mid ?? "", kind: r.kind, rid: r.rid ?? "", bytes: (r.bytesSent ?? 0) + (r.headerBytesSent ?? 0),
          packets: r.packetsSent ?? 0, frames: r.framesEncoded ?? 0, height: r.frameHeight ?? 0,
        };
        sample.out.push(one);
      } else if (r.type === "remote-inbound-rtp") {
        sample.lost += r.packetsLost ?? 0;
        if (r.kind === "audio") sample.voice = { rtt: 1000 * (r.roundTripTime ?? 0), jitter: 1000 * (r.jitter ?? 0) };
      } else if (r.type === "candidate-pair" && (r.id === selected || (!selected && r.selected))) {
        sample.rtt = 1000 * (r.currentRoundTripTime ?? 0);
        sample.sent = r.bytesSent ?? 0;
        sample.received = r.bytesReceived ?? 0;
        sample.available = r.availableOutgoingBitrate ?? 0;
        const local = stats.get(r.localCandidateId) as Record<string, string> | undefined;
        sample.path = local ? `${local.candidateType} ${local.relayProtocol ?? local.protocol}` : "";
      }
    }
    seen.samples.push(sample);
  };

  // A frame counts when it is shown, so that a browser that decodes and does not draw is found out.
  const watch = (video: HTMLVideoElement, number: string): void => {
    if (watched.has(video) || !video.requestVideoFrameCallback) return;
    watched.add(video);
    const shown = (seen.frames[number] ??= []);
    const next = () => {
      shown.push([Date.now(), video.videoHeight]);
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
  };

  setInterval(() => {
    for (const [id, pc] of connections.entries()) if (pc.connectionState !== "closed") void look(pc, id);
    for (const tile of document.querySelectorAll<HTMLElement>("[data-testid=tile]")) {
      const video = tile.querySelector("video");
      if (video && tile.dataset.number) watch(video, tile.dataset.number);
    }
  }, every);
}
