import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Message = string | Record<string, string>;

const catalogues: Record<string, Record<string, Message>> = {};
for (const language of ['ar', 'fr']) {
  const folder = join(import.meta.dirname, '../locales', language);
  catalogues[language] = Object.assign({}, ...readdirSync(folder).map(part => JSON.parse(readFileSync(join(folder, part), 'utf8'))));
}

/**
 * What the program says in a language, by the key of the catalogue: stories are about what is said, not in which words.
 * Of an appointment that is no hearing it says appointment.* of the key, where there is one.
 */
export function say(language: string, key: string, slots: Record<string, string | number> = {}): string {
  const message = catalogues[language][key];
  if (!message) throw new Error(`no ${key} in ${language}`);
  const form = typeof message === 'string' ? message : message[new Intl.PluralRules(language).select(Number(slots.n))];
  return form.replace(/\{(\w+)\}/g, (slot, name) => String(slots[name] ?? slot));
}

/** The beginning of what is said, up to the first slot: by which a subject is known. */
export function opening(language: string, key: string): string {
  return say(language, key, { n: 2 }).split('{')[0].trim();
}
