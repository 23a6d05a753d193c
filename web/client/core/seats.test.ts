import { expect, test } from "vitest";
import { faceOf, heightFor, pauseOf, preferences, samePreferences, seatOf } from "./seats";
import type { Seat } from "./wire";

const seats: Seat[] = [
  { seat: 0, number: 7, screen: false, paused: "" },
  { seat: 2, number: 4, screen: false, paused: "link" },
];

test("why a participant's video is held back", () => expect([7, 4, 9].map((n) => pauseOf(seats, n))).toEqual(["", "link", ""]));
test("a participant's seat", () => expect([7, 4, 9].map((n) => seatOf(seats, n))).toEqual([0, 2, -1]));

test.each([
  ["nothing told", [], undefined],
  ["agrees", [{ source: 7, timestamp: 10 }], true],
  ["still somebody else", [{ source: 3, timestamp: 10 }], false],
  ["the latest decides", [{ source: 7, timestamp: 20 }, { source: 3, timestamp: 10 }], true],
  ["the latest decides, whatever the order", [{ source: 7, timestamp: 10 }, { source: 3, timestamp: 20 }], false],
])("the face of number 7: %s", (_, sources, want) => expect(faceOf(sources, 7)).toBe(want));

test.each([
  [0, 1, 0],
  [30, 1, 0],
  [90, 2, 180],
  [135, 2, 180],
  [140, 2, 360],
  [200, 3, 360],
  [270, 1, 180],
  [800, 1, 360],
])("a tile of %d px at ratio %d asks for %d lines", (css, ratio, want) => expect(heightFor(css, ratio)).toBe(want));

test("preferences follow the tiles, and stop when hidden", () => {
  const heights = new Map([[7, 360]]);
  const shown = preferences(seats, heights, false);
  expect(shown).toEqual([
    { seat: 0, height: 360 },
    { seat: 2, height: 0 },
  ]);
  const hidden = preferences(seats, heights, true);
  expect(hidden.every((p) => p.height === 0)).toBe(true);
  expect([samePreferences(shown, shown.slice()), samePreferences(shown, hidden), samePreferences(shown, [])]).toEqual([true, false, false]);
});
