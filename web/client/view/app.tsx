import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { inside, type Phase, type State } from "../core/state";
import { Check } from "./check";
import { useRoom, useRoomState } from "./context";
import { NotHere, type Part } from "./later";
import { Meanwhile } from "./meanwhile";
import { Voices } from "./voices";
import { WaitingRoom } from "./waiting";

/** App shows the view of the phase; the phase is also on the mount point and on <html>, for the style sheet. */
export function App({ mount }: { mount: HTMLElement }): JSX.Element {
  const state = useRoomState();
  const { phase } = state;
  const { parts } = useRoom();
  const [, draw] = useState(0);
  useEffect(() => void (parts.draw = () => draw((n) => n + 1)), [parts]);
  const part = parts.get("inside");
  useLayoutEffect(() => {
    mount.dataset.state = phase;
    document.documentElement.dataset.room = phase;
    scrollTo(0, 0);
  }, [mount, phase]);
  useWakeLock(phase);
  return (
    <>
      <Page state={state} part={part} />
      {inside(state) && <Voices state={state} />}
      {part && (phase === "waiting" || inside(state)) && <part.Calls state={state} />}
    </>
  );
}

function Page({ state, part }: { state: State; part: Part<"inside"> }): JSX.Element {
  switch (state.phase) {
    case "check":
      return <Check state={state} />;
    case "waiting":
      return <WaitingRoom state={state} part={part} />;
    case "hearing":
    case "consultation":
      return part ? <part.Hearing state={state} /> : <Meanwhile state={state} part={part} />;
    case "ended":
      return part ? <part.Ended state={state} /> : <NotHere part={part} />;
  }
}

// A phone that sleeps loses its place in the conversation; the lock ends by itself when the page is hidden.
function useWakeLock(phase: Phase): void {
  const awake = phase === "waiting" || phase === "hearing" || phase === "consultation";
  useEffect(() => {
    if (!awake || !navigator.wakeLock) return;
    let lock: WakeLockSentinel | null = null;
    let over = false;
    const take = () => {
      if (document.visibilityState !== "visible") return;
      navigator.wakeLock.request("screen").then(
        (taken) => {
          lock = taken;
          if (over) void taken.release();
        },
        () => undefined, // refused on low battery: the hearing goes on without
      );
    };
    take();
    document.addEventListener("visibilitychange", take);
    return () => {
      over = true;
      document.removeEventListener("visibilitychange", take);
      void lock?.release();
    };
  }, [awake]);
}
