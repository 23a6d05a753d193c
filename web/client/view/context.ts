import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { Boot } from "../boot";
import type { Translate } from "../core/i18n";
import type { Room } from "../core/room";
import type { State } from "../core/state";
import type { Parts } from "./later";

export interface InRoom {
  room: Room;
  t: Translate;
  boot: Boot;
  parts: Parts;
}

export const RoomContext = createContext<InRoom | null>(null);

export function useRoom(): InRoom {
  const value = useContext(RoomContext);
  if (!value) throw new Error("a view outside the room");
  return value;
}

/** useRoomState draws again at each change; several changes in one turn are drawn once by Preact. */
export function useRoomState(): State {
  const { room } = useRoom();
  const [state, setState] = useState(room.state);
  useEffect(() => {
    setState(room.state);
    return room.subscribe(() => setState(room.state));
  }, [room]);
  return state;
}

/** focusHeading, as the ref of a heading, moves the focus to the heading of a view when the view appears, so that a screen reader reads on from there. */
export function focusHeading(heading: HTMLHeadingElement | null): void {
  heading?.focus({ preventScroll: true });
}
