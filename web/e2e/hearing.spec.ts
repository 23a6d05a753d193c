import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { captures } from './capture';
import { Person } from './person';
import { picture, received } from './look';
import { Server, type Appointment } from './server';
import { Wire } from './wire';

const phone = { width: 390, height: 844 };

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
    hearing = await server.book('host:Amina El Fassi:fr', 'party:يوسف بناني:ar', 'representative:Salma Idrissi:en');
    [host, citizen, lawyer] = await Promise.all([
      Person.arrive(0, 'fr-FR'),
      Person.arrive(1, 'ar-MA', phone),
      Person.arrive(2, 'en-GB'),
    ]);
  });

  test.afterAll(async () => {
    await Promise.all([host, citizen, lawyer].map(p => p?.leave()));
    await wire?.remove();
    await server?.remove();
  });

  const room = (p: Person) => p.page.locator('#room');
  const state = (p: Person) => expect(room(p), 'phase of the room');
  const tile = (p: Person, number: number) => p.page.locator(`[data-testid=tile][data-number="${number}"]`);
  const shot = (p: Person, name: string) => p.page.screenshot({ path: `test-results/look/${name}.png` });

  /** From the link to the device check, as a person goes. */
  async function open(p: Person, number: number): Promise<void> {
    const link = hearing.links.find(l => l.number === number)!;
    await p.page.goto(p === lawyer ? wire.link(link.url) : link.url);
    await p.page.locator('main form[method=post] button').click();
    await p.page.waitForURL(/\/h\//);
    expect(p.page.url(), 'the ticket leaves the address bar').not.toContain(link.url.split('/j/')[1]);
    await state(p).toHaveAttribute('data-state', 'check');
  }

  test('the citizen arrives first and waits', async () => {
    await open(citizen, 2);
    await accessible(citizen.page);
    await shot(citizen, 'check-ar-phone');
    await citizen.page.getByTestId('join').click();
    await state(citizen).toHaveAttribute('data-state', 'waiting');
    await accessible(citizen.page);
    await shot(citizen, 'waiting-ar-phone');
    await expect(citizen.page.locator('body'), 'no name before admission').not.toContainText('Amina');
  });

  test('the host comes in at once and sees who waits', async () => {
    await open(host, 1);
    await shot(host, 'check-fr');
    await host.page.getByTestId('join').click();
    await state(host).toHaveAttribute('data-state', 'hearing');
    await expect(host.page.getByTestId('people-panel')).toContainText('يوسف بناني');
    await shot(host, 'host-fr-waiting');
    await accessible(host.page);
  });

  test('the lawyer waits too; the host admits both', async () => {
    await open(lawyer, 3);
    await lawyer.page.getByTestId('join').click();
    await state(lawyer).toHaveAttribute('data-state', 'waiting');
    const admit = host.page.getByTestId('admit');
    await expect(admit).toHaveCount(2);
    await admit.first().click();
    await expect(admit).toHaveCount(1);
    await admit.click();
    for (const p of [citizen, lawyer]) await state(p).toHaveAttribute('data-state', 'hearing');
  });

  test('everybody hears everybody', async () => {
    const people = [host, citizen, lawyer];
    for (const p of people) {
      for (const n of [1, 2, 3].filter(n => n !== people.indexOf(p) + 1)) await expect(tile(p, n)).toBeVisible();
    }
    for (const p of people) {
      await expect.poll(async () => (await received(p.page)).voices, { message: 'voices heard', timeout: 30_000 }).toBe(2);
    }
  });

  test('everybody sees everybody, the right name on the right face', async () => {
    const people = [host, citizen, lawyer];
    for (const p of people) await p.page.getByTestId('camera-switch').click();
    for (const p of people) {
      for (const [i, other] of hearing.links.entries()) {
        if (people[i] === p) continue;
        await expect(tile(p, other.number)).toHaveAttribute('data-picture', 'true', { timeout: 30_000 });
        await expect(tile(p, other.number).locator('.name')).toHaveText(other.name);
        await expect.poll(() => picture(tile(p, other.number)), { message: `face of ${other.number}`, timeout: 20_000 }).toEqual(
          nearest(captures[i].colour),
        );
      }
    }
    for (const p of people) {
      await expect.poll(async () => (await received(p.page)).faces, { message: 'frames decoded', timeout: 30_000 }).toBe(2);
    }
    await shot(host, 'hearing-fr');
    await shot(citizen, 'hearing-ar-phone');
    for (const p of [host, citizen]) await accessible(p.page);
  });

  test('a muted microphone is silent and says so', async () => {
    await lawyer.page.getByTestId('microphone-switch').click();
    await expect(tile(host, 3).locator('.muted')).toBeVisible();
    await expect.poll(async () => (await received(host.page)).voices, { message: 'voices heard' }).toBe(1);
    await lawyer.page.getByTestId('microphone-switch').click();
    await expect(tile(host, 3).locator('.muted')).toBeHidden();
    await expect.poll(async () => (await received(host.page)).voices, { message: 'voices heard' }).toBe(2);
  });

  test('a lost socket heals without a new admission, and media goes on meanwhile', async () => {
    wire.cut();
    await expect(tile(host, 3)).toHaveAttribute('data-place', 'reconnecting');
    await expect.poll(async () => (await received(host.page)).voices, { message: 'voices heard' }).toBe(2);
    wire.mend();
    await expect(tile(host, 3)).toHaveAttribute('data-place', 'in_hearing');
    await state(lawyer).toHaveAttribute('data-state', 'hearing');
  });

  test('a reload of the page comes straight back', async () => {
    await citizen.page.reload();
    await state(citizen).toHaveAttribute('data-state', 'hearing');
    await expect.poll(async () => (await received(citizen.page)).voices, { message: 'voices heard', timeout: 30_000 }).toBe(2);
  });

  test('the host removes one, for whom it is over at once', async () => {
    const panel = host.page.getByTestId('people-panel');
    await panel.locator('.company', { hasText: 'Salma' }).locator('.actions .button').first().click();
    await host.page.getByTestId('remove-confirm').click();
    await state(lawyer).toHaveAttribute('data-state', 'ended');
    await expect(lawyer.page.locator('.ended')).toHaveAttribute('data-code', 'removed');
    await shot(lawyer, 'removed-en');
    await accessible(lawyer.page);
    await expect(tile(host, 3)).toHaveCount(0);
    await lawyer.page.goto(hearing.links[2].url);
    await expect(lawyer.page.locator('main form[method=post] button')).toHaveCount(0);
  });

  test('the host ends the hearing for all', async () => {
    await host.page.getByTestId('end').click();
    await host.page.getByTestId('end-confirm').click();
    for (const p of [host, citizen]) {
      await state(p).toHaveAttribute('data-state', 'ended');
      await expect(p.page.locator('.ended')).toHaveAttribute('data-code', 'closed');
    }
    await shot(citizen, 'closed-ar-phone');
  });
});

test('cancelling stops a running hearing at once', async () => {
  const server = new Server();
  const host = await Person.arrive(0, 'fr-FR');
  try {
    await server.start();
    const hearing = await server.book('host:Amina El Fassi:fr', 'party:Karim Ouali:fr');
    await host.page.goto(hearing.links[0].url);
    await host.page.locator('main form[method=post] button').click();
    await host.page.getByTestId('join').click();
    await expect(host.page.locator('#room')).toHaveAttribute('data-state', 'hearing');
    await server.command('cancel', hearing.reference);
    await expect(host.page.locator('.ended')).toHaveAttribute('data-code', 'cancelled');
  } finally {
    await host.leave();
    await server.remove();
  }
});

/** axe-core finds nothing serious. */
async function accessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(v => v.impact === 'serious' || v.impact === 'critical');
  expect(serious.map(v => `${v.id}: ${v.nodes.map(n => n.target).join(', ')}`)).toEqual([]);
}

/** What look.picture answers for a capture of this colour: its strongest channel. */
function nearest(colour: readonly number[]): string {
  return ['red', 'green', 'blue'][colour.indexOf(Math.max(...colour))];
}
