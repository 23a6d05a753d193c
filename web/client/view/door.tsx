// The door and the room as a whole, for hosts and clerks.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { may } from "../core/rights";
import type { State } from "../core/state";
import { Act } from "./act";
import { useRoom } from "./context";
import { Dialog } from "./dialog";
import { Sure } from "./order";

/** Waiting is what can be done for all who wait. */
export function Waiting({ state }: { state: State }): JSX.Element | null {
  const { room, t } = useRoom();
  const [writing, setWriting] = useState(false);
  const waiting = state.people.filter((one) => one.place === "waiting");
  if (waiting.length === 0) return null;
  return (
    <div class="group-deeds">
      {waiting.length > 1 && (
        <>
          <button type="button" class="button quiet" data-testid="admit-all" onClick={() => room.admitAll()}>
            {t("room.bench.admit_all")}
          </button>
          <p class="linked">{t("room.bench.admit_all.help")}</p>
        </>
      )}
      <button type="button" class="button quiet" data-testid="notice-write" onClick={() => setWriting(true)}>
        {t("room.bench.notice")}
      </button>
      {writing && <Notice onClose={() => setWriting(false)} />}
    </div>
  );
}

const longest = 300; // characters; the server refuses more

function Notice({ onClose }: { onClose(): void }): JSX.Element {
  const { room, t } = useRoom();
  const [text, setText] = useState("");
  const send = (event: Event) => {
    event.preventDefault();
    if (text.trim() !== "") room.notice(text.trim());
    onClose();
  };
  return (
    <Dialog title={t("room.bench.notice.title")} onClose={onClose}>
      <form onSubmit={send}>
        <label class="chooser">
          <span>{t("room.bench.notice.text")}</span>
          <textarea data-testid="notice-text" dir="auto" rows={4} maxLength={longest} value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </label>
        <div class="buttons">
          <button type="button" class="button quiet" onClick={onClose}>
            {t("room.cancel")}
          </button>
          <button type="submit" class="button" data-testid="notice-send" disabled={text.trim() === ""}>
            {t("room.bench.notice.send")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** Room is what concerns everybody inside at once, behind one button at the foot of the list. */
export function Room({ state }: { state: State }): JSX.Element {
  const { room, t } = useRoom();
  const [open, setOpen] = useState(false);
  const [clearing, setClearing] = useState(false);
  const { locked } = state.order;
  const then = (deed: () => void) => () => {
    deed();
    setOpen(false);
  };
  return (
    <footer>
      {locked && <p class="linked">{t("room.bench.locked")}</p>}
      <button type="button" class="button quiet" data-testid="room-deeds" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {t("room.bench.room")}
      </button>
      {open && (
        <Dialog title={t("room.bench.room")} onClose={() => setOpen(false)}>
          <ul class="menu">
            <Act words="room.bench.mute_all" testId="mute-all" onPress={then(() => room.mute(0))} />
            <Act words="room.bench.mute_lock_all" testId="mute-lock-all" onPress={then(() => room.mute(0, true))} />
            <Act words="room.bench.unlock_all" testId="unlock-all" onPress={then(() => room.unlock(0))} />
            {may(state.role, "lock") && <Act words={locked ? "room.bench.unlock_door" : "room.bench.lock"} testId="lock" onPress={then(() => room.lock(!locked))} />}
            <Act words="room.bench.clear" testId="clear" stop onPress={() => setClearing(true)} />
          </ul>
          <div class="buttons">
            <button type="button" class="button quiet" onClick={() => setOpen(false)}>
              {t("room.close")}
            </button>
          </div>
        </Dialog>
      )}
      {clearing && <Sure of="clear" onSure={() => (room.clear(), setOpen(false))} onClose={() => setClearing(false)} />}
    </footer>
  );
}
