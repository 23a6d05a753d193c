import { expect } from '@playwright/test';
import { heard, type Sight } from './look';
import type { Person } from './person';
import type { Appointment, Server } from './server';

/** A person with either browser. */
interface Guest extends Sight {
  open(link: string): Promise<void>;
  join(): Promise<void>;
  reaches(phase: 'waiting' | 'hearing'): Promise<void>;
}

/** Books a hearing of host, party and representative: the three who tell most stories. */
export function bookThree(server: Server): Promise<Appointment> {
  return server.book('host:Amina El Fassi:fr', 'party:يوسف بناني:ar', 'representative:Salma Idrissi:en');
}

/** Brings everybody into a hearing, in the order of its links; link may lay another line for one of them. */
export async function seat(hearing: Appointment, [host, ...others]: [Person, ...Guest[]], link = (_: Guest, url: string) => url): Promise<void> {
  for (const [i, p] of [host, ...others].entries()) {
    await p.open(link(p, hearing.links[i].url));
    await p.join();
    await p.reaches(p === host ? 'hearing' : 'waiting');
  }
  const admit = host.page.getByTestId('admit');
  for (let left = others.length; left > 0; left--) {
    await expect(admit).toHaveCount(left);
    await admit.first().click();
  }
  for (const p of others) await p.reaches('hearing');
}

/** Waits until each hears all others from now on; answers when the last one did (Date.now()). Some connections may be left out, per person. */
export async function allHear(people: Sight[], leftOut: number[] = []): Promise<number> {
  return Math.max(...(await Promise.all(people.map((p, i) => heard(p, people.length - 1, leftOut[i])))));
}
