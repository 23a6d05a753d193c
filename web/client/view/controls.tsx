import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { locked, myHand } from "../core/floor";
import { may } from "../core/rights";
import { type Kind, sends, type State } from "../core/state";
import { linesOf, unread } from "../core/talk";
import { useRoom } from "./context";
import { Recovery } from "./devices";
import { Dialog } from "./dialog";
import type { Side } from "./hearing";
import { Icon, type IconName } from "./icons";
import type { Part } from "./later";
import { More } from "./more";

interface ControlsProps {
  state: State;
  side: Side;
  onSide(side: Side): void;
  bench: Part<"bench">;
}

/** Controls are the few buttons of the hearing, in the same place all along. */
export function Controls({ state, side, onSide, bench }: ControlsProps): JSX.Element {
  const { t } = useRoom();
  const [more, setMore] = useState(false);
  const speaks = may(state.role, "hand");
  const waiting = may(state.role, "admit") ? state.people.filter((one) => one.place === "waiting").length : 0;
  const news = unread(state);
  return (
    <div class="controls" role="group" aria-label={t("room.controls")}>
      {speaks && <Switch kind="microphone" state={state} />}
      {speaks && <Switch kind="camera" state={state} />}
      {speaks && state.phase === "hearing" && <Hand state={state} />}
      <Opener name="people" icon="people" words="room.people.short" side={side} onSide={onSide} count={waiting} counted={t("room.people.waiting")} />
      {may(state.role, "chat") && <Opener name="chat" icon="chat" words="room.chat.short" side={side} onSide={onSide} count={news} counted={t("room.chat.unread", { n: news })} />}
      <button type="button" class="control" data-testid="more" aria-haspopup="dialog" onClick={() => setMore(true)}>
        <Icon name="more" />
        <span>{t("room.more")}</span>
      </button>
      <p class="unseen" role="status">
        {news > 0 && t("room.chat.new", { name: latest(state) })}
      </p>
      {more && (
        <Dialog title={t("room.more")} onClose={() => setMore(false)}>
          <More state={state} bench={bench} onClose={() => setMore(false)} />
        </Dialog>
      )}
      <Trouble state={state} kind="microphone" />
      <Trouble state={state} kind="camera" />
    </div>
  );
}

// Whoever does not see the count is told who wrote.
function latest(state: State): string {
  const from = linesOf(state).filter((line) => line.from !== state.number).pop()?.from;
  return state.people.find((one) => one.number === from)?.name ?? "";
}

function Switch({ kind, state }: { kind: Kind; state: State }): JSX.Element {
  const { room, t } = useRoom();
  const input = state[kind];
  const on = sends(input);
  const closed = kind === "microphone" && locked(state);
  return (
    <button
      type="button"
      class={`control ${kind}`}
      data-testid={`${kind}-switch`}
      data-access={input.access}
      data-locked={closed}
      aria-pressed={on}
      aria-label={t(`room.${kind}`)}
      title={t(`room.${kind}.${on ? "off" : "on"}`)}
      disabled={input.access === "asking"}
      onClick={() => room.toggle(kind)}
    >
      <Icon name={kind} off={!on} />
      <span aria-hidden="true">{t(`room.${kind}.short`)}</span>
    </button>
  );
}

function Hand({ state }: { state: State }): JSX.Element {
  const { room, t } = useRoom();
  const place = myHand(state);
  return (
    <button
      type="button"
      class="control hand"
      data-testid="hand-switch"
      aria-pressed={place > 0}
      aria-label={t("room.hand")}
      title={t(place > 0 ? "room.hand.down" : "room.hand")}
      onClick={() => room.hand(place === 0)}
    >
      <Icon name="hand" />
      <span aria-hidden="true">{t("room.hand.short")}</span>
    </button>
  );
}

interface OpenerProps {
  name: Exclude<Side, "">;
  icon: IconName;
  words: string;
  side: Side;
  onSide(side: Side): void;
  count: number;
  counted: string;
}

function Opener({ name, icon, words, side, onSide, count, counted }: OpenerProps): JSX.Element {
  const { t } = useRoom();
  return (
    <button type="button" id={`control-${name}`} class="control" data-testid={name} aria-expanded={side === name} onClick={() => onSide(name)}>
      <Icon name={icon} />
      <span>{t(words)}</span>
      {count > 0 && (
        <span class="count">
          <span aria-hidden="true">{count}</span>
          <span class="unseen"> {name === "people" ? `${count} ${counted}` : counted}</span>
        </span>
      )}
    </button>
  );
}

// A device that was wanted and did not come explains itself once, in a dialog.
function Trouble({ state, kind }: { state: State; kind: Kind }): JSX.Element | null {
  const { room, t } = useRoom();
  const { access, on } = state[kind];
  if (!on || access === "on" || access === "idle" || access === "asking") return null;
  const dismiss = () => room.close(kind);
  return (
    <Dialog title={t(`room.${kind}`)} onClose={dismiss}>
      <Recovery kind={kind} access={access} />
      <div class="buttons">
        <button type="button" class="button quiet" onClick={dismiss}>
          {t("room.close")}
        </button>
        <button type="button" class="button" onClick={() => void room.open(kind)}>
          {t("room.device.retry")}
        </button>
      </div>
    </Dialog>
  );
}
