import { expect, type Browser, type BrowserContext, type Page } from '@playwright/test';
import type { Email } from 'postal-mime';
import { phone } from './person';
import { linkIn, type Post } from './post';
import type { Server } from './server';

/** What a citizen tells when they book. */
export interface Told {
  name: string;
  email: string;
  phone?: string;
  needs?: string;
  /** Who comes along. */
  companion?: { role: 'representative' | 'assistant'; name: string; email?: string };
}

/** Somebody abroad with an old telephone: mostly no script, a narrow page, a browser of their own, and letters. */
export class Citizen {
  private constructor(readonly context: BrowserContext, readonly page: Page, readonly server: Server, readonly post: Post, readonly told: Told) {}

  static async arrive(browser: Browser, server: Server, post: Post, told: Told, locale = 'ar', javaScriptEnabled = false): Promise<Citizen> {
    const context = await browser.newContext({ javaScriptEnabled, viewport: phone, locale, timezoneId: 'Europe/Paris' });
    return new Citizen(context, await context.newPage(), server, post, told);
  }

  /** From the first page of all to the page of free times. */
  async find(institution: string, service: string): Promise<void> {
    await this.page.goto(this.server.at('/'));
    await this.page.locator('a[href^="/book/"]').click();
    await this.page.getByRole('link', { name: institution }).click();
    await this.page.getByRole('link', { name: service }).click();
    await this.page.locator('a.enter').click();
  }

  /** Chooses the first time that is far enough off not to begin while the story goes on; answers when it is. */
  async choose(): Promise<string> {
    const soon = new Date(Date.now() + 10 * 60_000).toISOString();
    const days = this.page.locator('.calendar a');
    for (;;) {
      if (!(await days.count())) await this.page.locator('.months a').last().click();
      for (let i = 0; i < 2 && i < (await days.count()); i++) {
        await days.nth(i).click();
        for (const time of await this.page.locator('input[name=start]').all()) {
          if ((await time.inputValue()) < soon) continue;
          await time.check();
          const chosen = await time.inputValue();
          await this.page.locator('form.choose button').click();
          return chosen;
        }
      }
      await this.page.locator('.months a').last().click();
    }
  }

  /** Answers the questions, from who one is to the summary. */
  async answer(): Promise<void> {
    const { page, told } = this;
    await page.locator('#name').fill(told.name);
    await page.locator('#email').fill(told.email);
    if (told.phone) await page.locator('#phone').fill(told.phone);
    await this.next();
    if (told.needs) await page.locator('#needs').fill(told.needs);
    await this.next();
    if (told.companion) {
      await page.locator(`input[name=role][value=${told.companion.role}]`).check();
      await page.locator('#name').fill(told.companion.name);
      await page.locator('#email').fill(told.companion.email ?? '');
      await this.next();
      await expect(page.locator('.people')).toContainText(told.companion.name);
    }
    await this.next();
  }

  /** The one button that leads on. */
  async next(): Promise<void> {
    await this.page.locator('main .enter').click();
  }

  /** Books from beginning to end, and confirms by the link of the letter; answers the personal link. */
  async book(institution: string, service: string): Promise<string> {
    await this.find(institution, service);
    await this.choose();
    await this.answer();
    await this.next();
    await expect(this.page.locator('[data-state=prove]')).toBeVisible();
    const link = linkIn(await this.post.letter(this.told.email, /\d{6}/));
    await this.page.goto(link);
    await this.next();
    return link;
  }

  /** Waits for the latest letter that says all of this. */
  letter(...words: (string | RegExp)[]): Promise<Email> {
    return this.post.letter(this.told.email, ...words);
  }

  async shot(name: string): Promise<void> {
    await this.page.screenshot({ path: `test-results/look/${name}.png`, fullPage: true });
  }
}

/** The reference of the appointment on the page. */
export async function referenceOn(page: Page): Promise<string> {
  return (await page.locator('.reference').first().innerText()).trim();
}
