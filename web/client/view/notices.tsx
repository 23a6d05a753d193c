import type { JSX } from "preact";
import type { State } from "../core/state";
import { useRoom } from "./context";

/** Notices are words of the hosts or the desk, until they are read. */
export function Notices({ state }: { state: State }): JSX.Element {
  const { room, t } = useRoom();
  return (
    <div role="status" class="notices">
      {state.notices.unread.map(({ id, from, text }) => (
        <div key={id} class="word told" data-testid="notice">
          <p class="word-title">{t(`room.notice.${from}`)}</p>
          <p dir="auto">{text}</p>
          <button type="button" class="button quiet" onClick={() => room.noticeRead(id)}>
            {t("room.notice.read")}
          </button>
        </div>
      ))}
    </div>
  );
}
