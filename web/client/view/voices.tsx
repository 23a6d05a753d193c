import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { State } from "../core/state";
import { useRoom } from "./context";
import { useSpeaker } from "./sound";

/**
 * Voices plays the audio seats, one element per seat for as long as the connection lives, whoever sits there.
 * Sound and picture have elements of their own: a <video> with both waits for its first frame before it is heard, and most
 * cameras are off. The browser keeps lips and voice together by the stream id that the server gives both lines of a seat.
 */
export function Voices({ state }: { state: State }): JSX.Element {
  const { room } = useRoom();
  const receivers: RTCRtpReceiver[] = [];
  for (let seat = 0; ; seat++) {
    const receiver = room.link?.audio(seat);
    if (!receiver) break;
    receivers.push(receiver);
  }
  return (
    <div class="voices" aria-hidden="true">
      {receivers.map((receiver, seat) => (
        <Voice key={`${state.pc} ${seat}`} track={receiver.track} speaker={state.speaker} />
      ))}
    </div>
  );
}

function Voice({ track, speaker }: { track: MediaStreamTrack; speaker: string }): JSX.Element {
  const { room } = useRoom();
  const audio = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const element = audio.current;
    if (!element) return;
    element.srcObject = new MediaStream([track]);
    element.play().catch((err: unknown) => {
      if (err instanceof Error && err.name === "NotAllowedError") room.silenced(true);
    });
    return () => {
      element.srcObject = null;
    };
  }, [track, room]);
  useEffect(() => {
    if (audio.current) void useSpeaker(audio.current, speaker);
  }, [speaker]);
  return <audio ref={audio} autoPlay onPlaying={() => room.silenced(false)} />;
}
