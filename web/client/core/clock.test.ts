import { expect, test } from "vitest";
import { type Clock, compared } from "./clock";

const first = compared(undefined, 1_000, 51_200, 1_400);

test("the answer left the server halfway", () => expect(first).toEqual({ ahead: 50_000, trip: 400, heard: 1_400 }));

test.each<[string, Clock, number]>([
  ["a quicker answer tells more", compared(first, 6_000, 56_090, 6_100), 50_040],
  ["a slower one does not", compared(first, 6_000, 59_000, 8_000), 50_000],
  ["an old one is forgotten: clocks drift and phones sleep", compared(first, 130_000, 190_500, 131_000), 60_000],
])("%s", (_, clock, want) => expect(clock.ahead).toBe(want));
