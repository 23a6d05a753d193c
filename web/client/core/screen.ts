// The shared screen: asking the browser for one, in a click, and noticing when it is taken back.

import type { ScreenMode } from "./wire";

export interface ScreenConfig {
  /** undefined where the browser has none: an old one, or a page without https. */
  devices: Pick<MediaDevices, "getDisplayMedia"> | undefined;
  /** The browser, the window or the person has taken the screen back. */
  ended(): void;
}

/** What became of asking. */
export type Shown = MediaStreamTrack | "refused" | "unsupported";

type DisplayOptions = DisplayMediaStreamOptions & { selfBrowserSurface?: string; surfaceSwitching?: string };

/** asking is what a browser is asked for: few sharp pictures of text, or many of what moves. Sound stays where it is. */
export function asking(mode: ScreenMode): DisplayOptions {
  const frameRate = mode === "text" ? { max: 5 } : { max: 20 };
  return {
    video: { width: { max: 1920 }, height: { max: 1080 }, frameRate },
    audio: false,
    selfBrowserSurface: "exclude", // a picture of this page within itself
    surfaceSwitching: "include",
  };
}

/** modeOf reads from a track what it is shared for. */
export function modeOf(track: MediaStreamTrack): ScreenMode {
  return track.contentHint === "motion" ? "motion" : "text";
}

export class ScreenCapture {
  track: MediaStreamTrack | null = null;

  constructor(private readonly config: ScreenConfig) {}

  /** supported is false on phones, mostly. */
  get supported(): boolean {
    return typeof this.config.devices?.getDisplayMedia === "function";
  }

  /** open asks for a screen; one that was shared before goes. */
  async open(mode: ScreenMode): Promise<Shown> {
    if (!this.config.devices || !this.supported) return "unsupported";
    try {
      const track = (await this.config.devices.getDisplayMedia(asking(mode))).getVideoTracks()[0];
      if (!track) return "refused";
      this.close();
      track.contentHint = mode;
      track.onended = () => {
        this.track = null;
        this.config.ended();
      };
      return (this.track = track);
    } catch (err) {
      return err instanceof Error && (err.name === "TypeError" || err.name === "NotSupportedError") ? "unsupported" : "refused";
    }
  }

  close(): void {
    if (!this.track) return;
    this.track.onended = null;
    this.track.stop();
    this.track = null;
  }
}
