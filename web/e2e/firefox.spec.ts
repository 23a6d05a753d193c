import { expect, test } from '@playwright/test';
import { captures } from './capture';
import { FirefoxPerson, mediaAddress, obstacle } from './firefox';
import { connections, distance, heard, ownPicture, paths, phases, picture, received, strongest } from './look';
import { Person } from './person';
import { Server, type Appointment } from './server';
import { allHear, bookThree, seat } from './sitting';
import { Wire } from './wire';

const missing = obstacle();
if (missing && process.env.CI === 'true') throw new Error(missing);
if (missing) console.log(`\n*** SKIPPED: the hearings with Firefox. ${missing} ***\n`);

// Two kinds of browser in one hearing: the citizen has Firefox, host and lawyer have Chromium.
test.describe.serial('a hearing with Firefox', () => {
  test.skip(!!missing, missing);

  let server: Server;
  let wire: Wire; // Firefox's line
  let host: Person, lawyer: Person, citizen: FirefoxPerson;
  let hearing: Appointment;

  test.beforeAll(async () => {
    wire = await Wire.lay();
    server = new Server(['--origin', `http://localhost:${wire.port}`], mediaAddress());
    await server.start();
    wire.target = server.port;
    hearing = await bookThree(server);
    [host, citizen, lawyer] = await Promise.all([
      Person.arrive(0, 'fr-FR'),
      FirefoxPerson.arrive('ar-MA'),
      Person.arrive(2, 'en-GB'),
    ]);
  });

  test.afterAll(async () => {
    await Promise.all([host, citizen, lawyer].map(p => p?.leave()));
    await wire?.remove();
    await server?.remove();
  });

  const tile = (number: number) => `[data-testid=tile][data-number="${number}"]`;

  test('all three come in, and everybody hears everybody, directly', async () => {
    await seat(hearing, [host, citizen, lawyer], (p, url) => (p === citizen ? wire.link(url) : url));
    const people = [host, citizen, lawyer];
    await allHear(people);
    for (const p of people) expect(await paths(p)).toEqual([expect.stringMatching(/^(host|prflx) udp$/)]);
  });

  test('everybody sees everybody, the right name on the right face', async () => {
    for (const p of [host, citizen, lawyer]) await p.press('camera-switch');
    for (const [p, number, colour] of [
      [citizen, 1, captures[0].colour], [citizen, 3, captures[2].colour],
      [host, 3, captures[2].colour], [lawyer, 1, captures[0].colour],
    ] as const) {
      await expect.poll(async () => strongest((await picture(p, number)).colour), { message: `face of ${number}` }).toBe(strongest(colour));
    }
    // Firefox's picture wanders through the colours: what others see is what its owner sees.
    for (const p of [host, lawyer]) {
      await expect.poll(async () => distance((await picture(p, 2)).colour, (await ownPicture(citizen)).colour), {
        message: 'difference from the citizen’s own picture',
      }).toBeLessThan(40);
      await expect(p.tile(2)).toHaveAttribute('data-picture', 'true');
      await expect(p.tile(2).locator('.name')).toHaveText(hearing.links[1].name);
    }
    for (const n of [1, 3]) {
      expect(await citizen.attribute(tile(n), 'data-picture')).toBe('true');
      expect(await citizen.page.$eval(`${tile(n)} .name`, e => e.textContent)).toBe(hearing.links[n - 1].name);
    }
    await citizen.shot('hearing-firefox');
    await host.shot('hearing-with-firefox');
  });

  test('a tile gets the layer that fits it, both ways', async () => {
    const low = { width: 1280, height: 340 }, high = { width: 1280, height: 800 };
    for (const [viewport, height] of [[low, 180], [high, 360]] as const) {
      await host.page.setViewportSize(viewport);
      await expect.poll(async () => (await picture(host, 2)).height, { message: 'lines from Firefox' }).toBe(height);
      await citizen.page.setViewport(viewport);
      await expect.poll(async () => (await picture(citizen, 1)).height, { message: 'lines to Firefox' }).toBe(height);
    }
  });

  test('muted microphones are silent and say so, both ways', async () => {
    await citizen.press('microphone-switch');
    await expect(host.tile(2).locator('.muted')).toBeVisible();
    await expect.poll(async () => (await received(host)).voices, { message: 'voices heard' }).toBe(1);
    await citizen.press('microphone-switch');
    await expect.poll(async () => (await received(host)).voices, { message: 'voices heard' }).toBe(2);
    await lawyer.press('microphone-switch');
    await expect.poll(() => citizen.page.$(`${tile(3)} .muted`)).not.toBeNull();
    await expect.poll(async () => (await received(citizen)).voices, { message: 'voices heard' }).toBe(1);
    await lawyer.press('microphone-switch');
  });

  test('a lost socket heals, and media goes on meanwhile', async () => {
    wire.cut();
    await expect(host.tile(2)).toHaveAttribute('data-place', 'reconnecting');
    await expect.poll(async () => (await received(host)).voices, { message: 'voices heard' }).toBe(2);
    wire.mend();
    await expect(host.tile(2)).toHaveAttribute('data-place', 'in_hearing');
    await heard(citizen, 2);
    expect((await phases(citizen)).filter(each => each.state === 'waiting')).toHaveLength(1);
  });

  test('the server is killed and started again', async () => {
    const people = [host, citizen, lawyer];
    const before = await Promise.all(people.map(connections));
    const killed = Date.now();
    await server.kill('SIGKILL');
    await server.start();
    console.log(`restart with Firefox: sound on every pair ${(await allHear(people, before)) - killed} ms after the kill`);
    for (const p of [host, citizen, lawyer]) expect((await phases(p)).at(-1)!.state).toBe('hearing');
  });

  test('Firefox comes straight back from a reload', async () => {
    await citizen.page.reload();
    await citizen.reaches('hearing');
    await heard(citizen, 2);
    await heard(host, 2);
  });
});

test('Firefox without UDP is heard through the relay', async () => {
  test.skip(!!missing, missing);
  const server = new Server(['--public-address', '203.0.113.1']); // nobody answers there (RFC 5737)
  await server.start();
  const hearing = await bookThree(server);
  const host = await Person.arrive(0, 'fr-FR');
  const citizen = await FirefoxPerson.arrive('ar-MA');
  try {
    await seat(hearing, [host, citizen]);
    const admitted = (await phases(citizen)).at(-1)!.at;
    console.log(`relay with Firefox: sound ${(await heard(citizen, 1)) - admitted} ms after admission`);
    await allHear([host, citizen]);
    expect(await paths(citizen)).toEqual(['relay tcp']);
  } finally {
    await Promise.all([host.leave(), citizen.leave()]);
    await server.remove();
  }
});
