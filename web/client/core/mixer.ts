// Plays the audio seats through one gain each. iOS ignores the volume of an element, so that only Web Audio can lower a voice.
// The page still has an element for each seat: Chromium gives Web Audio no sound of a connection that nothing plays. They are
// muted while the mixer plays.

import { gains, mixed } from "./mix";
import type { State } from "./state";

// Time constants in seconds: a gain is two thirds of the way after one, there after three.
const down = 0.05;
const up = 0.15;

interface Strip {
  track: MediaStreamTrack;
  source: MediaStreamAudioSourceNode;
  gain: GainNode;
  target: number;
}

export interface MixerConfig {
  context: AudioContext;
  /** Where the sound goes: the destination of the context, or of a stream for another loudspeaker. */
  out: AudioNode;
  stream(track: MediaStreamTrack): MediaStream;
}

export class Mixer {
  private readonly strips = new Map<number, Strip>();

  constructor(private readonly config: MixerConfig) {}

  /** follow plays what the state asks for; track finds what a seat carries. It tells whether the elements are to be silent. */
  follow(state: State, track: (seat: number) => MediaStreamTrack | undefined): boolean {
    const wanted = mixed(state) ? gains(state) : new Map<number, number>();
    for (const [seat, strip] of this.strips) {
      if (!wanted.has(seat) || track(seat) !== strip.track) this.drop(seat, strip);
    }
    for (const [seat, gain] of wanted) {
      const carried = track(seat);
      if (carried) this.turn(this.strips.get(seat) ?? this.add(seat, carried), gain);
    }
    return mixed(state);
  }

  close(): void {
    for (const [seat, strip] of this.strips) this.drop(seat, strip);
  }

  private add(seat: number, track: MediaStreamTrack): Strip {
    const { context, out, stream } = this.config;
    const source = context.createMediaStreamSource(stream(track));
    const gain = context.createGain();
    source.connect(gain).connect(out);
    const strip = { track, source, gain, target: 1 };
    this.strips.set(seat, strip);
    return strip;
  }

  private turn(strip: Strip, target: number): void {
    if (target === strip.target) return;
    strip.gain.gain.setTargetAtTime(target, this.config.context.currentTime, target < strip.target ? down : up);
    strip.target = target;
  }

  private drop(seat: number, { source, gain }: Strip): void {
    source.disconnect();
    gain.disconnect();
    this.strips.delete(seat);
  }
}
