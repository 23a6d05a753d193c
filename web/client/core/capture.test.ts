import { expect, test } from "vitest";
import { accessOf, Capture, choicesOf, constraints } from "./capture";

test.each([
  ["NotAllowedError", "denied"],
  ["SecurityError", "denied"],
  ["NotFoundError", "missing"],
  ["OverconstrainedError", "missing"],
  ["NotReadableError", "busy"],
  ["AbortError", "busy"],
  ["TypeError", "unsupported"],
])("%s means %s", (name, want) => expect(accessOf(name)).toBe(want));

test("devices without a name are no choice", () => {
  const infos = [
    { kind: "audioinput" as const, deviceId: "", label: "" },
    { kind: "audioinput" as const, deviceId: "m", label: "Micro" },
    { kind: "videoinput" as const, deviceId: "c", label: "" },
    { kind: "audiooutput" as const, deviceId: "s", label: "Haut-parleur" },
  ];
  expect(choicesOf(infos)).toEqual({ microphone: [{ id: "m", label: "Micro" }], camera: [], speaker: [{ id: "s", label: "Haut-parleur" }] });
});

test("a chosen camera is meant exactly, else the one in front", () => {
  expect(constraints("camera", "c")).toMatchObject({ video: { deviceId: { exact: "c" } } });
  expect(constraints("camera", "")).toMatchObject({ video: { facingMode: "user" } });
  expect(constraints("microphone", "")).not.toHaveProperty("video");
});

class Track {
  stopped = false;
  contentHint = "";
  onended: (() => void) | null = null;
  stop() {
    this.stopped = true;
  }
}

function setUp(answers: (Track | string)[]) {
  const seen: string[] = [];
  const asked: MediaStreamConstraints[] = [];
  const devices = {
    getUserMedia: async (wanted: MediaStreamConstraints) => {
      asked.push(wanted);
      const answer = answers.shift();
      if (answer instanceof Track) return { getTracks: () => [answer] };
      throw Object.assign(new Error(), { name: answer });
    },
    enumerateDevices: async () => [],
  } as unknown as MediaDevices;
  const capture = new Capture({ devices, changed: (kind, access) => seen.push(`${kind} ${access}`), choices: () => undefined });
  return { capture, seen, asked };
}

test("granted, then closed: the track ends", async () => {
  const track = new Track();
  const { capture, seen } = setUp([track]);
  await capture.open("microphone", "");
  capture.close("microphone");
  expect([seen, track.stopped, track.contentHint]).toEqual([["microphone asking", "microphone on", "microphone idle"], true, "speech"]);
});

test("refused", async () => {
  const { capture, seen } = setUp(["NotAllowedError"]);
  expect(await capture.open("camera", "")).toBe("denied");
  expect(seen).toEqual(["camera asking", "camera denied"]);
});

test("a chosen device that is gone gives way to another", async () => {
  const { capture, asked } = setUp(["OverconstrainedError", new Track()]);
  expect(await capture.open("microphone", "old")).toBe("on");
  expect(asked).toHaveLength(2);
});

test("closing while being asked lets no track live", async () => {
  const track = new Track();
  const { capture } = setUp([track]);
  const opening = capture.open("camera", "");
  capture.close("camera");
  await opening;
  expect([track.stopped, capture.track("camera")]).toEqual([true, null]);
});

test("an unplugged microphone is replaced, or called lost", async () => {
  const first = new Track();
  const second = new Track();
  const { capture, seen } = setUp([first, second, "NotFoundError"]);
  await capture.open("microphone", "");
  first.onended?.();
  await new Promise(setImmediate);
  expect(capture.track("microphone")).toBe(second);
  second.onended?.();
  await new Promise(setImmediate);
  expect(seen.slice(-1)).toEqual(["microphone lost"]);
});

test("no devices at all", async () => {
  const seen: string[] = [];
  const capture = new Capture({ devices: undefined, changed: (kind, access) => seen.push(`${kind} ${access}`), choices: () => undefined });
  await capture.open("microphone", "");
  expect(seen).toEqual(["microphone unsupported"]);
});
