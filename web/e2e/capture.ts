import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What one person's camera and microphone give: a colour and a tone that tell them from everybody else. */
export interface Capture {
  /** RGB of the picture. */
  colour: readonly [number, number, number];
  /** Hz of the beeps. */
  tone: number;
}

export const captures: Capture[] = [
  { colour: [200, 40, 40], tone: 440 },
  { colour: [40, 170, 60], tone: 880 },
  { colour: [50, 70, 210], tone: 1320 },
];

/** Writes the picture as y4m: one colour with a moving bar, so that every frame has something to encode. */
export function writeVideo(folder: string, c: Capture): string {
  const width = 640, height = 360, frames = 15;
  const [r, g, b] = c.colour;
  const y = Math.round(16 + 0.257 * r + 0.504 * g + 0.098 * b);
  const u = Math.round(128 - 0.148 * r - 0.291 * g + 0.439 * b);
  const v = Math.round(128 + 0.439 * r - 0.368 * g - 0.071 * b);
  const parts: Buffer[] = [Buffer.from(`YUV4MPEG2 W${width} H${height} F15:1 Ip A1:1 C420jpeg\n`)];
  for (let n = 0; n < frames; n++) {
    const luma = Buffer.alloc(width * height, y);
    const bar = Math.floor((n * width) / frames);
    for (let row = 0; row < 24; row++) luma.fill(235, row * width + bar, row * width + Math.min(bar + 40, width));
    parts.push(Buffer.from('FRAME\n'), luma, Buffer.alloc((width * height) / 4, u), Buffer.alloc((width * height) / 4, v));
  }
  const file = join(folder, `${c.tone}.y4m`);
  writeFileSync(file, Buffer.concat(parts));
  return file;
}

/** Writes the sound as 48 kHz mono wav: beeps, because a steady tone is taken for noise and removed. */
export function writeAudio(folder: string, c: Capture): string {
  const rate = 48000, samples = rate;
  const data = Buffer.alloc(samples * 2);
  for (let i = 0; i < samples; i++) {
    const on = i % (rate / 2) < rate / 4;
    data.writeInt16LE(on ? Math.round(12000 * Math.sin((2 * Math.PI * c.tone * i) / rate)) : 0, i * 2);
  }
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  const file = join(folder, `${c.tone}.wav`);
  writeFileSync(file, Buffer.concat([header, data]));
  return file;
}
