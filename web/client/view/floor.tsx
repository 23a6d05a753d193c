// The floor as hosts and clerks see it: who asks to speak, what to do about one person, who talks in private.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { rooms } from "../core/consultation";
import { hands } from "../core/floor";
import { may } from "../core/rights";
import type { State } from "../core/state";
import type { Participant } from "../core/wire";
import { Act } from "./act";
import { useRoom } from "./context";
import { Dialog } from "./dialog";

/** Hands lists who asks to speak, first come first. */
export function Hands({ state }: { state: State }): JSX.Element | null {
  const { room, t } = useRoom();
  const raised = hands(state.people);
  if (raised.length === 0) return null;
  const give = (one: Participant) => {
    room.spotlight(one.number);
    room.lower(one.number);
  };
  return (
    <section class="people-group hands" aria-label={t("room.bench.hands")} data-testid="hands">
      <h4>
        {t("room.bench.hands")} <span class="number">{raised.length}</span>
      </h4>
      <ol>
        {raised.map((one) => (
          <li key={one.number} class="company" data-linked={false}>
            <p>
              <bdi class="name">{one.name}</bdi>
            </p>
            <div class="actions">
              <button type="button" class="button quiet" data-testid="lower" aria-label={t("room.bench.lower.name", { name: one.name })} onClick={() => room.lower(one.number)}>
                {t("room.bench.lower")}
              </button>
              <button type="button" class="button" data-testid="give" aria-label={t("room.bench.give.name", { name: one.name })} onClick={() => give(one)}>
                {t("room.bench.give")}
              </button>
            </div>
          </li>
        ))}
      </ol>
      {raised.length > 1 && (
        <button type="button" class="button quiet" data-testid="lower-all" onClick={() => room.lower(0)}>
          {t("room.bench.lower_all")}
        </button>
      )}
    </section>
  );
}

interface DeedsProps {
  one: Participant;
  state: State;
  onDone(): void;
}

/** Deeds are what a host or clerk can do about one person where that person is now. */
export function Deeds({ one, state, onDone }: DeedsProps): JSX.Element {
  const { room } = useRoom();
  const inside = one.place === "in_hearing" || one.place === "reconnecting";
  const floor = state.floor.spotlight === one.number;
  const guest = one.role !== "host";
  const then = (deed: () => void) => () => {
    deed();
    onDone();
  };
  return (
    <>
      {one.place === "waiting" && <Act words="room.admit" testId="admit-one" onPress={then(() => room.admit(one.number))} />}
      {inside && one.role !== "observer" && (
        <>
          <Act words={floor ? "room.bench.take" : "room.bench.give"} testId="floor-one" onPress={then(() => room.spotlight(floor ? 0 : one.number))} />
          {guest && one.microphone && <Act words="room.bench.mute" testId="mute" onPress={then(() => room.mute(one.number))} />}
          {guest && one.muted !== "locked" && <Act words="room.bench.mute_lock" testId="mute-lock" onPress={then(() => room.mute(one.number, true))} />}
          {one.muted === "locked" && <Act words="room.bench.unlock" testId="unlock" onPress={then(() => room.unlock(one.number))} />}
          {!one.microphone && <Act words="room.bench.ask.microphone" testId="ask-microphone" onPress={then(() => room.ask(one.number, "microphone"))} />}
          {!one.camera && <Act words="room.bench.ask.camera" testId="ask-camera" onPress={then(() => room.ask(one.number, "camera"))} />}
        </>
      )}
      {inside && guest && <Act words="room.bench.dismiss" testId="dismiss" onPress={then(() => room.dismiss(one.number))} />}
    </>
  );
}

/** Remove is the last of them, and asks first. */
export function Remove({ one, state, onDone }: DeedsProps): JSX.Element | null {
  const [removing, setRemoving] = useState(false);
  if (!may(state.role, "remove")) return null;
  return (
    <>
      <Act words="room.remove" testId="remove" stop onPress={() => setRemoving(true)} />
      {removing && (
        <li>
          <Removal one={one} state={state} onClose={() => setRemoving(false)} onDone={onDone} />
        </li>
      )}
    </>
  );
}

function Removal({ one, state, onClose, onDone }: { one: Participant; state: State; onClose(): void; onDone(): void }): JSX.Element {
  const { room, t } = useRoom();
  const company = one.link ? state.people.filter((each) => each.link === one.link) : [one];
  const confirm = () => {
    room.remove(one.number);
    onDone();
  };
  return (
    <Dialog title={t("room.remove.title")} onClose={onClose}>
      <ul class="named">
        {company.map((each) => (
          <li key={each.number}>
            <bdi class="name">{each.name}</bdi> <span class="role">{t(`room.role.${each.role}`)}</span>
          </li>
        ))}
      </ul>
      <p>{t("room.remove.text")}</p>
      <div class="buttons">
        <button type="button" class="button quiet" onClick={onClose}>
          {t("room.cancel")}
        </button>
        <button type="button" class="button stop" data-testid="remove-confirm" onClick={confirm}>
          {t("room.remove.confirm")}
        </button>
      </div>
    </Dialog>
  );
}

/** Doors are the private rooms that are in use: one may knock, and nothing else. */
export function Doors({ state }: { state: State }): JSX.Element {
  const { room, t } = useRoom();
  return (
    <ul class="doors">
      {[...rooms(state.people)].map(([id, people]) => {
        const name = people.map((one) => one.name).join(", ");
        return (
          <li key={id}>
            <button type="button" class="button quiet" data-testid="knock" aria-label={t("room.bench.knock.name", { name })} onClick={() => room.knock(id)}>
              {t("room.bench.knock.name", { name })}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
