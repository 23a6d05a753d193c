import type { Sight } from './look';

declare global {
  interface Window {
    /** One analyser per AudioContext of the page, on what it sends to the loudspeaker. */
    readonly ears: AnalyserNode[];
  }
}

/** Runs in a page before its scripts, beside probe: hears what Web Audio plays. What plain elements play is not among it. */
export function ears(): void {
  const all = new Map<BaseAudioContext, AnalyserNode>();
  const connect = AudioNode.prototype.connect as (this: AudioNode, to: AudioNode | AudioParam, ...ports: number[]) => AudioNode;
  AudioNode.prototype.connect = function (this: AudioNode, to: AudioNode | AudioParam, ...ports: number[]) {
    if (to instanceof AudioDestinationNode) {
      let ear = all.get(to.context);
      if (!ear) {
        ear = new AnalyserNode(to.context, { fftSize: 8192, smoothingTimeConstant: 0 });
        all.set(to.context, ear);
        window.ears.push(ear);
      }
      connect.call(this, ear);
    }
    return connect.call(this, to, ...ports);
  } as AudioNode['connect'];
  Object.assign(window, { ears: [] });
}

/** How loud a tone is in what the page plays, in dB below full scale: the loudest moment of some beeps. */
export async function loudness(person: Sight, hertz: number): Promise<number> {
  return person.evaluate(async hz => {
    let loudest = -200;
    for (const end = Date.now() + 2_000; Date.now() < end; await new Promise(resolve => setTimeout(resolve, 40))) {
      for (const ear of window.ears) {
        const bins = new Float32Array(ear.frequencyBinCount);
        ear.getFloatFrequencyData(bins);
        const bin = Math.round((hz * ear.fftSize) / ear.context.sampleRate);
        loudest = Math.max(loudest, ...bins.subarray(bin - 1, bin + 2));
      }
    }
    return Math.round(loudest);
  }, hertz);
}
