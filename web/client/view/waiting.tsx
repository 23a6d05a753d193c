import type { JSX } from "preact";
import { confidants } from "../core/consultation";
import { type State, trouble } from "../core/state";
import { focusHeading, useRoom } from "./context";
import { Devices } from "./devices";
import { Icon } from "./icons";
import type { Part } from "./later";
import { LeaveButton } from "./leave";
import { Notices } from "./notices";

/** WaitingRoom tells what is true: where the hearing stands, and one's place. No promise about time. */
export function WaitingRoom({ state, part }: { state: State; part: Part<"inside"> }): JSX.Element {
  const { t, boot } = useRoom();
  const queue = state.queue;
  const hindered = trouble(state);
  return (
    <section class="waiting" aria-labelledby="waiting-title">
      <Notices state={state} />
      <div class="wait-card">
        <span class="wait-mark" aria-hidden="true">
          <Icon name="clock" />
        </span>
        <h2 id="waiting-title" tabIndex={-1} ref={focusHeading}>
          {t("room.waiting.title")}
        </h2>
        <div role="status" class="wait-words">
          {hindered ? <p class="trouble">{t(hindered)}</p> : <p class="lead">{t(standing(state))}</p>}
          {queue && queue.delay > 0 && <p class="delay">{t("room.waiting.delay", { n: queue.delay })}</p>}
          {queue && queue.waiting > 1 && <p>{t("room.waiting.position", { position: queue.position, n: queue.waiting })}</p>}
        </div>
        <p class="hint">{t("room.waiting.private")}</p>
        <p class="hint">{t("room.waiting.keep")}</p>
        <p class="me">
          <bdi>{boot.name}</bdi> <span class="role">{t(`room.role.${boot.role}`)}</span>
        </p>
      </div>
      {part && confidants(state).length > 0 && (
        <section class="wait-company" aria-labelledby="company-title">
          <h3 id="company-title">{t("room.waiting.company")}</h3>
          <part.Company state={state} />
        </section>
      )}
      <Help state={state} />
      <details class="wait-devices">
        <summary>{t("room.waiting.devices")}</summary>
        <Devices state={state} camera />
      </details>
      <LeaveButton state={state} quiet />
    </section>
  );
}

const told = new Set(["countdown", "in_session", "paused", "suspended", "deliberation"]);

function standing({ order, queue }: State): string {
  if (told.has(order.state)) return `room.waiting.${order.state}`;
  return queue?.hostPresent ? "room.waiting.host" : "room.waiting.nohost";
}

function Help({ state }: { state: State }): JSX.Element {
  const { room, t } = useRoom();
  return (
    <div class="wait-help">
      <p role="status" class={state.help ? "notice" : undefined}>
        {state.help && t("room.help.sent")}
      </p>
      <button type="button" class="button quiet" data-testid="help" onClick={() => room.help(!state.help)}>
        <Icon name="help" />
        {t(state.help ? "room.help.cancel" : "room.help")}
      </button>
    </div>
  );
}
