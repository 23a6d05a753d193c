import { expect, test, type Page } from '@playwright/test';
import { accessible } from './accessible';
import { desktop, Person, phone } from './person';
import { Server, type Appointment } from './server';
import { line, signIn } from './staff';
import { say } from './words';

const day = new Date(Date.now() + 36 * 3_600_000).toISOString().slice(0, 10);

/** A hearing at a court of the demo, one or two days from now. */
async function book(server: Server): Promise<Appointment> {
  const people = ['host:Amina El Fassi:fr', 'party:Youssef Bennani:ar', 'witness:Nadia Berrada:fr'];
  return JSON.parse(await server.command('book', '--json', '--institution', 'Tribunal de première instance de Rabat',
    '--service', 'Audience', '--start', `${day}T10:00`, '--zone', 'UTC', ...people.flatMap(p => ['--participant', p])))[0];
}

/** From the page of a link to the page of the test. */
async function come(page: Page, link: string, language: string): Promise<void> {
  await page.goto(`${link}?lang=${language}`);
  await page.locator('button[name=rehearsal]').click();
  await page.waitForURL(/\/h\/[a-z0-9]+\/rehearsal$/);
}

/** Looks at the page as it stands, at a step: readable by all, and nothing sticking out. */
async function look(p: Person, name: string): Promise<void> {
  await accessible(p.page);
  await p.fits();
  await p.page.screenshot({ path: `test-results/look/rehearsal-${name}.png`, fullPage: true });
}

/** Through the devices to the measuring, and what the page says in the end. */
async function take(p: Person, language: string, name?: string): Promise<{ fitness: string; path: string; direct: boolean; relay: boolean }> {
  const { page } = p;
  const looked = (step: string) => (name ? look(p, `${name}-${step}`) : undefined);
  await looked('begin');
  await p.press('microphone-test');
  await expect(page.getByTestId('step-microphone')).toContainText(say(language, 'room.meter.heard'));
  await looked('microphone');
  await p.press('next');
  await p.press('speaker-test');
  await expect(page.getByTestId('heard')).toBeVisible();
  await looked('speaker');
  await p.press('heard');
  await p.press('camera-test');
  await looked('camera');
  await p.press('measure');
  await expect(page.locator('.returned video')).toBeVisible();
  if (name) await page.screenshot({ path: `test-results/look/rehearsal-${name}-measuring.png`, fullPage: true });
  return verdict(p);
}

async function verdict(p: Person): Promise<{ fitness: string; path: string; direct: boolean; relay: boolean }> {
  const found = p.page.getByTestId('result');
  await expect(found).toHaveAttribute('data-kept', 'true', { timeout: 45_000 });
  const up = async (leg: string) => (await p.page.getByTestId(`leg-${leg}`).getAttribute('data-up')) === 'yes';
  return {
    fitness: (await found.getAttribute('data-fitness'))!,
    path: (await found.getAttribute('data-path'))!,
    direct: await up('direct'),
    relay: await up('relay'),
  };
}

/** What the official of the day reads. */
async function onDocket(p: Person, server: Server, hearing: Appointment): Promise<string> {
  const desk = await p.context.newPage();
  await desk.setViewportSize(desktop);
  await signIn(desk, server, { name: 'Nadia Chraibi', login: 'greffe@tribunal.example', password: 'entrez dans la demo' });
  await desk.goto(server.at(`/staff/docket?day=${day}`));
  const row = line(desk, hearing.reference);
  await expect(row).toBeVisible();
  const text = await row.locator('.rehearsed').allInnerTexts();
  await accessible(desk);
  await desk.screenshot({ path: 'test-results/look/rehearsal-docket-fr.png', fullPage: true });
  await row.locator('h2 a').click();
  await expect(desk.locator('.parties .rehearsed')).toContainText(say('fr', 'rehearsal.fitness.good'));
  await desk.screenshot({ path: 'test-results/look/rehearsal-appointment-fr.png', fullPage: true });
  return text.join(' ');
}

test.describe.serial('a test of the connection the day before', () => {
  const server = new Server();
  let citizen: Person;
  let hearing: Appointment;

  test.beforeAll(async () => {
    await server.start();
    hearing = await book(server);
    citizen = await Person.arrive(1, 'fr-FR', { viewport: phone });
  });
  test.afterAll(async () => {
    await citizen?.leave();
    await server.remove();
  });

  test('is explained before anything is asked', async () => {
    for (const language of ['fr', 'ar']) {
      await citizen.page.goto(`${hearing.links[1].url}/rehearsal?lang=${language}`);
      await look(citizen, `${language}-link-page`);
    }
    await citizen.page.locator('main .enter').click();
    await expect(citizen.page).toHaveURL(/\/h\/[a-z0-9]+\/rehearsal$/);
  });

  test('goes over both paths to a verdict', async () => {
    await come(citizen.page, hearing.links[1].url, 'fr');
    expect(await take(citizen, 'fr', 'fr')).toEqual({ fitness: 'good', path: 'direct', direct: true, relay: true });
    await citizen.page.locator('details summary').click();
    await look(citizen, 'fr-result');
  });

  test('is shown to the citizen and to the staff', async () => {
    await citizen.page.goto(`${hearing.links[1].url}?lang=ar`);
    await expect(citizen.page.locator('.rehearsed')).toContainText(say('ar', 'rehearsal.fitness.good'));
    await look(citizen, 'ar-link');
    expect(await onDocket(citizen, server, hearing)).toContain(say('fr', 'rehearsal.fitness.good'));
  });

  test('is taken in Arabic too, without camera and with a sound that is not heard', async () => {
    const { page } = citizen;
    await come(page, hearing.links[1].url, 'ar');
    await look(citizen, 'ar-begin');
    await citizen.press('microphone-test');
    await expect(page.getByTestId('step-microphone')).toContainText(say('ar', 'room.meter.heard'));
    await citizen.press('next');
    await citizen.press('speaker-test');
    await citizen.press('unheard');
    await look(citizen, 'ar-speaker');
    await citizen.press('next');
    await citizen.press('measure');
    expect((await verdict(citizen)).fitness).toBe('good');
    await page.locator('details summary').click();
    await look(citizen, 'ar-result');
    await page.setViewportSize(desktop);
    await page.screenshot({ path: 'test-results/look/rehearsal-ar-result-desk.png', fullPage: true });
    await page.setViewportSize(phone);
  });

  test('waits while others of the same network test theirs', async () => {
    const others: Page[] = [];
    for (const { url } of [hearing.links[0], hearing.links[2]]) {
      const tab = await citizen.tab();
      others.push(tab);
      const own = await fetch(url, { method: 'POST', body: new URLSearchParams({ rehearsal: '1' }), redirect: 'manual' });
      const address = own.headers.get('location')!;
      const [name, value] = own.headers.getSetCookie()[0].split(';')[0].split('=');
      await citizen.context.addCookies([{ name, value, domain: 'localhost', path: address.replace('rehearsal', '') }]);
      await tab.goto(server.at(address));
      expect(await tab.evaluate(path => new Promise<string>(resolve => {
        const socket = new WebSocket(path.replace('http', 'ws'));
        socket.onopen = () => socket.send('{"type":"join","version":1,"device":"another","replace":false}');
        socket.onmessage = ({ data }) => resolve(JSON.parse(data).type);
      }), server.at(`${address}/ws`))).toBe('admitted');
    }
    await citizen.press('again');
    await expect(citizen.page.getByTestId('result')).toHaveAttribute('data-fitness', 'busy');
    await look(citizen, 'ar-busy');
    for (const tab of others) await tab.close();
    await expect.poll(async () => JSON.parse(await server.command('stats')).signaling.rehearsals).toBe(0);
    await citizen.press('again');
    expect((await verdict(citizen)).fitness).toBe('good');
  });

  test('ends when the appointment is cancelled', async () => {
    await citizen.press('again');
    await expect.poll(() => citizen.page.evaluate(() => window.connections.at(-1)?.connectionState)).toBe('connected');
    await server.command('cancel', hearing.reference);
    await expect.poll(() => citizen.page.evaluate(() => window.connections.every(c => c.connectionState === 'closed'))).toBe(true);
    await expect(citizen.page.getByTestId('result')).toHaveAttribute('data-fitness', 'refused');
  });
});

// Clients are told a media address of the documentation (RFC 5737) that nobody answers at, as in relay.spec.ts.
test.describe('a test of the connection without UDP', () => {
  const server = new Server(['--public-address', '203.0.113.1']);
  let citizen: Person;
  let hearing: Appointment;

  test.beforeAll(async () => {
    await server.start();
    hearing = await book(server);
    citizen = await Person.arrive(1, 'fr-FR', { viewport: phone });
  });
  test.afterAll(async () => {
    await citizen?.leave();
    await server.remove();
  });

  test('says that the relay works', async () => {
    await come(citizen.page, hearing.links[1].url, 'fr');
    await citizen.press('microphone-test');
    await citizen.press('next');
    await citizen.press('speaker-test');
    await citizen.press('heard');
    await citizen.press('measure');
    expect(await verdict(citizen)).toEqual({ fitness: 'good', path: 'relay', direct: false, relay: true });
    await expect(citizen.page.getByTestId('result')).toContainText(say('fr', 'rehearsal.advice.relay'));
    await look(citizen, 'fr-relay');
  });
});
