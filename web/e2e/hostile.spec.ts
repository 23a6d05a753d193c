import { expect, test, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { Citizen, referenceOn } from './citizen';
import { entryOf } from './entry';
import { desktop, Person, plainBrowser } from './person';
import { Post } from './post';
import { Server } from './server';
import { fill, line, save, signIn, type Member } from './staff';
import { opening, say } from './words';

// Text that means harm, or that merely looks like it: refused with a word on why, or shown as it was typed and nothing
// else, on every page, in letters and in calendar files. Browsers run scripts here: what could run would.
test.describe.serial('hostile text', () => {
  const post = new Post();
  let server: Server;
  let browser: Browser;
  let alarms: string[] = [];
  const admin: Member = { name: `Karim "K" <i>O'Uali</i> 😀`, login: 'karim@example.ma', password: 'grenier lampe sable 4' };

  /** Odd, and allowed: markup, quotes, templates, characters of four bytes, both directions. */
  const odd = `<b>نادية</b> "O'Neil" & 😀𝔘 <img src=x onerror=alert(1)></textarea><script>alert(2)</script> {{.}} \${7*7} \\n;,`;
  const service = `<b>Légalisation</b>; "acte", 😀 \\n <script>alert(3)</script>`;
  const why = `<img src=x onerror=alert(4)> Non.\nBcc: everybody@example.com\n\n.\nDATA`;
  let link: string, reference: string;

  test.beforeAll(async () => {
    server = new Server(['--smtp', `127.0.0.1:${await post.start()}`, '--smtp-tls', 'none', '--mail-from', 'Audiences <audiences@example.ma>']);
    await server.start();
    browser = await plainBrowser();
    const court = 'Tribunal de première instance de Rabat';
    await server.tell(`${admin.password}\n`, 'staff', 'add', '--login', admin.login, '--name', admin.name, '--institution', court, '--password-stdin');
  });
  test.afterAll(async () => {
    await browser?.close();
    await server?.remove();
    await post.stop();
  });
  test.beforeEach(() => {
    alarms = [];
  });
  test.afterEach(() => {
    expect(alarms, 'nothing ran, and nothing had to be kept from running').toEqual([]);
  });

  async function watched(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    watch(page);
    return page;
  }

  function watch(page: Page): void {
    page.on('dialog', d => (alarms.push(`dialog ${d.message()}`), d.dismiss()));
    page.on('pageerror', e => alarms.push(`error ${e.message}`));
    page.on('console', m => /status of 4\d\d/.test(m.text()) || alarms.push(`console ${m.text()}`));
  }

  /** The text stands on the page as it was typed, and no element came of it. */
  async function inert(page: Page, text: string): Promise<void> {
    const shown = await page.locator('main').innerText();
    expect(flat(shown), page.url()).toContain(flat(text));
    await expect(page.locator('main img, main script, main i, main b:text("نادية")'), page.url()).toHaveCount(0);
  }

  const flat = (text: string) => text.replace(/\s+/g, ' ');

  test('what cannot be shown is refused at its field, in the citizen’s form', async () => {
    const citizen = await Citizen.arrive(browser, server, post, { name: '', email: '' }, 'fr', true);
    const { page } = citizen;
    watch(page);
    await citizen.find('Tribunal', 'Renseignement');
    await citizen.choose();
    const you = page.url();
    const good: Record<string, string> = { name: 'Nadia', email: 'nadia@example.fr', phone: '' };
    for (const [field, text] of [
      ['name', 'Nadia\nBcc: everybody@example.com'],
      ['name', 'Nadia\u202eagref'],
      ['name', '\u2066Nadia'],
      ['name', 'Na\u200bdia'],
      ['name', 'Na\u0000dia'],
      ['name', 'Na\u0007dia'],
      ['name', '😀'.repeat(201)],
      ['email', 'nadia@example.fr\r\nBcc: everybody@example.com'],
      ['email', '<script>alert(1)</script>@example.fr'],
      ['email', '"><img src=x onerror=alert(1)>'],
      ['email', 'Nadia <nadia@example.fr>'],
      ['email', 'nadia@example.fr, other@example.fr'],
      ['phone', '+33612345678<b>'],
      ['phone', '+33 6 12\n34 56 78 90'],
    ] as const) {
      await page.goto(you);
      await refuses(page, { ...good, [field]: text }, field);
    }
    await page.goto(you);
    await send(page, good);
    for (const [field, text] of [['needs', 'calme\u202eemlac'], ['needs', 'a\u0000b'], ['needs', 'x'.repeat(2001)], ['language', '<b>'], ['interpreter', '"><script>']] as const) {
      await page.goto(you.replace('/you', '/needs'));
      await refuses(page, { language: 'fr', interpreter: '', needs: '', [field]: text }, field);
    }
    for (const [field, text] of [['name', 'Me\nX'], ['name', '\u202e'], ['email', 'x@y'], ['role', 'host']] as const) {
      await page.goto(you.replace('/you', '/people'));
      await refuses(page, { role: 'assistant', name: 'Salma', email: '', [field]: text }, field);
    }
    await page.context().close();
  });

  /** Sends the page's form with exactly this text: browsers would take line ends out of it. */
  async function send(page: Page, fields: Record<string, string>): Promise<void> {
    const loaded = page.waitForEvent('load');
    await page.evaluate(all => {
      const form = document.querySelector<HTMLFormElement>('main form[method=post]')!;
      for (const [name, value] of Object.entries(all)) {
        for (const old of form.querySelectorAll(`[name="${name}"]`)) old.remove();
        const area = Object.assign(document.createElement('textarea'), { name, value });
        form.append(area);
      }
      form.submit();
    }, fields);
    await loaded;
  }

  async function refuses(page: Page, fields: Record<string, string>, field: string): Promise<void> {
    await send(page, fields);
    const name = `${field}: ${JSON.stringify(fields[field]).slice(0, 60)}`;
    await expect(page.locator('.errors a'), name).toHaveCount(1);
    await expect(page.locator('.errors a'), name).toHaveAttribute('href', `#${field}`);
    await expect(page.locator(`main :is(img, script)`), name).toHaveCount(0);
  }

  test('the staff’s form refuses the same, and takes what merely looks odd', async () => {
    const page = await watched(await browser.newContext({ locale: 'fr' }));
    await signIn(page, server, admin, '/staff/setup');
    await expect(page.locator('.desk-who')).toContainText(admin.name);
    for (const [field, text] of [['name.fr', 'Acte\u202eetca'], ['about.ar', 'x\u0000y'], ['prepare.fr', 'Titre\n\u2067renversé'], ['duration', '<b>'], ['keep', '-1']] as const) {
      await page.goto(server.at('/staff/services/new'));
      await refuses(page, { 'name.fr': 'Acte', [field]: text }, field);
    }
    await page.goto(server.at('/staff/services/new'));
    await fill(page, { 'name.fr': service, 'about.fr': odd, 'who.fr': odd, 'prepare.fr': odd, notice: '0', 'notice.unit': say('fr', 'setup.unit.minutes'), accepted: true });
    await save(page);
    await inert(page, service);
    await page.locator('#counters .things a').first().click();
    await page.getByLabel(service).check();
    await save(page);
    await inert(page, service);
    await page.context().close();
  });

  test('the citizen’s pages show it as it was typed', async () => {
    const citizen = await Citizen.arrive(browser, server, post, {
      name: odd, email: "o'neil+1@example.fr", needs: `${odd}\n${odd}`, companion: { role: 'assistant', name: odd },
    }, 'fr', true);
    const { page } = citizen;
    watch(page);
    await citizen.find('Tribunal', service);
    await citizen.choose();
    await citizen.answer();
    await inert(page, odd);
    await inert(page, service);
    await citizen.next();
    reference = await referenceOn(page);
    link = (await citizen.letter(reference)).text!.match(/\S+\/j\/\S+/)![0];
    await page.goto(link);
    await inert(page, odd);
    await citizen.next();
    for (const where of ['', '/move', '/people', '/cancel']) {
      await page.goto(link + where);
      await inert(page, where ? service : odd);
    }
    await page.context().close();
  });

  test('so do the pages of the staff, and what they answer', async () => {
    const page = await watched(await browser.newContext({ locale: 'fr', viewport: desktop }));
    await signIn(page, server, admin, '/staff/requests');
    await inert(page, odd);
    await page.locator('.request', { hasText: reference }).locator('h2 a').click();
    await inert(page, odd);
    const appointment = page.url();
    for (const where of ['/history', '/move', '/adjourn', '/cancel', '/people', '/reject']) {
      await page.goto(appointment + where);
      await inert(page, where === '/history' ? odd : service);
    }
    await page.goto(appointment);
    const day = await page.locator('.facts time').first().getAttribute('datetime');
    await page.locator('form[action$="/accept"] button').click();
    await page.goto(server.at(`/staff/docket?day=${day!.slice(0, 10)}`));
    await inert(page, odd);
    await expect(line(page, reference)).toBeVisible();
    await page.screenshot({ path: 'test-results/look/hostile-docket-fr.png', fullPage: true });
    await page.goto(`${appointment}/cancel`);
    await fill(page, { why: 'other', words: why });
    await save(page);
    await inert(page, why);
    await page.context().close();
  });

  test('letters and calendar files carry it as text, and no more than they should', async () => {
    const page = await watched(await browser.newContext());
    const to = "o'neil+1@example.fr";
    const letter = (kind: string) => post.letter(to, opening('fr', `mail.letter.${kind}.subject`));
    const [proof, confirmed, cancelled] = [await letter('proof'), await letter('confirmed'), await letter('cancelled')];
    for (const letter of [proof, confirmed, cancelled]) {
      expect(letter.to).toEqual([{ name: '', address: to }]);
      expect(letter.cc ?? letter.bcc, 'nobody else').toBeUndefined();
      for (const { key, value } of letter.headers) {
        expect(value, `header ${key}`).not.toMatch(/نادية|everybody|<b>|[\r\n]/);
        expect(key).toMatch(/^(date|mime-version|message-id|subject|from|to|reply-to|content-type|content-language|auto-submitted|x-auto-response-suppress)$/);
      }
      await page.setContent(letter.html!);
      const shown = flat(await page.locator('body').innerText());
      for (const text of [flat(letter.text!), shown]) expect(text).toContain(flat(service));
      if (letter === proof) for (const text of [letter.text!, shown]) expect(text, 'whose name it is, nobody knows yet').not.toContain('نادية');
      else for (const text of [flat(letter.text!).replace(/[\u2066-\u2069]/g, ''), shown]) expect(text).toContain(flat(odd));
      await expect(page.locator('img, script')).toHaveCount(0);
    }
    expect(cancelled.text).toContain('Bcc: everybody@example.com');
    for (const [letter, method] of [[confirmed, 'REQUEST'], [cancelled, 'CANCEL']] as const) {
      const entry = entryOf(letter, method);
      expect(entry.SUMMARY.replace(/\\([\\;,])/g, '$1')).toContain(service);
      expect(Object.keys(entry).join(), 'no line of their own making').not.toMatch(/BCC|DATA|<|N;/i);
    }
    await page.context().close();
  });

  test('the room shows the names as they are', async () => {
    const name = odd.replaceAll(':', '').slice(0, 120);
    const hearing = await server.book(`host:${name}:fr`, 'party:Nadia:fr');
    const host = await Person.arrive(0, 'fr-FR');
    try {
      watch(host.page);
      await host.open(hearing.links[0].url);
      await host.join();
      await host.reaches('hearing');
      await host.press('more');
      await host.press('settings');
      await expect(host.page.locator('#room')).toContainText(name);
      await expect(host.page.locator('#room img')).toHaveCount(0);
      await host.shot('hostile-room');
    } finally {
      await host.leave();
    }
  });
});
