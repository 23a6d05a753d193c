import { expect, test } from '@playwright/test';
import { accessible } from './accessible';
import { heard } from './look';
import { Person, phone } from './person';
import { Server } from './server';
import { say } from './words';

// What the page fetches behind its first screens, when a line drops before it is there.
test.describe('the later part of the room', () => {
  const server = new Server();
  test.beforeAll(() => server.start());
  test.afterAll(() => server.remove());

  test('who is let in before it is there hears and is heard, is told so, and sees the hearing once it has come', async () => {
    const hearing = await server.book('host:Amina El Fassi:fr', 'party:يوسف بناني:ar');
    const [host, citizen] = await Promise.all([Person.arrive(0, 'fr-FR'), Person.arrive(1, 'ar-MA', { viewport: phone })]);
    try {
      let down = true;
      for (const part of ['inside-*.js', 'words-*.json']) {
        await citizen.page.route(`**/static/${part}`, route => (down ? route.abort('internetdisconnected') : route.continue()));
      }
      await host.open(hearing.links[0].url);
      await host.join();
      await citizen.open(hearing.links[1].url);
      await citizen.join();
      await citizen.reaches('waiting');
      await host.press('admit');
      await citizen.reaches('hearing');
      const meanwhile = citizen.page.getByTestId('meanwhile');
      await expect(meanwhile).toContainText(say('ar', 'room.fact.heard'));
      await expect(meanwhile.getByRole('heading')).toBeFocused();
      await Promise.all([heard(citizen, 1), heard(host, 1)]);
      await citizen.fits();
      await accessible(citizen.page);
      await citizen.shots('meanwhile-ar');
      await citizen.press('microphone-switch');
      await expect(host.tile(2).locator('.muted')).toBeVisible();
      await citizen.press('microphone-switch');
      await expect(meanwhile.getByRole('alert')).toContainText(say('ar', 'room.later.failed'));
      await citizen.fits();
      await accessible(citizen.page);
      await citizen.shots('meanwhile-failing-ar');

      down = false;
      await expect(citizen.tile(1)).toBeVisible();
      await expect(meanwhile).toHaveCount(0);
      await heard(citizen, 1);
      await citizen.shots('after-meanwhile-ar');
      await citizen.page.reload();
      await citizen.reaches('hearing');
      await expect(citizen.tile(1)).toBeVisible();
    } finally {
      await Promise.all([host.leave(), citizen.leave()]);
    }
  });
});
