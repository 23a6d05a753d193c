// Microphone and camera: asking, choosing, losing and getting back. Holds at most one track of each.

import type { Access, Choices, Kind } from "./state";

export interface CaptureConfig {
  /** undefined where the browser has none: an old one, or a page without https. */
  devices: MediaDevices | undefined;
  changed(kind: Kind, access: Access, track: MediaStreamTrack | null): void;
  choices(choices: Choices): void;
}

/** accessOf reads why getUserMedia failed; older engines have names of their own. */
export function accessOf(name: string): Access {
  switch (name) {
    case "NotAllowedError":
    case "PermissionDeniedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "DevicesNotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "TypeError":
      return "unsupported";
    default:
      return "busy";
  }
}

/** choicesOf lists the devices with names; before permission they have none and are left out. */
export function choicesOf(infos: readonly Pick<MediaDeviceInfo, "kind" | "deviceId" | "label">[]): Choices {
  const of = (kind: MediaDeviceKind) =>
    infos.filter((info) => info.kind === kind && info.deviceId !== "" && info.label !== "").map((info) => ({ id: info.deviceId, label: info.label }));
  return { microphone: of("audioinput"), camera: of("videoinput"), speaker: of("audiooutput") };
}

/** constraints ask for speech, and for pictures of 540 lines: 360 are sent, but of those alone Chromium makes no third layer. */
export function constraints(kind: Kind, device: string): MediaStreamConstraints {
  const chosen = device ? { deviceId: { exact: device } } : {};
  if (kind === "microphone") {
    return { audio: { ...chosen, echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: { ideal: 1 } } };
  }
  const size = { width: { ideal: 960 }, height: { ideal: 540 }, frameRate: { ideal: 15, max: 30 } };
  return { video: device ? { ...chosen, ...size } : { facingMode: "user", ...size } };
}

export class Capture {
  private readonly tracks: Record<Kind, MediaStreamTrack | null> = { microphone: null, camera: null };
  private readonly turn: Record<Kind, number> = { microphone: 0, camera: 0 };

  constructor(private readonly config: CaptureConfig) {
    config.devices?.addEventListener?.("devicechange", () => void this.list());
  }

  track(kind: Kind): MediaStreamTrack | null {
    return this.tracks[kind];
  }

  /** open asks for the device and tells what came of it; a later open or close overtakes this one. */
  async open(kind: Kind, device: string): Promise<Access> {
    const turn = ++this.turn[kind];
    if (!this.config.devices?.getUserMedia) return this.report(kind, "unsupported", null);
    if (!this.tracks[kind]) this.config.changed(kind, "asking", null);
    let track: MediaStreamTrack | null = null;
    let access: Access = "on";
    try {
      track = await this.ask(this.config.devices, kind, device);
    } catch (err) {
      access = accessOf(err instanceof Error ? err.name : "");
    }
    if (turn !== this.turn[kind]) {
      track?.stop();
      return access;
    }
    this.hold(kind, track);
    await this.list();
    return this.report(kind, access, track);
  }

  close(kind: Kind): void {
    this.turn[kind]++;
    this.hold(kind, null);
    this.report(kind, "idle", null);
  }

  private async ask(devices: MediaDevices, kind: Kind, device: string): Promise<MediaStreamTrack> {
    try {
      return firstTrack(await devices.getUserMedia(constraints(kind, device)));
    } catch (err) {
      // The chosen device is gone: any other of its kind will do.
      const gone = device !== "" && err instanceof Error && accessOf(err.name) === "missing";
      if (!gone) throw err;
      return firstTrack(await devices.getUserMedia(constraints(kind, "")));
    }
  }

  private hold(kind: Kind, track: MediaStreamTrack | null): void {
    const old = this.tracks[kind];
    if (old) {
      old.onended = null;
      old.stop();
    }
    this.tracks[kind] = track;
    if (!track) return;
    track.contentHint = kind === "microphone" ? "speech" : "motion";
    track.onended = () => void this.recover(kind);
  }

  // Unplugged, or taken by a telephone call: try the system's choice once, then say so.
  private async recover(kind: Kind): Promise<void> {
    this.hold(kind, null);
    this.report(kind, "lost", null);
    const access = await this.open(kind, "");
    if (access !== "on") this.report(kind, access === "denied" ? "denied" : "lost", null);
  }

  private async list(): Promise<void> {
    const infos = await this.config.devices?.enumerateDevices?.().catch(() => []);
    this.config.choices(choicesOf(infos ?? []));
  }

  private report(kind: Kind, access: Access, track: MediaStreamTrack | null): Access {
    this.config.changed(kind, access, track);
    return access;
  }
}

function firstTrack(stream: MediaStream): MediaStreamTrack {
  const track = stream.getTracks()[0];
  if (!track) throw new DOMException("no track", "NotFoundError");
  return track;
}
