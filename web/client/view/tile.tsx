import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { initials } from "../core/people";
import { faceOf, heightFor, pauseOf, seatOf } from "../core/seats";
import { speaks, type State } from "../core/state";
import type { Participant } from "../core/wire";
import { useRoom } from "./context";
import { Icon } from "./icons";
import { languageName } from "./listening";
import { StillPicture, StillWord } from "./still";

const lookAgain = 300;
const movesEvery = 5_000; // less than that and a picture does not move

interface TileProps {
  one: Participant;
  state: State;
  /** Shown large. */
  main: boolean;
  /** Large, and after another one who is. */
  second: boolean;
  /** Before the others, large or not. */
  first: boolean;
  onPerson(one: Participant): void;
}

/** Tile is one other person: the moving picture if it is surely theirs, else a still one, else their initials. */
export function Tile({ one, state, main, second, first, onPerson }: TileProps): JSX.Element {
  const { room, t } = useRoom();
  const tile = useRef<HTMLLIElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const seat = seatOf(state.seats, one.number);
  const receiver = seat >= 0 ? room.link?.video(seat) : undefined;
  const showing = one.camera && receiver !== undefined && one.place !== "reconnecting";
  const face = useFace(showing ? receiver : undefined, one.number);
  const [drawn, setDrawn] = useState(false);

  useEffect(() => {
    if (!video.current) return;
    video.current.srcObject = receiver ? new MediaStream([receiver.track]) : null;
    if (receiver) void video.current.play().catch(() => undefined); // no frame yet; autoplay starts it
    setDrawn(false);
  }, [receiver]);

  useWanted(tile, (height) => room.want(one.number, one.camera ? heightFor(height, devicePixelRatio, one.sign) : 0), [one.number, one.camera, one.sign, room]);

  const away = one.place === "reconnecting";
  const paused = one.camera && !away ? pauseOf(state.seats, one.number) : "";
  const moves = useMoves(video, showing && drawn);
  const picture = showing && drawn && face !== false && paused === "" && moves;
  const still = one.camera && !picture && state.limit !== "voice" ? state.stills.get(one.number) : undefined;
  const speaking = speaks(state, one.number) && one.microphone && !away;
  return (
    <li
      ref={tile}
      class="tile"
      data-testid="tile"
      data-number={one.number}
      data-speaking={speaking}
      data-place={one.place}
      data-main={main}
      data-second={second}
      data-first={first}
      data-sign={one.sign}
      data-picture={picture}
      data-paused={paused}
    >
      <video ref={video} autoPlay playsInline muted aria-hidden="true" onPlaying={() => setDrawn(true)} />
      <span class="avatar" aria-hidden="true">
        {initials(one.name)}
      </span>
      {still && <StillPicture image={still.image} />}
      <div class="badges">
        {away && (
          <p class="badge">
            <span class="spin" aria-hidden="true" />
            {t("room.tile.reconnecting")}
          </p>
        )}
        <Marks one={one} state={state} />
        {paused !== "" && <p class="badge dark">{t(`room.tile.paused.${paused}`)}</p>}
        {still && <StillWord at={still.at} />}
      </div>
      <button type="button" class="plate" aria-label={t("room.person", { name: one.name })} onClick={() => onPerson(one)}>
        <span class="plate-in">
          {!one.microphone && (
            <span class="muted">
              <Icon name="microphone" off />
              <span class="unseen">{t(one.muted === "locked" ? "room.tile.closed" : "room.tile.muted")}</span>
            </span>
          )}
          <span class="plate-words">
            <bdi class="name">{one.name}</bdi>
            <span class="role">{t(`room.role.${one.role}`)}</span>
          </span>
        </span>
      </button>
    </li>
  );
}

function Marks({ one, state }: { one: Participant; state: State }): JSX.Element {
  const { t } = useRoom();
  return (
    <>
      {state.floor.spotlight === one.number && <p class="badge">{t("room.tile.floor")}</p>}
      {one.hand > 0 && (
        <p class="badge" data-testid="hand">
          <Icon name="hand" />
          <span class="unseen">{t("room.tile.hand", { place: one.hand })}</span>
          <span aria-hidden="true">{one.hand}</span>
        </p>
      )}
      {one.sign && <p class="badge dark">{t("room.tile.sign")}</p>}
      {one.channel !== "" && <p class="badge dark">{t("room.tile.channel", { language: languageName(t, one.channel) })}</p>}
      {state.floor.pin === one.number && <p class="badge dark">{t("room.tile.pinned")}</p>}
    </>
  );
}

// The sources of a receiver change with its packets and tell nobody: they are looked at a few times a second.
function useFace(receiver: RTCRtpReceiver | undefined, number: number): boolean | undefined {
  const [face, setFace] = useState<boolean | undefined>(undefined);
  useEffect(() => {
    if (!receiver?.getContributingSources) return setFace(undefined);
    const look = () => setFace(faceOf(receiver.getContributingSources(), number));
    look();
    const timer = setInterval(look, lookAgain);
    return () => clearInterval(timer);
  }, [receiver, number]);
  return face;
}

// A picture that no longer moves looks like somebody who sits very still. Browsers that count no frames are believed.
function useMoves(video: { current: HTMLVideoElement | null }, shown: boolean): boolean {
  const [moves, setMoves] = useState(true);
  useEffect(() => {
    setMoves(true);
    if (!shown || !video.current?.getVideoPlaybackQuality) return;
    let frames = -1;
    let since = Date.now();
    const timer = setInterval(() => {
      const now = video.current?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
      if (now !== frames || document.visibilityState === "hidden") since = Date.now();
      frames = now;
      setMoves(Date.now() - since < movesEvery);
    }, lookAgain);
    return () => clearInterval(timer);
  }, [video, shown]);
  return moves;
}

/** useWanted tells the height of a tile now and whenever it changes, and 0 once it is gone. */
export function useWanted(tile: { current: HTMLElement | null }, tell: (height: number) => void, about: readonly unknown[]): void {
  useEffect(() => {
    const element = tile.current;
    if (!element) return;
    const measure = () => tell(element.clientHeight);
    measure();
    if (!window.ResizeObserver) return () => tell(0);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      observer.disconnect();
      tell(0);
    };
  }, [tile, ...about]);
}
