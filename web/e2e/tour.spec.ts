import { expect, test, type Browser } from '@playwright/test';
import { plainBrowser } from './person';
import { Server } from './server';
import { fill, save, signIn, type Member } from './staff';
import { Tour } from './tour';
import { say } from './words';

// Every page of citizens and of the staff, walked through without script: in French on a desk, in Arabic on a telephone.
test.describe.serial('every page', () => {
  const server = new Server();
  let browser: Browser;
  const operator: Member = { name: 'Exploitation', login: 'exploitation@example.ma', password: 'olive nuage tambour 7' };
  const admin: Member = { name: 'Karim Ouali', login: 'karim.ouali@example.ma', password: 'grenier lampe sable 4' };
  const court = 'Tribunal de première instance de Rabat';
  let booked: string[] = []; // days with an appointment at the court

  test.beforeAll(async () => {
    await server.start();
    browser = await plainBrowser();
    const add = (who: Member, ...where: string[]) =>
      server.tell(`${who.password}\n`, 'staff', 'add', '--login', who.login, '--name', who.name, '--password-stdin', ...where);
    await add(operator);
    await add(admin, '--institution', court);
    await add({ name: 'Amina El Fassi', login: 'amina@example.ma', password: admin.password }, '--institution', court, '--role', 'magistrate');
  });
  test.afterAll(async () => {
    await browser?.close();
    await server.remove();
  });

  for (const language of ['fr', 'ar']) {
    test(`of citizens, in ${language}`, async () => {
      const tour = await Tour.start(browser, language);
      const { page } = tour;
      const next = () => page.locator('main .enter').click();
      await tour.visit(server.at('/'), 'home');
      await tour.visit(server.at('/book/'), 'book-institutions');
      await page.locator('.offers a').nth(1).click();
      await tour.look('book-services');
      await page.locator('.offers a', { hasText: language === 'fr' ? 'greffe' : 'جلسة قضايا الأسرة' }).click();
      await tour.look('book-service');
      await next();
      await tour.look('book-slots');
      await page.locator('.calendar a').last().click();
      await tour.look('book-slots-day');
      await tour.fail('book-slots-fault', '.choose button');
      const slots = page.url();
      booked.push(new URL(page.url()).searchParams.get('day')!);
      await page.locator('input[name=start]').nth(1).check();
      await page.locator('.choose button').click();
      await tour.look('book-you');
      await tour.fail('book-you-fault', 'main .enter');
      await fill(page, { name: language === 'fr' ? 'Nadia Berrada' : 'يوسف بناني', email: `${language}@example.com`, phone: '+33612345678' });
      await next();
      await tour.look('book-needs');
      await fill(page, { interpreter: say(language, 'book.language.zgh'), needs: 'أقرأ الشفاه\nJ’ai besoin de pauses.' });
      await next();
      await tour.look('book-people');
      await fill(page, { role: 'representative' });
      await tour.fail('book-people-fault', 'main .enter');
      await fill(page, { role: 'representative', name: 'Me Salma Idrissi', email: 'salma@example.com' });
      await next();
      await tour.look('book-people-one');
      await next();
      await tour.look('book-check');
      await next();
      await tour.look('book-done');
      await tour.fail('book-done-fault', 'main .enter');
      const done = page.url();

      await tour.visit(server.at('/mail/'), 'mailbox');
      await page.locator('.letters a').first().click();
      await tour.look('mailbox-letter');
      const link = (await page.locator('a[href*="/j/"]').first().getAttribute('href'))!;
      await tour.visit(link, 'link-prove');
      await next();
      await tour.look(language === 'fr' ? 'link-confirmed' : 'link-requested');
      await tour.visit(done.replace('/code', '/done'), 'book-done-proven');
      await tour.visit(`${link}/move`, 'link-move');
      await page.locator('.calendar a').last().click();
      await tour.look('link-move-day');
      await tour.visit(`${link}/people`, 'link-people');
      await tour.fail('link-people-fault');
      await tour.visit(`${link}/cancel`, 'link-cancel');

      await page.goto(server.at(new URL(slots).pathname)); // the same person once more
      await page.locator('.calendar a').last().click();
      await page.locator('input[name=start]').last().check();
      await page.locator('.choose button').click();
      await fill(page, { name: 'Nadia', email: `${language}@example.com` });
      for (let i = 0; i < 4; i++) await next();
      await page.goto(server.at('/mail/'));
      await page.locator('.letters a').first().click();
      await page.goto((await page.locator('a[href*="/j/"]').first().getAttribute('href'))!);
      await next();
      await tour.look('book-already');

      await tour.visit(server.at('/find'), 'find');
      await tour.fail('find-fault', 'main .enter');
      await fill(page, { reference: 'aaaa-aaaa' });
      await next();
      await tour.look('find-code');
      await tour.fail('find-code-fault', 'main .enter');
      await tour.visit(server.at('/nowhere'), 'error-not-found');
      await tour.visit(server.at('/book/errand/aaaaaaaaaaaaaaaaaaaaaaaaaa/you'), 'error-no-errand');
      await tour.end();
      console.log(`${tour.seen.length} pages of citizens in ${language}`);
    });
  }

  for (const language of ['fr', 'ar']) {
    test(`of the staff, in ${language}`, async () => {
      const tour = await Tour.start(browser, language);
      const { page } = tour;
      await tour.visit(server.at('/staff/login'), 'staff-login');
      await tour.fail('staff-login-fault');
      await signIn(page, server, admin, `/staff?lang=${language}`);
      const at = (path: string) => server.at(`/staff/${path}${path.includes('?') ? '&' : '?'}lang=${language}`);

      await tour.visit(at('docket?day=2020-01-01'), 'staff-docket-empty');
      await tour.visit(at(`docket?day=${booked[0]}&show=expected`), 'staff-docket-filter');
      await tour.visit(at(`docket?day=${booked[0]}`), 'staff-docket');
      await tour.fail('staff-docket-fault', '.late button');
      await tour.visit(at('requests'), 'staff-requests');
      await page.locator('.request-deeds a').first().click();
      await tour.look('staff-reject');
      await tour.fail('staff-reject-fault');
      await tour.visit(at('hearings/new'), 'staff-hearing-new');
      await tour.fail('staff-hearing-new-fault');
      await fill(page, {
        hearing_title: 'Confrontation', case: '2026/1234', held_on: booked[0], held_at: '18:00', officer: 'Amina El Fassi',
        'people.0.name': 'عبد الرحمن بن عبد الله الفاسي الفهري', 'people.0.email': 'a.tres.longue.adresse.electronique@ministere.example.ma',
        'people.1.name': 'Nadia Berrada', apart: '1-2',
      });
      await save(page);
      const despite = page.locator('[name=despite]');
      await expect(despite.or(page.locator('.file'))).toBeVisible();
      if (await despite.count()) { // the officer holds the hearing of the tour before
        await tour.look('staff-hearing-despite');
        await despite.check();
        await save(page);
      }
      await tour.look('staff-appointment-made');
      const appointment = page.url().split('?')[0].replace(server.at('/staff/'), '');
      await page.locator('details.more summary').first().click();
      await tour.look('staff-appointment-open');
      for (const what of ['history', 'move', 'adjourn', 'cancel', 'people']) await tour.visit(at(`${appointment}/${what}`), `staff-${what}`);
      for (const what of ['call', 'people/2/message']) {
        await tour.visit(at(`${appointment}/${what}`), `staff-${what.replace(/.*\//, '')}`);
        await tour.fail(`staff-${what.replace(/.*\//, '')}-fault`);
      }
      await page.goto(at('docket'));
      const today = await page.locator('#day').inputValue();
      const clock = (await page.locator('.day-head .small').first().innerText()).match(/\d\d:\d\d/g)!.at(-1)!;
      await page.goto(at('hearings/new'));
      await fill(page, {
        hearing_title: 'Conciliation', held_on: today, held_at: `${String(Math.min(23, Number(clock.slice(0, 2)) + 1)).padStart(2, '0')}:59`,
        'people.0.name': 'يوسف بناني', 'people.0.phone': '+212612345678', 'people.0.sign': true, 'people.1.name': 'Me Salma Idrissi',
      });
      await save(page);
      await tour.visit(at('desk?still=1'), 'staff-desk');
      await tour.visit(at(`${appointment}/cancel`), 'staff-cancel');
      await tour.fail('staff-cancel-fault');
      await tour.visit(at(`${appointment}/move`), 'staff-move');
      await tour.fail('staff-move-fault');
      await page.goto(at(appointment));
      await page.locator('form[action$="/links"] button').last().click();
      await tour.look('staff-links');

      await tour.visit(at('setup'), 'setup');
      await tour.visit(at('institution'), 'setup-institution');
      await tour.visit(at('services/new'), 'setup-service-new');
      await fill(page, { duration: 'x' });
      await tour.fail('setup-service-fault');
      await page.goto(at('setup'));
      await page.locator('#services .things a').first().click();
      await tour.look('setup-service');
      await tour.visit(at('counters/new'), 'setup-counter-new');
      await tour.fail('setup-counter-fault');
      await page.goto(at('setup'));
      await page.locator('#counters .things a').first().click();
      await tour.look('setup-counter');
      await page.locator('[name="openings.0.to"]').fill('09:05');
      await save(page);
      await tour.look('setup-impact');
      await tour.fail('setup-impact-fault', 'main form .button:not(.quiet)');
      await tour.visit(at('closures'), 'setup-closures');
      await page.locator('.things a').first().click();
      await tour.look('setup-closure');
      await page.locator('a[href$="/delete"]').click();
      await tour.look('setup-closure-delete');
      await tour.visit(at('closures/new'), 'setup-closure-new');
      await tour.fail('setup-closure-fault');
      await tour.visit(at('zones'), 'setup-zones');
      await tour.visit(at('accounts'), 'staff-accounts');
      await page.locator('.table a').first().click();
      await tour.look('staff-account');
      await tour.visit(at('accounts/new'), 'staff-account-new');
      await tour.fail('staff-account-fault');
      await tour.visit(at('self'), 'staff-self');
      await tour.fail('staff-self-fault');
      await tour.visit(at('machine'), 'staff-forbidden');
      await tour.visit(at('appointments/none'), 'staff-not-found');
      await page.locator('.desk-out').click();

      await signIn(page, server, operator, `/staff?lang=${language}`);
      await tour.visit(at('institutions'), 'operator-institutions');
      await tour.visit(at('institutions/new'), 'operator-institution-new');
      await tour.fail('operator-institution-fault');
      await tour.visit(at('accounts'), 'operator-accounts');
      await tour.visit(at('accounts/new'), 'operator-account-new');
      await tour.visit(at('machine'), 'operator-machine');
      await tour.end();
      console.log(`${tour.seen.length} pages of the staff in ${language}`);
    });
  }
});
