import { expect, test } from "vitest";
import { faceOf, heightFor, pauseOf, screenHeight, screenOf, seatOf } from "./seats";
import type { Seat } from "./wire";
import { preferences, samePreferences } from "./wishes";

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

test("hands that speak are asked for in more lines than a face as large", () => expect([100, 150].map((css) => heightFor(css, 1, true))).toEqual([180, 360]));

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

test("a screen has a seat of its own, before or after the face of who shares it", () => {
  const shared: Seat[] = [
    { seat: 0, number: 4, screen: true, paused: "link" },
    { seat: 1, number: 4, screen: false, paused: "" },
    { seat: 2, number: 7, screen: true, paused: "" },
  ];
  expect([seatOf(shared, 4), pauseOf(shared, 4), screenOf(shared, 4)?.seat, seatOf(shared, 7), screenOf(shared, 7)?.seat, screenOf(shared, 9)]).toEqual([1, "", 0, -1, 2, undefined]);
  const heights = new Map([
    [4, 180],
    [-4, 720],
  ]);
  expect(preferences(shared, heights, false).map((one) => one.height)).toEqual([720, 180, 0]);
});

test.each([
  [30, 1, 0],
  [300, 1, 360],
  [360, 1, 360],
  [361, 1, 720],
  [360, 2, 720],
  [700, 3, 1080],
])("a screen %d px high at ratio %d asks for %d lines", (css, ratio, want) => expect(screenHeight(css, ratio)).toBe(want));
