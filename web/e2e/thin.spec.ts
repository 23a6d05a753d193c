import { expect, test } from '@playwright/test';
import { accessible } from './accessible';
import { layersSent, received } from './look';
import { Person, phone } from './person';
import { Server } from './server';
import { bookThree, seat } from './sitting';

// What a thin link, or the wish to save data, means for those in a hearing. Real thin links are the lab's.
test.describe.serial('a hearing with less than all', () => {
  const server = new Server();
  let host: Person, citizen: Person, lawyer: Person;

  test.beforeAll(async () => {
    await server.start();
    const hearing = await bookThree(server);
    [host, citizen, lawyer] = await Promise.all([
      Person.arrive(0, 'fr-FR'),
      Person.arrive(1, 'ar-MA', { viewport: phone }),
      Person.arrive(2, 'en-GB'),
    ]);
    // The lawyer's browser believes to be on a network of the second generation, and has the page from its cache.
    await lawyer.context.addInitScript(() => {
      performance.getEntriesByType = () => [];
      Object.defineProperty(navigator, 'connection', { value: Object.assign(new EventTarget(), { effectiveType: '2g' }) });
    });
    await seat(hearing, [host, citizen, lawyer]);
  });

  test.afterAll(async () => {
    await Promise.all([host, citizen, lawyer].map(p => p?.leave()));
    await server.remove();
  });

  test('a camera that the link does not carry sends a still picture, which says what it is', async () => {
    await lawyer.press('camera-switch');
    await expect(lawyer.page.getByTestId('self')).toHaveAttribute('data-held', 'true');
    expect(await layersSent(lawyer)).toEqual([]);
    for (const p of [host, citizen]) {
      await expect(p.tile(3).getByTestId('still')).toBeVisible();
      await expect.poll(() => p.tile(3).locator('img').evaluate((image: HTMLImageElement) => image.naturalWidth), {
        message: 'width of the picture',
      }).toBeGreaterThan(0);
    }
    await expect(host.tile(3)).toHaveAttribute('data-picture', 'false');
    await host.shots('still-fr');
    await citizen.shots('still-ar');
    await accessible(host.page);
  });

  test('the link turns out to be good: the picture moves, and a word says so', async () => {
    await expect(host.tile(3)).toHaveAttribute('data-picture', 'true', { timeout: 30_000 });
    await expect(host.tile(3).getByTestId('still')).toHaveCount(0);
    await expect(lawyer.page.getByTestId('move')).toBeVisible();
    await expect(lawyer.page.getByTestId('self')).toHaveAttribute('data-held', 'false');
  });

  test('voice only, pinned: no camera goes out, no picture comes in, and everybody is still heard', async () => {
    for (const p of [host, citizen]) await p.press('camera-switch');
    await expect(host.tile(2)).toHaveAttribute('data-picture', 'true', { timeout: 30_000 });
    await citizen.press('more');
    await citizen.press('settings');
    await citizen.press('limit-voice');
    await citizen.shots('limit-ar');
    await accessible(citizen.page);
    await citizen.page.keyboard.press('Escape');
    await expect(citizen.page.getByTestId('self')).toHaveAttribute('data-held', 'true');
    await expect(host.tile(2)).toHaveAttribute('data-picture', 'false', { timeout: 10_000 });
    expect(await layersSent(citizen)).toEqual([]);
    for (const other of [1, 3]) await expect(citizen.tile(other)).toHaveAttribute('data-paused', 'saver');
    expect(await received(citizen)).toEqual({ voices: 2, faces: 0 });
    expect((await received(host)).voices).toBe(2);
    await citizen.shots('voice-only-ar');
    await host.shots('voice-only-fr');
  });

  test('a reload keeps the choice, and automatic brings the pictures back', async () => {
    await citizen.page.reload();
    await citizen.reaches('hearing');
    await citizen.press('more');
    await citizen.press('settings');
    await expect(citizen.page.getByTestId('limit-voice')).toBeChecked();
    await citizen.press('limit-auto');
    await citizen.page.keyboard.press('Escape');
    await expect.poll(async () => (await received(citizen)).faces, { message: 'frames decoded', timeout: 30_000 }).toBe(2);
  });
});
