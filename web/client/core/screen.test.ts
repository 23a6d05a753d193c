import { describe, expect, test } from "vitest";
import { asking, modeOf, ScreenCapture } from "./screen";

class Track {
  contentHint = "";
  stopped = false;
  onended: (() => void) | null = null;
  stop(): void {
    this.stopped = true;
  }
}

function setUp(fault?: string) {
  const tracks: Track[] = [];
  let ended = 0;
  const asked: unknown[] = [];
  const devices = {
    getDisplayMedia: async (options: unknown) => {
      asked.push(options);
      if (fault) throw Object.assign(new Error(), { name: fault });
      tracks.push(new Track());
      return { getVideoTracks: () => tracks.slice(-1) };
    },
  };
  const screen = new ScreenCapture({ devices: devices as unknown as MediaDevices, ended: () => void ended++ });
  return { screen, tracks, asked, ended: () => ended };
}

describe("a screen", () => {
  test("is asked for as text or as motion, and never its sound", async () => {
    const { screen, asked, tracks } = setUp();
    await screen.open("text");
    await screen.open("motion");
    expect(asked).toEqual([asking("text"), asking("motion")]);
    expect([asking("text").audio, asking("text").video]).toEqual([false, { width: { max: 1920 }, height: { max: 1080 }, frameRate: { max: 5 } }]);
    expect(tracks.map((track) => modeOf(track as unknown as MediaStreamTrack))).toEqual(["text", "motion"]);
  });

  test("takes the place of the one before", async () => {
    const { screen, tracks, ended } = setUp();
    await screen.open("text");
    await screen.open("text");
    expect([tracks.map((track) => track.stopped), tracks[0]!.onended, ended()]).toEqual([[true, false], null, 0]);
  });

  test("that the browser takes back is told", async () => {
    const { screen, tracks, ended } = setUp();
    await screen.open("text");
    tracks[0]!.onended?.();
    expect([screen.track, ended()]).toEqual([null, 1]);
  });

  test("that we end is not", async () => {
    const { screen, tracks, ended } = setUp();
    await screen.open("text");
    screen.close();
    expect([tracks[0]!.stopped, tracks[0]!.onended, ended()]).toEqual([true, null, 0]);
  });

  test.each([
    ["NotAllowedError", "refused"],
    ["AbortError", "refused"],
    ["NotSupportedError", "unsupported"],
    ["TypeError", "unsupported"],
  ])("%s is %s", async (fault, want) => expect(await setUp(fault).screen.open("text")).toBe(want));

  test.each([["no devices", undefined], ["a phone", {} as MediaDevices]])("%s", async (_, devices) => {
    const screen = new ScreenCapture({ devices, ended: () => undefined });
    expect([screen.supported, await screen.open("text")]).toEqual([false, "unsupported"]);
  });
});
