import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { bare, largest, smallEnough, type Snap, Stills } from "./stills";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

// A scene whose picture weighs so much per point of width and of quality.
function scene(weight: number): { snap: Snap; taken: string[] } {
  const taken: string[] = [];
  return {
    taken,
    snap: async (width, quality) => {
      taken.push(`${width} ${quality.toFixed(2)}`);
      const image = new Uint8Array(Math.round(width * width * quality * weight));
      image[0] = width / 10;
      return image;
    },
  };
}

test.each([
  [0.01, 320, "all the quality there is at full size"],
  [0.04, 320, "less sharp"],
  [0.08, 240, "smaller, when unsharp is not enough"],
  [0.2, 160, "as small as it gets"],
])("a scene of weight %d is %i wide: %s", async (weight, width) => {
  const image = await smallEnough(scene(weight).snap);
  expect(image!.length).toBeLessThanOrEqual(largest);
  expect(image!.length).toBeGreaterThan(largest / 3);
  expect(image![0]! * 10).toBe(width);
});

test("a scene that cannot be made small sends nothing, and a camera that gives nothing neither", async () => {
  expect(await smallEnough(scene(1).snap)).toBeNull();
  expect(await smallEnough(async () => null)).toBeNull();
});

test("no picture takes many attempts", async () => {
  const { snap, taken } = scene(0.2);
  await smallEnough(snap);
  expect(taken.length).toBeLessThanOrEqual(6);
});

test("pictures are sent at their pace, and none after the last word", async () => {
  const sent: number[] = [];
  const start = Date.now();
  const stills = new Stills({ now: Date.now, speaks: () => false, snap: scene(0.01).snap, send: () => sent.push(Date.now() - start) });
  stills.pace(10_000);
  await vi.advanceTimersByTimeAsync(12_000);
  stills.pace(6_000);
  await vi.advanceTimersByTimeAsync(16_000);
  expect(sent).toEqual([1_500, 11_500, 21_500, 27_500]);
  stills.pace(0);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent).toHaveLength(4);
});

test("pictures that come and go are never closer than the server takes them", async () => {
  const sent: number[] = [];
  const start = Date.now();
  const stills = new Stills({ now: Date.now, speaks: () => false, snap: scene(0.01).snap, send: () => sent.push(Date.now() - start) });
  for (let n = 0; n < 20; n++) {
    stills.pace(6_000);
    await vi.advanceTimersByTimeAsync(2_000);
    stills.pace(0);
    await vi.advanceTimersByTimeAsync(200);
  }
  expect(sent.length).toBeGreaterThan(3);
  sent.forEach((at, n) => n > 0 && expect(at - sent[n - 1]!).toBeGreaterThanOrEqual(4_000));
});

test("a picture waits until the person is silent, but not for ever", async () => {
  const sent: number[] = [];
  const start = Date.now();
  let speaks = true;
  const stills = new Stills({ now: Date.now, speaks: () => speaks, snap: scene(0.01).snap, send: () => sent.push(Date.now() - start) });
  stills.pace(10_000);
  await vi.advanceTimersByTimeAsync(4_000);
  speaks = false;
  await vi.advanceTimersByTimeAsync(4_000);
  speaks = true;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(sent).toEqual([4_300, 26_300]);
});

test("a camera that fails once is tried again", async () => {
  let n = 0;
  const sent: Uint8Array[] = [];
  const stills = new Stills({
    now: Date.now,
    speaks: () => false,
    snap: async () => {
      if (n++ === 0) throw new Error("not now");
      return new Uint8Array(10);
    },
    send: (image) => sent.push(image),
  });
  stills.pace(5_000);
  await vi.advanceTimersByTimeAsync(7_000);
  expect(sent).toHaveLength(1);
});

describe("a bare picture", () => {
  const chunk = (name: string, ...data: number[]) => [...name].map((letter) => letter.charCodeAt(0)).concat([data.length, 0, 0, 0], data, data.length % 2 ? [0] : []);
  const file = (...chunks: number[][]) => {
    const body = [..."WEBP"].map((letter) => letter.charCodeAt(0)).concat(...chunks);
    return new Uint8Array([..."RIFF"].map((letter) => letter.charCodeAt(0)).concat([body.length, 0, 0, 0], body));
  };
  const picture = chunk("VP8 ", 1, 2, 3);

  test("has no colour profile", () => {
    expect(bare(file(chunk("VP8X", ...new Array<number>(10).fill(32)), chunk("ICCP", ...new Array<number>(99).fill(7)), picture))).toEqual(file(picture));
  });
  test.each<[string, Uint8Array]>([
    ["is left alone", file(picture)],
    ["of another kind", new Uint8Array([0xff, 0xd8, 0xff, 0xe0])],
    ["that is lossless", file(chunk("VP8X", 1), chunk("VP8L", 1))],
    ["that was cut", file(chunk("VP8X", 1), chunk("ICCP", 1, 2, 3)).subarray(0, 30)],
    ["of nothing", new Uint8Array()],
  ])("%s", (_, image) => expect(bare(image)).toEqual(image));
});
