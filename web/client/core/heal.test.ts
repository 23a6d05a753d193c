import { describe, expect, test } from "vitest";
import { heal, type Healing, listen, type Sight, type Silence } from "./heal";

// Looks at the given times; at each the count of what has come in.
function hear(...looks: [at: number, arrivals: number][]): Silence {
  return looks.reduce<Silence | undefined>((silence, [at, arrivals]) => listen(silence, arrivals, at), undefined)!;
}

const steady: [number, number][] = [0, 1, 2, 3, 4].map((n) => [n * 1_000, n]);

describe("silence", () => {
  test("is counted from the first look without anything new", () => {
    expect(hear(...steady, [5_000, 4], [6_000, 4])).toMatchObject({ silent: 2_000, busy: 4 });
  });
  test("ends with whatever comes", () => expect(hear(...steady, [5_000, 4], [6_000, 5])).toMatchObject({ silent: 0, busy: 1 }));
  test("does not grow while a phone sleeps", () => expect(hear(...steady, [600_000, 4]).silent).toBe(2_000));
  test("a stream that ends and takes its count with it is news too", () => expect(hear(...steady, [5_000, 1]).silent).toBe(0));
});

describe("healing", () => {
  const sight = (more: Partial<Sight> = {}): Sight => ({ id: 1, path: "direct", state: "up", begun: 0, since: 0, ...more });
  const quiet = (silent: number, busy = 5): Sight => sight({ silence: { at: 0, arrivals: 1, silent, busy } });
  const rival = (more: Partial<Sight> = {}) => sight({ id: 2, path: "relay", state: "pending", begun: 10_000, ...more });
  const now = 20_000;

  test.each<[string, Partial<Healing> & { current: Sight }, ReturnType<typeof heal>]>([
    ["a connection that works", { current: quiet(0) }, { do: "wait" }],
    ["a pause in the stream", { current: quiet(2_400) }, { do: "wait" }],
    ["silence", { current: quiet(2_500) }, { do: "begin", path: "relay" }],
    ["silence where only checks came", { current: quiet(5_000, 1) }, { do: "wait" }],
    ["long silence where only checks came", { current: quiet(7_500, 1) }, { do: "begin", path: "relay" }],
    ["silence where nothing was ever noticed", { current: quiet(60_000, 0) }, { do: "wait" }],
    ["silence after the network changed", { current: quiet(1_000), alarmed: true }, { do: "begin", path: "direct" }],
    ["silence of a relay", { current: { ...quiet(2_500), path: "relay" } }, { do: "begin", path: "direct" }],
    ["silence where there is no relay", { current: quiet(2_500), paths: ["direct"] }, { do: "begin", path: "direct" }],
    ["the browser's word, not for long", { current: sight({ state: "shaky", since: 16_001 }) }, { do: "wait" }],
    ["the browser's word, for four seconds", { current: sight({ state: "shaky", since: 16_000 }) }, { do: "begin", path: "relay" }],
    ["silence, and a rival that needs its time", { current: quiet(9_000), rival: rival({ begun: 12_001 }) }, { do: "wait" }],
    ["silence, and a rival that took it", { current: quiet(9_000), rival: rival({ begun: 12_000 }) }, { do: "drop", id: 2 }],
    ["a direct rival takes less", { current: quiet(9_000), rival: rival({ path: "direct", begun: 16_000 }) }, { do: "drop", id: 2 }],
    ["after a rival the other path", { current: quiet(9_000), tried: "relay" }, { do: "begin", path: "direct" }],
    ["the old one works again", { current: quiet(0), rival: rival() }, { do: "drop", id: 2 }],
    ["the old one has not said anything yet", { current: quiet(300), rival: rival({ begun: 19_000 }) }, { do: "wait" }],
  ])("%s", (_, healing, want) => expect(heal({ paths: ["direct", "relay"], alarmed: false, ...healing }, now)).toEqual(want));
});
