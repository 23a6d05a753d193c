import type { JSX } from "preact";
import { cellsOf, frontOf, inFront } from "../core/floor";
import { others } from "../core/people";
import { screens } from "../core/shares";
import type { State } from "../core/state";
import type { Participant } from "../core/wire";
import { useRoom } from "./context";
import { Screen } from "./screen";
import { Tile } from "./tile";

const many = 10; // places of a grid: all larger ones are laid out alike

/** Stage shows everybody else, all alike or some in front of the others. Tiles never change their place in the document: a video that is moved stops. */
export function Stage({ state, onPerson }: { state: State; onPerson(one: Participant): void }): JSX.Element {
  const { t } = useRoom();
  const stage = others(state.people, state.number, state.room);
  const shown = screens(state.people).filter((one) => one.number !== state.number);
  const first = inFront(state);
  const { documents, people } = frontOf(state, shown);
  const front = documents.length + people.length;
  const rest = stage.length + shown.length - front;
  const second = documents[1] ?? people[documents.length > 0 ? 0 : 1];
  if (stage.length === 0) return <p class="alone">{t(alone(state))}</p>;
  return (
    <ul
      class="grid"
      data-testid="stage"
      data-layout={front > 0 ? "front" : "grid"}
      data-front={front}
      data-rest={rest > 0}
      data-count={Math.min(cellsOf(stage, shown.length), many)}
      style={{ "--places": rest + 1 }}
      aria-label={t("room.stage")}
    >
      {shown.map((one) => (
        <Screen key={`screen ${one.number}`} one={one} state={state} main={documents.includes(one)} second={one === documents[1]} />
      ))}
      {stage.map((one) => {
        const main = people.includes(one);
        return <Tile key={one.number} one={one} state={state} main={main} second={main && one === second} first={first.includes(one)} onPerson={onPerson} />;
      })}
    </ul>
  );
}

function alone(state: State): string {
  if (state.phase === "consultation") return "room.consult.alone";
  return state.host ? "room.alone.host" : "room.alone";
}
