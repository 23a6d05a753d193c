import { expect } from '@playwright/test';
import { heard } from './look';
import { Person } from './person';
import type { Appointment, Server } from './server';

/** Books a hearing of host, party and representative: the three who tell most stories. */
export function bookThree(server: Server): Promise<Appointment> {
  return server.book('host:Amina El Fassi:fr', 'party:يوسف بناني:ar', 'representative:Salma Idrissi:en');
}

/** Brings people into a hearing, in the order of its links, the host first. */
export async function seat(hearing: Appointment, people: Person[], link = (_: Person, url: string) => url): Promise<void> {
  for (const [i, p] of people.entries()) {
    await p.open(link(p, hearing.links[i].url));
    await p.join();
    await p.reaches(i === 0 ? 'hearing' : 'waiting');
  }
  const admit = people[0].page.getByTestId('admit');
  for (let left = people.length - 1; left > 0; left--) {
    await expect(admit).toHaveCount(left);
    await admit.first().click();
  }
  for (const p of people) await p.reaches('hearing');
}

/** Waits until each hears all others from now on; answers when the last one did (Date.now()). Some connections may be left out, per person. */
export async function allHear(people: Person[], leftOut: number[] = []): Promise<number> {
  return Math.max(...(await Promise.all(people.map((p, i) => heard(p.page, people.length - 1, leftOut[i])))));
}
