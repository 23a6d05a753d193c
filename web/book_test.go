package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"jalsa/booking"
)

// From the first page to the confirmed appointment, by what the pages lead to.
func TestCitizenBooks(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer())
	follow := func(target, class string) string {
		t.Helper()
		d := parse(t, c.get(target))
		for _, n := range d.elements("a") {
			href := attribute(n, "href")
			if class != "" && strings.Contains(attribute(n, "class"), class) || class == "" && len(href) > len(target) && strings.HasPrefix(href, target) {
				return href
			}
		}
		t.Fatalf("%s leads nowhere", target)
		return ""
	}
	services := follow(follow("/", "button"), "")
	slots := follow(follow(services, ""), "enter")
	address, err := url.Parse(slots)
	if err != nil || address.Path != c.slots() {
		t.Fatalf("the button leads to %s", slots)
	}
	c.key = address.Query().Get("key")
	d := parse(t, c.get(slots))
	day := d.named("a", "aria-label", "mercredi 25 novembre, 4 créneaux libres")
	if day == nil {
		t.Fatalf("no day in %s", content(d.one("table")))
	}
	d = parse(t, c.get(c.slots()+strings.TrimSuffix(attribute(day, "href"), "#times")))
	radio := d.named("input", "value", "2026-11-25T09:00:00Z")
	label := content(d.named("label", "for", attribute(radio, "id")))
	if label != "10:00 France (Paris) UTC+1 09:00 Maroc UTC+0" {
		t.Errorf("the time is told as %q", label)
	}
	wantSentTo(t, c.post(c.slots()+"?key="+c.key, "key", c.key, "start", attribute(radio, "value")), c.at("you"))
	if page := content(parse(t, c.get(c.at("you"))).one("main")); !strings.Contains(page, "réservé jusqu’à 10:55 (UTC+1)") {
		t.Errorf("the page does not tell until when the time is kept: %s", page)
	}
	c.fillIn("fatima@example.org")
	check := content(parse(t, c.get(c.at("check"))).one("main"))
	for _, want := range []string{"Fatima Zahra Bennani", "fatima@example.org", "+33612345678", "arabe", "amazighe", "Je lis sur les lèvres.", "Personne"} {
		if !strings.Contains(check, want) {
			t.Errorf("the summary lacks %s", want)
		}
	}
	wantSentTo(t, c.post(c.at("check")), c.at("done"))
	a := c.appointment()
	if a.State != booking.StateRequested || a.Contact.Zone != "Europe/Paris" || !a.Start.Instant.Equal(tomorrow) {
		t.Fatalf("booked %+v", a)
	}
	d = parse(t, c.get(c.at("done")))
	within := "avant " + a.Created.Add(booking.ProveWithin+time.Hour).UTC().Format("15:04") + " (UTC+1)" // in Paris
	if page := content(d.one("main")); d.state() != "prove" || !strings.Contains(page, a.Reference) || !strings.Contains(page, within) {
		t.Fatalf("done: %s", content(d.one("main")))
	}
	if w := c.post(c.at("code"), "code", "000000"); w.Code != http.StatusUnprocessableEntity || parse(t, w).named("a", "href", "#code") == nil {
		t.Fatalf("a wrong code: status %d", w.Code)
	}
	code := f.mailed(a, booking.MessageProof)
	ticket := f.ticketOf(a)
	wantSentTo(t, c.post(c.at("code"), "code", code[:3]+" "+code[3:]), "http://audiences.example.ma/j/"+ticket)
	if a = c.appointment(); a.State != booking.StateConfirmed {
		t.Fatalf("the code leaves the appointment %s", a.State)
	}
	page := content(parse(t, c.get("/j/"+ticket+"?lang=fr")).one("main"))
	for _, want := range []string{"Gérer votre rendez‑vous", "Choisir un autre créneau", "10:00", "09:00"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of the link lacks %q", want)
		}
	}
}

// Every page of a citizen is whole in each language: one heading, no open slot, links that lead somewhere, and light.
func TestPagesOfCitizensAreWhole(t *testing.T) {
	f := newMailFixture(t)
	o := f.offer()
	c, booked := f.citizen(o), f.citizen(o)
	c.hold(tomorrow)
	c.fillIn("a@example.org")
	wantSentTo(t, c.post(c.at("people"), "role", "representative", "name", "Me Idrissi"), c.at("people"))
	a, ticket := booked.confirmed(tomorrow.Add(time.Hour), "b@example.org")
	unproven := f.citizen(o)
	request := unproven.booked(tomorrow.Add(90*time.Minute), "c@example.org")
	raw := regexp.MustCompile(`\{[a-z_]+\}|\b(?:zone|room|` + areas + `)\.[a-z_]+`)
	in := func(c *citizen, targets ...string) map[string]*citizen {
		all := map[string]*citizen{}
		for _, target := range targets {
			all[target] = c
		}
		return all
	}
	pages := in(c, "/", "/book/", "/book/"+o.institution.ID+"/", "/book/"+o.institution.ID+"/"+o.service.ID+"/", c.slots()+"?key="+c.key,
		c.slots()+"?day=2026-11-26&key="+c.key, c.slots()+"?taken=1&day=2026-11-25&key="+c.key, c.at("you"), c.at("needs"), c.at("people"), c.at("check"),
		"/j/"+ticket, "/j/"+ticket+"/move", "/j/"+ticket+"/move?day=2026-11-26", "/j/"+ticket+"/cancel", "/j/"+ticket+"/people",
		"/j/"+f.ticketOf(request), "/find", "/find/code?reference="+a.Reference)
	pages[booked.at("done")], pages[unproven.at("done")] = booked, unproven
	for target, who := range pages {
		for _, l := range languages {
			join := "?"
			if strings.Contains(target, "?") {
				join = "&"
			}
			w := who.do("GET", target+join+"lang="+l.Code, append(who.header(), "Accept-Encoding", "gzip")...)
			if w.Body.Len() > 9<<10 { // the style sheet, once, is the rest of 20 KB
				t.Errorf("%s in %s weighs %d bytes", target, l.Code, w.Body.Len())
			}
			w = who.do("GET", target+join+"lang="+l.Code, who.header()...)
			d := parse(t, w)
			if w.Code != http.StatusOK && !strings.Contains(target, "taken") {
				t.Errorf("%s: status %d", target, w.Code)
			}
			d.one("h1")
			if found := raw.FindString(content(d.one("body"))); found != "" {
				t.Errorf("%s in %s shows %s", target, l.Code, found)
			}
			ids := map[string]int{}
			for _, n := range d.all(func(n *html.Node) bool { return attribute(n, "id") != "" }) {
				ids[attribute(n, "id")]++
			}
			for id, n := range ids {
				if n > 1 {
					t.Errorf("%s has the id %s %d times", target, id, n)
				}
			}
			for _, n := range d.all(func(n *html.Node) bool { return true }) {
				for _, key := range []string{"aria-describedby", "aria-labelledby", "for"} {
					for _, id := range strings.Fields(attribute(n, key)) {
						if ids[id] == 0 {
							t.Errorf("%s: %s names %s, which is not there", target, key, id)
						}
					}
				}
				if href := attribute(n, "href"); strings.HasPrefix(href, "#") && ids[href[1:]] == 0 {
					t.Errorf("%s: a link to %s leads nowhere", target, href)
				}
			}
		}
	}
}

// Back, reload, two tabs and an answer that was lost book nothing twice and lose nothing.
func TestOneErrandIsOneAppointment(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer())
	c.hold(tomorrow)
	wantSentTo(t, c.post(c.slots()+"?key="+c.key, "key", c.key, "start", slotValue(tomorrow)), c.at("you")) // sent again
	c.fillIn("fatima@example.org")
	if d := parse(t, c.get(c.at("you"))); attribute(d.named("input", "id", "name"), "value") != "Fatima Zahra Bennani" {
		t.Error("going back shows an empty form")
	}
	wantSentTo(t, c.post(c.slots()+"?key="+c.key, "key", c.key, "start", slotValue(tomorrow.Add(time.Hour))), c.at("check")) // another time
	for range 3 {
		wantSentTo(t, c.post(c.at("check")), c.at("done"))
	}
	for _, page := range []string{"you", "needs", "people", "check"} {
		wantSentTo(t, c.get(c.at(page)), c.at("done"))
		wantSentTo(t, c.post(c.at(page), "name", "Somebody Else", "role", "none", "language", "fr"), c.at("done"))
	}
	wantSentTo(t, c.post(c.slots()+"?key="+c.key, "key", c.key, "start", slotValue(tomorrow)), c.at("you"))
	all, err := f.store.Appointments(time.Time{})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d appointments, %v", len(all), err)
	}
	if !all[0].Start.Instant.Equal(tomorrow.Add(time.Hour)) || all[0].Participants[0].Name != "Fatima Zahra Bennani" {
		t.Errorf("booked %+v", all[0])
	}
	for _, cookies := range []map[string]string{{}, {browserCookie: newKey()}, {browserCookie: "x"}} {
		stranger := &citizen{f, c.offer, c.key, cookies}
		for _, page := range []string{"you", "check", "done"} {
			if w := stranger.get(c.at(page)); w.Code != http.StatusNotFound || parse(t, w).state() != "no_errand" {
				t.Errorf("another browser reads %s: status %d", page, w.Code)
			}
		}
	}
}

// The message can be had again a few times; then the page says until when it cannot, and still takes the code.
func TestTheMessageIsSentAgainAFewTimes(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer())
	c.booked(tomorrow, "fatima@example.org")
	for range 4 {
		wantSentTo(t, c.post(c.at("resend")), c.at("done")+"?resent=1")
	}
	wantSentTo(t, c.post(c.at("resend")), c.at("done")+"?resent=spent") // five in an hour, with the first
	d := parse(t, c.get(c.at("done")+"?resent=spent"))
	if text := content(d.one("main")); !strings.Contains(text, "revenez dans une heure") {
		t.Errorf("no further message: %s", text)
	}
	if d.named("form", "action", "resend") != nil || d.named("form", "action", "code") == nil {
		t.Error("the page offers what is spent, or takes no code")
	}
}

func TestSlotThatIsTakenMeanwhile(t *testing.T) {
	f := newMailFixture(t)
	o := f.offer()
	first, second := f.citizen(o), f.citizen(o)
	first.hold(tomorrow)
	second.get(o.slots() + "?day=2026-11-25&key=" + second.key)
	w := second.post(o.slots()+"?day=2026-11-25&key="+second.key, "key", second.key, "start", slotValue(tomorrow))
	d := parse(t, w)
	if w.Code != http.StatusConflict || !strings.Contains(content(d.one("main")), "vient d’être pris") {
		t.Fatalf("status %d: %s", w.Code, content(d.one("main")))
	}
	if d.named("input", "value", slotValue(tomorrow)) != nil || d.named("input", "value", slotValue(tomorrow.Add(time.Hour))) == nil {
		t.Error("the page does not show what is left")
	}
	second.hold(tomorrow.Add(time.Hour))
	second.fillIn("b@example.org")
	// A hold lapses, another takes its slot, and the first presses the button all the same.
	f.now = f.now.Add(11 * time.Minute)
	third := f.citizen(o)
	third.booked(tomorrow.Add(time.Hour), "c@example.org")
	w = second.post(second.at("check"))
	if w.Code != http.StatusSeeOther || !strings.Contains(w.Header().Get("Location"), "taken=1") {
		t.Fatalf("status %d to %s", w.Code, w.Header().Get("Location"))
	}
	if w = second.get(w.Header().Get("Location")); w.Code != http.StatusConflict {
		t.Errorf("status %d", w.Code)
	}
	wantSentTo(t, second.post(o.slots()+"?key="+second.key, "key", second.key, "start", slotValue(tomorrow.Add(90*time.Minute))), second.at("check"))
}

func TestHoldThatLapsed(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer())
	c.hold(tomorrow)
	f.now = f.now.Add(11 * time.Minute)
	// What is typed while the time runs out is kept.
	wantSentTo(t, c.post(c.at("you"), "name", "Fatima", "email", "fatima@example.org"), c.at("needs"))
	d := parse(t, c.get(c.at("needs")))
	if d.state() != "lapsed" {
		t.Fatalf("state %s", d.state())
	}
	key, start := d.named("input", "name", "key"), d.named("input", "name", "start")
	var action string
	for _, n := range d.elements("form") {
		action = attribute(n, "action")
	}
	wantSentTo(t, c.post(action, "key", attribute(key, "value"), "start", attribute(start, "value")), c.at("check"))
	if h, err := f.store.Held(c.key, c.cookies[browserCookie]); err != nil || h.Application.Name != "Fatima" || !h.Start.Instant.Equal(tomorrow) || !h.Until.After(f.now) {
		t.Errorf("held again: %+v, %v", h, err)
	}
}

func TestHoldNeedsACookieAndAShare(t *testing.T) {
	f := newMailFixture(t)
	o := f.offer()
	c := f.citizen(o)
	if w := f.send(o.slots()+"?key="+c.key, url.Values{"key": {c.key}, "start": {slotValue(tomorrow)}}); w.Code != http.StatusForbidden || parse(t, w).state() != "no_cookies" {
		t.Errorf("without a cookie: status %d", w.Code)
	}
	for i := range 3 {
		c.key = newKey()
		c.hold(tomorrow.Add(time.Duration(i) * 30 * time.Minute))
	}
	c.key = newKey()
	if w := c.post(o.slots()+"?key="+c.key, "key", c.key, "start", slotValue(tomorrow.Add(24*time.Hour))); w.Code != http.StatusTooManyRequests {
		t.Errorf("a fourth time: status %d", w.Code)
	}
	if w := c.post(o.slots()+"?key=x", "key", "x", "start", slotValue(tomorrow)); w.Code != http.StatusBadRequest {
		t.Errorf("a key of one's own: status %d", w.Code)
	}
	if w := c.post(o.slots()+"?key="+c.key, "key", c.key, "start", "next week"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("no time: status %d", w.Code)
	}
	cookie := find(t, f.do("GET", o.slots()+"?key="+c.key), browserCookie)
	if !cookie.HttpOnly || cookie.Path != "/book/" || cookie.SameSite != http.SameSiteLaxMode {
		t.Errorf("cookie %+v", cookie)
	}
	wantKey := regexp.MustCompile(`/slots\?key=[a-z2-7]{26}$`)
	if w := f.do("GET", o.slots()); w.Code != http.StatusSeeOther || !wantKey.MatchString(w.Header().Get("Location")) {
		t.Errorf("without a key: status %d to %s", w.Code, w.Header().Get("Location"))
	}
}

// What is wrong is told at its field and keeps what was typed; markup and invisible characters go no further.
func TestHostileAnswers(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer())
	c.hold(tomorrow)
	good := []string{"name", "Fatima", "email", "fatima@example.org", "phone", ""}
	for _, bad := range []struct{ field, value string }{
		{"name", ""}, {"name", "Ann\nBcc: all@example.org"}, {"name", "\u202eamitaF"}, {"name", "a\x00b"}, {"name", strings.Repeat("é", 201)}, {"name", "\xff\xfe"},
		{"email", "nobody"}, {"email", "a@b.c\r\nBcc: d@e.f"}, {"email", "<script>@example.org"}, {"email", "a b@example.org"},
		{"phone", "0612345678"}, {"phone", "+33 six"}, {"phone", "+1;ext=2"},
	} {
		typed := append([]string{}, good...)
		for i := 0; i < len(typed); i += 2 {
			if typed[i] == bad.field {
				typed[i+1] = bad.value
			}
		}
		w := c.post(c.at("you"), typed...)
		d := parse(t, w)
		if w.Code != http.StatusUnprocessableEntity || d.named("a", "href", "#"+bad.field) == nil || !strings.HasPrefix(content(d.one("title")), "Erreur") {
			t.Errorf("%s %q: status %d", bad.field, bad.value, w.Code)
			continue
		}
		if bad.field != "name" && attribute(d.named("input", "id", "name"), "value") != "Fatima" {
			t.Errorf("%s %q: what else was typed is lost", bad.field, bad.value)
		}
	}
	for _, bad := range [][]string{{"language", "xx"}, {"language", "fr", "interpreter", "<b>"}, {"language", "fr", "needs", "\u202e"}, {"language", "fr", "needs", strings.Repeat("x", 3000)}} {
		if w := c.post(c.at("needs"), bad...); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("needs %.20q: status %d", bad, w.Code)
		}
	}
	for _, bad := range [][]string{{"role", "host", "name", "x"}, {"role", "representative"}, {"role", "none", "name", "x"}, {"role", "assistant", "name", "x", "email", "y"}, {"role", "assistant", "name", "\u202e"}} {
		if w := c.post(c.at("people"), bad...); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("people %q: status %d", bad, w.Code)
		}
	}
	// Allowed, and inert: markup, quotes and characters of four bytes.
	const name = `<script>alert("1")</script> & 𐎀 O’Neil`
	wantSentTo(t, c.post(c.at("you"), "name", name, "email", "fatima@example.org"), c.at("needs"))
	wantSentTo(t, c.post(c.at("needs"), "language", "fr", "needs", "<img src=x>\r\n{{.}}"), c.at("people"))
	for _, nth := range []string{"", " 2", " 2", " 3", " 4", " 5"} { // the second sent twice
		wantSentTo(t, c.post(c.at("people"), "role", "assistant", "name", name+nth), c.at("people"))
	}
	if page := content(parse(t, c.get(c.at("people")+"?lang=fr")).one("main")); !strings.Contains(page, "Qui d’autre vous accompagne") || !strings.Contains(page, "Personne d’autre") {
		t.Errorf("with people already: %s", page)
	}
	if w := c.post(c.at("people"), "role", "assistant", "name", "Sixth"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a sixth companion: status %d", w.Code)
	}
	wantSentTo(t, c.post(c.at("people"), "remove", "0"), c.at("people"))
	wantSentTo(t, c.post(c.at("people"), "remove", "99"), c.at("people"))
	for _, page := range []string{"you", "people", "check"} {
		d := parse(t, c.get(c.at(page)))
		if len(d.elements("img")) != 0 || strings.Contains(content(d.one("main")), "&lt;") {
			t.Errorf("%s shows typed markup as its own", page)
		}
		for _, n := range d.elements("script") {
			if attribute(n, "src") == "" {
				t.Errorf("%s runs what was typed", page)
			}
		}
	}
	if page := content(parse(t, c.get(c.at("check"))).one("main")); !strings.Contains(page, name) || strings.Count(page, name) != 5 {
		t.Errorf("the summary does not show the names as typed: %s", page)
	}
}

// Who comes to the end too early is led to the page that asks for what is missing.
func TestTheEndLeadsToWhatIsMissing(t *testing.T) {
	whole := booking.Application{Name: "Fatima Zahra", Email: "fatima@example.org", Language: "fr"}
	for page, change := range map[string]func(*booking.Application){
		"you":    func(a *booking.Application) { a.Email = "" },
		"needs":  func(a *booking.Application) { a.Language = "" },
		"people": func(a *booking.Application) { a.Companions = []booking.Companion{{Role: booking.RoleAssistant}} },
	} {
		a := whole
		change(&a)
		if got := askedAt(a.Validate(true)); got != page {
			t.Errorf("%v leads to %s, want %s", a.Validate(true), got, page)
		}
	}
}
