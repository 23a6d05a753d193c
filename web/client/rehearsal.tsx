// Starts the rehearsal in its page: reads the boot JSON, gives the core its browser, mounts the view.

import { render } from "preact";
import { Capture } from "./core/capture";
import { type Messages, translator } from "./core/i18n";
import { type Found, Rehearsal } from "./core/rehearsal";
import type { Socket } from "./core/signal";
import type { Kind } from "./core/state";
import { first, follow, type StepEvent } from "./core/steps";
import { randomDevice } from "./core/tab";
import { testPattern } from "./view/pattern";
import { RehearsalPage } from "./view/rehearsal";
import { Unfit } from "./view/unfit";

interface Boot {
  lang: string;
  socket: string;
  result: string;
  phone: string;
  messages: Messages;
}

const kinds: Kind[] = ["microphone", "camera"];

function start(mount: HTMLElement): void {
  const boot = JSON.parse(document.getElementById("boot")?.textContent ?? "null") as Boot;
  const t = translator(boot.lang, boot.messages);
  mount.replaceChildren();
  if (!window.RTCPeerConnection || !window.WebSocket) return render(<Unfit t={t} />, mount);

  let state = first;
  const capture = new Capture({
    devices: navigator.mediaDevices,
    changed: (kind, access) => dispatch({ type: "access", kind, access }),
    choices: (choices) => dispatch({ type: "choices", choices }),
  });
  const tried = new Set<Kind>();
  const socket = new URL(boot.socket, location.href);
  socket.protocol = socket.protocol.replace("http", "ws");

  // What was tried is open while the connection is measured, and no longer: nobody wonders who listens.
  async function measure(): Promise<void> {
    await Promise.all([...tried].map((kind) => capture.track(kind) ?? capture.open(kind, "")));
    const pattern = testPattern();
    const rehearsal = new Rehearsal({
      openSocket: () => new WebSocket(socket.href) as Socket,
      device: randomDevice(),
      connect: (configuration) => new RTCPeerConnection(configuration),
      now: () => performance.now(),
      microphone: capture.track("microphone"),
      camera: capture.track("camera"),
      pattern: pattern?.track ?? null,
      progress: (path, picture) => dispatch({ type: "leg", path, picture }),
    });
    const leave = () => rehearsal.stop();
    addEventListener("pagehide", leave);
    const outcome = await rehearsal.run();
    removeEventListener("pagehide", leave);
    pattern?.stop();
    for (const kind of kinds) {
      if (capture.track(kind)) tried.add(kind);
      capture.close(kind);
    }
    dispatch({ type: "done", outcome });
    if ("found" in outcome) dispatch({ type: "kept", kept: await keep(boot.result, outcome.found) });
  }

  function dispatch(event: StepEvent): void {
    const before = state.step;
    state = follow(state, event);
    mount.dataset.state = state.step;
    if (state.step === "connection" && before !== "connection") void measure();
    draw();
  }

  function draw(): void {
    render(<RehearsalPage state={state} capture={capture} dispatch={dispatch} t={t} phone={boot.phone} />, mount);
  }

  mount.dataset.state = state.step;
  draw();
}

async function keep(address: string, found: Found): Promise<boolean> {
  const body = new URLSearchParams(Object.entries(found).map(([name, value]) => [name, String(value)]));
  const answer = await fetch(address, { method: "POST", body }).catch(() => undefined);
  return answer?.ok ?? false;
}

const mount = document.getElementById("rehearsal");
if (mount) start(mount);
