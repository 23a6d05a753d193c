import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useRoom } from "./context";
import { newAudioContext } from "./sound";

export const heardAbove = 0.04;
const quietAfter = 7_000;

/** Meter shows how loud the microphone is and says in words whether we hear something. */
export function Meter({ track }: { track: MediaStreamTrack }): JSX.Element {
  const { t } = useRoom();
  const bar = useRef<HTMLSpanElement>(null);
  const [heard, setHeard] = useState<"listening" | "heard" | "nothing">("listening");
  useEffect(() => {
    setHeard("listening");
    const quiet = setTimeout(() => setHeard((now) => (now === "listening" ? "nothing" : now)), quietAfter);
    const stop = watchLevel(track, (level) => {
      if (bar.current) bar.current.style.transform = `scaleX(${Math.min(1, level * 4).toFixed(2)})`;
      if (level > heardAbove) setHeard("heard");
    });
    return () => {
      clearTimeout(quiet);
      stop();
    };
  }, [track]);
  return (
    <div class="meter-box">
      <div class="meter" aria-hidden="true">
        <span ref={bar} />
      </div>
      <p class={`meter-word ${heard}`} role="status">
        {t(`room.meter.${heard}`)}
      </p>
    </div>
  );
}

/** watchLevel tells the level of a track, 0 to 1, some 16 times a second, until it is stopped. */
export function watchLevel(track: MediaStreamTrack, tell: (level: number) => void): () => void {
  const context = newAudioContext();
  if (!context) return () => undefined;
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Uint8Array(analyser.fftSize);
  // Without a click the context sleeps; the first touch anywhere wakes it.
  const wake = () => void context.resume().catch(() => undefined);
  wake();
  addEventListener("pointerdown", wake);
  let level = 0;
  const timer = setInterval(() => {
    analyser.getByteTimeDomainData(samples);
    let sum = 0;
    for (const sample of samples) sum += ((sample - 128) / 128) ** 2;
    level = Math.max(Math.sqrt(sum / samples.length), level * 0.8);
    tell(level);
  }, 60);
  return () => {
    clearInterval(timer);
    removeEventListener("pointerdown", wake);
    void context.close();
  };
}
