import { describe, expect, test } from "vitest";
import { gains, mixed } from "./mix";
import { Mixer } from "./mixer";
import { initial, reduce, type State } from "./state";
import { admitted, person, roster, seat } from "./testing";

const people = [person(1, "in_hearing", { role: "host" }), person(3), person(4, "in_hearing", { role: "interpreter", channel: "ar" }), person(5, "in_hearing", { role: "interpreter", channel: "en" })];
const seats = [seat(1), seat(3, { seat: 1 }), seat(4, { seat: 2 }), seat(1, { seat: 3, screen: true }), seat(0, { seat: 4 })];

function listening(language: string, speaking: number[]): State {
  const start = reduce(initial(2, false), { type: "server", message: admitted() });
  const told = reduce(start, { type: "server", message: roster([person(2), ...people], { channels: ["ar", "en"], listening: language }) });
  const sat = reduce(told, { type: "media", status: "up", pc: 1, seats });
  return reduce(sat, { type: "server", message: { type: "speaking", numbers: speaking } });
}

describe("gains", () => {
  test.each<[string, string, number[], number[]]>([
    ["the floor alone", "", [1, 4], [1, 1, 1]],
    ["a channel, and nobody interprets", "ar", [1, 3], [1, 1, 1]],
    ["its interpreter speaks", "ar", [1, 4], [0.15, 0.15, 1]],
    ["another interpreter speaks", "ar", [5], [1, 1, 1]],
    ["nobody speaks", "ar", [], [1, 1, 1]],
  ])("%s", (_, language, speaking, want) => expect([...gains(listening(language, speaking)).values()]).toEqual(want));

  test("a dead line lowers nothing: its last word stays true for ever", () => {
    const state = { ...listening("ar", [4]), media: "shaky" as const };
    expect([...gains(state).values()]).toEqual([1, 1, 1]);
  });

  test("only a channel needs them", () => expect([mixed(listening("", [])), mixed(listening("ar", []))]).toEqual([false, true]));
});

describe("the mixer", () => {
  function setUp() {
    const log: string[] = [];
    const context = {
      currentTime: 7,
      createMediaStreamSource: (stream: unknown) => ({ connect: (to: unknown) => (log.push(`play ${String(stream)}`), to), disconnect: () => log.push(`stop ${String(stream)}`) }),
      createGain: () => ({
        gain: { setTargetAtTime: (to: number, at: number, over: number) => log.push(`gain ${to} at ${at} over ${over}`) },
        connect: (to: unknown) => to,
        disconnect: () => undefined,
      }),
    };
    const mixer = new Mixer({ context: context as unknown as AudioContext, out: {} as AudioNode, stream: (track) => track as unknown as MediaStream });
    const tracks = ["a", "b", "c", "d", "e"];
    const track = (at: number) => tracks[at] as unknown as MediaStreamTrack;
    return { log, mixer, tracks, track, take: () => log.splice(0) };
  }

  test("plays nothing for who listens to the floor", () => {
    const { log, mixer, track } = setUp();
    expect([mixer.follow(listening("", [1]), track), log]).toEqual([false, []]);
  });

  test("lowers the floor quickly, and lets it up again more slowly", () => {
    const { mixer, track, take } = setUp();
    expect(mixer.follow(listening("ar", []), track)).toBe(true);
    expect(take()).toEqual(["play a", "play b", "play c"]);
    mixer.follow(listening("ar", [4]), track);
    mixer.follow(listening("ar", [4, 1]), track);
    expect(take()).toEqual(["gain 0.15 at 7 over 0.05", "gain 0.15 at 7 over 0.05"]);
    mixer.follow(listening("ar", []), track);
    expect(take()).toEqual(["gain 1 at 7 over 0.15", "gain 1 at 7 over 0.15"]);
  });

  test("takes the tracks of another connection, and gives all back", () => {
    const { mixer, tracks, track, take } = setUp();
    mixer.follow(listening("ar", []), track);
    take();
    tracks[1] = "B";
    mixer.follow(listening("ar", []), track);
    expect(take()).toEqual(["stop b", "play B"]);
    mixer.follow(listening("", []), track);
    expect(take()).toEqual(["stop a", "stop c", "stop B"]);
  });
});
