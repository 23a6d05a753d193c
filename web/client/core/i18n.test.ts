import { existsSync, readdirSync, readFileSync } from "node:fs";
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

  test("every room key is said somewhere, and exists", () => {
    const files = readdirSync(client, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file) && !file.includes(".test."));
    const said = files.flatMap((file) => named(new URL(file, client)));
    const pattern = patternOf(said);
    expect(room(fr).filter((key) => !pattern.test(key))).toEqual([]);
    expect(said.filter((key) => !key.includes("$") && !(key in fr))).toEqual([]);
  });

  // What the first screens do not say comes after them, and what they say must not.
  test("the page brings the words of the first screens, and no others", () => {
    const said = withImports(new URL("main.tsx", client)).flatMap(named);
    const pattern = patternOf(said);
    const listed = JSON.parse(readFileSync(new URL("../../locales/room_first.json", import.meta.url), "utf8")) as string[];
    const brought = Object.keys(fr).filter((key) => listed.some((each) => (each.endsWith(".") ? key.startsWith(each) : key === each)));
    expect(brought).toEqual(Object.keys(fr).filter((key) => pattern.test(key)));
  });
});

const client = new URL("../", import.meta.url);

/** A file and all that it imports, but for types and for what is fetched later. */
function withImports(file: URL, found = new Map<string, URL>()): URL[] {
  if (found.has(file.href)) return [];
  found.set(file.href, file);
  for (const [, from] of readFileSync(file, "utf8").matchAll(/^(?:import|export) (?!type )[^;]*?"(\.[^"]+)";/gm)) {
    const next = [".ts", ".tsx"].map((ending) => new URL(from + ending, file)).find((each) => existsSync(each));
    if (!next) throw new Error(`${file.href} imports ${from}`);
    withImports(next, found);
  }
  return [...found.values()];
}

/** The keys that a file names, whole or put together in a template string. */
function named(file: URL): string[] {
  return [...readFileSync(file, "utf8").matchAll(/["`]((?:room|reason)\.(?:[a-z_.0-9]|\$\{[^}]*\})+)["`]/g)].map((match) => match[1]!);
}

// What the parts of a put-together key can be, where that is not anything.
const values: Record<string, string> = { kind: "microphone|camera|speaker", what: "microphone|camera", access: "denied|missing|busy|lost|unsupported" };

/** Fits what any of the keys can become; words of help stand under the key they explain. */
function patternOf(keys: string[]): RegExp {
  const all = keys.map((key) => key.replace(/\./g, "\\.").replace(/\$\{([^}]*)\}/g, (_, name: string) => `(?:${values[name] ?? "[a-z_0-9]+"})`));
  return new RegExp(`^(?:${all.join("|")})(?:\\.help)?$`);
}
