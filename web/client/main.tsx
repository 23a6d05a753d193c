// Starts the room in the page: reads the boot JSON, gives the core its browser, mounts the view.

import { render } from "preact";
import { readBoot } from "./boot";
import { translator } from "./core/i18n";
import { Room } from "./core/room";
import type { Socket } from "./core/signal";
import { keepTab, randomDevice, takeTab } from "./core/tab";
import { storageOf } from "./storage";
import { App } from "./view/app";
import { RoomContext } from "./view/context";
import { Parts } from "./view/later";
import { Unfit } from "./view/unfit";

function start(mount: HTMLElement): void {
  const boot = readBoot(document);
  const t = translator(boot.lang, boot.messages);
  mount.replaceChildren();
  if (!window.RTCPeerConnection || !window.WebSocket) return render(<Unfit t={t} />, mount);

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
    devices: navigator.mediaDevices,
    now: Date.now,
    step: (taken) => void fetch(step, { method: "POST", body: new URLSearchParams({ step: taken }), keepalive: true }).catch(() => undefined),
  });

  const parts = new Parts(boot, room);
  addEventListener("online", () => (room.nudge(), parts.nudge()));
  document.addEventListener("visibilitychange", () => room.hide(document.visibilityState === "hidden"));
  addEventListener("pagehide", () => {
    const { phase, microphone } = room.state;
    keepTab(session, { device: tab.device, joined: phase !== "check" && phase !== "ended", microphone: microphone.on });
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) takeTab(session, () => "");
  });

  render(
    <RoomContext.Provider value={{ room, t, boot, parts }}>
      <App mount={mount} />
    </RoomContext.Provider>,
    mount,
  );
  parts.begin();
  if (tab.joined) void room.join({ silent: !tab.microphone });
}

const mount = document.getElementById("room");
if (mount) start(mount);
