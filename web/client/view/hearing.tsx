import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { others } from "../core/people";
import { type State, trouble } from "../core/state";
import { focusHeading, useRoom } from "./context";
import { Controls } from "./controls";
import { NotHere, usePart } from "./later";
import { Move, Unheard } from "./link";
import { SelfView } from "./self";
import { Tile } from "./tile";
import { Voices } from "./voices";

/** Hearing is the stage with its tiles, the people beside or over it, and the controls below. */
export function Hearing({ state }: { state: State }): JSX.Element {
  const { t, boot } = useRoom();
  const [panel, setPanel] = useState(state.host && matchMedia("(min-width: 60rem)").matches);
  const panels = usePart("panels");
  const stage = others(state.people, state.number, state.room);
  return (
    <section class="hearing" data-panel={panel ? "open" : "closed"} aria-labelledby="hearing-title">
      <header class="session">
        <h2 id="hearing-title" tabIndex={-1} ref={focusHeading}>
          {boot.hearing.service}
        </h2>
        <p class={`session-state ${state.order.state}`}>{t(`room.state.${state.order.state}`)}</p>
      </header>
      <div class="stage">
        <Words state={state} />
        {panels && <panels.Arrival state={state} onOpen={() => setPanel(true)} />}
        {stage.length === 0 ? (
          <p class="alone">{t(state.host ? "room.alone.host" : "room.alone")}</p>
        ) : (
          <ul class="grid" data-count={Math.min(stage.length, 9)} aria-label={t("room.stage")}>
            {stage.map((one) => (
              <Tile key={one.number} one={one} state={state} />
            ))}
          </ul>
        )}
        <SelfView state={state} />
        <Voices state={state} />
      </div>
      {panel && (panels ? <panels.People state={state} onClose={() => setPanel(false)} /> : <NotHere part={panels} />)}
      <Controls state={state} panel={panel} onPanel={() => setPanel(!panel)} />
    </section>
  );
}

/** Words names trouble, a refused request, and offers the one press that lets sound play. */
function Words({ state }: { state: State }): JSX.Element {
  const { room, t } = useRoom();
  const hindered = trouble(state);
  const { refusal } = state;
  useEffect(() => {
    if (!refusal) return;
    const timer = setTimeout(() => room.seen(), 6_000);
    return () => clearTimeout(timer);
  }, [refusal, room]);
  return (
    <div class="words">
      <div role="status">
        {hindered && <p class="trouble">{t(hindered)}</p>}
        {!hindered && <Move state={state} />}
        {refusal && <p class="trouble">{t(refusalKey(refusal.code))}</p>}
      </div>
      {state.unheard && <Unheard />}
      {state.silenced && (
        <button type="button" class="button hear" data-testid="hear" onClick={playAll}>
          {t("room.hear")}
        </button>
      )}
    </div>
  );
}

const told = ["not_host", "unknown_participant", "rate"];

function refusalKey(code: string): string {
  return told.includes(code) ? `room.error.${code}` : "room.error.other";
}

// Within a click every element may play; each tells Voices by itself that it does.
function playAll(): void {
  for (const audio of document.querySelectorAll("audio")) void audio.play().catch(() => undefined);
}
