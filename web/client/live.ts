// Gives what flows its browser. It is fetched behind the first screen.

import "./main"; // with all of the room in each part, esbuild makes one file of what they share with the room

import type { Boot } from "./boot";
import type { Limit } from "./core/level";
import { Live } from "./core/live";
import { keepLevel, keepLimit, keepPath, lastLevel, lastLimit, lastPath } from "./core/memory";
import type { Room } from "./core/room";
import type { Level, Path } from "./core/wire";
import { storageOf } from "./storage";
import { connection, linkHints } from "./view/hints";
import { snapshot } from "./view/snapshot";

/** bring lets the room send and receive. */
export function bring(room: Room, boot: Boot): void {
  const local = storageOf("localStorage");
  const config = {
    connect: (configuration: RTCConfiguration) => new RTCPeerConnection(configuration),
    devices: navigator.mediaDevices,
    now: Date.now,
    lastPath: () => lastPath(local, boot.socket, Date.now()),
    keepPath: (path: Path) => keepPath(local, boot.socket, path, Date.now()),
    hints: () => ({ ...linkHints(), last: lastLevel(local, Date.now()) }),
    keepLevel: (level: Level) => keepLevel(local, level, Date.now()),
    limit: lastLimit(local),
    keepLimit: (limit: Limit) => keepLimit(local, limit),
    snap: snapshot,
    plain: boot.plain ?? false,
  };
  room.bring((around) => new Live(config, around));
  connection()?.addEventListener("change", () => room.nudge());
}
