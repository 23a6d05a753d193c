import { expect, test } from '@playwright/test';
import { accessible } from './accessible';
import { Person, phone } from './person';
import { Server } from './server';

/** From a personal link, days before the hearing, to the measuring of the connection. */
async function upToMeasuring(p: Person, link: string, camera = true): Promise<void> {
  await p.page.goto(link);
  await p.page.locator('button[name=rehearsal]').click();
  await p.page.waitForURL(/\/h\/[a-z0-9]+\/rehearsal$/);
  await p.press('microphone-test');
  await p.press('next');
  await p.press('speaker-test');
  await p.press('heard');
  if (camera) await p.press('camera-test');
  await p.press('measure');
}

/** What the page says in the end. */
async function result(p: Person): Promise<{ fitness: string; path: string; direct: boolean; relay: boolean }> {
  const found = p.page.getByTestId('result');
  await expect(found).toBeVisible({ timeout: 40_000 });
  const up = async (leg: string) => (await p.page.getByTestId(`leg-${leg}`).getAttribute('data-up')) === 'yes';
  return {
    fitness: (await found.getAttribute('data-fitness'))!,
    path: (await found.getAttribute('data-path'))!,
    direct: await up('direct'),
    relay: await up('relay'),
  };
}

test.describe.serial('a test of the connection the day before', () => {
  const server = new Server();
  let citizen: Person;

  test.beforeAll(async () => {
    await server.start();
    citizen = await Person.arrive(1, 'fr-FR', { viewport: phone });
  });

  test.afterAll(async () => {
    await citizen?.leave();
    await server.remove();
  });

  test('goes through both paths to a verdict, which is kept', async () => {
    await upToMeasuring(citizen, server.tomorrow.links[1].url);
    await expect(citizen.page.locator('.returned video')).toBeVisible();
    await citizen.shot('rehearsal-measuring-fr');
    expect(await result(citizen)).toEqual({ fitness: 'good', path: 'direct', direct: true, relay: true });
    await expect(citizen.page.getByTestId('result')).toHaveAttribute('data-kept', 'true');
    await citizen.page.locator('details summary').click();
    await accessible(citizen.page);
    await citizen.fits();
    await citizen.shot('rehearsal-good-fr');
  });
});
