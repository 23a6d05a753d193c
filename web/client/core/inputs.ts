// Microphone and camera as the page knows them: what became of asking, and whether the person wants to be heard and seen.

import type { Device } from "./wire";

export type Kind = Device;

/** What became of asking for a device. "lost": it was there and went, as when it is unplugged or a call comes in. */
export type Access = "idle" | "asking" | "on" | "denied" | "missing" | "busy" | "unsupported" | "lost";

export interface Input {
  access: Access;
  /** The person wants to be heard or seen. */
  on: boolean;
  /** The chosen device, "" for the system's own choice. */
  device: string;
}

export interface Choice {
  id: string;
  label: string;
}

export interface Choices {
  microphone: Choice[];
  camera: Choice[];
  speaker: Choice[];
}

/** sends tells whether this input goes out now. */
export function sends(input: Input): boolean {
  return input.on && input.access === "on";
}
