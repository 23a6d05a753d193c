import type { JSX } from "preact";
import { confidants } from "../core/consultation";
import { may } from "../core/rights";
import type { State } from "../core/state";
import { addressees } from "../core/talk";
import type { Participant } from "../core/wire";
import { Act } from "./act";
import { useRoom } from "./context";
import { Dialog } from "./dialog";
import type { Part } from "./later";

interface PersonProps {
  one: Participant;
  state: State;
  bench: Part<"bench">;
  onChat(): void;
  onClose(): void;
}

/** Person is what one may do about somebody: for oneself first, then, for hosts and clerks, what concerns them. */
export function Person({ one, state, bench, onChat, onClose }: PersonProps): JSX.Element {
  const { room, t } = useRoom();
  const shown = one.role !== "observer";
  const here = one.place === "in_hearing" || one.place === "in_consultation" || one.place === "reconnecting";
  const pinned = state.floor.pin === one.number;
  const writes = may(state.role, "chat") && addressees(state).people.some((each) => each.number === one.number);
  const calls = may(state.role, "consult") && confidants(state).some((each) => each.number === one.number);
  const then = (deed: () => void) => () => {
    deed();
    onClose();
  };
  return (
    <Dialog title={one.name} onClose={onClose}>
      <p class="role-line">{t(`room.role.${one.role}`)}</p>
      <ul class="menu">
        {bench && state.phase === "hearing" && <bench.Deeds one={one} state={state} onDone={onClose} />}
        {here && shown && <Act words={pinned ? "room.unpin" : "room.pin"} testId="pin" onPress={then(() => room.pin(pinned ? 0 : one.number))} />}
        {writes && <Act words="room.person.write" testId="write" onPress={then(onChat)} />}
        {calls && <Act words="room.consult" testId="call" onPress={then(() => room.consult([one.number]))} />}
        {bench && state.phase === "hearing" && <bench.Remove one={one} state={state} onDone={onClose} />}
      </ul>
      <div class="buttons">
        <button type="button" class="button quiet" onClick={onClose}>
          {t("room.close")}
        </button>
      </div>
    </Dialog>
  );
}
