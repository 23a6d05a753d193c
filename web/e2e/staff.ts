import { expect, type Page } from '@playwright/test';
import type { Server } from './server';

/** A member of the staff, as they sign in. */
export interface Member {
  name: string;
  login: string;
  password: string;
}

/** Signs in, from whatever page of the staff was asked for. */
export async function signIn(page: Page, server: Server, who: Member, path = '/staff'): Promise<void> {
  await page.goto(server.at(path));
  await page.locator('#login').fill(who.login);
  await page.locator('#password').fill(who.password);
  await page.locator('main button').click();
  await expect(page.locator('.desk-who')).toContainText(who.name);
}

/** Fills in fields by their names: text, a choice of a list, or a tick. */
export async function fill(page: Page, fields: Record<string, string | boolean | string[]>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) {
    const all = page.locator(`main [name="${name}"]`);
    const kind = await all.first().evaluate(e => (e.tagName === 'SELECT' ? 'select' : (e as HTMLInputElement).type));
    if (typeof value === 'boolean') await all.setChecked(value);
    else if (Array.isArray(value)) for (const each of value) await page.locator(`main [name="${name}"][value="${each}"]`).check();
    else if (kind === 'select') await all.selectOption({ label: value });
    else if (kind === 'radio') await page.locator(`main [name="${name}"][value="${value}"]`).check();
    else await all.fill(value);
  }
}

/** Presses the button that saves. */
export function save(page: Page): Promise<void> {
  return page.locator('main form[method=post] .button:not(.quiet)').last().click();
}

/** The appointment's line in the docket. */
export function line(page: Page, reference: string) {
  return page.locator('.row-one', { hasText: reference });
}

/** Its chip: where it stands. Asked anew until it says so, for the page is a photograph. */
export async function stands(page: Page, reference: string, state: string): Promise<void> {
  await expect(async () => {
    await page.reload();
    await expect(line(page, reference).locator('.chip')).toHaveText(state, { timeout: 1 });
  }).toPass({ timeout: 20_000, intervals: [200] });
}
