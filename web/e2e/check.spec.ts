import { expect, test } from '@playwright/test';
import { accessible } from './accessible';
import { heard } from './look';
import { Person, phone } from './person';
import { Server } from './server';

// What may go wrong before one is in: at the device check.
test.describe('the device check', () => {
  const server = new Server();
  test.beforeAll(() => server.start());
  test.afterAll(() => server.remove());

  test('who refuses the microphone is told the way back, and may enter without', async () => {
    const hearing = await server.book('host:Amina El Fassi:fr', 'party:يوسف بناني:ar');
    const [host, citizen] = await Promise.all([
      Person.arrive(0, 'fr-FR'),
      Person.arrive(1, 'ar-MA', { viewport: phone, refuses: true }),
    ]);
    try {
      await citizen.open(hearing.links[1].url);
      await citizen.join();
      await expect(citizen.page.getByTestId('microphone')).toHaveAttribute('data-access', 'denied');
      await expect(citizen.page.getByRole('alert').locator('ol li')).toHaveCount(3);
      await expect(citizen.page.getByRole('alert')).toBeInViewport();
      await citizen.reaches('check');
      await accessible(citizen.page);
      await citizen.fits();
      await citizen.shots('denied-ar');
      await citizen.press('join-silent');
      await citizen.reaches('waiting');

      await host.open(hearing.links[0].url);
      await host.join();
      await host.press('admit');
      await citizen.reaches('hearing');
      await heard(citizen, 1);
      await expect(host.tile(2).locator('.muted')).toBeVisible();
      await citizen.press('microphone-switch');
      await expect(citizen.page.getByRole('dialog')).toBeVisible();
      await citizen.fits();
      await citizen.shots('denied-hearing-ar');
      await accessible(citizen.page);
    } finally {
      await Promise.all([host.leave(), citizen.leave()]);
    }
  });

  test('a browser inside an app says so', async () => {
    const userAgent = 'Mozilla/5.0 (Linux; Android 13; SM-A135F; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 '
      + 'Chrome/140.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/480.0.0.0;]';
    const citizen = await Person.arrive(1, 'fr-FR', { viewport: phone, userAgent });
    try {
      await citizen.open(`${server.now.links[2].url}`);
      await expect(citizen.page.getByRole('note')).toContainText('Facebook');
      await accessible(citizen.page);
      await citizen.fits();
      await citizen.shots('in-app-fr');
    } finally {
      await citizen.leave();
    }
  });

  test('the check fits a phone and a desk in every language', async () => {
    const citizen = await Person.arrive(1, 'fr-FR', { viewport: phone });
    try {
      await citizen.open(server.now.links[1].url);
      for (const [language, dir] of [['fr', 'ltr'], ['ar', 'rtl'], ['en', 'ltr']]) {
        await citizen.page.locator(`a[hreflang=${language}]`).click();
        await expect(citizen.page.locator('html')).toHaveAttribute('dir', dir);
        await citizen.reaches('check');
        await expect(citizen.page.getByTestId('microphone')).toHaveAttribute('data-access', 'on');
        await citizen.press('speaker-test');
        await citizen.page.getByTestId('camera').getByRole('button').click();
        await expect(citizen.page.getByTestId('camera')).toHaveAttribute('data-access', 'on');
        await citizen.fits();
        await accessible(citizen.page);
        await citizen.shots(`check-${language}`);
      }
    } finally {
      await citizen.leave();
    }
  });
});
