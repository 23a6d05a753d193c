package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"jalsa/booking"
)

// Fetching the link of a request, as mail scanners do, confirms nothing; its button does.
func TestLinkConfirmsByItsButtonOnly(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer())
	a := c.booked(tomorrow, "fatima@example.org")
	ticket := f.ticketOf(a)
	before := entries(t, f.store)
	for _, page := range []string{"", "/prove", "/move", "/move?day=2026-11-26", "/cancel", "/people", "/resend", "/attendance"} {
		f.do("GET", "/j/"+ticket+page)
		f.do("HEAD", "/j/"+ticket+page)
	}
	if n := entries(t, f.store); n != before {
		t.Fatalf("reading wrote %d entries", n-before)
	}
	d := parse(t, c.get("/j/"+ticket+"?lang=fr"))
	if form := d.named("form", "action", "/j/"+ticket+"/prove?lang=fr"); form == nil || d.state() != "requested" {
		t.Fatalf("no button: %s", content(d.one("main")))
	}
	wantSentTo(t, c.post("/j/"+ticket+"/prove"), "/j/"+ticket)
	wantSentTo(t, c.post("/j/"+ticket+"/prove"), "/j/"+ticket) // pressed again
	if a = c.appointment(); a.State != booking.StateConfirmed || a.Contact.Proven.IsZero() {
		t.Errorf("after the button the appointment is %s", a.State)
	}
	if page := content(parse(t, c.get("/j/"+ticket+"?lang=fr")).one("main")); !strings.Contains(page, "Votre rendez‑vous est confirmé") {
		t.Errorf("the page of the link says %s", page)
	}
	if d := parse(t, c.get(c.at("done"))); d.state() != "confirmed" {
		t.Errorf("the browser that booked reads %s", d.state())
	}
}

// A service with acceptance waits for the staff after the proof, and the pages say so.
func TestRequestThatWaitsForTheStaff(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer(func(s *booking.Service) { s.Accepted = true }))
	a, ticket := c.confirmed(tomorrow, "fatima@example.org")
	if a.State != booking.StateRequested {
		t.Fatalf("state %s", a.State)
	}
	if d := parse(t, c.get(c.at("done"))); d.state() != "wait" {
		t.Errorf("done says %s", d.state())
	}
	tell := func(want string) {
		t.Helper()
		if page := content(parse(t, c.get("/j/"+ticket+"?lang=fr")).one("main")); !strings.Contains(page, want) {
			t.Errorf("the page lacks %q: %s", want, page)
		}
	}
	tell("Votre demande est examinée")
	tell("vous répondra par courriel")
	if _, err := f.store.Reject(a.ID, booking.Why{Code: "not_ours"}, "test"); err != nil {
		t.Fatal(err)
	}
	tell("Votre demande n’a pas été acceptée")
	if d := parse(t, c.get(c.at("done"))); d.state() != "over" {
		t.Errorf("done says %s", d.state())
	}
}

// The calendar entry is one of a confirmed appointment, with the link that it was fetched by.
func TestCalendarEntryOfALink(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer())
	a := c.booked(tomorrow, "fatima@example.org")
	ticket := f.ticketOf(a)
	wantSentTo(t, c.post("/j/"+ticket+"/prove"), "/j/"+ticket)
	if d := parse(t, c.get("/j/"+ticket)); d.named("a", "href", "/j/"+ticket+"/appointment.ics") == nil {
		t.Error("the page does not lead to the entry")
	}
	w := c.get("/j/" + ticket + "/appointment.ics?lang=fr")
	entry := strings.ReplaceAll(w.Body.String(), "\r\n ", "")
	for _, want := range []string{"BEGIN:VCALENDAR", "METHOD:PUBLISH", "20261125T090000", ticket, a.Reference} {
		if !strings.Contains(entry, want) {
			t.Errorf("the entry lacks %s:\n%s", want, entry)
		}
	}
	if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/calendar") {
		t.Errorf("type %s", w.Header().Get("Content-Type"))
	}
	if w := c.get("/j/nobody/appointment.ics"); w.Code != http.StatusNotFound {
		t.Errorf("status %d", w.Code)
	}
}

// Without mail the link is shown where one booked, and the staff confirms.
func TestBookingWithoutMail(t *testing.T) {
	f := newFixture(t)
	c := f.citizen(f.offer())
	a := c.booked(tomorrow, "fatima@example.org")
	link := "http://audiences.example.ma/j/" + f.ticketOf(a)
	for range 2 { // a reload too
		if d := parse(t, c.get(c.at("done"))); d.state() != "link" || d.named("a", "href", link) == nil {
			t.Fatalf("no link: %s", content(d.one("main")))
		}
	}
	d := parse(t, c.get("/j/"+f.ticketOf(a)+"?lang=fr"))
	for _, n := range d.elements("form") {
		if action := attribute(n, "action"); strings.Contains(action, "prove") || strings.Contains(action, "resend") {
			t.Errorf("the page offers %s, which needs mail", action)
		}
	}
	if page := content(parse(t, c.get("/find?lang=fr")).one("main")); !strings.Contains(page, "n’envoie pas de courriel") {
		t.Errorf("find says %s", page)
	}
}

func TestCitizenMovesAndCancels(t *testing.T) {
	f := newMailFixture(t)
	o := f.offer()
	c := f.citizen(o)
	a, ticket := c.confirmed(tomorrow, "fatima@example.org")
	other := f.citizen(o)
	other.booked(tomorrow.Add(time.Hour), "x@example.org")
	move := "/j/" + ticket + "/move?day=2026-11-25"
	d := parse(t, c.get(move+"&lang=fr"))
	if d.named("input", "value", slotValue(tomorrow)) != nil || d.named("input", "value", slotValue(tomorrow.Add(time.Hour))) != nil {
		t.Error("a time that is taken is offered")
	}
	if w := c.post(move, "start", slotValue(tomorrow.Add(time.Hour))); w.Code != http.StatusConflict {
		t.Errorf("to a time that is taken: status %d", w.Code)
	}
	if w := c.post(move); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("to no time: status %d", w.Code)
	}
	wantSentTo(t, c.post(move, "start", slotValue(tomorrow.Add(30*time.Minute))), "/j/"+ticket+"?told=moved")
	if now := c.appointment(); now.Reference != a.Reference || !now.Start.Instant.Equal(tomorrow.Add(30*time.Minute)) {
		t.Errorf("moved to %v as %s", now.Start, now.Reference)
	}
	if w := c.post("/j/"+ticket+"/cancel", "reason", "\u202ereversed"); w.Code != http.StatusUnprocessableEntity || parse(t, w).named("a", "href", "#reason") == nil {
		t.Errorf("a reason that turns the text: status %d", w.Code)
	}
	wantSentTo(t, c.post("/j/"+ticket+"/cancel", "reason", "Je suis malade.\r\n<b>Désolée</b>"), "/j/"+ticket+"?told=cancelled")
	if now := c.appointment(); now.State != booking.StateCancelled || now.Remark != "Je suis malade.\n<b>Désolée</b>" {
		t.Errorf("cancelled: %s %q", now.State, now.Remark)
	}
	d = parse(t, c.get("/j/"+ticket+"?lang=fr"))
	if page := content(d.one("main")); !strings.Contains(page, "Vous avez annulé") || !strings.Contains(page, "Prendre un nouveau rendez-vous") {
		t.Errorf("the page says %s", page)
	}
	for page, told := range map[string]string{"move": "", "cancel": "?told=cancelled"} {
		wantSentTo(t, c.get("/j/"+ticket+"/"+page), "/j/"+ticket)
		wantSentTo(t, c.post("/j/"+ticket+"/"+page, "start", slotValue(tomorrow)), "/j/"+ticket+told)
	}
}

// After the cut-off the page says so and the forms change nothing; a lawyer may be added until the start.
func TestCutoffIsTold(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer())
	a, ticket := c.confirmed(tomorrow, "fatima@example.org")
	f.now = tomorrow.Add(-23 * time.Hour)
	page := content(parse(t, c.get("/j/"+ticket+"?lang=fr")).one("main"))
	if !strings.Contains(page, "trop tard pour le déplacer") || strings.Contains(page, "Annuler le rendez-vous") {
		t.Errorf("the page says %s", page)
	}
	wantSentTo(t, c.post("/j/"+ticket+"/cancel"), "/j/"+ticket)
	wantSentTo(t, c.post("/j/"+ticket+"/move", "start", slotValue(tomorrow.Add(48*time.Hour))), "/j/"+ticket)
	if now := c.appointment(); now.State != booking.StateConfirmed || !now.Start.Instant.Equal(a.Start.Instant) {
		t.Errorf("changed after the cut-off: %+v", now)
	}
	if w := c.post("/j/"+ticket+"/people", "role", "representative", "name", ""); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a lawyer without a name: status %d", w.Code)
	}
	if w := c.post("/j/"+ticket+"/people", "role", "host", "name", "x"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a host: status %d", w.Code)
	}
	wantSentTo(t, c.post("/j/"+ticket+"/people", "role", "representative", "name", "Me Idrissi", "email", "me@example.org"), "/j/"+ticket+"?told=added")
	now := c.appointment()
	wantSentTo(t, c.post("/j/"+ticket+"/people", "role", "representative", "name", "Me Idrissi", "email", "me@example.org"), "/j/"+ticket+"?told=added")
	if again := c.appointment(); len(again.Participants) != len(now.Participants) {
		t.Errorf("sent twice, the lawyer comes twice: %d people", len(again.Participants))
	}
	if last := now.Participants[len(now.Participants)-1]; last.Name != "Me Idrissi" || last.Role != booking.RoleRepresentative {
		t.Errorf("added %+v", last)
	}
}

// To everybody else who has a link, what who booked may do does not exist.
func TestOnlyWhoBookedManages(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer())
	_, ticket := c.confirmed(tomorrow, "fatima@example.org")
	wantSentTo(t, c.post("/j/"+ticket+"/people", "role", "representative", "name", "Me Idrissi", "email", "me@example.org"), "/j/"+ticket+"?told=added")
	a := c.appointment()
	lawyer, ok, err := f.store.Ticket(a.Participants[len(a.Participants)-1].ID)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if page := content(parse(t, f.do("GET", "/j/"+lawyer+"?lang=fr")).one("main")); strings.Contains(page, "Gérer") {
		t.Error("the lawyer's page offers to manage")
	}
	for _, ticket := range []string{lawyer, "nobody"} {
		for _, page := range []string{"prove", "move", "cancel", "people", "resend"} {
			if w := f.send("/j/"+ticket+"/"+page, url.Values{"start": {slotValue(tomorrow)}}); w.Code != http.StatusNotFound {
				t.Errorf("%s: status %d", page, w.Code)
			}
		}
	}
	if now := c.appointment(); now.Version != a.Version {
		t.Error("somebody else changed the appointment")
	}
}

func TestLinkIsSentAgainWithinBounds(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer())
	a, ticket := c.confirmed(tomorrow, "fatima@example.org")
	for range resendPace.burst {
		wantSentTo(t, c.post("/j/"+ticket+"/resend"), "/j/"+ticket+"?told=resent")
	}
	if w := c.post("/j/" + ticket + "/resend"); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("once more: status %d", w.Code)
	}
	messages, err := f.store.Messages(a.ID)
	if err != nil {
		t.Fatal(err)
	}
	sent := 0
	for _, m := range messages {
		if m.Kind == booking.MessageLink && m.State == booking.MessageQueued {
			sent++
		}
	}
	if sent == 0 {
		t.Error("nothing was sent")
	}
	unproven := f.citizen(c.offer)
	request := unproven.booked(tomorrow.Add(time.Hour), "b@example.org")
	first := f.mailed(request, booking.MessageProof)
	wantSentTo(t, unproven.post(unproven.at("resend")), unproven.at("done")+"?resent=1")
	if f.mailed(request, booking.MessageProof) == first {
		t.Error("the code is the same")
	}
}

// A person has one live appointment with a service, and is asked which; only who has proven the contact learns of it.
func TestAlreadyBooked(t *testing.T) {
	f := newMailFixture(t)
	o := f.offer()
	first := f.citizen(o)
	_, ticket := first.confirmed(tomorrow.Add(48*time.Hour), "fatima@example.org")
	second := f.citizen(o)
	a := second.booked(tomorrow.Add(49*time.Hour), "Fatima@Example.org")
	code := f.mailed(a, booking.MessageProof)
	w := second.post(second.at("code"), "code", code)
	d := parse(t, w)
	if w.Code != http.StatusConflict || d.state() != "already" || attribute(d.named("input", "name", "code"), "value") != code {
		t.Fatalf("status %d: %s", w.Code, content(d.one("main")))
	}
	if first.appointment().State != booking.StateConfirmed {
		t.Fatal("asking changed the old appointment")
	}
	wantSentTo(t, second.post(second.at("code"), "code", code, "choice", "new"), "http://audiences.example.ma/j/"+f.ticketOf(a))
	if first.appointment().State != booking.StateCancelled || second.appointment().State != booking.StateConfirmed {
		t.Error("the new one did not take the place of the old one")
	}
	if page := content(parse(t, f.do("GET", "/j/"+ticket+"?lang=fr")).one("main")); !strings.Contains(page, "annul") {
		t.Errorf("the old link says %s", page)
	}
	wantSentTo(t, second.post("/j/"+f.ticketOf(a)+"/prove", "choice", "old"), "/j/"+f.ticketOf(a)) // the question in another tab
	if second.appointment().State != booking.StateConfirmed {
		t.Error("keeping the old one, which was given up, gave up the new one too")
	}
	third := f.citizen(o)
	a = third.booked(tomorrow.Add(72*time.Hour), "fatima@example.org")
	ticket = f.ticketOf(a)
	if w := third.post("/j/" + ticket + "/prove"); w.Code != http.StatusConflict {
		t.Fatalf("by link: status %d", w.Code)
	}
	wantSentTo(t, third.post("/j/"+ticket+"/prove", "choice", "old"), "/j/"+ticket)
	if third.appointment().State != booking.StateCancelled || second.appointment().State != booking.StateConfirmed {
		t.Error("keeping the old one did not give the new time back")
	}
}

// Whom the institution missed is offered the next slots, and takes one without notice.
func TestMissedCitizenIsOfferedTheNextSlots(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer())
	a, ticket := c.confirmed(tomorrow, "fatima@example.org")
	f.now = tomorrow
	f.enter(ticket) // they came, and nobody was there
	f.now = a.End().Add(a.Grace + time.Minute)
	if err := f.store.Sweep(); err != nil {
		t.Fatal(err)
	}
	d := parse(t, c.get("/j/"+ticket+"?lang=fr"))
	if page := content(d.one("main")); !strings.Contains(page, "L’institution n’était pas au rendez‑vous") || d.named("a", "href", "/j/"+ticket+"/move?lang=fr") == nil {
		t.Fatalf("the page says %s", page)
	}
	next := tomorrow.Add(48 * time.Hour)
	wantSentTo(t, c.post("/j/"+ticket+"/move", "start", slotValue(next)), "/j/"+ticket+"?told=moved")
	if now, err := f.store.Appointment(a.ID); err != nil || !now.Start.Instant.Equal(next) || now.State != booking.StateConfirmed {
		t.Errorf("moved to %+v", now.Start)
	}
}

func TestAttendanceIsCertified(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer())
	a, ticket := c.confirmed(tomorrow, "fatima@example.org")
	wantSentTo(t, c.get("/j/"+ticket+"/attendance"), "/j/"+ticket) // nothing to certify yet
	// Somebody whom who booked must not meet is none of those they brought.
	a, _, err := f.store.Add(a.ID, []booking.Participant{{Role: booking.RoleParty, Name: "Omar Alaoui"}}, "test")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.store.Screen(a.ID, a.Participants[0].ID, a.Participants[len(a.Participants)-1].ID, true, "test"); err != nil {
		t.Fatal(err)
	}
	host := f.account(c.offer.institution.ID, booking.StaffMagistrate)
	a, err = f.store.Assign(a.ID, host.ID, "test")
	if err != nil {
		t.Fatal(err)
	}
	me, _ := bookerOf(a)
	judge := a.Participants[len(a.Participants)-1].ID
	f.now = tomorrow.Add(2 * time.Minute)
	if _, err := f.store.Start(a.ID, judge); err != nil {
		t.Fatal(err)
	}
	if _, err := f.store.Admit(a.ID, []string{me.ID}, judge); err != nil {
		t.Fatal(err)
	}
	if err := f.store.Record(booking.Entry{Kind: "connected", Appointment: a.ID, Participant: me.ID}); err != nil {
		t.Fatal(err)
	}
	f.now = tomorrow.Add(25 * time.Minute)
	if _, err := f.store.End(a.ID, judge); err != nil {
		t.Fatal(err)
	}
	d := parse(t, c.get("/j/"+ticket+"/attendance?lang=fr"))
	row := content(d.elements("tbody")[0])
	if row != "Fatima Zahra Bennani Usager 09:02 09:25" {
		t.Errorf("the certificate says %q", row)
	}
	if page := content(d.one("main")); !strings.Contains(page, a.Reference) || !strings.Contains(page, "Entrée du journal") {
		t.Errorf("the certificate says %s", page)
	}
	if page := content(parse(t, c.get("/j/"+ticket+"?lang=fr")).one("main")); !strings.Contains(page, "Attestation de présence") {
		t.Error("the page does not lead to the certificate")
	}
}

// What is answered to a reference is the same whether or not it exists; the code opens the appointment.
func TestLostLinkIsFound(t *testing.T) {
	f := newMailFixture(t)
	c := f.citizen(f.offer())
	a, ticket := c.confirmed(tomorrow, "fatima@example.org")
	ask := func(reference string) (string, string) {
		t.Helper()
		w := f.send("/find", url.Values{"reference": {reference}})
		target := w.Header().Get("Location")
		if w.Code != http.StatusSeeOther || w.Header().Get("Content-Length") != "0" {
			t.Fatalf("%s: status %d, an answer of %q bytes", reference, w.Code, w.Header().Get("Content-Length"))
		}
		page := content(parse(t, f.do("GET", target)).one("main"))
		return strings.ReplaceAll(target, url.QueryEscape(reference), "R"), page
	}
	knownTarget, known := ask(strings.ToUpper(a.Reference[:1]) + a.Reference[1:])
	unknownTarget, unknown := ask("aaaa-aaaa")
	if known != unknown || knownTarget != unknownTarget {
		t.Errorf("known: %s %s\nunknown: %s %s", knownTarget, known, unknownTarget, unknown)
	}
	code := f.mailed(a, booking.MessageCode)
	wrong := parse(t, f.send("/find/code", url.Values{"reference": {a.Reference}, "code": {"000000"}}))
	none := parse(t, f.send("/find/code", url.Values{"reference": {"aaaa-aaaa"}, "code": {code}}))
	if content(wrong.one("main")) != content(none.one("main")) || wrong.named("a", "href", "#code") == nil {
		t.Error("a wrong code tells whether the reference exists")
	}
	wantSentTo(t, f.send("/find/code?lang=fr", url.Values{"reference": {a.Reference}, "code": {code}}), "/j/"+ticket+"?lang=fr")
	if w := f.send("/find", url.Values{"reference": {" "}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("no reference: status %d", w.Code)
	}
	last := 0
	for range 2 * findPace.burst {
		last = f.send("/find", url.Values{"reference": {"aaaa-aaaa"}}).Code
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("guessing goes on: status %d", last)
	}
	if w := f.send("/find", url.Values{"reference": {"bbbb-bbbb"}}); w.Code != http.StatusSeeOther {
		t.Errorf("a neighbour behind the same address: status %d", w.Code)
	}
	for i := range 2 * seekPace.burst {
		last = f.send("/find", url.Values{"reference": {fmt.Sprintf("cccc-%04d", i)}}).Code
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("guessing references goes on: status %d", last)
	}
}
