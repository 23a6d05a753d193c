import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { State } from "../core/state";
import { useRoom } from "./context";
import { Dialog } from "./dialog";
import { Icon } from "./icons";

/** LeaveButton asks before leaving; a host may end the hearing for all in the same place. */
export function LeaveButton({ state, quiet }: { state: State; quiet?: boolean }): JSX.Element {
  const { room, t } = useRoom();
  const [asking, setAsking] = useState(false);
  const hosting = state.host && state.phase === "hearing";
  return (
    <>
      <button type="button" class={quiet ? "button quiet leave-quiet" : "control leave"} data-testid="leave" onClick={() => setAsking(true)}>
        <Icon name="leave" />
        <span>{t("room.leave")}</span>
      </button>
      {asking && (
        <Dialog title={t("room.leave.title")} onClose={() => setAsking(false)}>
          <p>{t(hosting ? "room.leave.host" : "room.leave.text")}</p>
          <div class="buttons">
            <button type="button" class="button quiet" onClick={() => setAsking(false)}>
              {t("room.stay")}
            </button>
            {hosting && (
              <button type="button" class="button stop" onClick={() => room.end()}>
                {t("room.end.confirm")}
              </button>
            )}
            <button type="button" class="button" data-testid="leave-confirm" onClick={() => room.leave()}>
              {t("room.leave.confirm")}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
