import { expect, test } from '@playwright/test';
import { connections, heard, paths, phases, received } from './look';
import { Person, phone } from './person';
import { Server, type Appointment } from './server';
import { allHear, bookThree } from './sitting';

// Clients are told a media address of the documentation (RFC 5737) that nobody answers at: direct media cannot come up, as
// behind a firewall that drops UDP, and all of it must go through the relay on the port of the pages: under TLS, as on the
// only port that many networks leave open.
test.describe.serial('a hearing without UDP', () => {
  const server = new Server(['--public-address', '203.0.113.1', '--tls', 'self-signed']);
  const limit = 10_000;
  let hearing: Appointment;
  let host: Person, citizen: Person, lawyer: Person;
  let slowest = 0;

  test.beforeAll(async () => {
    await server.start();
    hearing = await bookThree(server);
    [host, citizen, lawyer] = await Promise.all([
      Person.arrive(0, 'fr-FR', { trusts: true }),
      Person.arrive(1, 'ar-MA', { viewport: phone, trusts: true }),
      Person.arrive(2, 'en-GB', { trusts: true }),
    ]);
  });

  test.afterAll(async () => {
    await Promise.all([host, citizen, lawyer].map(p => p?.leave()));
    await server.remove();
  });

  /** From the room's "you are in" to the first voice, in the page's own time. */
  async function untilVoice(p: Person, at: number): Promise<number> {
    return at - (await phases(p)).findLast(each => each.state === 'hearing')!.at;
  }

  test('each admission brings sound within ten seconds of the click', async () => {
    for (const [i, p] of [host, citizen, lawyer].entries()) {
      await p.open(hearing.links[i].url);
      await p.join();
      await p.reaches(i === 0 ? 'hearing' : 'waiting');
    }
    for (const [i, p] of [citizen, lawyer].entries()) {
      const clicked = Date.now();
      await host.page.getByTestId('admit').first().click();
      const at = await heard(p, i + 1);
      console.log(`relay: admission to first sound ${at - clicked} ms`);
      expect(at - clicked).toBeLessThanOrEqual(limit);
      slowest = Math.max(slowest, await untilVoice(p, at));
    }
  });

  test('everybody hears everybody, over TLS and through the relay only', async () => {
    const people = [host, citizen, lawyer];
    await allHear(people);
    for (const p of people) expect(await paths(p)).toEqual(['relay tls']);
  });

  test('everybody sees everybody too, and the page says nothing of the way it took', async () => {
    const people = [host, citizen, lawyer];
    for (const p of people) await p.press('camera-switch');
    for (const p of people) {
      await expect.poll(async () => (await received(p)).faces, { message: 'frames decoded', timeout: 30_000 }).toBe(2);
      await expect(p.page.locator('.trouble')).toHaveCount(0);
    }
    await host.shot('relay-fr');
  });

  test('a reload tries the relay first, and sound comes sooner', async () => {
    const reloaded = Date.now();
    await citizen.page.reload();
    await citizen.reaches('hearing');
    const at = await heard(citizen, 2);
    const wait = await untilVoice(citizen, at);
    console.log(`relay: reload to first sound ${at - reloaded} ms; in the room without sound ${wait} ms, at first ${slowest} ms`);
    expect(await citizen.page.evaluate(() => window.connections[0].getConfiguration().iceTransportPolicy)).toBe('relay');
    expect(wait).toBeLessThan(slowest);
    expect(at - reloaded).toBeLessThanOrEqual(limit);
    await allHear([host, citizen, lawyer]);
  });

  test('the server is killed and started again: all are back through the new relay', async () => {
    const people = [host, citizen, lawyer];
    const before = await Promise.all(people.map(connections));
    const killed = Date.now();
    await server.kill('SIGKILL');
    await server.start();
    console.log(`relay: restart, sound on every pair ${(await allHear(people, before)) - killed} ms after the kill`);
    for (const p of people) expect(await paths(p)).toEqual(['relay tls']);
  });
});
