import type { JSX } from "preact";
import { inFront, layoutOf } from "../core/floor";
import { others } from "../core/people";
import { screens } from "../core/shares";
import type { State } from "../core/state";
import type { Participant } from "../core/wire";
import { useRoom } from "./context";
import { Screen } from "./screen";
import { Tile } from "./tile";

const large = 2; // more than that in front and nobody is large

/** Stage shows everybody else, all alike or some in front of the others. Tiles never change their place in the document: a video that is moved stops. */
export function Stage({ state, onPerson }: { state: State; onPerson(one: Participant): void }): JSX.Element {
  const { t } = useRoom();
  const stage = others(state.people, state.number, state.room);
  const shown = screens(state.people).filter((one) => one.number !== state.number);
  const layout = layoutOf(state);
  const front = inFront(state);
  const documents = layout === "document" ? shown : [];
  const first = documents.length > 0 ? front.filter((one) => one.sign || one.number === state.floor.pin) : front;
  const main = new Set(layout === "grid" ? [] : first.slice(0, Math.max(0, large - documents.length)).map((one) => one.number));
  const rest = stage.length + shown.length - main.size - documents.length;
  if (stage.length === 0) return <p class="alone">{t(alone(state))}</p>;
  return (
    <ul
      class="grid"
      data-testid="stage"
      data-layout={main.size + documents.length > 0 ? "front" : "grid"}
      data-front={main.size + documents.length}
      data-rest={rest > 0}
      data-count={Math.min(stage.length + shown.length, 9)}
      aria-label={t("room.stage")}
    >
      {shown.map((one) => (
        <Screen key={`screen ${one.number}`} one={one} state={state} main={documents.includes(one)} />
      ))}
      {stage.map((one) => (
        <Tile key={one.number} one={one} state={state} main={main.has(one.number)} first={front.includes(one)} onPerson={onPerson} />
      ))}
    </ul>
  );
}

function alone(state: State): string {
  if (state.phase === "consultation") return "room.consult.alone";
  return state.host ? "room.alone.host" : "room.alone";
}
