import { expect, test } from "vitest";
import { keepTab, randomDevice, takeTab } from "./tab";

function storage(): Storage {
  const map = new Map<string, string>();
  return {
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
    removeItem: (key: string) => void map.delete(key),
  } as Storage;
}

test("a reload keeps the device, a duplicate of a living tab gets its own", () => {
  const kept = storage();
  const first = takeTab(kept, () => "a");
  expect(takeTab(kept, () => "b").device).toBe("b");
  keepTab(kept, { ...first, joined: true });
  expect(takeTab(kept, () => "c")).toEqual({ device: "a", joined: true, microphone: true });
});

test("without storage every load is a device of its own", () => {
  const forbidden = new Proxy({} as Storage, {
    get: () => () => {
      throw new Error("forbidden");
    },
  });
  keepTab(forbidden, takeTab(forbidden, () => "a"));
  expect([takeTab(forbidden, () => "b").device, takeTab(undefined, () => "c").device]).toEqual(["b", "c"]);
});

test("device ids are url-safe and differ", () => {
  const ids = [randomDevice(), randomDevice()];
  expect(ids[0]).toMatch(/^[\w-]{22}$/);
  expect(ids[0]).not.toBe(ids[1]);
});
