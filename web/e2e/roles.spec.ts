import { expect, test, type Page } from '@playwright/test';
import { accessible } from './accessible';
import { Bystander } from './bystander';
import { phases, received } from './look';
import { Person, phone } from './person';
import { Server } from './server';
import { line, signIn, stands } from './staff';
import { allHear } from './sitting';
import { Wire } from './wire';
import { say } from './words';

const magistrate = { name: 'Amina El Fassi', login: 'juge@tribunal.example', password: 'entrez dans la demo' };

// A judicial hearing from the docket to the close: the magistrate at a desk in French, a party on a telephone in Arabic, a witness.
// The lawyer and the witness's interpreter are there by their sockets alone.
test.describe.serial('five roles in a hearing', () => {
  let server: Server;
  let wire: Wire; // the witness's line
  let host: Person, party: Person, witness: Person;
  let lawyer: Bystander, interpreter: Bystander;
  let docket: Page;
  const numbers = { host: 1, party: 2, lawyer: 3, interpreter: 4, witness: 5 };

  test.beforeAll(async () => {
    wire = await Wire.lay();
    server = new Server(['--origin', `http://localhost:${wire.port}`]);
    await server.start();
    wire.target = server.port;
    [host, party, witness] = await Promise.all([
      Person.arrive(0, 'fr-FR'),
      Person.arrive(1, 'ar-MA', { viewport: phone }),
      Person.arrive(2, 'fr-FR'),
    ]);
  });

  test.afterAll(async () => {
    lawyer?.leave();
    interpreter?.leave();
    await Promise.all([host, party, witness].map(p => p?.leave()));
    await wire?.remove();
    await server?.remove();
  });

  const linkOf = (number: number) => server.now.links[number - 1].url;
  const nameOf = (number: number) => server.now.links[number - 1].name;

  /** Opens what the host may do about somebody, and does one thing of it. */
  async function about(number: number, deed: string): Promise<void> {
    await host.page.getByTestId('people-panel').locator(`.person[data-number="${number}"]`).getByTestId('person').click();
    await host.press(deed);
  }

  /** The head of everybody's page says what the hearing is doing, and the sockets are told the same. */
  async function allTold(state: string): Promise<void> {
    for (const p of [host, party, witness]) await expect(p.page.locator('.session-state')).toHaveClass(new RegExp(`\\b${state}\\b`));
    for (const one of [lawyer, interpreter]) await expect.poll(() => one.state, { message: 'state told by the socket' }).toBe(state);
  }

  async function voices(p: Person, n: number): Promise<void> {
    await expect.poll(async () => (await received(p)).voices, { message: 'voices heard', timeout: 30_000 }).toBe(n);
  }

  test('the magistrate ties the interpreter to the witness in the docket, and enters from there', async () => {
    const desk = host.page;
    await signIn(desk, server, magistrate, '/staff/docket');
    await line(desk, server.now.reference).locator('h2 a').click();
    const ties = desk.locator('form[action$="/together"]');
    for (const number of [numbers.interpreter, numbers.witness]) await ties.getByLabel(nameOf(number)).check();
    await ties.locator('button').click();
    await expect(desk.locator('.told').first()).toBeVisible();
    await desk.getByRole('button', { name: say('fr', 'docket.attend') }).click();
    await host.join();
    await host.reaches('hearing');
    await host.shot('roles-alone-fr');
    await accessible(host.page);
  });

  test('the four others come and wait', async () => {
    await party.open(linkOf(numbers.party));
    await witness.open(wire.link(linkOf(numbers.witness)));
    for (const p of [party, witness]) {
      await p.join();
      await p.reaches('waiting');
    }
    lawyer = await Bystander.arrive(linkOf(numbers.lawyer));
    interpreter = await Bystander.arrive(linkOf(numbers.interpreter));
    for (const one of [lawyer, interpreter]) await expect.poll(() => one.place).toBe('waiting');
    await expect(host.page.getByTestId('people-panel').locator('[data-group=waiting] .person')).toHaveCount(4);
    await host.shot('roles-waiting-fr');
    await host.press('notice-write');
    await host.page.getByTestId('notice-text').fill('Nous commençons dans un instant.');
    await host.press('notice-send');
    for (const p of [party, witness]) await expect(p.page.getByTestId('notice')).toContainText('Nous commençons');
    await expect.poll(() => lawyer.last('notice')?.text).toContain('Nous commençons');
    await party.shot('roles-notice-ar-phone');
    await accessible(party.page);
    for (const p of [party, witness]) await p.page.getByTestId('notice').getByRole('button').click();
  });

  test('the countdown is told to all; at its end the parties are in, the witness waits on', async () => {
    await host.press('start');
    await expect(host.page.locator('.standing.countdown')).toBeVisible();
    await expect(party.page.locator('.wait-words')).toContainText(say('ar', 'room.waiting.countdown'));
    await host.shot('roles-countdown-fr');
    await party.shot('roles-countdown-ar-phone');
    for (const p of [party, host]) await accessible(p.page);
    await party.reaches('hearing');
    await expect(host.page.locator('.session-state')).toHaveClass(/in_session/);
    await expect.poll(() => lawyer.place).toBe('admitted');
    await allHear([host, party]);
    await witness.reaches('waiting');
    expect(interpreter.place).toBe('waiting');
  });

  test('the witness and the interpreter are admitted, dismissed and recalled as one', async () => {
    const admit = host.page.getByTestId('admit');
    await expect(admit).toHaveCount(1);
    await admit.click();
    await witness.reaches('hearing');
    await expect.poll(() => interpreter.place).toBe('admitted');
    await allHear([host, party, witness]);
    await host.shot('roles-all-in-fr');
    await party.shot('roles-all-in-ar-phone');
    await about(numbers.interpreter, 'dismiss');
    await witness.reaches('waiting');
    await expect.poll(() => interpreter.place).toBe('waiting');
    await voices(host, 1);
    await admit.click();
    await witness.reaches('hearing');
    await expect.poll(() => interpreter.place).toBe('admitted');
    await allHear([host, party, witness]);
  });

  test('hands are raised in order, and the floor is given', async () => {
    lawyer.say({ type: 'hand', up: true });
    await expect(host.tile(numbers.lawyer).getByTestId('hand')).toBeVisible();
    await party.press('hand-switch');
    await expect(party.page.getByTestId('floor')).toContainText(say('ar', 'room.hand.place', { place: 2 }));
    await expect(host.page.getByTestId('hands').locator('.name')).toHaveText([nameOf(numbers.lawyer), nameOf(numbers.party)]);
    await host.shot('roles-hands-fr');
    await party.shot('roles-hand-ar-phone');
    await accessible(host.page);
    await host.page.getByTestId('give').nth(1).click();
    await expect(party.page.getByTestId('floor')).toContainText(say('ar', 'room.floor.me'));
    await expect(witness.page.getByTestId('floor')).toContainText(nameOf(numbers.party));
    await expect(party.page.getByTestId('hand-switch')).toHaveAttribute('aria-pressed', 'false');
    await party.shot('roles-floor-ar-phone');
    await witness.shot('roles-floor-fr');
    await expect(host.page.getByTestId('lower')).toHaveCount(1);
    await host.press('lower');
    await expect(host.page.getByTestId('hands')).toHaveCount(0);
    await about(numbers.party, 'floor-one');
    await expect(witness.page.getByTestId('floor')).toHaveCount(0);
  });

  test('a microphone that is locked stays silent until the host unlocks it', async () => {
    await about(numbers.party, 'mute-lock');
    await expect(party.page.getByTestId('muted')).toHaveAttribute('data-muted', 'locked');
    await party.shot('roles-locked-ar-phone');
    await accessible(party.page);
    await voices(host, 1);
    await party.press('microphone-switch');
    await voices(host, 1);
    await about(numbers.party, 'unlock');
    await expect(host.page.locator('.person[data-number="2"] .sound')).toHaveClass(/off/);
    await party.press('microphone-switch');
    await voices(host, 2);
  });

  test('what is written reaches whom it is for, and nobody else', async () => {
    const lines = (p: Person) => p.page.getByTestId('chat-panel').locator('.said-text');
    await party.press('chat');
    await party.page.getByTestId('chat-text').fill('هل وصلتكم الوثيقة؟');
    await party.press('chat-send');
    await expect(lines(party)).toHaveCount(1);
    await witness.press('chat');
    await witness.page.getByTestId('chat-text').fill('Je n’entends pas bien.');
    await witness.press('chat-send');
    await host.press('chat');
    await expect(lines(host)).toHaveText(['هل وصلتكم الوثيقة؟', 'Je n’entends pas bien.']);
    await expect(lines(witness)).toHaveText(['Je n’entends pas bien.']);
    await expect(lines(party)).toHaveText(['هل وصلتكم الوثيقة؟']);
    await expect.poll(() => lawyer.heard.filter(({ type }) => type === 'chat').map(({ text }) => text)).toEqual(['هل وصلتكم الوثيقة؟']);
    for (const [p, name] of [[host, 'roles-chat-fr'], [party, 'roles-chat-ar-phone']] as const) {
      await p.shot(name);
      await accessible(p.page);
    }
    await party.press('chat');
    await host.press('people');
  });

  test('a screen is shown and seen by the others', async () => {
    await host.press('more');
    await host.shot('roles-more-fr');
    await host.press('share');
    await host.press('share-text');
    for (const p of [party, witness]) {
      await expect(p.page.getByTestId('screen')).toHaveAttribute('data-picture', 'true');
      await expect(p.page.getByTestId('sharing')).toContainText(nameOf(numbers.host));
    }
    await host.shot('roles-sharing-fr');
    await party.shot('roles-screen-ar-phone');
    await witness.shot('roles-screen-fr');
    for (const p of [host, party]) await accessible(p.page);
    await host.press('share-stop');
    for (const p of [party, witness]) await expect(p.page.getByTestId('screen')).toHaveCount(0);
  });

  test('who drops or reloads in the middle comes straight back', async () => {
    wire.cut();
    await expect(host.tile(numbers.witness)).toHaveAttribute('data-place', 'reconnecting');
    await party.page.reload();
    await party.reaches('hearing');
    wire.mend();
    await witness.evaluate(() => window.dispatchEvent(new Event('online')), undefined); // what a browser says when its network is back
    await expect(host.tile(numbers.witness)).toHaveAttribute('data-place', 'in_hearing');
    await allHear([host, party, witness]);
    expect((await phases(party)).map(({ state }) => state), 'no waiting room').toEqual(['check', 'hearing']);
  });

  test('a suspension is told with its reason and silences everybody until it is over', async () => {
    await host.press('suspend');
    await host.page.getByTestId('reason-technical').check();
    await host.shot('roles-suspend-ask-fr');
    await accessible(host.page);
    await host.press('suspend-confirm');
    await allTold('suspended');
    await expect(party.page.locator('.standing')).toContainText(say('ar', 'room.reason.technical'));
    for (const p of [host, party, witness]) await voices(p, 0);
    await host.shot('roles-suspended-fr');
    await party.shot('roles-suspended-ar-phone');
    await accessible(party.page);
    await host.press('resume');
    await allTold('in_session');
    await allHear([host, party, witness]);
  });

  test('during the deliberation only the bench stays; afterwards the witness waits to be called', async () => {
    await host.press('deliberate');
    await host.press('deliberate-confirm');
    for (const [p, language] of [[party, 'ar'], [witness, 'fr']] as const) {
      await p.reaches('waiting');
      await expect(p.page.locator('.wait-words')).toContainText(say(language, 'room.waiting.deliberation'));
    }
    for (const one of [lawyer, interpreter]) await expect.poll(() => one.place).toBe('waiting');
    await voices(host, 0);
    await host.shot('roles-deliberation-fr');
    await party.shot('roles-deliberation-ar-phone');
    for (const p of [host, party]) await accessible(p.page);
    await host.press('resume');
    await party.reaches('hearing');
    await expect.poll(() => lawyer.place).toBe('admitted');
    await allHear([host, party]);
    await witness.reaches('waiting');
    expect(interpreter.place).toBe('waiting');
  });

  test('the host closes: it is over for all, and the docket has it all', async () => {
    await host.press('end');
    await host.press('end-confirm');
    for (const p of [host, party, witness]) await p.reaches('ended', 'closed');
    for (const one of [lawyer, interpreter]) await expect.poll(() => one.place).toBe('closed');
    await host.shot('roles-closed-fr');
    for (const p of [host, party]) await accessible(p.page);
    docket = await host.tab();
    await docket.goto(server.at('/staff/docket'));
    await stands(docket, server.now.reference, say('fr', 'docket.is.done'));
    await line(docket, server.now.reference).locator('h2 a').click();
    await docket.locator('a[href$="/history"]').click();
    for (const what of ['countdown', 'started', 'dismissed', 'suspended', 'resumed', 'deliberation', 'closed']) {
      await expect(docket.locator('.events')).toContainText(say('fr', `docket.event.${what}`));
    }
  });
});
