// Starts the room in the page: reads the boot JSON, gives the core its browser, mounts the view.

import { render } from "preact";
import { readBoot } from "./boot";
import { translator } from "./core/i18n";
import { Room } from "./core/room";
import type { Socket } from "./core/signal";
import { keepLevel, keepLimit, keepPath, keepTab, lastLevel, lastLimit, lastPath, randomDevice, takeTab } from "./core/tab";
import { App } from "./view/app";
import { RoomContext } from "./view/context";
import { connection, linkHints } from "./view/hints";
import { snapshot } from "./view/snapshot";
import { Unfit } from "./view/unfit";

function storageOf(name: "localStorage" | "sessionStorage"): Storage | undefined {
  try {
    return window[name];
  } catch {
    return undefined; // forbidden by the person's settings
  }
}

function start(mount: HTMLElement): void {
  const boot = readBoot(document);
  const t = translator(boot.lang, boot.messages);
  mount.replaceChildren();
  if (!window.RTCPeerConnection || !window.WebSocket) return render(<Unfit t={t} />, mount);

  const local = storageOf("localStorage");
  const session = storageOf("sessionStorage");
  const tab = takeTab(session, randomDevice);
  const socket = new URL(boot.socket, location.href);
  socket.protocol = socket.protocol.replace("http", "ws");

  const step = new URL(boot.socket.replace(/ws$/, "step"), location.href);
  const room = new Room({
    number: boot.number,
    host: boot.host,
    role: boot.role,
    device: tab.device,
    openSocket: () => new WebSocket(socket.href) as Socket,
    connect: (configuration) => new RTCPeerConnection(configuration),
    devices: navigator.mediaDevices,
    now: Date.now,
    lastPath: () => lastPath(local, boot.socket, Date.now()),
    keepPath: (path) => keepPath(local, boot.socket, path, Date.now()),
    hints: () => ({ ...linkHints(), last: lastLevel(local, Date.now()) }),
    keepLevel: (level) => keepLevel(local, level, Date.now()),
    limit: lastLimit(local),
    keepLimit: (limit) => keepLimit(local, limit),
    step: (taken) => void fetch(step, { method: "POST", body: new URLSearchParams({ step: taken }), keepalive: true }).catch(() => undefined),
    snap: snapshot,
    plain: boot.plain ?? false,
  });

  addEventListener("online", () => room.nudge());
  connection()?.addEventListener("change", () => room.nudge());
  document.addEventListener("visibilitychange", () => room.hide(document.visibilityState === "hidden"));
  addEventListener("pagehide", () => {
    const { phase, microphone } = room.state;
    keepTab(session, { device: tab.device, joined: phase !== "check" && phase !== "ended", microphone: microphone.on });
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) takeTab(session, () => "");
  });

  render(
    <RoomContext.Provider value={{ room, t, boot }}>
      <App mount={mount} />
    </RoomContext.Provider>,
    mount,
  );
  if (tab.joined) void room.join({ silent: !tab.microphone });
}

const mount = document.getElementById("room");
if (mount) start(mount);
