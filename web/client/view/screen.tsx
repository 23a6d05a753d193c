import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { screenHeight, screenOf } from "../core/seats";
import type { State } from "../core/state";
import type { Participant } from "../core/wire";
import { useRoom } from "./context";
import { useWanted } from "./tile";

/** Screen is what somebody shows of their own: never cut, and never mirrored. */
export function Screen({ one, state, main, second }: { one: Participant; state: State; main: boolean; second: boolean }): JSX.Element {
  const { room, t } = useRoom();
  const tile = useRef<HTMLLIElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const [drawn, setDrawn] = useState(false);
  const seat = screenOf(state.seats, one.number);
  const receiver = seat && room.link?.video(seat.seat);
  useEffect(() => {
    if (!video.current) return;
    video.current.srcObject = receiver ? new MediaStream([receiver.track]) : null;
    if (receiver) void video.current.play().catch(() => undefined); // no frame yet; autoplay starts it
    setDrawn(false);
  }, [receiver]);
  useWanted(tile, (height) => room.want(one.number, screenHeight(height, devicePixelRatio), true), [one.number, room]);
  return (
    <li ref={tile} class="tile screen" data-testid="screen" data-number={one.number} data-main={main} data-second={second} data-picture={drawn}>
      <video ref={video} autoPlay playsInline muted aria-hidden="true" onPlaying={() => setDrawn(true)} />
      {!drawn && <p class="screen-wait">{t("room.tile.screen.wait")}</p>}
      <p class="unseen">{t("room.tile.screen", { name: one.name })}</p>
    </li>
  );
}
