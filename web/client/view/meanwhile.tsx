import type { JSX } from "preact";
import { heardNow } from "../core/presence";
import { may } from "../core/rights";
import { sends, type State, trouble } from "../core/state";
import { focusHeading, useRoom } from "./context";
import { NotHere } from "./later";
import { LeaveButton } from "./leave";
import { playAll } from "./voices";

/** Meanwhile stands for the hearing while its part is not here. One is in and may be heard: that is said, and can be ended. */
export function Meanwhile({ state, part }: { state: State; part: null | false }): JSX.Element {
  const { room, t } = useRoom();
  const hindered = trouble(state);
  return (
    <section class="waiting" aria-labelledby="meanwhile-title" data-testid="meanwhile">
      <div class="wait-card">
        <h2 id="meanwhile-title" tabIndex={-1} ref={focusHeading}>
          {t(state.phase === "consultation" ? "room.place.consultation" : "room.place.hearing")}
        </h2>
        <div role="status" class="wait-words">
          {hindered && <p class="trouble">{t(hindered)}</p>}
          <p class="lead">{t(heardNow(state) ? "room.fact.heard" : "room.fact.unheard")}</p>
        </div>
        <NotHere part={part} />
      </div>
      {state.silenced && (
        <button type="button" class="button" data-testid="hear" onClick={playAll}>
          {t("room.hear")}
        </button>
      )}
      {may(state.role, "hand") && (
        <button type="button" class="button quiet" data-testid="microphone-switch" onClick={() => room.toggle("microphone")}>
          {t(sends(state.microphone) ? "room.microphone.off" : "room.microphone.on")}
        </button>
      )}
      <LeaveButton state={state} quiet />
    </section>
  );
}
