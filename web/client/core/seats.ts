// Who sits where. A seat is a pair of receivers; the server says by number who fills it, and the same number rides in the
// CSRC list of every RTP packet (RFC 3550 §5.1), so that a name is never shown on a face that is still somebody else's.

import type { Pause, Seat } from "./wire";

/** pauseOf says why the video of a participant is held back from us, "" when it is not. */
export function pauseOf(seats: readonly Seat[], number: number): Pause {
  return seats.find((seat) => seat.number === number && !seat.screen)?.paused ?? "";
}

/** The part of RTCRtpContributingSource that decides. */
export interface Source {
  source: number;
  timestamp: number;
}

/** seatOf finds the seat of a participant, -1 when nobody forwards this person to us now. */
export function seatOf(seats: readonly Seat[], number: number): number {
  return seats.find((seat) => seat.number === number && !seat.screen)?.seat ?? -1;
}

/** screenOf finds the seat that shows somebody's screen, undefined when none does now. */
export function screenOf(seats: readonly Seat[], number: number): Seat | undefined {
  return seats.find((seat) => seat.number === number && seat.screen);
}

/**
 * faceOf says whether the picture now in a seat is this participant's: true, false, or unknown where the browser tells no sources
 * (or none arrived yet). Sources linger for ten seconds, so the latest one speaks.
 */
export function faceOf(sources: readonly Source[], number: number): boolean | undefined {
  let latest: Source | undefined;
  for (const source of sources) if (!latest || source.timestamp > latest.timestamp) latest = source;
  return latest && latest.source === number;
}

/** heightFor rounds the height of a tile in device pixels to a layer the senders have. Fingers are read in more lines than a face. */
export function heightFor(cssHeight: number, pixelRatio: number, sign = false): number {
  const pixels = cssHeight * Math.min(pixelRatio, 2);
  if (pixels < 40) return 0;
  return pixels <= (sign ? 135 : 270) ? 180 : 360;
}

/** screenHeight rounds the height of a shared screen's place in device pixels to what is worth sending. */
export function screenHeight(cssHeight: number, pixelRatio: number): number {
  const pixels = cssHeight * Math.min(pixelRatio, 2);
  if (pixels < 40) return 0;
  return pixels <= 360 ? 360 : pixels <= 720 ? 720 : 1080;
}
