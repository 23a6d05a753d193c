import { chromium, expect, type Browser, type BrowserContext, type Locator, type Page } from '@playwright/test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { captures, writeAudio, writeVideo } from './capture';
import type { Sight } from './look';
import { probe } from './probe';

const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';

const quiet = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required',
];

export const smallPhone = { width: 320, height: 568 };
export const phone = { width: 390, height: 844 };
export const desktop = { width: 1280, height: 800 };

/** A browser for pages that need no camera. */
export function plainBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args: quiet });
}

interface Traits {
  viewport?: { width: number; height: number };
  /** What the browser calls itself. */
  userAgent?: string;
  /** The person answers "Block" when asked for camera and microphone. */
  refuses?: boolean;
  /** The person has gone past the warning of a certificate that nobody vouches for. */
  trusts?: boolean;
}

/** One person with a browser, a camera and a microphone of their own. */
export class Person implements Sight {
  private constructor(
    readonly browser: Browser,
    readonly context: BrowserContext,
    readonly page: Page,
    private folder: string,
  ) {}

  /** which picks one of the captures; language is the browser's. */
  static async arrive(which: number, language: string, { viewport = desktop, userAgent, refuses, trusts }: Traits = {}): Promise<Person> {
    const folder = mkdtempSync(join(tmpdir(), 'person-'));
    const capture = captures[which];
    const browser = await chromium.launch({
      executablePath,
      args: [
        ...quiet,
        '--use-fake-device-for-media-stream',
        ...(trusts ? ['--ignore-certificate-errors'] : []),
        ...(refuses ? ['--deny-permission-prompts'] : ['--use-fake-ui-for-media-stream']),
        `--use-file-for-fake-video-capture=${writeVideo(folder, capture)}`,
        `--use-file-for-fake-audio-capture=${writeAudio(folder, capture)}`,
      ],
    });
    const permissions = refuses ? [] : ['camera', 'microphone'];
    const context = await browser.newContext({ permissions, locale: language, viewport, userAgent });
    await context.addInitScript(probe);
    const person = new Person(browser, context, await context.newPage(), folder);
    person.listen(person.page);
    return person;
  }

  private listen(page: Page): void {
    page.on('pageerror', e => console.error(`page error: ${e.message}`));
    page.on('console', m => m.type() === 'error' && console.error(`console: ${m.text()}`));
  }

  evaluate<A, R>(look: (a: A) => R | Promise<R>, a: A): Promise<R> {
    return this.page.evaluate<R, A>(look as never, a);
  }

  /** A second tab of the same browser: same cookies, another sessionStorage. */
  async tab(): Promise<Page> {
    const page = await this.context.newPage();
    this.listen(page);
    return page;
  }

  /** From the link to the device check, as a person goes. */
  async open(link: string, page = this.page): Promise<void> {
    await page.goto(link);
    await page.locator('.state .enter').click();
    await page.waitForURL(/\/h\//);
    expect(page.url(), 'the ticket leaves the address bar').not.toContain(link.split('/j/')[1]);
    await expect(page.locator('#room'), 'phase of the room').toHaveAttribute('data-state', 'check');
  }

  press(testId: string): Promise<void> {
    return this.page.getByTestId(testId).click();
  }

  join(): Promise<void> {
    return this.press('join');
  }

  async reaches(phase: 'check' | 'waiting' | 'hearing' | 'consultation' | 'ended', code?: string): Promise<void> {
    await expect(this.page.locator('#room'), 'phase of the room').toHaveAttribute('data-state', phase);
    if (code) await expect(this.page.locator('.ended'), 'why it ended').toHaveAttribute('data-code', code);
  }

  tile(number: number): Locator {
    return this.page.locator(`[data-testid=tile][data-number="${number}"]`);
  }

  async shot(name: string): Promise<void> {
    await this.page.screenshot({ path: `test-results/look/${name}.png` });
  }

  /** Nothing sticks out sideways, of the page or of an open dialog, from the smallest phone to a desk. */
  async fits(): Promise<void> {
    const before = this.page.viewportSize()!;
    for (const viewport of [smallPhone, phone, desktop]) {
      await this.page.setViewportSize(viewport);
      const excess = await this.page.locator('html, dialog[open]').evaluateAll(all => all.map(e => e.scrollWidth - e.clientWidth));
      expect(Math.max(...excess), `points sticking out on a screen ${viewport.width} wide`).toBeLessThanOrEqual(0);
    }
    await this.page.setViewportSize(before);
  }

  /** The same on a phone and on a desk. */
  async shots(name: string): Promise<void> {
    const before = this.page.viewportSize()!;
    for (const [size, viewport] of [['phone', phone], ['desktop', desktop]] as const) {
      await this.page.setViewportSize(viewport);
      await this.shot(`${name}-${size}`);
    }
    await this.page.setViewportSize(before);
  }

  async leave(): Promise<void> {
    await this.browser.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
