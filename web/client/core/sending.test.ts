import { expect, test } from "vitest";
import { allAsked, layersAt, onlyLayerAt, screenAt, sendingAt, voiceAt } from "./sending";
import { levels } from "./wire";

const brief = (layers: ReturnType<typeof layersAt>) => layers.map((layer) => `${layer.rid} ${layer.active ? `${layer.maxBitrate / 1000}k ${layer.maxFramerate}` : "off"}`).join(", ");

test("what the camera sends, level by level", () => {
  expect(levels.map((level) => brief(layersAt(level, allAsked)))).toEqual([
    "l off, h off, m off",
    "l off, h off, m off",
    "l 50k 7, h off, m off",
    "l off, h 150k 15, m off",
    "l 50k 7, h 300k 15, m off",
  ]);
});

test("nothing that nobody receives, and the smallest where more was asked for than the link carries", () => {
  const ask = (...layers: string[]) => ({ ...allAsked, layers });
  expect(brief(layersAt("large", ask()))).toBe("l off, h off, m off");
  expect(brief(layersAt("large", ask("h")))).toBe("l off, h 300k 15, m off");
  expect(brief(layersAt("large", ask("m", "h")))).toBe("l off, h 300k 15, m 110k 12");
  expect(brief(layersAt("medium", ask("l")))).toBe("l 50k 7, h off, m off");
  expect(brief(layersAt("medium", ask("l", "m")))).toBe("l off, h 150k 15, m off");
  expect(brief(layersAt("small", ask("m", "h")))).toBe("l 50k 7, h off, m off");
  expect(brief(layersAt("stills", ask("l", "h")))).toBe("l off, h off, m off");
  expect(brief(layersAt("large", ask("f")))).toBe("l 50k 7, h off, m off");
});

test("without simulcast one picture for everybody", () => {
  expect(levels.map((level) => [onlyLayerAt(level, allAsked).active, onlyLayerAt(level, allAsked).scaleResolutionDownBy])).toEqual([
    [false, 2],
    [false, 2],
    [true, 2],
    [true, 1],
    [true, 1],
  ]);
  expect(onlyLayerAt("large", { ...allAsked, layers: [] }).active).toBe(false);
});

test("the microphone sends what both ends of the way can carry", () => {
  const ask = (voice: number) => ({ ...allAsked, voice });
  expect(levels.map((level) => voiceAt(level, allAsked))).toEqual([12_000, 16_000, 16_000, 24_000, 24_000]);
  expect(voiceAt("large", ask(16_000))).toBe(16_000);
  expect(voiceAt("voice", ask(24_000))).toBe(12_000);
});

test("a shared screen: lines for text, pictures for motion, nothing where the link carries voice alone", () => {
  const screens = (mode: "text" | "motion" | "") =>
    levels.map((level) => screenAt(level, { ...allAsked, screen: true }, mode)).map(({ active, lines, maxBitrate, maxFramerate }) => (active ? `${lines} ${maxBitrate / 1000}k ${maxFramerate}` : "off"));
  expect(screens("text")).toEqual(["off", "720 40k 1", "720 60k 2", "1080 120k 3", "1080 400k 5"]);
  expect(screens("motion")).toEqual(["off", "off", "360 60k 7", "360 120k 12", "720 600k 20"]);
  expect(screens("")).toEqual(["off", "off", "off", "off", "off"]);
});

test("beside it the camera makes room, as long as somebody is sent the screen", () => {
  const cameras = (screen: boolean) => levels.map((level) => brief(sendingAt(level, { ...allAsked, screen }, "text").camera));
  expect(cameras(true).slice(2)).toEqual(["l off, h off, m off", "l 50k 7, h off, m off", "l 50k 7, h off, m off"]);
  expect(cameras(false)).toEqual(levels.map((level) => brief(layersAt(level, allAsked))));
});
