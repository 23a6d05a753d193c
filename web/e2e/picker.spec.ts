import { expect, test, type Browser, type Page } from '@playwright/test';
import { phone, plainBrowser } from './person';
import { Server } from './server';
import { say } from './words';

// Choosing a time with nothing but a keyboard or a voice, and what booking costs on the wire.
test.describe('choosing a time', () => {
  const server = new Server();
  let browser: Browser;
  test.beforeAll(async () => {
    await server.start();
    browser = await plainBrowser();
  });
  test.afterAll(async () => {
    await browser?.close();
    await server.remove();
  });

  /** The page of free times of the first service of the first institution. */
  async function slots(page: Page): Promise<void> {
    await page.goto(server.at('/book/'));
    await page.locator('.offers a').first().click();
    await page.locator('.offers a').first().click();
    await page.locator('a.enter').click();
  }

  /** Presses Tab until the focus is on one of these; answers how often. It is seen where the focus is, all the way. */
  async function tabTo(page: Page, selector: string): Promise<number> {
    for (let presses = 1; presses <= 40; presses++) {
      await page.keyboard.press('Tab');
      const seen = await page.evaluate(() => {
        const e = document.activeElement!;
        const style = getComputedStyle(e);
        return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
      });
      expect(seen, `the focus is seen after ${presses} presses`).toBe(true);
      if (await page.evaluate(s => document.activeElement!.matches(s), selector)) return presses;
    }
    throw new Error(`no way to ${selector} by Tab`);
  }

  for (const [locale, zone] of [['fr', 'Europe/Paris'], ['ar', 'America/New_York']] as const) {
    test(`a keyboard is enough, in ${locale}`, async () => {
      const context = await browser.newContext({ viewport: phone, locale, timezoneId: zone });
      const page = await context.newPage();
      await slots(page);
      await expect(page.locator('html'), 'the clock of the browser').toHaveAttribute('data-zone', zone);
      await tabTo(page, '.calendar a');
      await page.keyboard.press('Tab');
      const day = await page.evaluate(() => document.activeElement!.getAttribute('aria-label')!);
      await page.keyboard.press('Enter');
      await expect(page.locator('.calendar a[aria-current=date]')).toHaveAttribute('aria-label', day);
      await expect(page.locator('#times'), 'the times are what one sees next').toBeInViewport();
      expect(await tabTo(page, 'input[name=start]'), 'and where one is').toBe(1);
      await page.keyboard.press('ArrowDown');
      const times = page.locator('input[name=start]');
      await expect(times.nth(1)).toBeChecked();
      await page.keyboard.press('ArrowUp');
      await expect(times.nth(0)).toBeChecked();
      expect(await tabTo(page, '.choose button')).toBe(1);
      await page.keyboard.press('Enter');
      await expect(page).toHaveURL(/\/you/);
      await context.close();
    });
  }

  test('days and times say what they are', async () => {
    for (const locale of ['fr', 'ar']) {
      const context = await browser.newContext({ javaScriptEnabled: false, locale });
      const page = await context.newPage();
      await slots(page);
      const days = page.getByRole('table').getByRole('link');
      for (const each of await days.all()) {
        const date = new Date(new URLSearchParams((await each.getAttribute('href'))!.split('#')[0]).get('day')!);
        const day = say(locale, 'book.weekday_day', {
          weekday: say(locale, `date.weekday.${date.getUTCDay()}`), month: say(locale, `date.month.${date.getUTCMonth() + 1}`),
          day: date.getUTCDate() === 1 ? say(locale, 'date.first') : date.getUTCDate(),
        });
        await expect(each).toHaveAccessibleName(say(locale, 'book.day', { n: await each.locator('.free').innerText(), day }));
      }
      await expect(page.getByRole('columnheader').first()).toHaveAccessibleName(say(locale, 'date.weekday.1'));
      await days.last().click();
      const times = page.getByRole('group', { name: /2\d\d\d/ }).getByRole('radio');
      expect(await times.count()).toBeGreaterThan(0);
      const time = new RegExp(`^\\d\\d:\\d\\d .+ UTC\\+[12] .*\\d\\d:\\d\\d ${locale === 'fr' ? 'Maroc' : 'المغرب'} UTC\\+0$`);
      for (const each of await times.all()) await expect(each, 'both clocks').toHaveAccessibleName(time);
      await context.close();
    }
  });

  test('a time is two lines on a phone, and all of its frame can be pressed', async () => {
    for (const locale of ['fr', 'ar']) {
      const context = await browser.newContext({ viewport: phone, locale, timezoneId: 'Europe/Paris' });
      const page = await context.newPage();
      await slots(page);
      await page.locator('.calendar a').last().click();
      for (const frame of await page.locator('.times .pick').all()) {
        const box = (await frame.boundingBox())!;
        expect(box.height, 'tall enough for a thumb').toBeGreaterThanOrEqual(44);
        const lines = await frame.evaluate(e => {
          const whole = document.createRange();
          whole.selectNodeContents(e.querySelector('label')!);
          const drawn = [...whole.getClientRects()].filter(r => r.width > 1).sort((a, b) => a.top - b.top);
          return drawn.reduce((all, r) => (r.top < all.below ? all : { count: all.count + 1, below: r.top + r.height / 2 }), { count: 0, below: 0 }).count;
        });
        expect(lines).toBeLessThanOrEqual(2);
        await frame.click({ position: { x: box.width - 4, y: box.height - 4 } });
        await expect(frame.getByRole('radio')).toBeChecked();
        await frame.click({ position: { x: 4, y: 4 } });
      }
      await context.close();
    }
  });

  test('every page of booking costs at most 20 KB', async () => {
    const context = await browser.newContext({ viewport: phone, locale: 'ar' });
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send('Network.enable');
    await devtools.send('Network.setCacheDisabled', { cacheDisabled: true });
    let bytes = 0;
    devtools.on('Network.loadingFinished', e => (bytes += e.encodedDataLength));
    const costs: Record<string, number> = {};
    /** Does what leads to a page, and notes what all of it cost, with style and script, as to who comes for the first time. */
    async function cost(name: string, go: () => Promise<unknown>): Promise<void> {
      bytes = 0;
      await go();
      await page.waitForLoadState('networkidle');
      costs[name] = bytes;
    }
    const next = () => page.locator('main .enter').click();
    await cost('home', () => page.goto(server.at('/')));
    await cost('institutions', () => page.goto(server.at('/book/')));
    await cost('services', () => page.locator('.offers a').first().click());
    await cost('service', () => page.locator('.offers a').last().click()); // a quarter of an hour each: most times
    await cost('days', next);
    await cost('times', () => page.locator('.calendar a').last().click());
    await page.locator('input[name=start]').first().check();
    await cost('you', () => page.locator('.choose button').click());
    await page.locator('#name').fill('يوسف بناني');
    await page.locator('#email').fill('youssef@example.fr');
    await cost('needs', next);
    await cost('people', next);
    await cost('check', next);
    await cost('done', next);
    await page.goto(server.at('/mail/'));
    await page.locator('.letters a').first().click();
    await cost('link', () => page.locator('a[href*="/j/"]').first().click());
    await cost('confirmed', next);
    await cost('move', () => page.locator('a[href$="/move"]').click());
    await cost('move to', () => page.locator('.calendar a').last().click());
    await cost('find', () => page.goto(server.at('/find')));
    console.log(`bytes on the wire: ${Object.entries(costs).map(([name, n]) => `${name} ${n}`).join(', ')}`);
    for (const [name, n] of Object.entries(costs)) {
      expect.soft(n, name).toBeGreaterThan(1000);
      expect.soft(n, name).toBeLessThanOrEqual(20 * 1024);
    }
    await context.close();
  });
});
