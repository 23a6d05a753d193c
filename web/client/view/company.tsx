// Talking in private: whom I may call, and who calls me.

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { confidants } from "../core/consultation";
import type { State } from "../core/state";
import type { Confidant } from "../core/wire";
import { useRoom } from "./context";
import { Dialog } from "./dialog";
import { playTones } from "./sound";

/** Company lists whom I may call from where I am. */
export function Company({ state, onCalled }: { state: State; onCalled?(): void }): JSX.Element {
  const { room, t } = useRoom();
  const people = confidants(state);
  const here = people.filter(present);
  const call = (numbers: number[]) => {
    room.consult(numbers);
    onCalled?.();
  };
  if (people.length === 0) return <p class="hint">{t("room.consult.none")}</p>;
  return (
    <div class="company-call">
      <p class="hint">{t("room.consult.text")}</p>
      <ul>
        {people.map((one) => (
          <li key={one.number} class="person">
            <span>
              <bdi class="name">{one.name}</bdi> <span class="role">{t(`room.role.${one.role}`)}</span>
            </span>
            {present(one) ? (
              <button type="button" class="button quiet" data-testid="call" aria-label={t("room.consult.call.name", { name: one.name })} onClick={() => call([one.number])}>
                {t("room.consult.call")}
              </button>
            ) : (
              <span class="pill faint">{t(one.place === "gone" ? "room.people.gone" : "room.people.away")}</span>
            )}
          </li>
        ))}
      </ul>
      {here.length > 1 && (
        <button type="button" class="button quiet" data-testid="call-all" onClick={() => call(here.map((one) => one.number))}>
          {t("room.consult.call.all")}
        </button>
      )}
    </div>
  );
}

const present = (one: Confidant) => one.place !== "expected" && one.place !== "gone";

const ringEvery = 3_000;
const ring = [659, 784];

/** Calls rings and asks while somebody wants to talk to me in private. */
export function Calls({ state }: { state: State }): JSX.Element | null {
  const { room, t } = useRoom();
  const call = state.consultation.calls[0];
  const rings = call?.room ?? "";
  const { speaker } = state;
  useEffect(() => {
    if (rings === "") return;
    void playTones(ring, speaker);
    const timer = setInterval(() => void playTones(ring, speaker), ringEvery);
    return () => clearInterval(timer);
  }, [rings, speaker]);
  if (!call) return null;
  return (
    <Dialog key={call.room} title={t("room.invited", { name: call.from.name })} onClose={() => room.decline(call.room)}>
      <p class="role-line">{t(`room.role.${call.from.role}`)}</p>
      <p>{t("room.consult.text")}</p>
      <div class="buttons">
        <button type="button" class="button quiet" data-testid="decline" onClick={() => room.decline(call.room)}>
          {t("room.invited.decline")}
        </button>
        <button type="button" class="button" data-testid="accept" onClick={() => room.accept(call.room)}>
          {t("room.invited.accept")}
        </button>
      </div>
    </Dialog>
  );
}
