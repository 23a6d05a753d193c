import { expect, test } from '@playwright/test';
import { accessible } from './accessible';
import { heard, phases } from './look';
import { Person, phone } from './person';
import { Server, type Appointment } from './server';
import { allHear } from './sitting';

// Comings and goings of one person, the citizen, while the host stays.
test.describe.serial('being there', () => {
  const server = new Server();
  let host: Person, citizen: Person;
  let hearing: Appointment;

  test.beforeAll(async () => {
    await server.start();
    hearing = await server.book('host:Amina El Fassi:fr', 'party:يوسف بناني:ar');
    [host, citizen] = await Promise.all([Person.arrive(0, 'fr-FR'), Person.arrive(1, 'ar-MA', { viewport: phone })]);
  });

  test.afterAll(async () => {
    await Promise.all([host, citizen].map(p => p?.leave()));
    await server.remove();
  });

  test('another language while waiting keeps the place', async () => {
    await citizen.open(hearing.links[1].url);
    await citizen.join();
    await citizen.reaches('waiting');
    await citizen.page.locator('a[hreflang=fr]').click();
    await expect(citizen.page.locator('html')).toHaveAttribute('lang', 'fr');
    await citizen.reaches('waiting');
    await citizen.fits();
    await citizen.shots('waiting-fr');
    await accessible(citizen.page);
    await citizen.page.locator('a[hreflang=ar]').click();
    await expect(citizen.page.locator('html')).toHaveAttribute('lang', 'ar');
    await citizen.reaches('waiting');
    await citizen.fits();
    await citizen.shots('waiting-ar');
  });

  test('the one who speaks is marked, and the mark goes with the voice', async () => {
    await host.open(hearing.links[0].url);
    await host.join();
    await host.press('admit');
    await citizen.reaches('hearing');
    await allHear([host, citizen]);
    await expect(host.tile(2)).toHaveAttribute('data-speaking', 'true');
    await expect(citizen.tile(1)).toHaveAttribute('data-speaking', 'true');
    await host.fits();
    await host.shots('speaking-fr');
    await citizen.fits();
    await citizen.shots('speaking-ar');
    await citizen.press('microphone-switch');
    await expect(host.tile(2)).toHaveAttribute('data-speaking', 'false');
    await expect(citizen.tile(1), 'the other goes on').toHaveAttribute('data-speaking', 'true');
    await citizen.press('microphone-switch');
    await expect(host.tile(2)).toHaveAttribute('data-speaking', 'true');
  });

  test('another language in the hearing keeps the seat', async () => {
    await citizen.press('more');
    await citizen.press('settings');
    const dialog = citizen.page.getByRole('dialog');
    await citizen.fits();
    await citizen.shots('settings-ar');
    await accessible(citizen.page);
    await dialog.locator('a[hreflang=fr]').click();
    await expect(citizen.page.locator('html')).toHaveAttribute('lang', 'fr');
    await citizen.reaches('hearing');
    await allHear([host, citizen]);
    await citizen.press('more');
    await citizen.press('settings');
    await citizen.fits();
    await citizen.shots('settings-fr');
    await dialog.locator('a[hreflang=ar]').click();
    await expect(citizen.page.locator('html')).toHaveAttribute('lang', 'ar');
    await citizen.reaches('hearing');
    await allHear([host, citizen]);
    expect((await phases(citizen)).map(each => each.state), 'no waiting room').toEqual(['check', 'hearing']);
  });

  test('who leaves is gone, and may come straight back', async () => {
    await citizen.press('leave');
    await citizen.fits();
    await citizen.shots('leaving-ar');
    await citizen.press('leave-confirm');
    await citizen.reaches('ended', 'left');
    await expect(host.tile(2)).toHaveCount(0);
    await accessible(citizen.page);
    await citizen.fits();
    await citizen.shots('left-ar');
    await citizen.press('back');
    await citizen.reaches('check');
    await citizen.join();
    await citizen.reaches('hearing');
    await allHear([host, citizen]);
    expect((await phases(citizen)).map(each => each.state).slice(-2), 'no waiting room').toEqual(['check', 'hearing']);
  });

  test('a second tab asks before it takes the place of the first', async () => {
    const [first, second] = [citizen.page, await citizen.tab()];
    await second.goto(first.url());
    await second.getByTestId('join').click();
    await expect(second.locator('.ended')).toHaveAttribute('data-code', 'already_connected');
    await expect(first.locator('#room'), 'the first goes on').toHaveAttribute('data-state', 'hearing');
    await accessible(second);
    await second.screenshot({ path: 'test-results/look/already-connected-ar-phone.png' });
    await second.getByTestId('back').click();
    await expect(second.locator('#room')).toHaveAttribute('data-state', 'hearing');
    await expect(first.locator('.ended')).toHaveAttribute('data-code', 'replaced');
    await expect(host.tile(2)).toHaveAttribute('data-place', 'in_hearing');
    await first.bringToFront();
    await citizen.fits();
    await citizen.shots('replaced-ar');
    await heard(host, 1);
    await citizen.press('back');
    await citizen.reaches('hearing');
    await expect(second.locator('.ended')).toHaveAttribute('data-code', 'replaced');
    await second.close();
    await allHear([host, citizen]);
  });

  test('the last host goes: the others are told to stay, and all goes on when the host returns', async () => {
    await host.press('leave');
    await host.fits();
    await host.shots('leaving-fr');
    await host.press('leave-confirm');
    await host.reaches('ended', 'left');
    await host.fits();
    await host.shots('left-fr');
    await expect(citizen.page.locator('.session-state')).toHaveClass(/suspended/);
    await citizen.fits();
    await citizen.shots('suspended-ar');
    await accessible(citizen.page);
    await host.press('back');
    await host.join();
    await host.reaches('hearing');
    await expect(citizen.page.locator('.session-state')).toHaveClass(/in_session/);
    await allHear([host, citizen]);
  });
});
