// Messages of one language, embedded in the page by the server: a text with {name} slots, or one text per plural category
// chosen by the slot {n}.

import { plural } from "./plural";

export type Message = string | { [category: string]: string };
export type Messages = { [key: string]: Message };
export type Slots = { [name: string]: string | number };
export type Translate = (key: string, slots?: Slots) => string;

/** translator returns t(key, slots); a missing key shows itself, so that it is seen and not guessed. */
export function translator(lang: string, messages: Messages): Translate {
  return (key, slots = {}) => {
    const message = messages[key];
    if (message === undefined) return key;
    const text = typeof message === "string" ? message : pick(message, lang, Number(slots.n ?? 0));
    return text.replace(/\{(\w+)\}/g, (slot, name: string) => String(slots[name] ?? slot));
  };
}

function pick(forms: { [category: string]: string }, lang: string, n: number): string {
  return forms[plural(lang, n)] ?? forms.other ?? "";
}
