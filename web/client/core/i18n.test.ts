import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Messages, translator } from "./i18n";

const t = translator("ar", {
  plain: "مرحبا {name}",
  count: { zero: "لا أحد", one: "شخص واحد", two: "شخصان", few: "{n} أشخاص", other: "{n} شخص" },
});

test.each([
  ["slot", "plain", { name: "<b>" }, "مرحبا <b>"],
  ["slot left open", "plain", {}, "مرحبا {name}"],
  ["two", "count", { n: 2 }, "شخصان"],
  ["few", "count", { n: 5 }, "5 أشخاص"],
  ["missing many is other", "count", { n: 11 }, "11 شخص"],
  ["missing key", "none", {}, "none"],
])("%s", (_, key, slots, want) => expect(t(key, slots)).toBe(want));

describe("catalogues", () => {
  const read = (lang: string) =>
    JSON.parse(readFileSync(new URL(`../../locales/${lang}/room.json`, import.meta.url), "utf8")) as Messages;
  const room = (messages: Messages) => Object.keys(messages).filter((key) => key.startsWith("room."));
  const fr = read("fr");
  const slotsOf = (message: Messages[string]) => (JSON.stringify(message).match(/\{\w+\}/g) ?? []).filter((slot, i, all) => all.indexOf(slot) === i);

  test.each(["ar", "en"])("%s has the same room keys and slots as fr", (lang) => {
    const other = read(lang);
    expect(room(other).sort()).toEqual(room(fr).sort());
    for (const key of room(fr)) expect([key, slotsOf(other[key]!).sort()]).toEqual([key, slotsOf(fr[key]!).sort()]);
  });
});
