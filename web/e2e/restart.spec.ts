import { expect, test } from '@playwright/test';
import { connections, phases, received } from './look';
import { Person, phone } from './person';
import { Server } from './server';
import { allHear, bookThree, seat } from './sitting';
import { Wire } from './wire';

// What a hearing survives: the server's death, and a line that is dead for a while. Nobody clicks anything here.
test.describe.serial('a hearing in a storm', () => {
  const server = new Server();
  let wire: Wire; // the lawyer's line
  let host: Person, citizen: Person, lawyer: Person;
  let people: [Person, Person, Person];

  test.beforeAll(async () => {
    wire = await Wire.lay();
    server.flags.push('--origin', `http://localhost:${wire.port}`);
    await server.start();
    wire.target = server.port;
    people = [host, citizen, lawyer] = await Promise.all([
      Person.arrive(0, 'fr-FR'),
      Person.arrive(1, 'ar-MA', { viewport: phone }),
      Person.arrive(2, 'en-GB'),
    ]);
    await seat(await bookThree(server), people, (p, url) => (p === lawyer ? wire.link(url) : url));
    await allHear(people);
  });

  test.afterAll(async () => {
    await Promise.all([host, citizen, lawyer].map(p => p?.leave()));
    await wire?.remove();
    await server.remove();
  });

  /** All is as before: nobody was asked to wait again or shown an end, nobody is told of trouble, and sound is there to stay. */
  async function undisturbed(): Promise<void> {
    for (const p of people) {
      await expect(p.page.locator('.trouble')).toHaveCount(0);
      await expect.poll(async () => (await received(p)).voices, { message: 'voices heard' }).toBe(2);
      await p.reaches('hearing');
      expect((await phases(p)).at(-1)!.state).toBe('hearing');
      expect((await phases(p)).filter(each => each.state === 'hearing')).toHaveLength(1);
    }
    await expect(host.page.getByTestId('admit'), 'no second admission').toHaveCount(0);
  }

  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    test(`the server ends by ${signal} and is started again`, async () => {
      const before = await Promise.all(people.map(connections));
      const ended = Date.now();
      await server.kill(signal);
      await server.start();
      const started = Date.now();
      const back = await allHear(people, before);
      console.log(`restart: sound on every pair ${back - ended} ms after ${signal}, the new server ran after ${started - ended} ms`);
      expect(back - ended).toBeLessThanOrEqual(10_000);
      await undisturbed();
    });
  }

  test('five seconds of darkness for all', async () => {
    const dark = Date.now();
    server.freeze();
    await expect(host.page.locator('.trouble'), 'the page says that something is wrong').toBeVisible({ timeout: 10_000 });
    await expect(host.page.locator('[data-speaking=true]'), 'nobody is marked as speaking').toHaveCount(0);
    await host.shot('dark-fr');
    await citizen.shot('dark-ar-phone');
    await host.page.waitForTimeout(Math.max(0, dark + 5_000 - Date.now()));
    server.thaw();
    const thawed = Date.now();
    console.log(`darkness: sound on every pair ${(await allHear(people)) - thawed} ms after the light came back`);
    await undisturbed();
  });

  test('five seconds of darkness, and the line of one is cut as well', async () => {
    server.freeze();
    wire.cut();
    await lawyer.page.waitForTimeout(5_000);
    wire.mend();
    server.thaw();
    const thawed = Date.now();
    console.log(`darkness and a cut: sound on every pair ${(await allHear(people)) - thawed} ms after the light came back`);
    await expect(host.tile(3)).toHaveAttribute('data-place', 'in_hearing');
    await undisturbed();
  });
});
