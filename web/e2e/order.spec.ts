import { expect, test } from '@playwright/test';
import { accessible } from './accessible';
import { received } from './look';
import { Person, phone } from './person';
import { Server, type Appointment } from './server';

// A hearing run by its host from a desk in French, with a citizen on a phone in Arabic and a lawyer beside them. Every view is
// read by axe and drawn; the rules behind are tested in signaling/conference.
test.describe.serial('the order of a hearing', () => {
  let server: Server;
  let host: Person, citizen: Person, lawyer: Person;
  let hearing: Appointment;

  test.beforeAll(async () => {
    server = new Server();
    await server.start();
    hearing = await server.book('host:Amina El Fassi:fr', 'party:يوسف بناني:ar', 'representative:Salma Idrissi:fr', 'witness:Karim Ouali:fr');
    [host, citizen, lawyer] = await Promise.all([
      Person.arrive(0, 'fr-FR'),
      Person.arrive(1, 'ar-MA', { viewport: phone }),
      Person.arrive(2, 'fr-FR'),
    ]);
    await host.context.addInitScript(paintScreen);
    await citizen.page.emulateMedia({ colorScheme: 'dark' });
  });

  test.afterAll(async () => {
    await Promise.all([host, citizen, lawyer].map(p => p?.leave()));
    await server?.remove();
  });

  async function look(p: Person, name: string): Promise<void> {
    await p.shot(`order-${name}`);
    await accessible(p.page);
  }

  const state = (p: Person) => p.page.locator('.session-state');

  test('while they wait, the host writes to them and one asks for help', async () => {
    for (const [i, p] of [host, citizen, lawyer].entries()) {
      await p.open(hearing.links[i].url);
      await p.join();
    }
    await host.reaches('hearing');
    for (const p of [citizen, lawyer]) await p.reaches('waiting');
    await citizen.press('help');
    await expect(host.page.getByTestId('people-panel').locator('[data-number="2"] .pill')).toBeVisible();
    await host.press('notice-write');
    await host.page.getByTestId('notice-text').fill('Nous commençons dans un instant.');
    await host.press('notice-send');
    await expect(citizen.page.getByTestId('notice')).toContainText('Nous commençons');
    await look(citizen, 'waiting-ar');
    for (const p of [citizen, lawyer]) await p.page.getByTestId('notice').getByRole('button').click();
  });

  test('two who belong together talk in private, and the host can only knock', async () => {
    await lawyer.page.locator('.company-call .person', { hasText: 'يوسف' }).getByTestId('call').click();
    await lawyer.reaches('consultation');
    await look(citizen, 'invited-ar');
    await citizen.press('accept');
    await citizen.reaches('consultation');
    await expect(citizen.page.getByTestId('secret')).toBeVisible();
    await expect(host.tile(2)).toHaveCount(0);
    await host.press('knock');
    await expect(lawyer.page.getByTestId('knocked')).toContainText('Amina');
    await look(citizen, 'consultation-ar');
    await look(lawyer, 'consultation');
  });

  test('the countdown brings everybody together', async () => {
    await host.press('start');
    await expect(state(citizen)).toHaveClass(/countdown/);
    await look(host, 'countdown');
    await look(lawyer, 'countdown-lawyer');
    for (const p of [citizen, lawyer]) await p.reaches('hearing');
    for (const p of [host, citizen, lawyer]) await expect(state(p)).toHaveClass(/in_session/);
    await expect(citizen.page.getByTestId('heard')).toHaveAttribute('data-on', 'true');
    await expect.poll(async () => (await received(host)).voices, { message: 'voices heard', timeout: 30_000 }).toBe(2);
  });

  test('hands are taken in their order, and one has the floor', async () => {
    await lawyer.press('hand-switch');
    await expect(host.page.getByTestId('give')).toHaveCount(1);
    await citizen.press('hand-switch');
    await expect(host.page.getByTestId('give')).toHaveCount(2);
    await look(host, 'hands');
    await host.page.getByTestId('give').first().click();
    await expect(host.page.getByTestId('give')).toHaveCount(1);
    await expect(citizen.page.getByTestId('floor')).toContainText('Salma');
    await look(citizen, 'floor-ar');
    await host.press('lower');
    await expect(citizen.page.getByTestId('hand-switch')).toHaveAttribute('aria-pressed', 'false');
  });

  test('messages are counted until they are read', async () => {
    await lawyer.press('chat');
    await lawyer.page.getByTestId('chat-text').fill('Pièce n° 4 transmise.');
    await lawyer.press('chat-send');
    await look(lawyer, 'chat');
    await lawyer.press('chat');
    const count = citizen.page.getByTestId('chat').locator('.count');
    await expect(count).toBeVisible();
    await citizen.press('chat');
    await expect(citizen.page.getByTestId('chat-panel')).toContainText('Pièce n° 4');
    await look(citizen, 'chat-ar');
    await citizen.press('chat');
    await expect(count).toBeHidden();
  });

  test('a locked microphone says so kindly, and is never switched on by another', async () => {
    await host.tile(2).locator('.plate').click();
    await look(host, 'person');
    await host.press('mute-lock');
    await expect(citizen.page.getByTestId('muted')).toHaveAttribute('data-muted', 'locked');
    await expect(citizen.page.getByTestId('heard')).toHaveAttribute('data-on', 'false');
    await look(citizen, 'locked-ar');
    await host.tile(2).locator('.plate').click();
    await host.press('unlock');
    await host.tile(2).locator('.plate').click();
    await host.press('ask-microphone');
    await look(citizen, 'asked-ar');
    await expect(citizen.page.getByTestId('microphone-switch')).toHaveAttribute('aria-pressed', 'false');
    await citizen.press('asked-yes');
    await expect(citizen.page.getByTestId('heard')).toHaveAttribute('data-on', 'true');
  });

  test('a shared document stands in front', async () => {
    await host.press('more');
    await look(host, 'more');
    await host.press('share');
    await host.press('share-text');
    const screen = citizen.page.getByTestId('screen');
    await expect(screen).toHaveAttribute('data-picture', 'true', { timeout: 30_000 });
    await expect(screen).toHaveAttribute('data-main', 'true');
    await look(citizen, 'document-ar');
    await look(lawyer, 'document');
    await host.press('share-stop');
    await expect(screen).toHaveCount(0);
  });

  test('suspended for a reason, nobody is heard', async () => {
    await host.press('suspend');
    await look(host, 'suspend');
    await host.press('reason-legal');
    await host.press('suspend-confirm');
    await expect(state(citizen)).toHaveClass(/suspended/);
    await expect(citizen.page.getByTestId('heard')).toHaveAttribute('data-on', 'false');
    await look(citizen, 'suspended-ar');
    await host.press('resume');
    await expect(state(citizen)).toHaveClass(/in_session/);
  });

  test('by keyboard alone: paused, resumed, the door closed, the list of keys', async () => {
    await expect(state(host)).toHaveClass(/in_session/);
    await host.page.keyboard.press('o');
    for (const p of [lawyer, host]) await expect(state(p)).toHaveClass(/paused/);
    await look(lawyer, 'paused');
    await host.page.keyboard.press('o');
    await expect(state(lawyer)).toHaveClass(/in_session/);
    await host.page.keyboard.press('d');
    await expect(lawyer.page.locator('.locked')).toBeVisible();
    await host.page.keyboard.press('d');
    await expect(lawyer.page.locator('.locked')).toBeHidden();
    await host.page.keyboard.press('?');
    await look(host, 'keys');
    await host.page.keyboard.press('Escape');
  });

  test('the bench deliberates alone, and calls everybody back', async () => {
    await host.press('deliberate');
    await host.press('deliberate-confirm');
    for (const p of [citizen, lawyer]) await p.reaches('waiting');
    await look(host, 'deliberation');
    await look(citizen, 'deliberation-ar');
    await host.press('resume');
    for (const p of [citizen, lawyer]) await p.reaches('hearing');
  });

  test('closed is final', async () => {
    await host.press('end');
    await look(host, 'end');
    await host.press('end-confirm');
    for (const p of [host, citizen, lawyer]) await p.reaches('ended', 'closed');
    await look(citizen, 'closed-ar');
  });
});

// A desk without a screen: what would be shown is painted.
function paintScreen(): void {
  navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 800 });
    const page = canvas.getContext('2d')!;
    let drawn = 0;
    setInterval(() => {
      page.fillStyle = '#fff';
      page.fillRect(0, 0, canvas.width, canvas.height);
      page.fillStyle = '#111';
      page.font = '40px serif';
      for (let line = 1; line <= 16; line++) page.fillText(`Article ${line}. Le tribunal ordonne ce qui suit (${drawn}).`, 60, 14 + line * 46);
      drawn++;
    }, 200);
    return canvas.captureStream(5);
  };
}
