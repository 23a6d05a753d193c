package booking

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestARequestCountsOnceItsContactIsProven(t *testing.T) {
	for _, c := range []struct {
		name        string
		mail        bool
		accepted    bool // the service asks for acceptance
		do          func(t *testing.T, b *bureau, a Appointment) (Appointment, error)
		want        State
		wantLetters string
	}{
		{"nothing", true, false, nil, StateRequested, "proof"},
		{"link", true, false, func(t *testing.T, b *bureau, a Appointment) (Appointment, error) {
			return b.ProveByTicket(b.linkOf(t, a), false)
		}, StateConfirmed, "confirmed reminder"},
		{"code", true, false, func(t *testing.T, b *bureau, a Appointment) (Appointment, error) {
			if !a.Contact.Proven.IsZero() { // the letter with the code is gone, and who typed it has typed it twice
				return b.Appointment(a.ID)
			}
			code := b.codeIn(t, a, MessageProof)
			must(t)(b.ProveByCode(key("a"), "browser a", code, false))
			return b.ProveByCode(key("a"), "browser a", code, false)
		}, StateConfirmed, "confirmed reminder"},
		{"link, staff must accept", true, true, func(t *testing.T, b *bureau, a Appointment) (Appointment, error) {
			return b.ProveByTicket(b.linkOf(t, a), false)
		}, StateRequested, "received"},
		{"accepted before it is proven", true, true, func(t *testing.T, b *bureau, a Appointment) (Appointment, error) {
			return b.Accept(a.ID, "clerk")
		}, StateConfirmed, "confirmed reminder"},
		{"rejected", true, true, func(t *testing.T, b *bureau, a Appointment) (Appointment, error) {
			return b.Reject(a.ID, Why{"papers", "Il manque un acte."}, "clerk")
		}, StateRejected, "rejected"},
		{"without mail", false, false, nil, StateRequested, ""},
		{"without mail, accepted", false, false, func(t *testing.T, b *bureau, a Appointment) (Appointment, error) {
			return b.Accept(a.ID, "clerk")
		}, StateConfirmed, "confirmed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBureau(t, c.mail)
			b.service.Accepted = c.accepted
			b.service, _ = b.PutService(b.service, "admin")
			a, ticket := b.requesting(t, "a", "10:00", "y@example.org")
			if (ticket != "") == c.mail {
				t.Errorf("ticket on the page: %q", ticket)
			}
			if c.do != nil {
				a = must(t)(c.do(t, b, a))
				a = must(t)(c.do(t, b, a)) // twice is once
			}
			if a.State != c.want {
				t.Errorf("state %s, want %s", a.State, c.want)
			}
			if got := b.letters(t, a); got != c.wantLetters {
				t.Errorf("letters %q, want %q", got, c.wantLetters)
			}
		})
	}
}

func TestACodeIsGoodForAWhileAndAFewTries(t *testing.T) {
	b := newBureau(t, true)
	a, _ := b.requesting(t, "a", "10:00", "y@example.org")
	code := b.codeIn(t, a, MessageProof)
	prove := func(code string) error {
		_, err := b.ProveByCode(key("a"), "browser a", code, false)
		return err
	}
	_, err := b.ProveByCode(key("a"), "browser b", code, false)
	wantErr(t, err, ErrNotFound)
	for range codeTries {
		wantErr(t, prove(other(code)), ErrWrongCode)
	}
	wantErr(t, prove(code), ErrWrongCode) // tried too often
	refused := 0
	events, _ := b.History(a.ID)
	for _, e := range events {
		if e.Kind == "code_refused" {
			refused++
		}
	}
	if refused != codeTries+1 {
		t.Errorf("%d refused codes in the journal", refused)
	}
	if err := b.SendProof(key("a"), "browser a"); err != nil {
		t.Fatal(err)
	}
	code = b.codeIn(t, a, MessageProof)
	b.clock.now = b.clock.now.Add(CodeLife)
	wantErr(t, prove(code), ErrWrongCode) // too old
	for range 3 {
		if err := b.SendProof(key("a"), "browser a"); err != nil {
			t.Fatal(err)
		}
	}
	wantErr(t, b.SendProof(key("a"), "browser a"), ErrTooMany)
	if err := prove(b.codeIn(t, a, MessageProof)); err != nil {
		t.Errorf("the last code: %v", err)
	}
}

// The browser that booked is given the personal link for the code alone: whoever sits at it later does not have it, and
// neither has who booked for somebody else's address.
func TestAProvenContactMakesNoOtherCodeGood(t *testing.T) {
	b := newBureau(t, true)
	a, _ := b.requesting(t, "a", "10:00", "y@example.org")
	code := b.codeIn(t, a, MessageProof)
	must(t)(b.ProveByTicket(b.linkOf(t, a), false))
	for range codeTries {
		_, err := b.ProveByCode(key("a"), "browser a", other(code), false)
		wantErr(t, err, ErrWrongCode)
	}
	_, err := b.ProveByCode(key("a"), "browser a", code, false)
	wantErr(t, err, ErrWrongCode) // tried too often
}

// other is a code that is not this one.
func other(code string) string {
	return strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code)
}

func TestAnAddressIsNotFloodedWithProofs(t *testing.T) {
	b := newBureau(t, true)
	b.staff(t, "", hours("09:00", "23:30"))
	sent := 0
	for i, letter := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		clock := at(t, monday+"13:00").Instant.Add(time.Duration(i) * 30 * time.Minute).Format("15:04")
		a, _ := b.requesting(t, letter, clock, "Victim@example.org")
		if b.letters(t, a) == "proof" {
			sent++
		}
	}
	if sent != proofsPerHour {
		t.Errorf("%d proofs in an hour, want %d", sent, proofsPerHour)
	}
	b.sweep(t, ProveWithin+time.Hour)
	all, err := b.Appointments(time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	expired := 0
	for _, a := range all {
		if a.State != StateExpired {
			t.Errorf("%s is %s", a.Start.Local, a.State)
		}
		if strings.Contains(b.letters(t, a), "expired") {
			expired++
		}
	}
	if expired != sent {
		t.Errorf("%d letters on the end of %d requests that were written of", expired, sent)
	}
}

// Who comes along is told of nothing before it counts, also not that it was cancelled.
func TestACancelledRequestIsToldToWhoBookedAlone(t *testing.T) {
	b := newBureau(t, true)
	b.holding(t, "a", "10:00")
	form := typed("y@example.org")
	form.Companions = []Companion{{Role: RoleRepresentative, Name: "Me Tazi", Email: "stranger@example.org"}}
	if _, err := b.Fill(key("a"), "browser a", form); err != nil {
		t.Fatal(err)
	}
	a, _, err := b.Request(key("a"), "browser a")
	if err != nil {
		t.Fatal(err)
	}
	must(t)(b.CancelByTicket(b.linkOf(t, a), ""))
	for _, m := range messagesOf(t, b.Store, a) {
		if m.To != "y@example.org" {
			t.Errorf("%s is told %s", m.To, m.Kind)
		}
	}
}

func TestOnePersonHasOneLiveAppointmentWithAService(t *testing.T) {
	b := newBureau(t, true)
	first, _ := b.booking(t, "a", "10:00", "y@example.org")
	second, _ := b.requesting(t, "b", "11:00", " Y@Example.org")
	ticket := b.linkOf(t, second)
	_, err := b.ProveByTicket(ticket, false)
	var already *AlreadyBooked
	if !errors.As(err, &already) || already.Appointment.ID != first.ID {
		t.Fatalf("%v, want already booked", err)
	}
	if a := must(t)(b.Appointment(second.ID)); a.State != StateRequested || !a.Contact.Proven.IsZero() {
		t.Errorf("asked only, and it is %s", a.State)
	}
	second = must(t)(b.ProveByTicket(ticket, true))
	first = must(t)(b.Appointment(first.ID))
	if second.State != StateConfirmed || first.State != StateCancelled || first.Reason != "replaced" {
		t.Errorf("replaced: %s, %s", first.State, second.State)
	}
	if got := b.letters(t, first); got != "cancelled" {
		t.Errorf("letters about the first: %q", got)
	}
	if got := b.free(t, "2026-11-23", "2026-11-23"); got != "23 10:00 10:30 11:30" {
		t.Errorf("free: %s", got)
	}
	// What may not be cancelled any more may not be replaced.
	third, _ := b.requesting(t, "c", "11:30", "y@example.org")
	b.clock.now = second.Start.Instant.Add(-time.Hour)
	third = must(t)(b.change(third.ID, "", func(t *tx, a *Appointment) error { // as if asked for just now
		a.Created = t.now
		t.log(Entry{Kind: "test", Appointment: a.ID})
		return nil
	}))
	_, err = b.ProveByTicket(b.linkOf(t, third), true)
	if !errors.As(err, &already) || already.Appointment.ID != second.ID {
		t.Errorf("%v, want already booked", err)
	}
	// Nobody came, nobody closed it: a past appointment keeps nobody from booking.
	b.clock.now = b.clock.now.Add(20 * time.Hour)
	h, err := b.Hold(key("d"), "browser d", "n", b.service.ID, at(t, "2026-11-25T10:00").Instant)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Fill(h.Key, "browser d", typed("y@example.org")); err != nil {
		t.Fatal(err)
	}
	fourth, _, err := b.Request(h.Key, "browser d")
	if err != nil {
		t.Fatal(err)
	}
	must(t)(b.ProveByTicket(b.linkOf(t, fourth), false))
}

// Without mail nobody proves anything, and the staff is held to the same rule.
func TestTheStaffAcceptsOneRequestOfAPerson(t *testing.T) {
	b := newBureau(t, false)
	first, _ := b.requesting(t, "a", "10:00", "y@example.org")
	second, _ := b.requesting(t, "b", "11:00", "Y@example.org")
	other, _ := b.requesting(t, "c", "11:30", "z@example.org")
	must(t)(b.Accept(first.ID, "clerk"))
	var already *AlreadyBooked
	if _, err := b.Accept(second.ID, "clerk"); !errors.As(err, &already) || already.Appointment.ID != first.ID {
		t.Errorf("a second of the same person: %v", err)
	}
	must(t)(b.Accept(other.ID, "clerk"))
	must(t)(b.Cancel(first.ID, postponed, "clerk"))
	must(t)(b.Accept(second.ID, "clerk"))
}

func TestOnlyWhoBookedProves(t *testing.T) {
	b := newBureau(t, true)
	b.holding(t, "a", "10:00")
	form := typed("y@example.org")
	form.Companions = []Companion{
		{Role: RoleRepresentative, Name: "Me Tazi", Email: "t@example.org", Language: "ar"},
		{Role: RoleInterpreter, Name: "Ines"},
	}
	if _, err := b.Fill(key("a"), "browser a", form); err != nil {
		t.Fatal(err)
	}
	a, _, err := b.Request(key("a"), "browser a")
	if err != nil {
		t.Fatal(err)
	}
	lawyer, _, _ := b.Ticket(a.Participants[1].ID)
	_, err = b.ProveByTicket(lawyer, false)
	wantErr(t, err, ErrUnknownLink)
	if a.Participants[0].Link == "" || a.Participants[2].Link != a.Participants[0].Link || a.Participants[1].Link != "" {
		t.Error("the interpreter moves with the citizen, the lawyer alone")
	}
	if got := b.letters(t, a); got != "proof" {
		t.Errorf("letters before the proof: %q", got)
	}
	a = must(t)(b.ProveByTicket(b.linkOf(t, a), false))
	if got := b.letters(t, a); got != "confirmed invited reminder" {
		t.Errorf("letters: %q", got)
	}
}

func TestAnExpiredRequestIsNotProven(t *testing.T) {
	b := newBureau(t, true)
	a, _ := b.requesting(t, "a", "10:00", "y@example.org")
	b.clock.now = b.clock.now.Add(ProveWithin)
	if err := b.Sweep(); err != nil {
		t.Fatal(err)
	}
	_, err := b.ProveByTicket(b.linkOf(t, a), false)
	wantRefused(t, err, ReasonCancelled)
	a = must(t)(b.Appointment(a.ID))
	if a.State != StateExpired || b.letters(t, a) != "expired" {
		t.Errorf("%s, letters %s", a.State, b.letters(t, a))
	}
	if got := b.free(t, "2026-11-23", "2026-11-23"); got != "23 10:00 10:30 11:00 11:30" {
		t.Errorf("free: %s", got)
	}
}

func TestARequestThatTheStaffForgotExpiresWithItsTime(t *testing.T) {
	b := newBureau(t, true)
	b.service.Accepted = true
	b.service, _ = b.PutService(b.service, "admin")
	a, _ := b.booking(t, "a", "10:00", "y@example.org")
	b.clock.now = a.End().Add(a.Grace - time.Second)
	b.sweep(t, 0)
	if a := must(t)(b.Appointment(a.ID)); a.State != StateRequested {
		t.Errorf("before its time is over: %s", a.State)
	}
	b.sweep(t, time.Second)
	a = must(t)(b.Appointment(a.ID))
	if a.State != StateExpired || !strings.Contains(b.letters(t, a), "expired") {
		t.Errorf("after: %s, letters %s", a.State, b.letters(t, a))
	}
}

// Without mail the link is shown to whoever books; to have it proves nothing, and the staff decides.
func TestALinkThatWasShownProvesNothing(t *testing.T) {
	b := newBureau(t, false)
	a, ticket := b.requesting(t, "a", "10:00", "y@example.org")
	_, err := b.ProveByTicket(ticket, false)
	wantRefused(t, err, ReasonRequested)
	if a = must(t)(b.Appointment(a.ID)); a.State != StateRequested || !a.Contact.Proven.IsZero() {
		t.Errorf("%s, proven %v", a.State, a.Contact.Proven)
	}
	if a = must(t)(b.Accept(a.ID, "clerk")); a.State != StateConfirmed {
		t.Errorf("accepted: %s", a.State)
	}
}
