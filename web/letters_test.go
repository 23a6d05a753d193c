package web

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"jalsa/booking"
	"jalsa/web/mail"
)

var allKinds = []booking.MessageKind{
	booking.MessageProof, booking.MessageCode, booking.MessageReceived, booking.MessageConfirmed, booking.MessageInvited,
	booking.MessageLink, booking.MessageMoved, booking.MessageAdjourned, booking.MessageCancelled, booking.MessageRejected,
	booking.MessageExpired, booking.MessageDelayed, booking.MessageReminder, booking.MessageMissed,
}

func TestEveryLetterInEveryLanguage(t *testing.T) {
	raw := regexp.MustCompile(`\{[a-z_]+\}|\b(?:zone|room|` + areas + `)\.[a-z_]+\b(?:[^@./]|$)|<no value>`)
	for _, l := range languages {
		for _, kind := range allKinds {
			t.Run(l.Code+"/"+string(kind), func(t *testing.T) {
				b := newBureau(t)
				letter := b.letterOf(kind, l.Code)
				root, err := html.Parse(strings.NewReader(letter.HTML))
				if err != nil {
					t.Fatal(err)
				}
				page := document{t, root}
				if top := page.one("html"); attribute(top, "lang") != l.Code || attribute(top, "dir") != l.Dir {
					t.Errorf("html lang %s dir %s", attribute(top, "lang"), attribute(top, "dir"))
				}
				read := content(page.one("body"))
				for name, part := range map[string]string{"subject": letter.Subject, "text": letter.Text, "HTML": read} {
					if part == "" {
						t.Errorf("%s is empty", name)
					}
					if found := raw.FindString(part); found != "" {
						t.Errorf("%s shows %s", name, found)
					}
				}
				// Both parts say the same: each line of the text stands in the page.
				marks := strings.NewReplacer(firstStrongIsolate, "", popIsolate, "", "\n", " ", ":", "", "\u00a0", " ", "- ", "")
				for _, line := range strings.Split(letter.Text, "\n") {
					for _, word := range strings.Fields(marks.Replace(line)) {
						if !strings.Contains(marks.Replace(read), word) {
							t.Errorf("HTML lacks %q of %q", word, line)
						}
					}
				}
				if letter.ReplyTo != "greffe@example.ma" || letter.Language != l.Code {
					t.Errorf("reply to %s in %s", letter.ReplyTo, letter.Language)
				}
			})
		}
	}
	kinds := 0
	for key := range newBureau(t).letters.catalogues["fr"].messages {
		if strings.HasPrefix(key, "mail.kind.") {
			kinds++
		}
	}
	if kinds != len(allKinds) || len(stories) != kinds {
		t.Errorf("%d kinds have a name, %d are tested, %d have a story", kinds, len(allKinds), len(stories))
	}
}

func wantIn(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
}

func wantNotIn(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("%q in\n%s", part, text)
		}
	}
}

func TestConfirmationHasAllThatIsNeeded(t *testing.T) {
	b := newBureau(t)
	letter := b.letterOf(booking.MessageConfirmed, "fr")
	appointments, err := b.store.Appointments(time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	a := appointments[0]
	link := publicURL + "/j/" + b.ticket(a)
	for _, part := range []string{letter.Text, html.UnescapeString(letter.HTML)} {
		wantIn(t, part, link, a.Reference, "Tribunal de Rabat", "Audience de conciliation", "Votre passeport", "30 minutes",
			"lundi 23 novembre 2026", "10:00", "UTC+0", "05:00", "UTC\u22125", "+212537000000", "greffe@example.ma",
			"Maroc", "New York", "jusqu’au", "La salle ouvre 15 minutes")
	}
	if got, want := letter.Subject, "Confirmation\u00a0: lundi 23 novembre 2026, 10:00 (UTC+0)"; got != want {
		t.Errorf("subject %q, want %q", got, want)
	}
	// Who comes along has a link of their own and cannot change the date.
	for _, other := range []string{"sanae@example.org"} {
		b2 := newBureau(t)
		stories[booking.MessageInvited](b2, "fr")
		for _, l := range b2.deliver() {
			if l.To == other {
				wantNotIn(t, l.Text, "jusqu’au", "annuler")
				wantIn(t, l.Text, publicURL+"/j/")
				if strings.Contains(l.Text, b2.ticket(firstOf(t, b2.store))) {
					t.Error("somebody else's link is told")
				}
			}
		}
	}
}

func firstOf(t *testing.T, s *booking.Store) booking.Appointment {
	t.Helper()
	all, err := s.Appointments(time.Time{})
	if err != nil || len(all) == 0 {
		t.Fatalf("%d appointments, %v", len(all), err)
	}
	return all[0]
}

func TestLettersGiveWhatTheirKindNeeds(t *testing.T) {
	for _, c := range []struct {
		kind   booking.MessageKind
		has    []string
		hasNot []string
	}{
		{booking.MessageProof, []string{"/j/", "2 heures", "30 minutes", "rien n’est réservé"}, nil},
		{booking.MessageCode, []string{"30 minutes", "ne communiquez"}, []string{"/j/"}},
		{booking.MessageReceived, []string{"/j/", "jusqu’au"}, nil},
		{booking.MessageMoved, []string{"13:00", "/j/", "reste le même"}, nil},
		{booking.MessageAdjourned, []string{"mardi 1er décembre 2026", "11:00", "/j/", "La salle est fermée.", "Veuillez nous excuser."}, []string{"23 novembre"}},
		{booking.MessageCancelled, []string{"La salle est fermée.", "n’aura pas lieu", "/book/?lang=fr"}, []string{"/j/"}},
		{booking.MessageRejected, []string{"La salle est fermée.", "/book/?lang=fr"}, []string{"/j/"}},
		{booking.MessageExpired, []string{"/book/?lang=fr"}, []string{"/j/"}},
		{booking.MessageDelayed, []string{"environ 25 minutes", "10:25", "/j/"}, nil},
		{booking.MessageReminder, []string{"Nous vous rappelons votre audience", "ne peut plus être changée"}, []string{"jusqu’au"}},
		{booking.MessageMissed, []string{"/j/", "excuser"}, nil},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			letter := newBureau(t).letterOf(c.kind, "fr")
			for _, part := range []string{letter.Text, letter.HTML} {
				wantIn(t, part, c.has...)
				wantNotIn(t, part, c.hasNot...)
			}
		})
	}
}

func TestCodeOfTheLetterIsTheOneThatWorks(t *testing.T) {
	b := newBureau(t)
	letter := b.letterOf(booking.MessageCode, "en")
	code := regexp.MustCompile(`\d{6}`).FindString(letter.Text)
	a := firstOf(t, b.store)
	if ticket, err := b.store.TicketByCode(a.Reference, code); err != nil || ticket != b.ticket(a) {
		t.Errorf("code %q: %v", code, err)
	}
}

func TestLinkThatCannotBeDerivedIsReplacedByTheWayToFindIt(t *testing.T) {
	b := newBureau(t)
	a := b.proven(b.free, "fr")
	for _, p := range a.Participants {
		if _, err := b.store.Revoke(p.ID, "clerk"); err != nil {
			t.Fatal(err)
		}
	}
	b.deliver()
	if _, err := b.store.Delay([]string{a.ID}, 25*time.Minute, "clerk"); err != nil {
		t.Fatal(err)
	}
	letters := b.deliver()
	if len(letters) != 2 {
		t.Fatalf("%d letters", len(letters))
	}
	for _, l := range letters {
		wantIn(t, l.Text, publicURL+"/find", "votre référence")
		wantNotIn(t, l.Text+l.HTML, "/j/")
	}
}

// What was overtaken between decision and sending is not told.
func TestOvertakenMessagesAreMoot(t *testing.T) {
	b := newBureau(t)
	a := b.proven(b.free, "fr")
	citizen := a.Participants[slices.IndexFunc(a.Participants, func(p booking.Participant) bool { return p.Booker })]
	message := func(kind booking.MessageKind) booking.Message {
		return booking.Message{ID: a.ID + "/x", Kind: kind, Appointment: a.ID, Participant: citizen.ID, To: citizen.Email, Created: b.now}
	}
	why := func(m booking.Message) string {
		t.Helper()
		_, err := b.letters.Compose(m)
		var moot *mail.Moot
		if errors.As(err, &moot) {
			return moot.Why
		}
		if err != nil {
			t.Fatal(err)
		}
		return ""
	}
	late := message(booking.MessageCode)
	late.Created = b.now.Add(-booking.CodeLife)
	unknown := message(booking.MessageConfirmed)
	unknown.Appointment = "nothing"
	gone := message(booking.MessageConfirmed)
	gone.Participant = "nobody"
	for name, c := range map[string]struct {
		m    booking.Message
		want string
	}{
		"confirmed":                {message(booking.MessageConfirmed), ""},
		"proof of a proven one":    {message(booking.MessageProof), "overtaken"},
		"cancellation that is not": {message(booking.MessageCancelled), "overtaken"},
		"old code":                 {late, "expired"},
		"unknown appointment":      {unknown, "erased"},
		"nobody":                   {gone, "removed"},
	} {
		if got := why(c.m); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	b.now = start.Add(time.Minute)
	if got := why(message(booking.MessageReminder)); got != "overtaken" {
		t.Errorf("reminder after the start: %q", got)
	}
	b.now = start.Add(3 * time.Hour)
	if got := why(message(booking.MessageConfirmed)); got != "over" {
		t.Errorf("confirmation after the end: %q", got)
	}
	b.now = start.Add(-time.Hour)
	b.done(b.store.Cancel(a.ID, words, "clerk"))
	for kind, want := range map[booking.MessageKind]string{booking.MessageReminder: "overtaken", booking.MessageDelayed: "overtaken", booking.MessageCancelled: ""} {
		if got := why(message(kind)); got != want {
			t.Errorf("%s of a cancelled one: %q, want %q", kind, got, want)
		}
	}
}

// Markup and slots in names, services and reasons are shown, not obeyed.
func TestHostileTextStaysTextInLetters(t *testing.T) {
	for _, text := range []string{"</p><script>alert(1)</script>", "{thing} {name} {{.Link}}", "\U0001F600𝒳 a\u200db", "javascript:alert(1)", `" onload="x`} {
		b := newBureau(t)
		service := b.serve(func(s *booking.Service) { s.Name = booking.Text{"fr": text}; s.Prepare = []booking.Text{{"fr": text}} })
		if _, err := b.store.Hold("k"+strings.Repeat("a", 25), "browser", "192.0.2.0/24", service.ID, start); err != nil {
			t.Fatal(err)
		}
		if _, err := b.store.Fill("k"+strings.Repeat("a", 25), "browser", booking.Application{Name: text, Email: "youssef@example.org", Language: "fr"}); err != nil {
			t.Fatal(err)
		}
		a, _, err := b.store.Request("k"+strings.Repeat("a", 25), "browser")
		if err != nil {
			t.Fatal(err)
		}
		b.done(b.store.ProveByTicket(b.ticket(a), false))
		b.deliver()
		b.done(b.store.Cancel(a.ID, booking.Why{Code: "by_service", Text: text}, "clerk"))
		for _, l := range b.deliver() {
			root, err := html.Parse(strings.NewReader(l.HTML))
			if err != nil {
				t.Fatal(err)
			}
			page := document{t, root}
			if len(page.elements("script")) > 0 || strings.Count(content(page.one("body")), text) != 3 || strings.Count(l.Text, text) != 3 {
				t.Errorf("%q became\n%s\n%s", text, l.Text, l.HTML)
			}
			if strings.Contains(l.Subject, text) {
				t.Errorf("subject %q", l.Subject)
			}
		}
	}
}

func TestEachPartyOfAnAdjournedHearingGetsTheirOwnNewLink(t *testing.T) {
	b := newBureau(t)
	stories[booking.MessageAdjourned](b, "fr")
	all, err := b.store.Appointments(time.Time{})
	if err != nil || len(all) != 2 {
		t.Fatalf("%d appointments, %v", len(all), err)
	}
	next := all[1]
	for _, l := range b.deliver() {
		for _, p := range next.Participants {
			ticket, ok, err := b.store.Ticket(p.ID)
			if err != nil || !ok {
				t.Fatal(err)
			}
			if has := strings.Contains(l.Text, "/j/"+ticket); has != (l.To == p.Email) {
				t.Errorf("letter to %s has the link of %s: %v", l.To, p.Email, has)
			}
		}
	}
}

// What is mailed to an address that nobody has proven carries no text of whoever typed it.
func TestAStrangerCannotWriteToAnAddress(t *testing.T) {
	b := newBureau(t)
	b.request(b.free, "fr", start)
	letters := b.deliver()
	if len(letters) != 1 {
		t.Fatalf("%d letters, want the proof alone", len(letters))
	}
	if l := letters[0]; strings.Contains(l.Text+l.HTML+l.Subject, "Bennani") || !strings.HasPrefix(l.Text, "Bonjour,\n") {
		t.Errorf("the letter has what was typed:\n%s", l.Text)
	}
	b.proven(b.examined, "fr")
	if all := b.deliver(); !strings.Contains(all[len(all)-1].Text, "Bennani") {
		t.Errorf("who has proven is not greeted by name:\n%s", all[len(all)-1].Text)
	}
}

// A request that is given another time is a request still, and its letter says so.
func TestAMovedRequestIsNotConfirmed(t *testing.T) {
	for _, l := range languages {
		for key, make := range map[string]func(*bureau) booking.Appointment{
			"mail.letter.moved.requested": func(b *bureau) booking.Appointment { return b.proven(b.examined, l.Code) },
			"mail.letter.moved.unproven":  func(b *bureau) booking.Appointment { return b.request(b.free, l.Code, start) },
			"mail.letter.moved.text":      func(b *bureau) booking.Appointment { return b.proven(b.free, l.Code) },
		} {
			b := newBureau(t)
			a := make(b)
			b.deliver()
			b.done(b.store.Move(a.ID, booking.Place{Start: b.civil("2026-11-24T11:00"), Counter: a.CounterID}, words, "clerk"))
			letters := b.deliver()
			if len(letters) == 0 {
				t.Fatalf("%s: no letter", key)
			}
			c := b.letters.catalogues[l.Code]
			wantIn(t, letters[0].Text, c.text(key, "thing", c.text("mail.thing")))
			opens := strings.Contains(letters[0].Text, c.text("mail.opens", "n", int(a.EarlyEntry/time.Minute)))
			if confirmed := key == "mail.letter.moved.text"; opens != confirmed || len(letters[0].Calendars) > 0 != confirmed {
				t.Errorf("%s: tells when the room opens: %v, %d calendars", key, opens, len(letters[0].Calendars))
			}
		}
	}
}

// What to prepare is for those who come to the institution, not for who works there.
func TestTheStaffIsNotToldWhatToPrepare(t *testing.T) {
	b := newBureau(t)
	host, err := b.store.PutAccount(booking.Account{Institution: b.institution.ID, Login: "amina@example.ma", Name: "Amina El Fassi", Role: booking.StaffMagistrate, Language: "fr"}, "a long passphrase", "test")
	if err != nil {
		t.Fatal(err)
	}
	a := b.proven(b.free, "fr")
	b.done(b.store.Assign(a.ID, host.ID, "test"))
	told := map[string]bool{}
	for _, l := range b.deliver() {
		told[l.To] = strings.Contains(l.Text, "Votre passeport") || strings.Contains(l.HTML, "Votre passeport")
	}
	if to, written := told["amina@example.ma"]; !written || to || !told["youssef@example.org"] {
		t.Errorf("who is told what to prepare: %v", told)
	}
}

func TestTheStaffReadsTheInstitutionsClockOnly(t *testing.T) {
	b := newBureau(t)
	host, err := b.store.PutAccount(booking.Account{Institution: b.institution.ID, Login: "amina@example.ma", Name: "Amina El Fassi", Role: booking.StaffMagistrate, Language: "fr"}, "a long passphrase", "test")
	if err != nil {
		t.Fatal(err)
	}
	b.done(b.store.Assign(b.proven(b.free, "fr").ID, host.ID, "test"))
	written := false
	for _, l := range b.deliver() {
		if l.To == host.Login {
			written = true
			wantIn(t, l.Text, "10:00 – Maroc (UTC+0)")
			wantNotIn(t, l.Text, "Paris", "New York")
		}
	}
	if !written {
		t.Error("no letter to the host")
	}
}

// Who is invited is told that they can test their connection, with the letter that is about the day; the staff sits in the house.
func TestLettersLeadToARehearsal(t *testing.T) {
	b := newBureau(t)
	host, err := b.store.PutAccount(booking.Account{Institution: b.institution.ID, Login: "amina@example.ma", Name: "Amina El Fassi", Role: booking.StaffMagistrate, Language: "fr"}, "a long passphrase", "test")
	if err != nil {
		t.Fatal(err)
	}
	a := b.proven(b.free, "fr")
	b.done(b.store.Assign(a.ID, host.ID, "test"))
	page := publicURL + "/j/" + b.ticket(a) + "/rehearsal"
	led := map[string]bool{}
	for _, l := range b.deliver() {
		led[l.To] = led[l.To] || strings.Contains(l.Text, "/rehearsal")
		if l.To == "youssef@example.org" && strings.Contains(l.Text, "/rehearsal") && !(strings.Contains(l.Text, page) && strings.Contains(l.HTML, page)) {
			t.Errorf("not the page of their link: %s", l.Text)
		}
	}
	if to, written := led[host.Login]; !written || to || !led["youssef@example.org"] {
		t.Errorf("who is led to a rehearsal: %v", led)
	}
}
