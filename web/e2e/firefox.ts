import { expect } from '@playwright/test';
import { existsSync, mkdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import type { Sight } from './look';
import { probe } from './probe';

const executablePath = process.env.FIREFOX || '/usr/bin/firefox-esr';

/** Where a server must receive media to be reached by Firefox, which takes no loopback address; undefined if there is none. */
export function mediaAddress(): string | undefined {
  return Object.values(networkInterfaces()).flat().find(a => a && !a.internal && a.family === 'IPv4')?.address;
}

/** Why there can be no Firefox in a hearing here, "" if there can. */
export function obstacle(): string {
  if (!existsSync(executablePath)) return `no Firefox: install ${executablePath} or set FIREFOX to its path`;
  if (!mediaAddress()) return 'no address but loopback: run the tests by web/e2e/network.sh, as make test-browser does';
  return '';
}

/** One person with Firefox (driven over WebDriver BiDi), whose camera and microphone are Firefox's own test signals. */
export class FirefoxPerson implements Sight {
  private constructor(readonly browser: Browser, readonly page: Page) {}

  static async arrive(language: string): Promise<FirefoxPerson> {
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath,
      headless: true,
      extraPrefsFirefox: {
        'intl.accept_languages': language,
        'media.autoplay.default': 0,
        'media.navigator.permission.disabled': true,
        'media.peerconnection.ice.loopback': true, // for the relay, which is at localhost like the pages
        'media.navigator.streams.fake': true,
      },
    });
    const page = await browser.newPage();
    await page.setViewport({ width: 1280, height: 800 });
    await page.evaluateOnNewDocument(probe);
    page.on('pageerror', e => console.error(`Firefox page error: ${e}`));
    return new FirefoxPerson(browser, page);
  }

  async open(link: string): Promise<void> {
    await this.page.goto(link);
    await Promise.all([this.page.waitForNavigation(), this.page.click('main form[method=post] button')]);
    await this.reaches('check');
  }

  async press(testId: string): Promise<void> {
    await this.page.locator(`[data-testid="${testId}"]`).click();
  }

  join(): Promise<void> {
    return this.press('join');
  }

  async reaches(phase: string): Promise<void> {
    await expect.poll(() => this.attribute('#room', 'data-state'), { message: 'phase of the room' }).toBe(phase);
  }

  evaluate<A, R>(look: (a: A) => R | Promise<R>, a: A): Promise<R> {
    return this.page.evaluate(look as never, a) as Promise<R>;
  }

  /** An attribute of the first element that fits, or null. */
  attribute(selector: string, name: string): Promise<string | null> {
    return this.page.evaluate((s, n) => document.querySelector(s)?.getAttribute(n) ?? null, selector, name);
  }

  async shot(name: string): Promise<void> {
    mkdirSync('test-results/look', { recursive: true });
    await this.page.screenshot({ path: `test-results/look/${name}.png` });
  }

  async leave(): Promise<void> {
    await this.browser.close();
  }
}
