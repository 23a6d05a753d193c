// The two sounds we make ourselves: the test tone of the loudspeaker and the chime of an arrival. No file to fetch.

type Contexts = { AudioContext?: typeof AudioContext; webkitAudioContext?: typeof AudioContext };

export function newAudioContext(): AudioContext | null {
  const { AudioContext, webkitAudioContext } = window as unknown as Contexts;
  const Found = AudioContext ?? webkitAudioContext;
  return Found ? new Found() : null;
}

export const testMelody = [523, 659, 784, 1047];
export const arrivalChime = [784, 1047];

/** playTones plays one tone after the other through the chosen loudspeaker and resolves when they have ended. */
export async function playTones(frequencies: readonly number[], speaker: string): Promise<void> {
  const context = newAudioContext();
  if (!context) return;
  await context.resume().catch(() => undefined);
  const length = 0.28;
  const out = speaker ? context.createMediaStreamDestination() : null;
  frequencies.forEach((frequency, i) => tone(context, out ?? context.destination, frequency, context.currentTime + 0.05 + i * length, length));
  if (out) await playThrough(out.stream, speaker);
  await new Promise((resolve) => setTimeout(resolve, (frequencies.length * length + 0.3) * 1000));
  await context.close();
}

function tone(context: AudioContext, out: AudioNode, frequency: number, at: number, length: number): void {
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.2, at + 0.03);
  gain.gain.exponentialRampToValueAtTime(0.001, at + length);
  oscillator.connect(gain).connect(out);
  oscillator.start(at);
  oscillator.stop(at + length);
}

async function playThrough(stream: MediaStream, speaker: string): Promise<void> {
  const audio = new Audio();
  audio.srcObject = stream;
  await useSpeaker(audio, speaker);
  await audio.play().catch(() => undefined);
}

/** canChooseSpeaker is false on most phones, where the system decides. */
export function canChooseSpeaker(): boolean {
  return typeof HTMLMediaElement.prototype.setSinkId === "function";
}

export async function useSpeaker(element: HTMLMediaElement, speaker: string): Promise<void> {
  if (canChooseSpeaker() && element.sinkId !== speaker) await element.setSinkId(speaker).catch(() => undefined); // gone: the default plays
}
