import { expect, test, type Page } from '@playwright/test';
import { gunzipSync } from 'node:zlib';
import { Person } from './person';
import { Server, type Appointment } from './server';

interface Description {
  type: 'offer' | 'answer';
  sdp: string;
  packed: string;
}

/** Every offer and answer of a page, with the bytes of its frame. */
function descriptions(page: Page): (Description & { bytes: number })[] {
  const seen: (Description & { bytes: number })[] = [];
  const look = ({ payload }: { payload: string | Buffer }): void => {
    const message = JSON.parse(String(payload)) as Description;
    if (message.type === 'offer' || message.type === 'answer') seen.push({ ...message, bytes: Buffer.byteLength(payload) });
  };
  page.on('websocket', socket => socket.on('framesent', look).on('framereceived', look));
  return seen;
}

// On a link of 32 kbit/s a second is 4,000 bytes, and sound waits for both. Unpacked they are 6.8 and 4.9 kB in a hearing of three,
// 20 and 15 kB in one of nine.
test.describe('what a connection costs before its first sound', () => {
  const server = new Server();
  let hearings: Record<string, Appointment>;

  test.beforeAll(async () => {
    await server.start();
    const guests = Array.from({ length: 8 }, (_, i) => `witness:Guest ${i}:en`);
    hearings = {
      three: await server.book('host:Amina El Fassi:fr', ...guests.slice(0, 2)),
      nine: await server.book('host:Amina El Fassi:fr', ...guests),
    };
  });

  test.afterAll(() => server.remove());

  for (const [people, offered, answered] of [['three', 1_800, 1_850], ['nine', 2_000, 2_800]] as const) {
    test(`in a hearing of ${people}`, async () => {
      const host = await Person.arrive(0, 'fr-FR');
      const seen = descriptions(host.page);
      await host.open(hearings[people].links[0].url);
      await host.join();
      await host.reaches('hearing');
      await expect.poll(() => seen.map(one => one.type)).toContain('answer');
      await host.leave();
      for (const one of seen) {
        const whole = gunzipSync(Buffer.from(one.packed, 'base64')).length;
        expect(one.sdp).toBe('');
        expect(one.bytes, `bytes of the ${one.type}, ${whole} unpacked`).toBeLessThan(one.type === 'offer' ? offered : answered);
      }
    });
  }
});
