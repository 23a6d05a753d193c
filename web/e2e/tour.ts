import { expect, type Browser, type CDPSession, type Page } from '@playwright/test';
import { accessible } from './accessible';
import { desktop, phone, smallPhone } from './person';

/** Somebody who walks through the pages in one language, without script, and looks closely at each. */
export class Tour {
  seen: string[] = [];

  private constructor(readonly page: Page, readonly language: string, private script: CDPSession, private viewport: { width: number; height: number }) {}

  static async start(browser: Browser, language: string): Promise<Tour> {
    const viewport = language === 'ar' ? phone : desktop;
    const context = await browser.newContext({ viewport, locale: language, reducedMotion: 'reduce' });
    const page = await context.newPage();
    const tour = new Tour(page, language, await context.newCDPSession(page), viewport);
    await tour.allowScript(false);
    return tour;
  }

  /** Pages load without script; axe, which needs timers, is let into them afterwards. */
  private async allowScript(allowed: boolean): Promise<void> {
    await this.script.send('Emulation.setScriptExecutionDisabled', { value: !allowed });
  }

  /** The page is whole: language and direction, one heading, nothing sticking out, readable by all. */
  async look(name: string): Promise<void> {
    const { page, language } = this;
    await expect.soft(page.locator('html'), `${name}: language`).toHaveAttribute('lang', language);
    await expect.soft(page.locator('html'), `${name}: direction`).toHaveAttribute('dir', language === 'ar' ? 'rtl' : 'ltr');
    await expect.soft(page.locator('h1'), `${name}: one heading`).toHaveCount(1);
    for (const { width, height } of [smallPhone, phone, desktop]) {
      await page.setViewportSize({ width, height });
      const excess = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect.soft(excess, `${name}: points sticking out on a page ${width} wide`).toBeLessThanOrEqual(0);
    }
    await page.setViewportSize(this.viewport);
    await page.emulateMedia({ colorScheme: language === 'ar' ? 'dark' : 'light' }); // each is read once
    await this.allowScript(true);
    const fault = await accessible(page).then(() => '', e => String(e.message));
    expect.soft(fault, `${name}: accessible`).toBe(''); // one page's faults do not hide those of the next
    await this.allowScript(false);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.screenshot({ path: `test-results/look/${name}-${language}.png`, fullPage: true });
    this.seen.push(name);
  }

  /** Opens a page and looks at it. */
  async visit(url: string, name: string): Promise<void> {
    const answer = await this.page.goto(url);
    expect(answer!.status(), `${name}: ${url}`).toBeLessThan(500);
    await this.look(name);
  }

  /** Sends the form as it stands, which has something wrong, and looks at the page that says so. */
  async fail(name: string, button = 'main form[method=post] .button:not(.quiet)'): Promise<void> {
    await this.page.locator(button).last().click();
    await expect.soft(this.page.locator('.errors'), `${name}: what is wrong`).toBeVisible();
    for (const link of await this.page.locator('.errors a').all()) {
      const field = (await link.getAttribute('href'))!.slice(1);
      await expect.soft(this.page.locator(`[id="${field}"]`), `${name}: a fault leads to its field ${field}`).toHaveCount(1);
    }
    await this.look(name);
  }

  async end(): Promise<void> {
    await this.page.context().close();
  }
}
