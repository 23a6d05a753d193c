import { expect, test } from '@playwright/test';
import { FirefoxPerson, mediaAddress, obstacle } from './firefox';
import type { Sight } from './look';
import { Person } from './person';
import { Server, type Appointment } from './server';
import { allHear, bookThree, seat } from './sitting';

const missing = obstacle();

interface Shown {
  lines: number;
  /** Pictures that came in two seconds. */
  pictures: number;
}

/** The screen that a person is shown, as their browser decodes it. Firefox counts no frames of an element, only of a stream. */
async function shown(person: Sight, number: number): Promise<Shown> {
  return person.evaluate(async number => {
    const video = document.querySelector<HTMLVideoElement>(`[data-testid=screen][data-number="${number}"] video`);
    const track = (video?.srcObject as MediaStream | null)?.getVideoTracks()[0];
    const decoded = async () => {
      for (const pc of window.connections) {
        if (pc.connectionState === 'closed') continue;
        const receiver = pc.getReceivers().find(each => each.track === track);
        for (const report of (await receiver?.getStats())?.values() ?? []) {
          if (report.type === 'inbound-rtp') return Number(report.framesDecoded ?? 0);
        }
      }
      return 0;
    };
    const before = await decoded();
    await new Promise(resolve => setTimeout(resolve, 2_000));
    return { lines: video?.videoHeight ?? 0, pictures: (await decoded()) - before };
  }, number);
}

// A screen on a line of its own, beside camera and voice: sent by Chromium, seen by Chromium and Firefox.
test.describe.serial('a shared screen', () => {
  test.skip(!!missing, missing);

  let server: Server;
  let host: Person, citizen: FirefoxPerson, lawyer: Person;
  let hearing: Appointment;

  test.beforeAll(async () => {
    server = new Server([], mediaAddress());
    await server.start();
    hearing = await bookThree(server);
    [host, citizen, lawyer] = await Promise.all([Person.arrive(0, 'fr-FR'), FirefoxPerson.arrive('ar-MA'), Person.arrive(2, 'en-GB')]);
    await seat(hearing, [host, citizen, lawyer]);
    await allHear([host, citizen, lawyer]);
  });

  test.afterAll(async () => {
    await Promise.all([host, citizen, lawyer].map(p => p?.leave()));
    await server?.remove();
  });

  async function share(p: Person, mode: 'text' | 'motion'): Promise<void> {
    await p.press('more');
    await p.press('share');
    await p.press(`share-${mode}`);
  }

  test('a page of text is sharp for everybody, and slow', async () => {
    await share(host, 'text');
    for (const p of [citizen, lawyer]) {
      await expect.poll(async () => (await shown(p, 1)).lines, { message: 'lines of the screen' }).toBe(1080);
      const { pictures } = await shown(p, 1);
      expect(pictures, 'pictures in two seconds').toBeGreaterThan(4);
      expect(pictures, 'pictures in two seconds').toBeLessThan(16);
    }
    await lawyer.shot('screen-desktop');
    await citizen.shot('screen-firefox');
    await allHear([host, citizen, lawyer]);
  });

  test('one who may not share is offered no button', async () => {
    await lawyer.press('more');
    await expect(lawyer.page.getByTestId('help')).toBeVisible();
    await expect(lawyer.page.getByTestId('share')).toHaveCount(0);
    await lawyer.press('more-close');
  });

  test('it ends for everybody at once', async () => {
    await host.press('more');
    await host.press('share');
    await expect(lawyer.page.getByTestId('screen')).toHaveCount(0);
    await expect.poll(() => citizen.page.$$eval('[data-testid=screen]', all => all.length)).toBe(0);
  });
});
