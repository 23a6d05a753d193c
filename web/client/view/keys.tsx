// A host can run a hearing by the keyboard alone. Single letters can be switched off: speech input types them by accident
// (WCAG 2.2, 2.1.4), and they do nothing while somebody writes or answers a dialog.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { deeds } from "../core/deeds";
import { hands } from "../core/floor";
import { deedOf, keys, type KeyDeed } from "../core/keys";
import { may } from "../core/rights";
import type { State } from "../core/state";
import type { Room } from "../core/room";
import { useRoom } from "./context";
import { Dialog } from "./dialog";
import type { Side } from "./hearing";

let enabled = true; // as long as the page is open

interface KeysProps {
  state: State;
  onSide(side: Side): void;
}

export function Keys({ state, onSide }: KeysProps): JSX.Element | null {
  const { room, t } = useRoom();
  const [listed, setListed] = useState(false);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const deed = enabled && !busy(event.target) ? deedOf(event) : "";
      if (deed === "") return;
      event.preventDefault();
      if (deed === "list") setListed(true);
      else if (deed === "people" || deed === "chat") onSide(deed);
      else follow(room, state, deed);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  });
  if (!listed) return null;
  return (
    <Dialog title={t("room.bench.keys")} onClose={() => setListed(false)}>
      <KeyList />
      <div class="buttons">
        <button type="button" class="button quiet" onClick={() => setListed(false)}>
          {t("room.close")}
        </button>
      </div>
    </Dialog>
  );
}

// Somebody writes, chooses, or answers a question.
function busy(target: EventTarget | null): boolean {
  return document.querySelector("dialog[open]") !== null || (target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]"));
}

function follow(room: Room, state: State, deed: Exclude<KeyDeed, "list" | "people" | "chat">): void {
  const first = hands(state.people)[0];
  switch (deed) {
    case "microphone":
    case "camera":
      return room.toggle(deed);
    case "order": {
      const obvious = state.host ? deeds(state.order.state).first : undefined;
      if (obvious === "start" || obvious === "pause" || obvious === "resume") room[obvious]();
      return;
    }
    case "admit": {
      const waits = state.people.find((one) => one.place === "waiting");
      return waits && room.admit(waits.number);
    }
    case "all":
      return room.admitAll();
    case "floor":
      if (first) {
        room.spotlight(first.number);
        room.lower(first.number);
      } else if (state.floor.spotlight !== 0) room.spotlight(0);
      return;
    case "lower":
      return first && room.lower(first.number);
    case "quiet":
      return room.mute(0);
    case "door":
      return may(state.role, "lock") ? room.lock(!state.order.locked) : undefined;
  }
}

/** KeyList says which key does what, and lets them be switched off. */
export function KeyList(): JSX.Element {
  const { t } = useRoom();
  const [on, setOn] = useState(enabled);
  const choose = (wanted: boolean) => {
    enabled = wanted;
    setOn(wanted);
  };
  return (
    <>
      <label class="tick">
        <input type="checkbox" data-testid="keys-on" checked={on} onChange={(event) => choose(event.currentTarget.checked)} />
        <span>{t("room.bench.keys.on")}</span>
      </label>
      <dl class="key-list">
        {Object.entries(keys).map(([deed, letter]) => (
          <div key={deed}>
            <dt>
              <kbd>{letter.toUpperCase()}</kbd>
            </dt>
            <dd>{t(`room.bench.keys.${deed}`)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
