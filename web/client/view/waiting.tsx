import type { JSX } from "preact";
import { type State, trouble } from "../core/state";
import { focusHeading, useRoom } from "./context";
import { Devices } from "./devices";
import { Icon } from "./icons";
import { LeaveButton } from "./leave";

/** WaitingRoom tells what is true: whether the host is here, and one's place. No promise about time. */
export function WaitingRoom({ state }: { state: State }): JSX.Element {
  const { t, boot } = useRoom();
  const queue = state.queue;
  const hindered = trouble(state);
  return (
    <section class="waiting" aria-labelledby="waiting-title">
      <div class="wait-card">
        <span class="wait-mark" aria-hidden="true">
          <Icon name="clock" />
        </span>
        <h2 id="waiting-title" tabIndex={-1} ref={focusHeading}>
          {t("room.waiting.title")}
        </h2>
        <div role="status" class="wait-words">
          {hindered ? (
            <p class="trouble">{t(hindered)}</p>
          ) : (
            <p class="lead">{t(queue?.hostPresent ? "room.waiting.host" : "room.waiting.nohost")}</p>
          )}
          {queue && queue.delay > 0 && <p class="delay">{t("room.waiting.delay", { n: queue.delay })}</p>}
          {queue && queue.waiting > 1 && <p>{t("room.waiting.position", { position: queue.position, n: queue.waiting })}</p>}
        </div>
        <p class="hint">{t("room.waiting.keep")}</p>
        <p class="me">
          <bdi>{boot.name}</bdi> <span class="role">{t(`room.role.${boot.role}`)}</span>
        </p>
      </div>
      <details class="wait-devices">
        <summary>{t("room.waiting.devices")}</summary>
        <Devices state={state} camera />
      </details>
      <LeaveButton state={state} quiet />
    </section>
  );
}
