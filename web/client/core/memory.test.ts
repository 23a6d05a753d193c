import { expect, test } from "vitest";
import { keepLevel, keepLimit, keepPath, lastLevel, lastLimit, lastPath } from "./memory";

function storage(): Storage {
  const map = new Map<string, string>();
  return {
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
    removeItem: (key: string) => void map.delete(key),
  } as Storage;
}

test("who needed the relay is remembered for a day, each person for themselves, and forgotten when direct works", () => {
  const kept = storage();
  expect(lastPath(kept, "p", 1_000)).toBe("direct");
  keepPath(kept, "p", "relay", 1_000);
  keepPath(kept, "q", "relay", 2_000);
  expect([lastPath(kept, "p", 3_000), lastPath(kept, "q", 3_000), lastPath(kept, "r", 3_000)]).toEqual(["relay", "relay", "direct"]);
  expect(lastPath(kept, "p", 1_000 + 24 * 3_600_000)).toBe("direct");
  keepPath(kept, "p", "direct", 4_000);
  expect([lastPath(kept, "p", 5_000), lastPath(kept, "q", 5_000)]).toEqual(["direct", "relay"]);
  keepPath(kept, "q", "direct", 5_000);
  expect(kept.getItem("jalsa.path")).toBeNull();
});

test("the level counts for six hours, the person's own limit for good", () => {
  const kept = storage();
  expect([lastLevel(kept, 0), lastLimit(kept)]).toEqual([undefined, ""]);
  keepLevel(kept, "medium", 1_000);
  keepLimit(kept, "voice");
  expect([lastLevel(kept, 2_000), lastLevel(kept, 1_000 + 6 * 3_600_000), lastLimit(kept)]).toEqual(["medium", undefined, "voice"]);
  keepLimit(kept, "");
  expect(lastLimit(kept)).toBe("");
});

test("what somebody else wrote into the storage is not believed", () => {
  const kept = storage();
  for (const text of ["7", "null", "[]", "{", '{"p":"relay","level":"huge","at":1,"limit":"all"}']) {
    for (const key of ["path", "level", "limit"]) kept.setItem(`jalsa.${key}`, text);
    expect([lastPath(kept, "p", 2), lastLevel(kept, 2), lastLimit(kept)]).toEqual(["direct", undefined, ""]);
  }
});

test("without storage nothing is remembered, and nothing fails", () => {
  const forbidden = new Proxy({} as Storage, {
    get: () => () => {
      throw new Error("forbidden");
    },
  });
  keepLimit(forbidden, "voice");
  expect([lastPath(forbidden, "p", 1), lastLevel(undefined, 1), lastLimit(forbidden)]).toEqual(["direct", undefined, ""]);
});
