import { expect, test } from '@playwright/test';
import { accessible } from './accessible';
import { captures } from './capture';
import { picture, received, strongest } from './look';
import { Person, phone } from './person';
import { Server, type Appointment } from './server';
import { bookThree } from './sitting';
import { Wire } from './wire';

// One hearing, told from beginning to end by three people with real browsers.
test.describe.serial('a hearing of three', () => {
  let server: Server;
  let wire: Wire; // the lawyer's line
  let host: Person, citizen: Person, lawyer: Person;
  let hearing: Appointment;

  test.beforeAll(async () => {
    wire = await Wire.lay();
    server = new Server(['--origin', `http://localhost:${wire.port}`]);
    await server.start();
    wire.target = server.port;
    hearing = await bookThree(server);
    [host, citizen, lawyer] = await Promise.all([
      Person.arrive(0, 'fr-FR'),
      Person.arrive(1, 'ar-MA', { viewport: phone }),
      Person.arrive(2, 'en-GB'),
    ]);
  });

  test.afterAll(async () => {
    await Promise.all([host, citizen, lawyer].map(p => p?.leave()));
    await wire?.remove();
    await server?.remove();
  });

  async function open(p: Person, number: number): Promise<void> {
    const { url } = hearing.links.find(l => l.number === number)!;
    await p.open(p === lawyer ? wire.link(url) : url);
  }

  test('the citizen arrives first and waits', async () => {
    await open(citizen, 2);
    await accessible(citizen.page);
    await citizen.shot('check-ar-phone');
    await citizen.join();
    await citizen.reaches('waiting');
    await accessible(citizen.page);
    await citizen.shot('waiting-ar-phone');
    await expect(citizen.page.locator('body'), 'no name before admission').not.toContainText('Amina');
  });

  test('the host comes in at once and sees who waits', async () => {
    await open(host, 1);
    await host.shot('check-fr');
    await host.join();
    await host.reaches('hearing');
    await expect(host.page.getByTestId('people-panel')).toContainText('يوسف بناني');
    await host.shot('host-fr-waiting');
    await accessible(host.page);
  });

  test('the lawyer waits too; the host admits both', async () => {
    await open(lawyer, 3);
    await lawyer.join();
    await lawyer.reaches('waiting');
    const admit = host.page.getByTestId('admit');
    await expect(admit).toHaveCount(2);
    await admit.first().click();
    await expect(admit).toHaveCount(1);
    await admit.click();
    for (const p of [citizen, lawyer]) await p.reaches('hearing');
  });

  test('everybody hears everybody', async () => {
    const people = [host, citizen, lawyer];
    for (const p of people) {
      for (const n of [1, 2, 3].filter(n => n !== people.indexOf(p) + 1)) await expect(p.tile(n)).toBeVisible();
    }
    for (const p of people) {
      await expect.poll(async () => (await received(p)).voices, { message: 'voices heard', timeout: 30_000 }).toBe(2);
    }
  });

  test('everybody sees everybody, the right name on the right face', async () => {
    const people = [host, citizen, lawyer];
    for (const p of people) await p.press('camera-switch');
    for (const p of people) {
      for (const [i, other] of hearing.links.entries()) {
        if (people[i] === p) continue;
        await expect(p.tile(other.number)).toHaveAttribute('data-picture', 'true', { timeout: 30_000 });
        await expect(p.tile(other.number).locator('.name')).toHaveText(other.name);
        await expect.poll(async () => strongest((await picture(p, other.number)).colour), {
          message: `face of ${other.number}`,
        }).toBe(strongest(captures[i].colour));
      }
    }
    for (const p of people) {
      await expect.poll(async () => (await received(p)).faces, { message: 'frames decoded', timeout: 30_000 }).toBe(2);
    }
    await host.shot('hearing-fr');
    await citizen.shot('hearing-ar-phone');
    for (const p of [host, citizen]) await accessible(p.page);
  });

  test('a muted microphone is silent and says so', async () => {
    await lawyer.press('microphone-switch');
    await expect(host.tile(3).locator('.muted')).toBeVisible();
    await expect.poll(async () => (await received(host)).voices, { message: 'voices heard' }).toBe(1);
    await lawyer.press('microphone-switch');
    await expect(host.tile(3).locator('.muted')).toBeHidden();
    await expect.poll(async () => (await received(host)).voices, { message: 'voices heard' }).toBe(2);
  });

  test('a lost socket heals without a new admission, and media goes on meanwhile', async () => {
    wire.cut();
    await expect(host.tile(3)).toHaveAttribute('data-place', 'reconnecting');
    await expect.poll(async () => (await received(host)).voices, { message: 'voices heard' }).toBe(2);
    wire.mend();
    await expect(host.tile(3)).toHaveAttribute('data-place', 'in_hearing');
    await lawyer.reaches('hearing');
  });

  test('a reload of the page comes straight back', async () => {
    await citizen.page.reload();
    await citizen.reaches('hearing');
    await expect.poll(async () => (await received(citizen)).voices, { message: 'voices heard', timeout: 30_000 }).toBe(2);
  });

  test('the host removes one, for whom it is over at once', async () => {
    const panel = host.page.getByTestId('people-panel');
    await panel.locator('.company', { hasText: 'Salma' }).getByTestId('person').click();
    await host.press('remove');
    await host.press('remove-confirm');
    await lawyer.reaches('ended', 'removed');
    await lawyer.shot('removed-en');
    await accessible(lawyer.page);
    await expect(host.tile(3)).toHaveCount(0);
    await lawyer.page.goto(hearing.links[2].url);
    await expect(lawyer.page.locator('main form[method=post] button')).toHaveCount(0);
  });

  test('the host ends the hearing for all', async () => {
    await host.press('end');
    await host.press('end-confirm');
    for (const p of [host, citizen]) {
      await p.reaches('ended', 'closed');
    }
    await citizen.shot('closed-ar-phone');
  });
});

test('cancelling stops a running hearing at once', async () => {
  const server = new Server();
  const host = await Person.arrive(0, 'fr-FR');
  try {
    await server.start();
    const hearing = await server.book('host:Amina El Fassi:fr', 'party:Karim Ouali:fr');
    await host.open(hearing.links[0].url);
    await host.join();
    await host.reaches('hearing');
    await server.command('cancel', hearing.reference);
    await host.reaches('ended', 'cancelled');
  } finally {
    await host.leave();
    await server.remove();
  }
});
