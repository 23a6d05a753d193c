import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { may } from "../core/rights";
import type { State } from "../core/state";
import type { Participant } from "../core/wire";
import { Asked } from "./asked";
import { Chat } from "./chat";
import { useRoom } from "./context";
import { Controls } from "./controls";
import { Header } from "./header";
import { NotHere } from "./later";
import { Arrival, People } from "./people";
import { Person } from "./person";
import { SelfView } from "./self";
import { Stage } from "./stage";
import { Words } from "./words";

/** Side is what stands beside the stage, or over it on a phone. */
export type Side = "" | "people" | "chat";

/** Hearing is the room in which one is heard and seen, be it of the hearing or of a consultation. */
export function Hearing({ state }: { state: State }): JSX.Element {
  const [side, setSide] = useState<Side>(() => (may(state.role, "admit") && matchMedia("(min-width: 60rem)").matches ? "people" : ""));
  const [person, setPerson] = useState(0);
  const pressed = useRef(false); // the focus follows a side that was opened, not one that was there
  const bench = useRoom().parts.get("bench");
  const open = (next: Side) => {
    pressed.current = true;
    if (next === "" && side !== "") document.getElementById(`control-${side}`)?.focus();
    setSide(next);
  };
  const toPerson = (one: Participant) => setPerson(one.number);
  const asked = state.people.find((one) => one.number === person);
  return (
    <section class="hearing" data-panel={side ? "open" : "closed"} data-secret={state.phase === "consultation"} aria-labelledby="hearing-title">
      <Header state={state} />
      <div class="stage">
        {bench && state.host && state.phase === "hearing" && <bench.OrderBar state={state} />}
        {bench === false && <NotHere part={bench} />}
        <Words state={state} />
        <Arrival state={state} onOpen={() => open("people")} />
        <Stage state={state} onPerson={toPerson} />
        {may(state.role, "hand") && <SelfView state={state} />}
      </div>
      {side === "people" && <People state={state} bench={bench} focus={pressed.current} onPerson={toPerson} onClose={() => open("")} />}
      {side === "chat" && <Chat state={state} focus={pressed.current} onClose={() => open("")} />}
      <Controls state={state} side={side} onSide={(next) => open(next === side ? "" : next)} bench={bench} />
      {asked && <Person one={asked} state={state} bench={bench} onChat={() => open("chat")} onClose={() => setPerson(0)} />}
      {bench && <bench.Keys state={state} onSide={(next) => open(next === side ? "" : next)} />}
      <Asked state={state} />
    </section>
  );
}
