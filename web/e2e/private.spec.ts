import { expect, test } from '@playwright/test';
import { accessible } from './accessible';
import { captures } from './capture';
import { received } from './look';
import { ears, loudness } from './loudness';
import { Person, phone } from './person';
import { Server, type Appointment } from './server';
import { allHear } from './sitting';
import { say } from './words';

// What is not for everybody: a party and their lawyer apart, then an interpreter for those who listen to them.
test.describe.serial('apart from the others', () => {
  const server = new Server();
  let host: Person, party: Person;
  let third: Person; // the lawyer, later the interpreter
  let hearing: Appointment;
  const lawyer = () => third, interpreter = () => third;

  test.beforeAll(async () => {
    await server.start();
    hearing = await server.book('host:Amina El Fassi:fr', 'party:يوسف بناني:ar', 'representative:Salma Idrissi:fr', 'interpreter:Karim Ouali:fr');
    [host, party, third] = await Promise.all([
      Person.arrive(0, 'fr-FR'),
      Person.arrive(1, 'ar-MA', { viewport: phone }),
      Person.arrive(2, 'fr-FR'),
    ]);
    await party.context.addInitScript(ears);
  });

  test.afterAll(async () => {
    await Promise.all([host, party, third].map(p => p?.leave()));
    await server.remove();
  });

  const linkOf = (number: number) => hearing.links[number - 1].url;
  const nameOf = (number: number) => hearing.links[number - 1].name;
  const answers = (p: Person) => p.page.getByTestId('secret').getByRole('status');

  async function voices(p: Person, n: number): Promise<void> {
    await expect.poll(async () => (await received(p)).voices, { message: 'voices heard', timeout: 30_000 }).toBe(n);
  }

  test('from the waiting room the party calls the lawyer, who declines', async () => {
    for (const [p, number] of [[party, 2], [lawyer(), 3]] as const) {
      await p.open(linkOf(number));
      await p.join();
      await p.reaches('waiting');
    }
    await expect(party.page.locator('.wait-company .name')).toHaveText([nameOf(3)]);
    await party.shot('private-waiting-ar-phone');
    await party.press('call');
    await party.reaches('consultation');
    await expect(answers(party)).toContainText(nameOf(3));
    await party.shot('private-calling-ar-phone');
    await expect(lawyer().page.getByTestId('accept')).toBeVisible();
    await lawyer().shot('private-invited-fr');
    await accessible(lawyer().page);
    await lawyer().press('decline');
    await expect(answers(party)).toContainText(say('ar', 'room.consult.declined', { name: nameOf(3) }));
    await party.press('return');
    await party.reaches('waiting');
    await lawyer().reaches('waiting');
  });

  test('called again, the lawyer accepts: the two hear each other, and nobody else hears them', async () => {
    await party.press('call');
    await lawyer().press('accept');
    for (const p of [party, lawyer()]) await p.reaches('consultation');
    await allHear([party, lawyer()]);
    await party.shot('private-ar-phone');
    await lawyer().shot('private-fr');
    for (const p of [party, lawyer()]) await accessible(p.page);
    await host.open(linkOf(1));
    await host.join();
    await host.reaches('hearing');
    await expect(host.page.locator('[data-group=consulting] .person')).toHaveCount(2);
    await voices(host, 0);
    await host.press('knock');
    for (const p of [party, lawyer()]) await expect(p.page.getByTestId('knocked')).toContainText(nameOf(1));
    await host.shot('private-host-fr');
    await accessible(host.page);
    await party.shot('private-knocked-ar-phone');
    for (const p of [party, lawyer()]) {
      await p.press('return');
      await p.reaches('waiting');
    }
    await expect(host.page.locator('[data-group=waiting] .person')).toHaveCount(2);
  });

  test('from the hearing the lawyer calls the party: the hearing hears neither until they return', async () => {
    await host.press('admit-all');
    for (const p of [party, lawyer()]) await p.reaches('hearing');
    await allHear([host, party, lawyer()]);
    await lawyer().press('more');
    await lawyer().press('consult');
    await lawyer().shot('private-choose-fr');
    await lawyer().press('call');
    await lawyer().reaches('consultation');
    await party.shot('private-invited-ar-phone');
    await party.press('accept');
    await party.reaches('consultation');
    await allHear([party, lawyer()]);
    await voices(host, 0);
    await expect(host.tile(2)).toHaveCount(0);
    for (const p of [party, lawyer()]) {
      await p.press('return');
      await p.reaches('hearing');
    }
    await allHear([host, party, lawyer()]);
  });

  test('an interpreter comes and speaks into a language', async () => {
    await lawyer().press('leave');
    await lawyer().press('leave-confirm');
    await lawyer().reaches('ended', 'left');
    await interpreter().open(linkOf(4));
    await interpreter().join();
    await host.press('admit');
    await interpreter().reaches('hearing');
    await allHear([host, party, interpreter()]);
    await interpreter().page.getByTestId('channel').selectOption('ar');
    await expect(host.tile(4)).toContainText(say('fr', 'room.lang.ar'));
    await voices(host, 1);
    await voices(party, 1);
    await interpreter().shot('private-channel-fr');
    await accessible(interpreter().page);
  });

  test('who listens hears the interpreter in front and the floor lowered, not cut', async () => {
    const floor = captures[0].tone, voice = captures[2].tone;
    await party.page.getByTestId('listen').selectOption('ar');
    let lowered = 0; // of Web Audio: Chromium counts no energy of streams whose elements are silent
    await expect.poll(async () => {
      lowered = await loudness(party, floor);
      return (await loudness(party, voice)) - lowered;
    }, { message: 'dB of the interpreter above the floor', timeout: 30_000 }).toBeGreaterThan(15);
    expect(lowered, 'the floor is heard').toBeGreaterThan(-80);
    await party.shot('private-listening-ar-phone');
    await accessible(party.page);
    await interpreter().press('microphone-switch');
    await expect.poll(() => loudness(party, floor), { message: 'dB of the floor alone', timeout: 30_000 }).toBeGreaterThan(lowered + 5);
    await interpreter().press('microphone-switch');
    await party.page.getByTestId('listen').selectOption('');
    await voices(party, 1);
  });
});
