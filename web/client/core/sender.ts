// What one line of a connection carries, and the limits of it: replaceTrack and setParameters, in the order a browser bears.

import type { Layer, ScreenLimits } from "./sending";

type SendParameters = RTCRtpSendParameters & { degradationPreference?: string };

/** Sender sets parameters one after the other: a browser refuses those that were read before its last change. */
export class Sender {
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

export const usualLines = 540;

/** lines is how many a camera gives; a telephone held upright has its pictures on their side. */
export function lines(track: MediaStreamTrack | null): number {
  const { width, height } = track?.getSettings?.() ?? {};
  return width && height ? Math.min(width, height) : usualLines;
}

export function scaled(layers: Layer[], from: number): Layer[] {
  return layers.map((layer) => ({ ...layer, scaleResolutionDownBy: layer.scaleResolutionDownBy * Math.max(1, from / 360) }));
}

export function setCamera(parameters: SendParameters, camera: Layer[], only: Layer): boolean {
  const { encodings } = parameters;
  const prefers = parameters.degradationPreference !== preference;
  parameters.degradationPreference = preference;
  if (encodings.length === 1 && encodings[0]) {
    const { rid: _, ...limits } = only;
    return assign(encodings[0], limits) || prefers;
  }
  return encodings.map((encoding) => assign(encoding, camera.find((layer) => layer.rid === encoding.rid) ?? {})).includes(true) || prefers;
}

export function setVoice({ encodings }: SendParameters, maxBitrate: number): boolean {
  const encoding = encodings[0];
  return encoding !== undefined && assign(encoding, { maxBitrate });
}

/** limitScreen keeps a shared screen to its limits, counted from what the screen has. */
export function limitScreen(parameters: SendParameters, { lines: most, ...limits }: ScreenLimits, track: MediaStreamTrack | null): boolean {
  const encoding = parameters.encodings[0];
  const moves = track?.contentHint === "motion";
  const prefers = parameters.degradationPreference !== (moves ? "balanced" : preference);
  parameters.degradationPreference = moves ? "balanced" : preference;
  return (encoding !== undefined && assign(encoding, { ...limits, scaleResolutionDownBy: Math.max(1, lines(track) / most) })) || prefers;
}

function assign(encoding: RTCRtpEncodingParameters, limits: Partial<RTCRtpEncodingParameters>): boolean {
  const differs = (Object.keys(limits) as (keyof RTCRtpEncodingParameters)[]).some((key) => encoding[key] !== limits[key]);
  Object.assign(encoding, limits);
  return differs;
}
