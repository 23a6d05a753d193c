// What has to be said now, above the stage and never over a face: trouble, the hearing standing still, notices, requests.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { answers } from "../core/consultation";
import { locked, myHand } from "../core/floor";
import { soundPasses } from "../core/order";
import { screens, type Showing } from "../core/shares";
import { type State, sends, trouble } from "../core/state";
import { useRoom } from "./context";
import { useSeconds } from "./header";
import { Move, Unheard } from "./link";
import { Notices } from "./notices";
import { playAll } from "./voices";

export function Words({ state }: { state: State }): JSX.Element {
  const { t } = useRoom();
  const hindered = trouble(state);
  const live = state.phase === "hearing" && soundPasses(state.order); // nobody has the floor while nobody is heard
  return (
    <div class="words">
      <div role="status">
        {hindered ? <p class="trouble">{t(hindered)}</p> : <Standstill state={state} />}
        {!hindered && <Move state={state} />}
        <Refused state={state} />
      </div>
      {state.phase === "consultation" && <Secret state={state} />}
      {state.unheard && <Unheard />}
      <Notices state={state} />
      <Knocks state={state} />
      {live && <Hushed state={state} />}
      <Now state={state} live={live} />
      {state.silenced && (
        <button type="button" class="button hear" data-testid="hear" onClick={playAll}>
          {t("room.hear")}
        </button>
      )}
    </div>
  );
}

function Standstill({ state }: { state: State }): JSX.Element | null {
  const { t } = useRoom();
  const { order } = state;
  const stay = !state.host && ` ${t("room.standing.stay")}`; // hosts know what they have ordered
  switch (order.state) {
    case "countdown":
      return <Countdown state={state} />;
    case "paused":
    case "deliberation":
      return state.phase === "hearing" ? <p class="standing">{t(`room.standing.${order.state}`)}{stay}</p> : null;
    case "suspended":
      if (state.phase !== "hearing" || order.reason === "" || order.reason === "no_host") return null;
      return (
        <p class="standing">
          {t("room.standing.suspended", { reason: t(`room.reason.${order.reason}`) })}
          {stay}
        </p>
      );
    default:
      return null;
  }
}

// Said once and counted for the eye: a number that is read out every second is no calm.
function Countdown({ state }: { state: State }): JSX.Element {
  const { t } = useRoom();
  const left = useSeconds(state);
  return (
    <p class="standing countdown">
      <span class="unseen">{t("room.waiting.countdown")}</span>
      <span aria-hidden="true">{t("room.countdown", { n: left })}</span>
    </p>
  );
}

const told = ["not_admitted", "not_allowed", "unknown_participant", "rate", "wrong_state", "screened", "busy", "too_long"];

function Refused({ state }: { state: State }): JSX.Element | null {
  const { room, t } = useRoom();
  const { refusal } = state;
  useEffect(() => {
    if (!refusal) return;
    const timer = setTimeout(() => room.seen(), 6_000);
    return () => clearTimeout(timer);
  }, [refusal, room]);
  if (!refusal) return null;
  return <p class="trouble">{t(told.includes(refusal.code) ? `room.error.${refusal.code}` : "room.error.other")}</p>;
}

function Secret({ state }: { state: State }): JSX.Element {
  const { room, t } = useRoom();
  return (
    <div class="word secret" data-testid="secret">
      <p>{t("room.consult.inside")}</p>
      <div role="status" class="answers">
        {answers(state.people).map((one) => (
          <p key={one.number} data-place={one.place}>
            {t(`room.consult.${one.place}`, { name: one.name })}
          </p>
        ))}
      </div>
      <button type="button" class="button" data-testid="return" onClick={() => room.return_()}>
        {t("room.consult.return")}
      </button>
    </div>
  );
}

function Knocks({ state }: { state: State }): JSX.Element {
  const { room, t } = useRoom();
  const { knocks } = state.consultation;
  return (
    <div role="status" class="notices">
      {knocks.length > 0 && (
        <div class="word told" data-testid="knocked">
          <p>{t("room.knocked", { name: knocks.map(({ name }) => name).join(", ") })}</p>
          <button type="button" class="button quiet" onClick={() => room.knocksRead()}>
            {t("room.notice.read")}
          </button>
        </div>
      )}
    </div>
  );
}

function Hushed({ state }: { state: State }): JSX.Element | null {
  const { room, t } = useRoom();
  const { told: how } = state.floor;
  if (how === "") return null;
  return (
    <div class="word told" role="status" data-testid="muted" data-muted={how}>
      <p>{t(`room.muted.${how}`)}</p>
      <div class="buttons">
        {how === "locked" && myHand(state) === 0 && (
          <button type="button" class="button" onClick={() => (room.hand(true), room.mutedRead())}>
            {t("room.hand")}
          </button>
        )}
        <button type="button" class="button quiet" onClick={() => room.mutedRead()}>
          {t("room.notice.read")}
        </button>
      </div>
    </div>
  );
}

// Who has the floor, my place while I wait for it, and whose screen is shown: one box for all that goes on.
function Now({ state, live }: { state: State; live: boolean }): JSX.Element | null {
  const { room, t } = useRoom();
  const place = myHand(state);
  const one = live ? state.people.find(({ number }) => number === state.floor.spotlight) : undefined;
  const mine = one?.number === state.number;
  const silent = mine && !sends(state.microphone) && !locked(state);
  const shows = state.shares.mine === "on";
  const failed = useFailed(state.shares.mine);
  const others = screens(state.people).filter(({ number }) => number !== state.number);
  const asks = live && place > 0 && !mine;
  if (!one && !asks && !shows && !failed && others.length === 0) return null;
  return (
    <div class="word floor" role="status" data-testid="floor">
      {one && <p>{mine ? t(silent ? "room.floor.me.off" : "room.floor.me") : t("room.floor", { name: one.name })}</p>}
      {asks && <p>{t("room.hand.place", { place })}</p>}
      {silent && (
        <button type="button" class="button" onClick={() => room.toggle("microphone")}>
          {t("room.microphone.on")}
        </button>
      )}
      {others.length > 0 && <p data-testid="sharing">{t("room.share.theirs", { name: others.map(({ name }) => name).join(", ") })}</p>}
      {failed && <p>{t(failed)}</p>}
      {shows && <p>{t("room.share.mine")}</p>}
      {shows && (
        <button type="button" class="button quiet" data-testid="share-stop" onClick={() => room.stopSharing()}>
          {t("room.share.stop")}
        </button>
      )}
    </div>
  );
}

const ends: Partial<Record<Showing, string>> = { over: "room.share.over", told: "room.share.over", refused: "room.share.refused" };
const readFor = 8_000; // ms

// What became of my screen is said for a while: who has ended it themselves knows.
function useFailed(mine: Showing): string {
  const [read, setRead] = useState(false);
  useEffect(() => {
    setRead(false);
    const timer = setTimeout(() => setRead(true), readFor);
    return () => clearTimeout(timer);
  }, [mine]);
  return read ? "" : (ends[mine] ?? "");
}
