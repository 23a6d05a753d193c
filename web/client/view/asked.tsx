import type { JSX } from "preact";
import type { State } from "../core/state";
import { useRoom } from "./context";
import { Dialog } from "./dialog";

/** Asked puts a host's request for my microphone or camera to me: nothing goes on without my word. */
export function Asked({ state }: { state: State }): JSX.Element | null {
  const { room, t } = useRoom();
  const what = state.floor.asked[0];
  if (!what) return null;
  return (
    <Dialog key={what} title={t(`room.asked.${what}.title`)} onClose={() => room.refuse(what)}>
      <p>{t(`room.asked.${what}.text`)}</p>
      <div class="buttons">
        <button type="button" class="button quiet" onClick={() => room.refuse(what)}>
          {t("room.asked.no")}
        </button>
        <button type="button" class="button" data-testid="asked-yes" onClick={() => room.follow(what)}>
          {t(`room.${what}.on`)}
        </button>
      </div>
    </Dialog>
  );
}
