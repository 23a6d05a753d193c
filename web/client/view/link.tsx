// My link, in words: how good it is, what its last move means for me, and how much of it I want to use.

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { limits } from "../core/level";
import { type State, strength } from "../core/state";
import type { Word } from "../core/wire";
import { useRoom } from "./context";

const readFor = 8_000;
const words: Word[] = ["lost", "poor", "fair", "good"]; // by bars

/** Bars shows the strength of my link; the words beside it say the same. */
export function Bars({ state, seen }: { state: State; seen?: boolean }): JSX.Element | null {
  const { t } = useRoom();
  if (state.level === "" || state.media === "connecting") return null;
  const bars = strength(state);
  return (
    <span class="link" data-testid="link" data-strength={bars}>
      <svg class="bars" viewBox="0 0 14 12" aria-hidden="true" focusable="false">
        {[0, 1, 2].map((n) => (
          <rect key={n} class={n < bars ? "on" : ""} x={n * 5} y={8 - n * 4} width="4" height={4 + n * 4} rx="1" />
        ))}
      </svg>
      <span class={seen ? undefined : "unseen"}>{t(`room.quality.${words[bars]}`)}</span>
    </span>
  );
}

/** Move says once, and not for long, what a move of my level means for those who see and hear me. */
export function Move({ state }: { state: State }): JSX.Element | null {
  const { room, t } = useRoom();
  const { move } = state;
  useEffect(() => {
    if (!move) return;
    const timer = setTimeout(() => room.moveRead(), readFor);
    return () => clearTimeout(timer);
  }, [move, room]);
  return move ? (
    <p class="move" data-testid="move">
      {t(move)}
    </p>
  ) : null;
}

/** Unheard offers to reopen a microphone that is on and silent: some phones mute it for a call and do not say so. */
export function Unheard(): JSX.Element {
  const { room, t } = useRoom();
  return (
    <div class="trouble unheard" role="alert" data-testid="unheard">
      <p>{t("room.unheard")}</p>
      <button type="button" class="button" onClick={() => room.reopen()}>
        {t("room.unheard.reopen")}
      </button>
    </div>
  );
}

/** LinkSetting lets a person use less of their link than it carries. */
export function LinkSetting({ state }: { state: State }): JSX.Element | null {
  const { room, t, boot } = useRoom();
  if (boot.plain) return null;
  return (
    <fieldset class="limit">
      <legend>{t("room.limit")}</legend>
      <p>
        <Bars state={state} seen />
      </p>
      {limits.map((limit) => {
        const key = `room.limit.${limit || "auto"}`;
        return (
          <label key={limit}>
            <input type="radio" name="limit" data-testid={`limit-${limit || "auto"}`} checked={state.limit === limit} onChange={() => room.limit(limit)} />
            <span>
              {t(key)}
              <span class="help">{t(`${key}.help`)}</span>
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}
