import { expect, test, type Browser, type Page } from '@playwright/test';
import { accessible } from './accessible';
import { Person, phone, plainBrowser } from './person';
import { Server } from './server';
import { signIn } from './staff';
import { say } from './words';

// The clerks' desk, which has no script, and somebody on a telephone who needs it.
test.describe.serial('the live desk', () => {
  const server = new Server();
  let browser: Browser, citizen: Person, desk: Page;
  const clerk = { name: 'Nadia Chraibi', login: 'greffe@tribunal.example', password: 'entrez dans la demo' };

  test.beforeAll(async () => {
    await server.start();
    [browser, citizen] = await Promise.all([plainBrowser(), Person.arrive(1, 'ar-MA', { viewport: phone })]);
    desk = await (await browser.newContext({ locale: 'fr', reducedMotion: 'reduce' })).newPage();
    await signIn(desk, server, clerk, '/staff/desk?lang=fr');
  });

  test.afterAll(async () => {
    await Promise.all([citizen?.leave(), browser?.close()]);
    await server.remove();
  });

  const hearing = () => desk.locator('.sitting', { hasText: server.now.reference });
  const seat = () => hearing().locator('.seat', { hasText: server.now.links[1].name });

  /** The desk is a photograph: it is asked anew until it shows somebody at a place. */
  async function shows(place: string): Promise<void> {
    await expect(async () => {
      await desk.goto(server.at('/staff/desk?still=1'));
      await expect(seat().locator('.place')).toHaveText(say('fr', `desk.at.${place}`), { timeout: 1 });
    }).toPass({ timeout: 20_000, intervals: [200] });
  }

  test('shows how far somebody has come', async () => {
    await expect(hearing()).toHaveCount(1);
    await citizen.page.goto(server.now.links[1].url);
    await shows('opened');
    await citizen.open(server.now.links[1].url);
    await shows('check');
    await citizen.join();
    await citizen.reaches('waiting');
    await shows('waiting');
  });

  test('hears who calls for help, and answers in their language', async () => {
    await citizen.press('help');
    await expect(async () => {
      await desk.goto(server.at('/staff/desk?still=1'));
      await expect(desk.locator('.task')).toContainText(server.now.links[1].name, { timeout: 1 });
    }).toPass({ timeout: 20_000, intervals: [200] });
    await accessible(desk);
    await desk.screenshot({ path: 'test-results/look/desk-fr.png', fullPage: true });
    await desk.locator('.task').getByRole('link', { name: say('fr', 'desk.tell.open') }).click();
    await desk.locator('[name=ready][value=telephone]').check();
    await desk.locator('main form .button').click();
    await expect(desk.locator('.told')).toHaveText(say('fr', 'docket.done.told'));
    await expect(citizen.page.locator('#room')).toContainText(say('ar', 'desk.ready.telephone'));
    await citizen.shot('desk-notice-ar');
  });

  test('notes what is done, which they see', async () => {
    await expect(citizen.page.getByTestId('help')).toHaveText(say('ar', 'room.help.cancel'));
    await desk.locator('.task .button:not(.quiet)').click();
    await expect(desk.locator('.told')).toHaveText(say('fr', 'docket.done.task_done'));
    await expect(desk.locator('.task')).toHaveCount(0);
    await expect(desk.locator('.dealt')).toContainText(clerk.name);
    await expect(citizen.page.getByTestId('help')).toHaveText(say('ar', 'room.help'));
  });

  test('calls a colleague in, who enters by one button', async () => {
    await hearing().getByRole('link', { name: say('fr', 'desk.call.open') }).click();
    await desk.getByLabel('Hassan Tazi').check();
    await desk.locator('main form .button').click();
    await expect(desk.locator('.told')).toHaveText(say('fr', 'docket.done.called'));
    await expect(hearing().locator('.seat', { hasText: 'Hassan Tazi' })).toHaveCount(1);
    const colleague = await (await browser.newContext({ javaScriptEnabled: false, locale: 'fr' })).newPage();
    await signIn(colleague, server, { name: 'Hassan Tazi', login: 'admin@tribunal.example', password: clerk.password }, '/staff/docket?lang=fr');
    await colleague.goto(new URL(await hearing().locator('h3 a').getAttribute('href') + '/attend', server.at('/')).href);
    await colleague.locator('main .enter').click();
    await colleague.waitForURL(/\/h\//);
    await colleague.context().close();
  });
});
