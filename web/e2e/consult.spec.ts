import { expect, test } from '@playwright/test';
import { accessible } from './accessible';
import { received, strongest, picture } from './look';
import { captures } from './capture';
import { Person, phone } from './person';
import { Server, type Appointment } from './server';
import { bookThree } from './sitting';

// A citizen and their lawyer talk apart: before the hearing, and out of it. The host hears nothing of it.
test.describe.serial('a talk in private', () => {
  let server: Server;
  let hearing: Appointment;
  let host: Person, citizen: Person, lawyer: Person;

  test.beforeAll(async () => {
    server = new Server();
    await server.start();
    hearing = await bookThree(server);
    [host, citizen, lawyer] = await Promise.all([
      Person.arrive(0, 'fr-FR'),
      Person.arrive(1, 'ar-MA', { viewport: phone }),
      Person.arrive(2, 'en-GB'),
    ]);
    for (const [i, p] of [host, citizen, lawyer].entries()) {
      await p.open(hearing.links[i].url);
      await p.join();
      await p.reaches(p === host ? 'hearing' : 'waiting');
    }
  });

  test.afterAll(async () => {
    await Promise.all([host, citizen, lawyer].map(p => p?.leave()));
    await server?.remove();
  });

  const voices = (p: Person) => expect.poll(async () => (await received(p)).voices, { message: 'voices heard', timeout: 30_000 });

  test('who waits calls their own people, and nobody else', async () => {
    const call = citizen.page.getByTestId('call');
    await expect(call).toHaveCount(1);
    await expect(citizen.page.locator('body')).not.toContainText('Amina');
    await call.click();
    await citizen.reaches('consultation');
    await expect(citizen.page.locator('[data-place=calling]')).toBeVisible();
    await accessible(citizen.page);
    await expect(lawyer.page.getByTestId('accept')).toBeVisible();
    await accessible(lawyer.page);
    await lawyer.shot('invited-en');
    await lawyer.press('accept');
    await lawyer.reaches('consultation');
  });

  test('they hear and see each other, and the host neither', async () => {
    await Promise.all([voices(citizen).toBe(1), voices(lawyer).toBe(1), voices(host).toBe(0)]);
    await lawyer.press('camera-switch');
    await expect(citizen.tile(3)).toHaveAttribute('data-picture', 'true', { timeout: 30_000 });
    await expect.poll(async () => strongest((await picture(citizen, 3)).colour), { message: 'face of 3' }).toBe(strongest(captures[2].colour));
    expect(await received(host)).toEqual({ voices: 0, faces: 0 });
    await expect(citizen.tile(1)).toHaveCount(0);
    await citizen.shot('consultation-ar-phone');
  });

  test('one who is admitted meanwhile hears a knock, and comes in on return', async () => {
    for (const name of ['يوسف', 'Salma']) await host.page.getByTestId('admit').and(host.page.getByLabel(name)).click();
    await expect(citizen.page.getByTestId('knocked')).toBeVisible();
    await citizen.reaches('consultation');
    await citizen.press('return');
    await citizen.reaches('hearing');
    await Promise.all([voices(host).toBe(1), voices(citizen).toBe(1)]);
    await lawyer.press('return');
    await lawyer.reaches('hearing');
    for (const p of [host, citizen, lawyer]) await voices(p).toBe(2);
  });

  test('out of the hearing and back', async () => {
    await lawyer.press('more');
    await lawyer.press('consult');
    await lawyer.page.getByTestId('call').click();
    await lawyer.reaches('consultation');
    await citizen.press('accept');
    await citizen.reaches('consultation');
    await Promise.all([voices(citizen).toBe(1), voices(lawyer).toBe(1), voices(host).toBe(0)]);
    for (const p of [citizen, lawyer]) {
      await p.press('return');
      await p.reaches('hearing');
    }
    for (const p of [host, citizen, lawyer]) await voices(p).toBe(2);
  });
});
