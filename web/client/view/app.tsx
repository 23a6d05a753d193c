import type { JSX } from "preact";
import { useEffect, useLayoutEffect } from "preact/hooks";
import { inside, type Phase, type State } from "../core/state";
import { Check } from "./check";
import { useRoomState } from "./context";
import { Ended } from "./ended";
import { Hearing } from "./hearing";
import { usePart } from "./later";
import { WaitingRoom } from "./waiting";

/** App shows the view of the phase; the phase is also on the mount point and on <html>, for the style sheet. */
export function App({ mount }: { mount: HTMLElement }): JSX.Element {
  const state = useRoomState();
  const { phase } = state;
  useLayoutEffect(() => {
    mount.dataset.state = phase;
    document.documentElement.dataset.room = phase;
    scrollTo(0, 0);
  }, [mount, phase]);
  useWakeLock(phase);
  return (
    <>
      <Page state={state} />
      {(phase === "waiting" || inside(state)) && <Calling state={state} />}
    </>
  );
}

function Page({ state }: { state: State }): JSX.Element {
  switch (state.phase) {
    case "check":
      return <Check state={state} />;
    case "waiting":
      return <WaitingRoom state={state} />;
    case "hearing":
    case "consultation":
      return <Hearing state={state} />;
    case "ended":
      return <Ended state={state} />;
  }
}

function Calling({ state }: { state: State }): JSX.Element | null {
  const panels = usePart("panels");
  return panels ? <panels.Calls state={state} /> : null;
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
