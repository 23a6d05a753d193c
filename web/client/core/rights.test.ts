import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bench, may, rights, type Verb } from "./rights";

// Written by the table of the server, whose own test keeps it so.
const table = JSON.parse(readFileSync(new URL("../../../signaling/conference/testdata/rights.json", import.meta.url), "utf8")) as Record<string, string[]>;

// What the page sends by itself needs no button.
const byItself = new Set<string>(["join", "leave", "ping", "offer", "drop", "prefer", "level", "report", "state", "still"]);
const buttons = Object.keys(table).filter((verb) => !byItself.has(verb));

test("the roles are those of the server", () => expect(Object.keys(rights).sort()).toEqual([...new Set(Object.values(table).flat())].sort()));

test.each(buttons)("%s is offered to whom the server grants it", (verb) => {
  const offered = Object.keys(rights).filter((role) => may(role, verb as Verb));
  expect(offered.sort()).toEqual([...(table[verb] ?? [])].sort());
});

test("an unknown role only receives", () => expect([may("", "listen"), may("", "hand"), bench("")]).toEqual([true, false, false]));
