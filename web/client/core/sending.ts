// What microphone, camera and screen send at a level of the ladder, as far as somebody receives it.

import { lower, rank } from "./level";
import type { Level, ScreenMode, Send } from "./wire";

/** What the server asks for (sfu.Wanted), for one connection. */
export type Asked = Pick<Send, "layers" | "screen" | "voice" | "still">;

/** allAsked is what holds until the server has said: all but the layer for few, and a screen that nobody was promised. */
export const allAsked: Asked = { layers: ["l", "h"], screen: false, voice: 0, still: false };

/** One simulcast layer of the camera; a layer that is not sent keeps its limits. */
export interface Layer {
  rid: string;
  active: boolean;
  /** From 360 lines; what the camera has more is on top (link.ts). */
  scaleResolutionDownBy: number;
  maxBitrate: number;
  maxFramerate: number;
}

type Limits = Omit<Layer, "rid" | "active">;

// Measured, of 640×360 at 15 pictures a second: 180 lines at 7 pictures and 50 kbit/s are the least that shows a face,
// and beside voice they fit a link of 128 kbit/s. What is sent alone at medium has to leave room for voice with copies, 75 kbit/s on
// the wire, on a link of 256. The middle one is for receivers at 256 kbit/s: all the lines, fewer pictures.
// It is the last to be named: Chromium sends but the first two of a camera that has fewer than 540 lines, unless they are all off.
const smallest = limits(2, 50_000, 7);
const camera: Record<Level, Record<string, Limits>> = {
  voice: {},
  stills: {},
  small: { l: smallest },
  medium: { l: smallest, h: limits(1, 150_000, 15) },
  large: { l: smallest, h: limits(1, 300_000, 15), m: limits(1, 110_000, 12) },
};

const voice: Record<Level, number> = { voice: 12_000, stills: 16_000, small: 16_000, medium: 24_000, large: 24_000 };

function limits(scaleResolutionDownBy: number, maxBitrate: number, maxFramerate: number): Limits {
  return { scaleResolutionDownBy, maxBitrate, maxFramerate };
}

/** What a shared screen sends. Text gets lines and few pictures, motion pictures and fewer lines; both have one encoding. */
export interface ScreenLimits {
  active: boolean;
  /** At most so many lines. */
  lines: number;
  maxBitrate: number;
  maxFramerate: number;
}

// A page of text that stands still costs little once it is there: the rate decides how long that takes. Beside it the camera sends
// its smallest picture, or on a thin link none, so that both fit the level.
const screens: Record<ScreenMode, Partial<Record<Level, Omit<ScreenLimits, "active">>>> = {
  text: {
    stills: { lines: 720, maxBitrate: 40_000, maxFramerate: 1 },
    small: { lines: 720, maxBitrate: 60_000, maxFramerate: 2 },
    medium: { lines: 1080, maxBitrate: 120_000, maxFramerate: 3 },
    large: { lines: 1080, maxBitrate: 400_000, maxFramerate: 5 },
  },
  motion: {
    small: { lines: 360, maxBitrate: 60_000, maxFramerate: 7 },
    medium: { lines: 360, maxBitrate: 120_000, maxFramerate: 12 },
    large: { lines: 720, maxBitrate: 600_000, maxFramerate: 20 },
  },
};

/** Sending is all that one connection may send. */
export interface Sending {
  camera: Layer[];
  screen: ScreenLimits;
  /** The camera of a browser without simulcast. */
  only: Layer;
  /** bit/s of Opus. Packet time and redundancy (RFC 2198) follow from the server's answer. */
  voice: number;
}

/** sendingAt is what goes out at a level; shows is how a screen is shared, "" if none is. */
export function sendingAt(level: Level, asked: Asked, shows: ScreenMode | "" = ""): Sending {
  const screen = screenAt(level, asked, shows);
  const left = screen.active ? (level === "small" ? "voice" : lower(level, "small")) : level;
  return { camera: layersAt(left, asked), only: onlyLayerAt(left, asked), voice: voiceAt(level, asked), screen };
}

/** screenAt tells what a shared screen sends at a level; nothing where the link carries voice alone, and nothing that nobody receives. */
export function screenAt(level: Level, asked: Asked, shows: ScreenMode | ""): ScreenLimits {
  const limits = shows === "" ? undefined : screens[shows][level];
  return limits && asked.screen ? { ...limits, active: true } : { ...none, active: false };
}

/** carriesScreen tells whether a level has room for a screen at all. */
export function carriesScreen(level: Level, mode: ScreenMode): boolean {
  return screens[mode][level] !== undefined;
}

const none: Omit<ScreenLimits, "active"> = { lines: 720, maxBitrate: 60_000, maxFramerate: 2 };

/**
 * layersAt tells all layers at a level: what somebody asks for, or the smallest there is when that is too much. Several go out at
 * the highest level only, since beside another one, Chromium sends 360 lines from 180 kbit/s up, and until it does it fills
 * the line with padding to find out whether it may.
 */
export function layersAt(level: Level, asked: Asked): Layer[] {
  const possible = camera[level];
  let wanted = asked.layers.filter((rid) => rid in possible);
  if (level === "medium" && asked.layers.some((rid) => rid === "m" || rid === "h")) wanted = ["h"];
  if (wanted.length === 0 && asked.layers.length > 0 && "l" in possible) wanted.push("l");
  return Object.entries(camera.large).map(([rid, most]) => ({ rid, ...(possible[rid] ?? most), active: wanted.includes(rid) }));
}

/** onlyLayerAt is for a browser without simulcast, whose one picture must fit everybody. */
export function onlyLayerAt(level: Level, asked: Asked): Layer {
  const { h, l } = camera[level];
  const most = h ? { ...h, maxBitrate: 150_000, maxFramerate: 12 } : (l ?? smallest);
  return { rid: "", ...most, active: l !== undefined && asked.layers.length > 0 };
}

/** voiceAt is what the microphone sends in bit/s; the server names a rate while somebody with a thin link listens. */
export function voiceAt(level: Level, asked: Asked): number {
  return asked.voice > 0 ? Math.min(asked.voice, voice[level]) : voice[level];
}

/** sendsPictures tells whether a camera moves at a level. */
export function sendsPictures(level: Level): boolean {
  return rank(level) > rank("stills");
}
