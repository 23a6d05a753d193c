import { expect, test } from "vitest";
import { deedOf, keys, type Pressed } from "./keys";

const press = (key: string, more: Partial<Pressed> = {}): Pressed => ({ key, code: "", ctrlKey: false, altKey: false, metaKey: false, repeat: false, ...more });

test.each<[string, Pressed, string]>([
  ["by what the key says, not by its place", press("a", { code: "KeyQ" }), "admit"], // AZERTY
  ["in capitals", press("A"), "admit"],
  ["by its place on an Arabic keyboard", press("ش", { code: "KeyA" }), "admit"],
  ["the Arabic question mark", press("؟"), "list"],
  ["no letter of ours", press("x"), ""],
  ["a digit", press("1", { code: "Digit1" }), ""],
  ["a chord of the browser", press("a", { ctrlKey: true }), ""],
  ["a chord of the system", press("a", { metaKey: true }), ""],
  ["held down", press("a", { repeat: true }), ""],
])("%s", (_, pressed, want) => expect(deedOf(pressed)).toBe(want));

test("no two deeds have one key", () => expect(new Set(Object.values(keys)).size).toBe(Object.keys(keys).length));
