import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Later } from "./later";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A thing that comes after so many failures. */
function after(failures: number) {
  let asked = 0;
  const seen: (string | false | null)[] = [];
  const later: Later<string> = new Later({
    get: async () => {
      if (++asked <= failures) throw new Error("the line dropped");
      return "it";
    },
    changed: () => seen.push(later.here ?? (later.failing ? false : null)),
  });
  return { later, seen, asked: () => asked };
}

test("comes when it is wanted, once", async () => {
  const { later, seen, asked } = after(0);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked()).toBe(0);
  later.begin();
  later.begin();
  await vi.advanceTimersByTimeAsync(0);
  later.nudge();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([seen, asked()]).toEqual([["it"], 1]);
});

test.each<[number, number, (string | false)[]]>([
  [1, 1_000, ["it"]],
  [2, 5_000, ["it"]],
  [3, 20_000, [false, "it"]],
  [6, 65_000, [false, "it"]],
])("after %i failures it is there in %i ms, and only what lasts is told", async (failures, within, told) => {
  const { later, seen, asked } = after(failures);
  later.begin();
  await vi.advanceTimersByTimeAsync(within - 1);
  expect([later.here, asked()]).toEqual([null, failures]);
  await vi.advanceTimersByTimeAsync(1);
  expect([later.here, later.failing, seen]).toEqual(["it", false, told]);
});

test("a network that is back is tried at once, one that is asked already is not asked twice", async () => {
  const { later, asked } = after(1);
  later.begin();
  later.nudge();
  await vi.advanceTimersByTimeAsync(0);
  expect(asked()).toBe(1);
  later.nudge();
  later.nudge();
  await vi.advanceTimersByTimeAsync(0);
  expect([later.here, asked()]).toEqual(["it", 2]);
});
