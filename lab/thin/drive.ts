// Brings three people with real browsers into one hearing over emulated links, as people go, and writes down what each of
// them received. It judges nothing: lab/thin_test.go does. Usage: node drive.cjs PLAN RECORD

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { arrive, type Person } from "./person";
import type { Plan, PlannedEvent, Outcome, Someone } from "./plan";

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
const until = (at: number) => wait(at - Date.now());

/** Waits until it is the turn of a slot, so that captures that start now keep speaking in turn. */
async function turn(plan: Plan, slot: number): Promise<void> {
  if (plan.turn === 0) return;
  const round = plan.turn * 1000 * plan.people.length;
  const late = (Date.now() - slot * plan.turn * 1000) % round;
  await wait(round - late);
}

/** A form to an HTTP server at a socket. */
function post(socketPath: string, path: string, body: string, type: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "Content-Type": type, "Content-Length": Buffer.byteLength(body) };
    const r = request({ socketPath, path, method: "POST", headers }, (answer) => {
      let text = "";
      answer.on("data", (chunk: Buffer) => (text += chunk));
      answer.on("end", () => (answer.statusCode === 200 ? resolve(text) : reject(new Error(`${path}: ${text}`))));
    });
    r.on("error", reject);
    r.end(body);
  });
}

class Hearing {
  private readonly people = new Map<number, Person>();
  private readonly marks = new Map<number, Record<string, number>>();
  private readonly record: Outcome;
  private asking: NodeJS.Timeout | undefined;

  constructor(private readonly plan: Plan) {
    this.record = { plan, people: [], events: [], server: [], from: 0, to: 0 };
  }

  async run(): Promise<Outcome> {
    const origin = new URL(this.plan.people[0].link).origin;
    await Promise.all(this.plan.people.map(async (who) => this.people.set(who.number, await arrive(who, origin, this.plan.every))));
    this.asking = setInterval(() => void this.ask(), 1_000);
    try {
      await this.gather();
      await this.watch();
      if (this.plan.press) await this.press();
      for (const who of this.plan.people) {
        const person = this.at(who);
        this.record.people.push({ ...(await person.seen()), number: who.number, marks: this.mark(who), errors: person.errors });
      }
    } finally {
      clearInterval(this.asking);
      await Promise.all([...this.people.values()].map((each) => each.close()));
    }
    return this.record;
  }

  private at(who: Someone): Person {
    return this.people.get(who.number)!;
  }

  private mark(who: Someone): Record<string, number> {
    const marks = this.marks.get(who.number) ?? {};
    this.marks.set(who.number, marks);
    return marks;
  }

  /** Everybody comes in, the impaired one last and cold; then all switch their cameras on. */
  private async gather(): Promise<void> {
    const [host] = this.plan.people;
    for (const who of this.plan.people) {
      const person = this.at(who);
      const marks = this.mark(who);
      marks.opened = Date.now();
      await person.goto(who.link);
      await person.click(".state .enter");
      await person.sees("#room[data-state=check]");
      marks.check = Date.now();
      await turn(this.plan, who.slot);
      marks.pressed = Date.now();
      await person.click("[data-testid=join]");
      await person.sees(`#room[data-state=${who === host ? "hearing" : "waiting"}]`);
      marks.waiting = Date.now();
      if (who === host) continue;
      await this.at(host).sees("[data-testid=admit]");
      await turn(this.plan, host.slot); // so that there is a voice to hear
      marks.admitted = Date.now();
      await this.at(host).click("[data-testid=admit]");
      await person.sees("#room[data-state=hearing]");
      marks.hearing = Date.now();
    }
    await wait(3_000); // first sound, before the pictures come
    for (const who of this.plan.people) await this.at(who).click("[data-testid=camera-switch]");
  }

  private async watch(): Promise<void> {
    await wait(this.plan.settle * 1000);
    this.record.from = Date.now();
    for (const event of this.plan.events) {
      await until(this.record.from + event.after * 1000);
      await this.happen(event);
    }
    await until(this.record.from + this.plan.window * 1000);
    this.record.to = Date.now();
  }

  private async happen(event: PlannedEvent): Promise<void> {
    for (const [program, ...args] of event.commands) execFileSync(program, args);
    if (event.form) await post(event.control, "/", event.form, "application/x-www-form-urlencoded");
    this.record.events.push({ name: event.name, at: Date.now() });
  }

  /** The impaired one mutes the microphone; how long until the host's page says so? */
  private async press(): Promise<void> {
    const impaired = this.plan.people.find((who) => who.number === this.plan.impaired)!;
    const marks = this.mark(impaired);
    marks.muted = Date.now();
    await this.at(impaired).click("[data-testid=microphone-switch]");
    const shown = this.at(this.plan.people[0]).sees(`[data-testid=tile][data-number="${impaired.number}"] .muted`);
    if (await Promise.race([shown.then(() => true, () => false), wait(20_000)])) marks.unheard = Date.now();
  }

  /** The server's own figures, for the plots. */
  private async ask(): Promise<void> {
    const text = await post(this.plan.admin, "/stats", "{}", "application/json").catch(() => "");
    if (text) this.record.server.push({ at: Date.now(), stats: JSON.parse(text) });
  }
}

const [planPath, recordPath] = process.argv.slice(2);
const plan = JSON.parse(readFileSync(planPath, "utf8")) as Plan;
new Hearing(plan).run().then(
  (record) => writeFileSync(recordPath, JSON.stringify(record)),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
