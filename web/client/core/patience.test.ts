import { expect, test } from "vitest";
import { type Patience, patience } from "./patience";

// Looks once a second, at each of which so many more packets had come too late, and tells each wait and when it began.
function waits(...late: number[]): string[] {
  let before: Patience | undefined;
  let total = 7;
  return late.flatMap((n, second) => {
    total += n;
    const after = patience(before, total, 1_000 * second);
    const told = after.wait === (before?.wait ?? 0) ? [] : [`${second} ${after.wait}`];
    before = after;
    return told;
  });
}

const quiet = (seconds: number) => Array<number>(seconds).fill(0);

test("the more comes late the longer the wait, up to what a talk bears", () => {
  expect(waits(0, 0, 1, 0, 3, 1, 1, 1)).toEqual(["2 120", "4 160", "5 200", "6 240"]);
});

test("what was late before the first look says nothing, nor does a counter that began anew", () => {
  expect(waits(5, ...quiet(5), -4, ...quiet(3))).toEqual([]);
});

test("the wait shrinks step by step when nothing comes late", () => {
  expect(waits(0, 1, 1, ...quiet(70))).toEqual(["1 120", "2 160", "32 120", "62 0"]);
  expect(waits(0, 1, ...quiet(20), 1, ...quiet(31))).toEqual(["1 120", "22 160", "52 120"]);
});
