import { expect, test, type Browser } from '@playwright/test';
import { accessible } from './accessible';
import { desktop, phone, plainBrowser, smallPhone } from './person';
import { Server } from './server';

// The pages before the hearing, as somebody without script, in each language, on phone and desktop.
test.describe('pages', () => {
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

  const pages: [string, () => string][] = [
    ['home', () => new URL('/', server.now.links[0].url).href],
    ['open', () => server.now.links[1].url],
    ['too-early', () => server.tomorrow.links[1].url],
    ['cancelled', () => server.cancelled.links[1].url],
    ['unknown', () => new URL('/j/AAAAAAAAAAAAAAAAAAAAAAAAAA', server.now.links[0].url).href],
  ];

  // Words differ by language, the layout by width: axe reads each page once per language on the phone, and once on a desktop.
  for (const [name, url] of pages) {
    test(`${name} is whole and accessible in every language and on every width`, async () => {
      const context = await browser.newContext();
      const page = await context.newPage();
      for (const language of ['fr', 'ar', 'en']) {
        await page.setViewportSize(phone);
        await page.goto(`${url()}?lang=${language}`);
        await expect(page.locator('html')).toHaveAttribute('lang', language);
        await expect(page.locator('html')).toHaveAttribute('dir', language === 'ar' ? 'rtl' : 'ltr');
        await expect(page.locator('h1')).toHaveCount(1);
        await accessible(page);
        for (const [size, viewport] of [['phone', phone], ['small', smallPhone], ['desktop', desktop]] as const) {
          await page.setViewportSize(viewport);
          const width = await page.evaluate(() => document.documentElement.scrollWidth);
          expect(width, `nothing sticks out on a ${size}`).toBeLessThanOrEqual(viewport.width);
          await page.screenshot({ path: `test-results/look/${name}-${language}-${size}.png`, fullPage: true });
        }
        if (language === 'fr') await accessible(page);
      }
      await page.emulateMedia({ colorScheme: 'dark' });
      await accessible(page);
      await page.screenshot({ path: `test-results/look/${name}-night.png`, fullPage: true });
      await context.close();
    });
  }

  test('the language switch works without script', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false, locale: 'en-GB' });
    const page = await context.newPage();
    await page.goto(server.now.links[1].url);
    await expect(page.locator('html')).toHaveAttribute('lang', 'ar'); // the participant's own
    await page.locator('a[hreflang=fr]').click();
    await expect(page.locator('html')).toHaveAttribute('lang', 'fr');
    await context.close();
  });

  test('three links in one browser stay three people', async () => {
    const context = await browser.newContext();
    const urls: string[] = [];
    for (const link of server.now.links.slice(0, 3)) {
      const page = await context.newPage();
      await page.goto(link.url);
      await page.locator('main form[method=post] button').click();
      await page.waitForURL(/\/h\//);
      urls.push(page.url());
    }
    expect(new Set(urls).size).toBe(3);
    for (const [i, page] of context.pages().entries()) {
      await page.reload();
      expect(JSON.parse((await page.locator('#boot').textContent())!).name).toBe(server.now.links[i].name);
    }
    await context.close();
  });

  // What a phone pays, measured by the browser: bodies as transferred, with headers.
  test('the join page costs at most 20 KB, the whole room page at most 60 KB', async () => {
    const context = await browser.newContext({ permissions: ['microphone'] });
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send('Network.enable');
    const addresses = new Map<string, string>();
    const sizes = new Map<string, number>();
    devtools.on('Network.requestWillBeSent', e => addresses.set(e.requestId, e.request.url));
    devtools.on('Network.loadingFinished', e => {
      const address = addresses.get(e.requestId)!;
      sizes.set(address, (sizes.get(address) ?? 0) + e.encodedDataLength);
    });
    const total = () => [...sizes.values()].reduce((sum, size) => sum + size, 0);
    await page.goto(server.now.links[1].url, { waitUntil: 'networkidle' });
    const joined = total();
    console.log(`join page: ${joined} bytes, with what it fetches ahead`);
    expect(joined).toBeGreaterThan(1000);
    expect(joined).toBeLessThanOrEqual(20 * 1024);
    await page.locator('main form[method=post] button').click();
    await page.waitForURL(/\/h\//);
    await expect(page.locator('#room')).toHaveAttribute('data-state', 'check');
    const first = total() - joined;
    await expect.poll(() => [...sizes.keys()].some(address => address.includes('/words-'))).toBe(true);
    await page.waitForLoadState('networkidle');
    const whole = total() - sizes.get(server.now.links[1].url)!;
    console.log(`room page: ${first} bytes until the check, ${whole} in all`);
    expect(first).toBeGreaterThan(5000);
    expect(first).toBeLessThanOrEqual(44 * 1024);
    expect(whole).toBeGreaterThan(first);
    expect(whole).toBeLessThanOrEqual(60 * 1024);
    await context.close();
  });
});
