import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { mixed } from "../core/mix";
import { Mixer } from "../core/mixer";
import type { State } from "../core/state";
import { useRoom } from "./context";
import { newAudioContext, useSpeaker } from "./sound";

/**
 * Voices plays the audio seats, one element per seat for as long as the connection lives, whoever sits there.
 * Sound and picture have elements of their own: a <video> with both waits for its first frame before it is heard, and most
 * cameras are off. The browser keeps lips and voice together by the stream id that the server gives both lines of a seat.
 * While an interpreter is listened to the mixer plays instead, if the browser lets it; the elements go on, silent.
 */
export function Voices({ state }: { state: State }): JSX.Element {
  const { room } = useRoom();
  const silent = useMixer(state);
  const receivers: RTCRtpReceiver[] = [];
  for (let seat = 0; ; seat++) {
    const receiver = room.link?.audio(seat);
    if (!receiver) break;
    receivers.push(receiver);
  }
  return (
    <div class="voices" aria-hidden="true">
      {receivers.map((receiver, seat) => (
        <Voice key={`${state.pc} ${seat}`} track={receiver.track} speaker={state.speaker} silent={silent} />
      ))}
    </div>
  );
}

function Voice({ track, speaker, silent }: { track: MediaStreamTrack; speaker: string; silent: boolean }): JSX.Element {
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
  useEffect(() => {
    if (audio.current) audio.current.muted = silent;
  }, [silent]);
  return <audio ref={audio} autoPlay onPlaying={() => room.silenced(false)} />;
}

// Within a click every element may play; each tells Voices by itself that it does.
export function playAll(): void {
  for (const audio of document.querySelectorAll("audio")) void audio.play().catch(() => undefined);
}

interface Desk {
  mixer: Mixer;
  context: AudioContext;
}

// A context sleeps until somebody has pressed something, and on a phone again after a call: then the elements are heard.
function useMixer(state: State): boolean {
  const { room } = useRoom();
  const wanted = mixed(state);
  const [desk, setDesk] = useState<Desk | null>(null);
  const [awake, setAwake] = useState(false);
  const { speaker } = state;
  useEffect(() => {
    const context = wanted ? newAudioContext() : null;
    if (!context) return;
    const { out, element } = outOf(context, speaker);
    const mixer = new Mixer({ context, out, stream: (track) => new MediaStream([track]) });
    const look = () => setAwake(context.state === "running");
    const wake = () => void context.resume().then(look, () => undefined);
    context.addEventListener("statechange", look);
    addEventListener("pointerdown", wake);
    wake();
    setDesk({ mixer, context });
    return () => {
      context.removeEventListener("statechange", look);
      removeEventListener("pointerdown", wake);
      setDesk(null);
      setAwake(false);
      mixer.close();
      if (element) element.srcObject = null;
      void context.close();
    };
  }, [wanted, speaker]);
  useEffect(() => {
    if (desk && awake) desk.mixer.follow(state, (seat) => room.link?.audio(seat)?.track);
    else desk?.mixer.close();
  });
  return wanted && desk !== null && awake;
}

// A loudspeaker that the person has chosen is reached through an element of its own: few browsers let a context choose.
function outOf(context: AudioContext, speaker: string): { out: AudioNode; element?: HTMLAudioElement } {
  if (speaker === "") return { out: context.destination };
  const out = context.createMediaStreamDestination();
  const element = new Audio();
  element.srcObject = out.stream;
  void useSpeaker(element, speaker).then(() => element.play().catch(() => undefined));
  return { out, element };
}
