import { expect } from '@playwright/test';
import type { Email } from 'postal-mime';

/** The calendar entry that came with a letter, unfolded (RFC 5545 §3.1), by the names of its lines. */
export function entryOf(letter: Email, method: string): Record<string, string> {
  const file = letter.attachments.find(a => a.mimeType.startsWith('text/calendar'));
  if (!file) throw new Error(`no calendar file in "${letter.subject}"`);
  const text = typeof file.content === 'string' ? file.content : new TextDecoder().decode(file.content);
  const lines = text.replace(/\r?\n[ \t]/g, '').split(/\r?\n/).filter(Boolean);
  const entry = Object.fromEntries(lines.map(l => [l.slice(0, l.search(/[:;]/)), l.slice(l.indexOf(':') + 1)]));
  expect(entry.METHOD).toBe(method);
  return entry;
}

/** A time as calendar files have it. */
export function stamp(iso: string): string {
  return new Date(iso).toISOString().replace(/[-:]|\.000/g, '');
}
