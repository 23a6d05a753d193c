// The keys by which a host runs a hearing: a letter each, by what it says on the keyboard; where that is no Latin letter, by its place.

export const keys = {
  order: "o",
  admit: "a",
  all: "t",
  floor: "g",
  lower: "l",
  quiet: "q",
  door: "d",
  people: "p",
  chat: "c",
  microphone: "m",
  camera: "v",
  list: "?",
} as const;

export type KeyDeed = keyof typeof keys;

/** The part of a KeyboardEvent that decides. */
export interface Pressed {
  key: string;
  code: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  repeat: boolean;
}

/** deedOf tells what a key asks for, "" for nothing; chords belong to the browser and to screen readers. */
export function deedOf({ key, code, ctrlKey, altKey, metaKey, repeat }: Pressed): KeyDeed | "" {
  if (ctrlKey || altKey || metaKey || repeat) return "";
  const latin = /^[a-z?]$/i.test(key) ? key.toLowerCase() : key === "؟" ? "?" : /^Key[A-Z]$/.test(code) ? code.slice(3).toLowerCase() : "";
  for (const [deed, letter] of Object.entries(keys)) if (letter === latin) return deed as KeyDeed;
  return "";
}
