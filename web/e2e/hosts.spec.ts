import { expect, test, type Locator } from '@playwright/test';
import { accessible } from './accessible';
import { Bystander } from './bystander';
import { received } from './look';
import { Person, phone } from './person';
import { Server, type Appointment } from './server';
import { allHear } from './sitting';
import { Wire } from './wire';
import { say } from './words';

// Two who hold the same hearing act on one truth, whoever is first.
test.describe.serial('two hosts', () => {
  let server: Server;
  let wire: Wire; // the second host's line
  let first: Person, second: Person, citizen: Person;
  let lawyer: Bystander;
  let hearing: Appointment;

  test.beforeAll(async () => {
    wire = await Wire.lay();
    server = new Server(['--origin', `http://localhost:${wire.port}`]);
    await server.start();
    wire.target = server.port;
    hearing = await server.book('host:Amina El Fassi:fr', 'host:عمر لحلو:ar', 'party:يوسف بناني:ar', 'representative:Salma Idrissi:fr');
    [first, second, citizen] = await Promise.all([
      Person.arrive(0, 'fr-FR'),
      Person.arrive(1, 'ar-MA'),
      Person.arrive(2, 'ar-MA', { viewport: phone }),
    ]);
  });

  test.afterAll(async () => {
    lawyer?.leave();
    await Promise.all([first, second, citizen].map(p => p?.leave()));
    await wire?.remove();
    await server?.remove();
  });

  const hosts = () => [first, second];

  /** Presses buttons that are all there now; what one press does cannot take another's button away before it is pressed. */
  async function atOnce(...buttons: Locator[]): Promise<void> {
    const found = await Promise.all(buttons.map(each => each.elementHandle()));
    await Promise.all(found.map(each => each!.evaluate(button => (button as HTMLElement).click())));
  }

  const stands = (p: Person, state: string) => expect(p.page.locator('.session-state')).toHaveClass(new RegExp(`\\b${state}\\b`));

  /** Nothing that a host did was refused: that it was done already is no mistake of theirs. */
  async function nobodyBlamed(): Promise<void> {
    for (const host of hosts()) await expect(host.page.locator('.words .trouble')).toHaveCount(0);
  }

  test('both see who waits; both admit the same one at once', async () => {
    await citizen.open(hearing.links[2].url);
    await citizen.join();
    await citizen.reaches('waiting');
    lawyer = await Bystander.arrive(hearing.links[3].url);
    for (const [host, link] of [[first, hearing.links[0].url], [second, wire.link(hearing.links[1].url)]] as const) {
      await host.open(link);
      await host.join();
      await host.reaches('hearing');
      await expect(host.page.getByTestId('admit')).toHaveCount(2);
    }
    await atOnce(...hosts().map(host => host.page.locator('.company', { hasText: hearing.links[2].name }).getByTestId('admit')));
    await citizen.reaches('hearing');
    await allHear([first, second, citizen]);
    for (const host of hosts()) await expect(host.page.getByTestId('admit')).toHaveCount(1);
    await nobodyBlamed();
  });

  test('one pauses while the other closes the door: both hold, and either of them resumes', async () => {
    await second.press('room-deeds');
    await atOnce(first.page.getByTestId('pause'), second.page.getByTestId('lock'));
    for (const host of hosts()) {
      await stands(host, 'paused');
      await expect(host.page.locator('.session-state .locked')).toBeVisible();
    }
    await expect(citizen.page.locator('.standing')).toContainText(say('ar', 'room.standing.paused'));
    await expect.poll(() => received(citizen), { message: 'voices heard' }).toEqual({ voices: 0, faces: 0 });
    await citizen.shot('hosts-paused-ar-phone');
    await second.shot('hosts-paused-ar');
    await accessible(second.page);
    await second.press('resume');
    for (const p of [first, citizen]) await stands(p, 'in_session');
    await allHear([first, second, citizen]);
  });

  test('one host goes: the hearing goes on with the other', async () => {
    await first.press('leave');
    await first.press('leave-confirm');
    await first.reaches('ended', 'left');
    await expect(second.tile(1)).toHaveCount(0);
    await expect(citizen.tile(1)).toHaveCount(0);
    await stands(citizen, 'in_session');
    await allHear([second, citizen]);
  });

  test('the last host is lost: all are told in words, and hear each other no more; a return resumes it', async () => {
    await citizen.page.bringToFront();
    wire.cut();
    await stands(citizen, 'suspended');
    await expect(citizen.page.locator('.words')).toContainText(say('ar', 'room.trouble.suspended'));
    await expect.poll(() => received(citizen), { message: 'voices heard' }).toMatchObject({ voices: 0 });
    await citizen.shot('hosts-lost-ar-phone');
    await accessible(citizen.page);
    wire.mend();
    await second.evaluate(() => window.dispatchEvent(new Event('online')), undefined); // what a browser says when its network is back
    await stands(citizen, 'in_session');
    await expect(citizen.page.locator('.words .trouble')).toHaveCount(0);
    await allHear([second, citizen]);
    await stands(second, 'in_session');
  });

  test('the first comes back: one closes while the other pauses, and closed is final', async () => {
    await first.press('back');
    await first.join();
    await first.reaches('hearing');
    await first.press('end');
    await atOnce(first.page.getByTestId('end-confirm'), second.page.getByTestId('pause'));
    for (const p of [first, second, citizen]) await p.reaches('ended', 'closed');
    await expect.poll(() => lawyer.place).toBe('closed');
    await second.shot('hosts-closed-ar');
    await citizen.page.goto(hearing.links[2].url);
    await expect(citizen.page.locator('main form[method=post] .enter')).toHaveCount(0);
  });
});
