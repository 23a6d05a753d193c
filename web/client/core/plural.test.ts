import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { plural } from "./plural";

const file = new URL("../../locales/plural_cases.json", import.meta.url);
const cases = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, Record<string, string>>) : {};

describe("the case file shared with Go", () => {
  test("is there", () => expect(Object.keys(cases)).toEqual(expect.arrayContaining(["ar", "en", "fr", "zgh"])));
  for (const [lang, categories] of Object.entries(cases)) {
    test.each(Object.entries(categories))(`${lang}: %s is %s`, (n, category) => expect(plural(lang, Number(n))).toBe(category));
  }
});

test.each([
  ["fr", [0, 1, 2, 1_000_000], ["one", "one", "other", "many"]],
  ["en", [0, 1, 2], ["other", "one", "other"]],
  ["ar", [0, 1, 2, 3, 11, 100, 103], ["zero", "one", "two", "few", "many", "other", "few"]],
  ["zgh", [0, 1, 2], ["other", "other", "other"]],
])("%s", (lang, numbers, want) => expect(numbers.map((n) => plural(lang, n))).toEqual(want));
