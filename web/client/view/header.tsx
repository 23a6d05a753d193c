import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { secondsLeft } from "../core/order";
import { observers } from "../core/people";
import { heardNow, seenNow } from "../core/presence";
import type { State } from "../core/state";
import { focusHeading, useRoom } from "./context";
import { Icon } from "./icons";
import { LeaveButton } from "./leave";
import { Listening } from "./listening";
import { Bars } from "./link";

/** Header says, all along, in which room I am, where the hearing stands, and what of me goes out. */
export function Header({ state }: { state: State }): JSX.Element {
  const { t, boot } = useRoom();
  const secret = state.phase === "consultation";
  return (
    <header class="session" data-secret={secret}>
      <div class="session-where">
        <h2 id="hearing-title" key={state.room} tabIndex={-1} ref={focusHeading}>
          {secret && <Icon name="lock" />}
          {t(secret ? "room.place.consultation" : "room.place.hearing")}
          <span class="session-service">
            <bdi>{boot.hearing.service}</bdi>
          </span>
        </h2>
        <Standing state={state} />
      </div>
      <LeaveButton state={state} />
      <Facts state={state} />
      <Listening state={state} />
    </header>
  );
}

function Standing({ state }: { state: State }): JSX.Element {
  const { t } = useRoom();
  const { order } = state;
  return (
    <p class={`session-state ${order.state}`}>
      <span>
        {t(`room.state.${order.state}`)}
        {order.state === "countdown" && <Seconds state={state} />}
        {order.state === "suspended" && order.reason !== "" && order.reason !== "no_host" && <span class="why"> ({t(`room.reason.${order.reason}`)})</span>}
      </span>
      {order.locked && <span class="locked">{t("room.locked")}</span>}
    </p>
  );
}

// The seconds are for the eye: a screen reader is told once, in Words.
function Seconds({ state }: { state: State }): JSX.Element {
  return (
    <span class="seconds" aria-hidden="true">
      {useSeconds(state)}
    </span>
  );
}

/** useSeconds counts the countdown down. */
export function useSeconds({ order, ahead }: State): number {
  const [left, setLeft] = useState(() => secondsLeft(order.until, ahead, Date.now()));
  useEffect(() => {
    const look = () => setLeft(secondsLeft(order.until, ahead, Date.now()));
    look();
    const timer = setInterval(look, 200);
    return () => clearInterval(timer);
  }, [order.until, ahead]);
  return left;
}

function Facts({ state }: { state: State }): JSX.Element {
  const { t } = useRoom();
  const heard = heardNow(state);
  const seen = seenNow(state);
  const watching = observers(state);
  return (
    <ul class="facts" aria-label={t("room.facts")}>
      <li data-testid="recording">
        <Icon name="record" off />
        {t("room.fact.record")}
      </li>
      {state.role === "observer" ? (
        <li>{t("room.fact.silent")}</li>
      ) : (
        <>
          <li data-testid="heard" data-on={heard}>
            <Icon name="microphone" off={!heard} />
            {t(heard ? "room.fact.heard" : "room.fact.unheard")}
          </li>
          <li data-testid="seen" data-on={seen !== ""}>
            <Icon name="camera" off={seen === ""} />
            {t(seen === "" ? "room.fact.unseen" : seen === "still" ? "room.fact.still" : "room.fact.seen")}
          </li>
        </>
      )}
      <li>
        <Bars state={state} seen />
      </li>
      {watching > 0 && <li data-testid="watching">{t("room.observers", { n: watching })}</li>}
    </ul>
  );
}
