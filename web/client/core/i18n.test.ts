import { readdirSync, readFileSync } from "node:fs";
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

  // The client names a key whole, or puts it together in a template string; words of help stand under the key they explain.
  test("every room key is said somewhere, and exists", () => {
    const client = new URL("../", import.meta.url);
    const files = readdirSync(client, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file) && !file.includes(".test."));
    const source = files.map((file) => readFileSync(new URL(file, client), "utf8")).join("\n");
    const named = [...source.matchAll(/["`](room\.(?:[a-z_.0-9]|\$\{[^}]*\})+)["`]/g)].map((match) => match[1]!);
    const said = named.map((key) => key.split(/\$\{[^}]*\}/).map((part) => part.replace(/\./g, "\\.")).join("[a-z_0-9]+"));
    const pattern = new RegExp(`^(?:${said.join("|")})(?:\\.help)?$`);
    expect(room(fr).filter((key) => !pattern.test(key))).toEqual([]);
    expect(named.filter((key) => !key.includes("$") && !(key in fr))).toEqual([]);
  });
});
