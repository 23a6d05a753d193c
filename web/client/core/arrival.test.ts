import { expect, test } from "vitest";
import { rateOf, type Transfer } from "./arrival";

const file = (bytes: number, start: number, end: number): Transfer => ({ bytes, start, end });

test("one file tells the rate of its line, but for its first packet", () => {
  expect(rateOf([file(17_400, 100, 1_100)])).toBe(128_000);
});

test("files that come together share the line", () => {
  expect(rateOf([file(9_400, 0, 1_000), file(8_000, 500, 1_000)])).toBe(128_000);
});

test("a file that comes later, of the same page, does not count the time between", () => {
  const script = file(17_400, 100, 1_100);
  expect(rateOf([script, file(3_000, 9_000, 9_200)])).toBe(128_000);
  expect(rateOf([file(3_000, 9_000, 9_200), script])).toBe(128_000);
});

test("the best run tells, for a lost packet makes another wait", () => {
  expect(rateOf([file(9_400, 0, 4_000), file(9_400, 5_000, 5_500)])).toBe(128_000);
});

test("what had waited behind a lost packet of another file came with it", () => {
  expect(rateOf([file(9_400, 0, 1_000), file(8_000, 1_002, 1_000 + 1_000 / 16)])).toBeCloseTo(8_000 * 16_000 / 1_062.5);
});

test("little tells nothing", () => {
  expect(rateOf([])).toBeUndefined();
  expect(rateOf([file(4_300, 0, 10)])).toBeUndefined();
});
