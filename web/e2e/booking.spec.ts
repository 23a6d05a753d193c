import { expect, test, type Browser, type Page } from '@playwright/test';
import { accessible } from './accessible';
import { Citizen, referenceOn } from './citizen';
import { entryOf, stamp } from './entry';
import { Person, plainBrowser } from './person';
import { linkIn, Post } from './post';
import { Server } from './server';
import { allHear } from './sitting';
import { fill, line, save, signIn, stands, type Member } from './staff';
import { opening, say } from './words';

// From an empty folder to a hearing: an institution is set up by pages alone, somebody abroad books, moves and is mailed,
// enters by the link of the letter, and the docket shows it all.
test.describe.serial('from an empty folder to a hearing', () => {
  const post = new Post();
  let server: Server;
  let browser: Browser;
  let yusuf: Citizen, salma: Citizen; // يوسف wants to talk about a title deed, سلمى asks for a hearing
  let desk: Page; // the official's docket

  const operator: Member = { name: 'Exploitation', login: 'exploitation@example.ma', password: 'olive nuage tambour 7' };
  const admin: Member = { name: 'Karim Ouali', login: 'karim.ouali@example.ma', password: 'grenier lampe sable 4' };
  const official: Member = { name: 'Amina El Fassi', login: 'amina.elfassi@example.ma', password: 'moulin cerise corde 9' };
  const institution = { fr: 'Conservation foncière de Rabat', ar: 'المحافظة العقارية بالرباط' };
  const land = { fr: 'Entretien sur un titre foncier', ar: 'مقابلة حول رسم عقاري' };
  const hearing = { fr: 'Audience de conciliation', ar: 'جلسة صلح' };

  let link: string, reference: string, booked: string;
  let amina: Person, guest: Person; // she holds the hearings; he is يوسف with a camera

  test.beforeAll(async () => {
    server = Server.empty(await post.start());
    await server.start();
    browser = await plainBrowser();
  });

  test.afterAll(async () => {
    await Promise.all([amina?.leave(), guest?.leave(), browser?.close()]);
    await server?.remove();
    await post.stop();
  });

  async function plainPage(locale: string): Promise<Page> {
    return (await browser.newContext({ javaScriptEnabled: false, locale })).newPage();
  }

  test('nothing can be booked yet, and the page says so', async () => {
    const page = await plainPage('ar');
    await page.goto(server.at('/book/'));
    await expect(page.locator('main')).toContainText(say('ar', 'book.institutions.none'));
    await page.context().close();
  });

  test('a command makes the operator, who makes the institution and its first admin by pages', async () => {
    await server.tell(`${operator.password}\n`, 'staff', 'add', '--login', operator.login, '--name', operator.name, '--password-stdin');
    const page = await plainPage('fr');
    await signIn(page, server, operator);
    await page.getByRole('link', { name: say('fr', 'setup.institutions.add') }).click();
    await fill(page, { 'name.fr': institution.fr, 'name.ar': institution.ar, email: 'contact@foncier.example.ma', phone: '+212 5 37 00 00 00' });
    await save(page);
    await page.getByRole('link', { name: say('fr', 'setup.institutions.first_admin') }).click();
    await fill(page, { name: admin.name, login: admin.login, password: admin.password });
    await save(page);
    await expect(page.locator('main')).toContainText(admin.login);
    await page.goto(server.at('/staff/docket'));
    await expect(page.locator('.rows'), 'the operator sees no hearing').toHaveCount(0);
    await page.context().close();
  });

  test('the admin makes two services, an account for who holds them, and a counter with its hours', async () => {
    const page = await plainPage('fr');
    await signIn(page, server, admin, '/staff/setup');
    for (const [name, accepted] of [[land, false], [hearing, true]] as const) {
      await page.getByRole('link', { name: say('fr', 'setup.services.add') }).click();
      await fill(page, {
        'name.fr': name.fr, 'name.ar': name.ar, 'prepare.ar': 'وثيقة الهوية', accepted, judicial: accepted,
        notice: '0', 'notice.unit': say('fr', 'setup.unit.minutes'), cutoff: '0',
        'cutoff.unit': say('fr', 'setup.unit.minutes'), early_entry: '24', 'early_entry.unit': say('fr', 'setup.unit.hours'),
      });
      await save(page);
    }
    await page.getByRole('link', { name: say('fr', 'staff.nav_accounts') }).click();
    await page.getByRole('link', { name: say('fr', 'staff.account_new') }).click();
    await fill(page, { name: official.name, login: official.login, password: official.password, role: 'official' });
    await save(page);
    await page.getByRole('link', { name: say('fr', 'staff.nav_setup') }).click();
    await page.getByRole('link', { name: say('fr', 'setup.counters.add') }).click();
    await fill(page, { name: 'Guichet 1', host: official.name, 'openings.0.from': '00:00', 'openings.0.to': '00:00', 'openings.0.weekdays': [...'1234560'] });
    for (const service of await page.locator('[name=services]').all()) await service.check();
    await save(page);
    await expect(page.locator('main')).toContainText(say('fr', 'setup.ready'));
    await page.screenshot({ path: 'test-results/look/story-setup-fr.png', fullPage: true });
    await page.context().close();
  });

  test('somebody abroad books in Arabic, without script, on a telephone', async () => {
    yusuf = await Citizen.arrive(browser, server, post, {
      name: 'يوسف بناني', email: 'youssef@example.fr', phone: '0033 6 12 34 56 78', needs: 'أقرأ الشفاه',
      companion: { role: 'assistant', name: 'نادية برادة' },
    });
    const { page } = yusuf;
    await yusuf.find(institution.ar, land.ar);
    await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
    booked = await yusuf.choose();
    await expect(page.locator('.kept'), 'until when it is kept').toContainText(opening('ar', 'book.kept'));
    await yusuf.answer();
    await expect(page.locator('.answers')).toContainText('+33612345678');
    await expect(page.locator('.clocks li').first().locator('.offset'), 'both clocks').toHaveText('UTC+0');
    await yusuf.shot('story-check-ar-phone');
  });

  test('pressed in two tabs, sent again and gone back from, it is one booking', async () => {
    const { page } = yusuf;
    const tab = await yusuf.context.newPage();
    await tab.goto(page.url());
    await yusuf.next();
    await expect(page.locator('[data-state=prove]')).toBeVisible();
    reference = await referenceOn(page);
    await yusuf.shot('story-done-ar-phone');
    await tab.locator('main .enter').click();
    expect(await referenceOn(tab), 'in the other tab').toBe(reference);
    await tab.close();
    await page.reload();
    expect(await referenceOn(page), 'reloaded').toBe(reference);
    await page.goBack();
    await expect(page, 'the form is done').toHaveURL(/\/done/);
    await yusuf.letter(reference);
    expect(post.letters.filter(l => l.to?.[0].address === yusuf.told.email), 'one letter').toHaveLength(1);
  });

  test('the letter asks for a confirmation, which makes the appointment count', async () => {
    const letter = await yusuf.letter(reference, /\d{6}/);
    expect(letter.subject).toContain(opening('ar', 'mail.letter.proof.subject'));
    link = linkIn(letter);
    await yusuf.page.goto(link);
    await expect(yusuf.page.locator('.state')).toContainText(say('ar', 'appointment.manage.state.prove.title'));
    await yusuf.next();
    const confirmed = await yusuf.letter(reference, opening('ar', 'mail.letter.confirmed.subject'));
    expect(linkIn(confirmed), 'the same link').toBe(link);
    const entry = entryOf(confirmed, 'REQUEST');
    expect(entry.DTSTART).toBe(stamp(booked));
    await expect(yusuf.page.locator('.manage')).toBeVisible();
    await yusuf.page.reload();
    await yusuf.shot('story-link-ar-phone');
    expect(post.letters.filter(l => l.subject === confirmed.subject)).toHaveLength(1);
  });

  test('it is moved by the link, and the letter replaces the entry of the calendar', async () => {
    const before = entryOf(await yusuf.letter(reference, opening('ar', 'mail.letter.confirmed.subject')), 'REQUEST');
    const { page } = yusuf;
    await page.locator('a[href$="/move"]').click();
    const moved = await yusuf.choose();
    expect(moved).not.toBe(booked);
    await expect(page.locator('.manage')).toBeVisible();
    const letter = await yusuf.letter(reference, opening('ar', 'mail.letter.moved.subject'));
    expect(linkIn(letter)).toBe(link);
    const after = entryOf(letter, 'REQUEST');
    expect(after.UID).toBe(before.UID);
    expect(Number(after.SEQUENCE)).toBeGreaterThan(Number(before.SEQUENCE));
    expect(after.DTSTART).toBe(stamp(moved));
    booked = moved;
  });

  test('who lost the link finds it by reference and the code of a letter', async () => {
    const other = await plainPage('ar');
    await other.goto(server.at('/find'));
    await other.locator('#reference').fill(reference.toUpperCase());
    await other.locator('main .enter').click();
    const letter = await yusuf.letter(reference, opening('ar', 'mail.letter.code.subject'));
    const code = letter.text!.match(/(?<!\d)\d{6}(?!\d)/)![0];
    expect(letter.text, 'a code is no link').not.toContain('/j/');
    await other.locator('#code').fill(code);
    await other.locator('main .enter').click();
    await expect(other.locator('.manage')).toBeVisible();
    expect(other.url()).toContain(link.split('/j/')[1]);
    await other.context().close();
  });

  test('a request waits for the staff; one is accepted, one is not', async () => {
    salma = await Citizen.arrive(browser, server, post, { name: 'سلمى الإدريسي', email: 'salma@example.be' });
    const mehdi = await Citizen.arrive(browser, server, post, { name: 'Mehdi <b>Alaoui</b>', email: 'mehdi@example.fr' }, 'fr');
    await salma.book(institution.ar, hearing.ar);
    await mehdi.book(institution.fr, hearing.fr);
    await expect(salma.page.locator('.state')).toContainText(say('ar', 'manage.state.waits.title'));

    amina = await Person.arrive(0, 'fr-FR');
    desk = amina.page;
    await signIn(desk, server, official, '/staff/requests');
    await expect(desk.locator('.request')).toHaveCount(2);
    await desk.screenshot({ path: 'test-results/look/story-requests-fr.png', fullPage: true });
    await desk.locator('.request', { hasText: salma.told.name }).getByRole('button', { name: say('fr', 'docket.accept.button') }).click();
    await desk.locator('.request', { hasText: mehdi.told.name }).getByRole('link', { name: say('fr', 'docket.reject.button') }).click();
    await desk.locator('#words').fill('Cette affaire relève du tribunal de Fès.');
    await save(desk);
    await expect(desk.locator('.request')).toHaveCount(0);
    entryOf(await salma.letter(opening('ar', 'mail.letter.confirmed.subject')), 'REQUEST');
    await mehdi.letter(opening('fr', 'mail.letter.rejected.subject'), 'Cette affaire relève du tribunal de Fès.');
    await mehdi.page.reload();
    await expect(mehdi.page.locator('.state')).toContainText(say('fr', 'manage.state.rejected.title'));
    await mehdi.context.close();
  });

  test('the docket shows who is expected', async () => {
    await desk.goto(server.at('/staff/docket'));
    await desk.goto(await dayOf(booked));
    await expect(line(desk, reference)).toContainText(yusuf.told.name);
    await expect(line(desk, reference)).toContainText(official.name);
    await stands(desk, reference, say('fr', 'docket.is.expected'));
    await accessible(desk);
  });

  /** The docket of the day of a time at the institution. */
  async function dayOf(start: string): Promise<string> {
    return server.at(`/staff/docket?day=${new Date(start).toLocaleDateString('sv-SE', { timeZone: 'UTC' })}`);
  }

  test('the citizen enters by the link of the letter and waits, which the docket shows', async () => {
    guest = await Person.arrive(1, 'ar-MA', { viewport: { width: 390, height: 844 } });
    await guest.open(linkIn(await yusuf.letter(reference, opening('ar', 'mail.letter.moved.subject'))));
    await guest.join();
    await guest.reaches('waiting');
    await stands(desk, reference, say('fr', 'docket.is.waiting'));
    await desk.screenshot({ path: 'test-results/look/story-docket-waiting-fr.png', fullPage: true });
  });

  test('the official enters from the docket and admits; both hear each other', async () => {
    await line(desk, reference).locator('h2 a').click();
    await desk.getByRole('button', { name: say('fr', 'docket.attend') }).click();
    await amina.join();
    await amina.reaches('hearing');
    await amina.press('admit');
    await guest.reaches('hearing');
    await allHear([amina, guest]);
    const docket = await amina.tab();
    await docket.goto(await dayOf(booked));
    await stands(docket, reference, say('fr', 'docket.is.in_session'));
    await docket.screenshot({ path: 'test-results/look/story-docket-session-fr.png', fullPage: true });
    desk = docket;
  });

  test('the list is running late: who is still to come is told by page and letter', async () => {
    const theirs = salma.page;
    await theirs.reload();
    const start = entryOf(await salma.letter(opening('ar', 'mail.letter.confirmed.subject')), 'REQUEST').DTSTART;
    await desk.goto(await dayOf(start.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z')));
    await desk.locator('#late_by').fill('25');
    await desk.locator('.late button').click();
    await expect(desk.getByRole('status')).toContainText(say('fr', 'docket.done.delayed', { n: 1 }));
    await salma.letter(opening('ar', 'mail.letter.delayed.subject'), '25');
    await theirs.reload();
    await expect(theirs.locator('.delay')).toContainText('25');
    await salma.shot('story-late-ar-phone');
  });

  test('a cancelled appointment leaves the calendar', async () => {
    const { page } = salma;
    const before = entryOf(await salma.letter(opening('ar', 'mail.letter.confirmed.subject')), 'REQUEST');
    await page.locator('a[href$="/cancel"]').click();
    await page.locator('#reason').fill('سأسافر في ذلك اليوم');
    await page.locator('main .stop').click();
    await expect(page.locator('.state')).toContainText(say('ar', 'manage.state.cancelled.title'));
    const gone = entryOf(await salma.letter(opening('ar', 'mail.letter.cancelled.subject')), 'CANCEL');
    expect(gone.UID).toBe(before.UID);
    expect(Number(gone.SEQUENCE)).toBeGreaterThan(Number(before.SEQUENCE));
  });

  test('the official ends the hearing: the docket has it done, and the citizen can prove to have been there', async () => {
    await amina.press('end');
    await amina.press('end-confirm');
    await guest.reaches('ended', 'closed');
    await desk.goto(await dayOf(booked));
    await stands(desk, reference, say('fr', 'docket.is.done'));
    await yusuf.page.goto(link);
    await yusuf.page.locator('a[href$="/attendance"]').click();
    await expect(yusuf.page.locator('.certificate')).toContainText(yusuf.told.name);
    await expect(yusuf.page.locator('.certificate tr', { hasText: yusuf.told.companion!.name })).toContainText(say('ar', 'manage.attendance.absent'));
    await accessible(guest.page);
    await yusuf.shot('story-attendance-ar-phone');
  });

  test('the history of the appointment tells it all', async () => {
    await desk.goto(await dayOf(booked));
    await line(desk, reference).locator('h2 a').click();
    await desk.screenshot({ path: 'test-results/look/story-appointment-fr.png', fullPage: true });
    await desk.locator('a[href$="/history"]').click();
    for (const what of ['requested', 'proven', 'confirmed', 'message_sent', 'moved', 'code_used', 'redeemed', 'waiting', 'admitted', 'started']) {
      await expect(desk.locator('.events')).toContainText(say('fr', `docket.event.${what}`));
    }
    await desk.screenshot({ path: 'test-results/look/story-history-fr.png', fullPage: true });
  });
});
