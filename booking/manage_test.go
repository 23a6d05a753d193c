package booking

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestACitizenChangesUntilTheCutoff(t *testing.T) {
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		with func(*Appointment)
		now  time.Time
		want string
	}{
		{"long before", nil, at.Add(-48 * time.Hour), ""},
		{"at the cut-off", nil, at.Add(-24 * time.Hour), "too late to change"},
		{"begun", nil, at, "refused: too_late"},
		{"started early", func(a *Appointment) { a.Started = at.Add(-30 * time.Hour) }, at.Add(-26 * time.Hour), "refused: too_late"},
		{"a request", func(a *Appointment) { a.State = StateRequested }, at.Add(-48 * time.Hour), ""},
		{"cancelled", func(a *Appointment) { a.State = StateCancelled }, at.Add(-48 * time.Hour), "refused: cancelled"},
		{"closed", func(a *Appointment) { a.Closed = at }, at, "refused: closed"},
		{"missed", func(a *Appointment) { a.Missed = at }, at.Add(13 * 24 * time.Hour), ""},
		{"missed long ago", func(a *Appointment) { a.Missed = at }, at.Add(14 * 24 * time.Hour), "refused: too_late"},
	} {
		a := Appointment{State: StateConfirmed, Start: Civil{Instant: at}, Cutoff: 24 * time.Hour}
		if c.with != nil {
			c.with(&a)
		}
		got := ""
		if err := a.MayChange(c.now); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestMovingKeepsReferenceAndLinks(t *testing.T) {
	b := newBureau(t, true)
	a, ticket := b.booking(t, "a", "10:00", "y@example.org")
	b.holding(t, "b", "11:00")
	_, err := b.MoveByTicket(ticket, at(t, monday+"11:00").Instant)
	wantErr(t, err, ErrSlotTaken)
	_, err = b.MoveByTicket(ticket, at(t, monday+"11:10").Instant)
	wantErr(t, err, ErrSlotTaken)
	if got := must(t)(b.Appointment(a.ID)); got.Version != a.Version {
		t.Error("a move that failed has changed something")
	}
	moved := must(t)(b.MoveByTicket(ticket, at(t, monday+"11:30").Instant))
	again := must(t)(b.MoveByTicket(ticket, at(t, monday+"11:30").Instant))
	if again.Version != moved.Version {
		t.Error("moving twice is two moves")
	}
	if moved.Reference != a.Reference || moved.Sequence != a.Sequence+1 || moved.State != StateConfirmed || b.linkOf(t, moved) != ticket {
		t.Errorf("moved: %+v", moved)
	}
	if got := b.free(t, "2026-11-23", "2026-11-23"); got != "23 10:00 10:30" {
		t.Errorf("free: %s", got)
	}
	reminders := 0
	for _, m := range messagesOf(t, b.Store, a) {
		if m.Kind == MessageReminder && m.State == MessageQueued {
			reminders++
			if before := moved.Start.Instant.Sub(m.Due); before != time.Hour && before != 24*time.Hour {
				t.Errorf("a reminder %s before", before)
			}
		}
	}
	if reminders != 2 { // the host has no address
		t.Errorf("%d reminders", reminders)
	}
}

func TestMovingToAnotherCounterBringsItsHost(t *testing.T) {
	b := newBureau(t, true)
	b.staff(t, "prosecutor", hours("15:00", "16:00"))
	b.account(t, "prosecutor", b.institution.ID, StaffProsecutor)
	_, ticket := b.booking(t, "a", "10:00", "y@example.org")
	a := must(t)(b.MoveByTicket(ticket, at(t, monday+"15:00").Instant))
	var hosts []string
	for _, p := range a.Participants {
		if p.Role.Hosts() && p.Removed.IsZero() {
			hosts = append(hosts, p.Staff)
		}
	}
	if !slices.Equal(hosts, []string{"prosecutor"}) {
		t.Errorf("hosts: %v", hosts)
	}
	told := ""
	for _, m := range messagesOf(t, b.Store, a) {
		if m.To == "prosecutor@example.org" && m.State == MessageQueued {
			told += " " + string(m.Kind)
		}
	}
	if told != " invited reminder reminder" {
		t.Errorf("the new host is told:%s", told)
	}
}

func TestACitizenCancelsAndOthersAreTold(t *testing.T) {
	b := newBureau(t, true)
	a, ticket := b.booking(t, "a", "10:00", "y@example.org")
	if _, err := b.CancelByTicket(ticket, "a\x00b"); !errors.As(err, new(FieldErrors)) {
		t.Errorf("%v, want a bad text", err)
	}
	for range 2 {
		a = must(t)(b.CancelByTicket(ticket, "Je suis malade."))
	}
	if a.State != StateCancelled || a.Reason != "by_citizen" || a.Remark != "Je suis malade." || b.letters(t, a) != "cancelled" {
		t.Errorf("%+v, letters %s", a, b.letters(t, a))
	}
	if got := b.free(t, "2026-11-23", "2026-11-23"); got != "23 10:00 10:30 11:00 11:30" {
		t.Errorf("free: %s", got)
	}
	_, err := b.MoveByTicket(ticket, at(t, monday+"11:30").Instant)
	wantRefused(t, err, ReasonCancelled)
}

func TestALawyerIsAddedUntilTheStart(t *testing.T) {
	b := newBureau(t, true)
	a, ticket := b.booking(t, "a", "10:00", "y@example.org")
	b.clock.now = a.Start.Instant.Add(-time.Hour) // after the cut-off
	lawyer := Companion{Role: RoleRepresentative, Name: " Me Tazi ", Email: "t@example.org", Language: "ar"}
	a = must(t)(b.AddByTicket(ticket, lawyer))
	p := a.Participants[len(a.Participants)-1]
	if p.Name != "Me Tazi" || p.Role != RoleRepresentative || p.Number != 3 || p.Booker {
		t.Errorf("added: %+v", p)
	}
	theirs, ok, _ := b.Ticket(p.ID)
	if !ok {
		t.Fatal("no link for the lawyer")
	}
	_, err := b.AddByTicket(theirs, lawyer)
	wantErr(t, err, ErrNotFound)
	_, err = b.CancelByTicket(ticket, "")
	wantErr(t, err, ErrCutoff)
	for range maxCompanions - 1 {
		must(t)(b.AddByTicket(ticket, lawyer))
	}
	if _, err := b.AddByTicket(ticket, lawyer); !errors.As(err, new(FieldErrors)) {
		t.Errorf("%v, want too many", err)
	}
	_, err = b.AddByTicket("nothing", lawyer)
	wantErr(t, err, ErrUnknownLink)
}

// Who booked takes off again whom they brought, and nobody else.
func TestACompanionIsTakenOffUntilTheCutoff(t *testing.T) {
	b := newBureau(t, true)
	a, ticket := b.booking(t, "a", "10:00", "y@example.org")
	a = must(t)(b.AddByTicket(ticket, Companion{Role: RoleRepresentative, Name: "Me Tazi", Email: "t@example.org"}))
	lawyer := a.Participants[len(a.Participants)-1]
	a, _, err := b.Add(a.ID, []Participant{{Role: RoleRepresentative, Name: "Me Naciri"}}, "staff") // of somebody else
	if err != nil {
		t.Fatal(err)
	}
	other := a.Participants[len(a.Participants)-1]
	for _, p := range a.Participants {
		if p.Number != lawyer.Number {
			_, err := b.RemoveByTicket(ticket, p.Number)
			wantErr(t, err, ErrNotFound)
		}
	}
	theirs, _, _ := b.Ticket(lawyer.ID)
	_, err = b.RemoveByTicket(theirs, lawyer.Number)
	wantErr(t, err, ErrNotFound)
	a = must(t)(b.RemoveByTicket(ticket, lawyer.Number))
	if d := Admission(a, lawyer.ID, PurposeHearing, a.Opens()); d.Reason != ReasonRemoved {
		t.Errorf("the lawyer meets %+v at the gate", d)
	}
	if d := Admission(a, other.ID, PurposeHearing, a.Opens()); d.Verdict == Refuse {
		t.Errorf("the other one meets %+v at the gate", d)
	}
	before := a.Version
	if a = must(t)(b.RemoveByTicket(ticket, lawyer.Number)); a.Version != before {
		t.Error("taken off twice, it was written twice")
	}
	a = must(t)(b.AddByTicket(ticket, Companion{Role: RoleAssistant, Name: "Nadia"}))
	for range maxBrought - 2 { // each of them is mailed a link
		must(t)(b.RemoveByTicket(ticket, a.Participants[len(a.Participants)-1].Number))
		a = must(t)(b.AddByTicket(ticket, Companion{Role: RoleAssistant, Name: "Nadia"}))
	}
	last := a.Participants[len(a.Participants)-1].Number
	b.clock.now = a.Start.Instant.Add(-time.Hour)
	_, err = b.RemoveByTicket(ticket, last)
	wantErr(t, err, ErrCutoff)
	b.clock.now = a.Created
	must(t)(b.RemoveByTicket(ticket, last))
	if _, err := b.AddByTicket(ticket, Companion{Role: RoleAssistant, Name: "Nadia"}); !errors.As(err, new(FieldErrors)) {
		t.Errorf("%v, want too many", err)
	}
}

func TestALostLinkIsFoundByReferenceAndCode(t *testing.T) {
	b := newBureau(t, true)
	a, ticket := b.booking(t, "a", "10:00", "y@example.org")
	_, err := b.TicketByCode(a.Reference, "")
	wantErr(t, err, ErrWrongCode)
	b.SendCode(" " + a.Reference)
	code := b.codeIn(t, a, MessageCode)
	for _, c := range [][2]string{{a.Reference, other(code)}, {"none-such", code}, {"", ""}} {
		_, err := b.TicketByCode(c[0], c[1])
		wantErr(t, err, ErrWrongCode)
	}
	if got, err := b.TicketByCode(a.Reference, code); err != nil || got != ticket {
		t.Errorf("%q, %v, want the link", got, err)
	}
	_, err = b.TicketByCode(a.Reference, code)
	wantErr(t, err, ErrWrongCode) // used
	for range 2 * codesPerHour {
		b.SendCode(a.Reference)
	}
	b.SendCode("none-such")
	sent := 0
	for _, m := range messagesOf(t, b.Store, a) {
		if m.Kind == MessageCode {
			sent++
		}
	}
	if sent != codesPerHour {
		t.Errorf("%d codes in an hour, want %d", sent, codesPerHour)
	}
	// A link that was revoked is not found again as it was: a new one is made.
	b.clock.now = b.clock.now.Add(time.Hour)
	if _, err := b.Revoke(a.Participants[0].ID, "clerk"); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := b.Ticket(a.Participants[0].ID); ok {
		t.Error("a revoked link is still told")
	}
	b.SendCode(a.Reference)
	again, err := b.TicketByCode(a.Reference, b.codeIn(t, a, MessageCode))
	if err != nil || again == ticket {
		t.Errorf("after revoking: %q, %v", again, err)
	}
	if _, _, err := b.Lookup(again); err != nil {
		t.Errorf("the new link: %v", err)
	}
}

func TestWhoWasMissedChoosesFirst(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(t *testing.T, b *bureau, a Appointment, ticket string)
		want bool
	}{
		{"nobody came", func(t *testing.T, b *bureau, a Appointment, ticket string) {}, false},
		{"the citizen came", func(t *testing.T, b *bureau, a Appointment, ticket string) {
			if _, _, _, err := b.Redeem(ticket); err != nil {
				t.Fatal(err)
			}
		}, true},
		{"it was held", func(t *testing.T, b *bureau, a Appointment, ticket string) {
			if _, _, _, err := b.Redeem(ticket); err != nil {
				t.Fatal(err)
			}
			must(t)(b.Start(a.ID, "judge"))
		}, false},
		{"it was closed", func(t *testing.T, b *bureau, a Appointment, ticket string) {
			if _, _, _, err := b.Redeem(ticket); err != nil {
				t.Fatal(err)
			}
			must(t)(b.End(a.ID, "judge"))
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBureau(t, true)
			b.service.Notice = 48 * time.Hour
			b.service, _ = b.PutService(b.service, "admin")
			b.clock.now = b.clock.now.Add(-48 * time.Hour)
			a, ticket := b.booking(t, "a", "10:00", "y@example.org")
			b.clock.now = a.Start.Instant.Add(-time.Minute)
			c.do(t, b, a, ticket)
			b.clock.now = a.End().Add(a.Grace)
			for range 2 {
				if err := b.Sweep(); err != nil {
					t.Fatal(err)
				}
			}
			a = must(t)(b.Appointment(a.ID))
			if a.Offered(b.clock.now) != c.want {
				t.Fatalf("missed: %v", a.Missed)
			}
			told := 0
			for _, m := range messagesOf(t, b.Store, a) {
				if m.Kind == MessageMissed {
					told++
				}
			}
			if (told == 1) != c.want {
				t.Errorf("told %d times", told)
			}
			moved, err := b.MoveByTicket(ticket, at(t, monday+"11:30").Instant) // within the service's notice
			if (err == nil) != c.want {
				t.Errorf("moving: %v", err)
			}
			if c.want && (moved.Offered(b.clock.now) || moved.Start.Local != monday+"11:30") {
				t.Errorf("moved to %s", moved.Start.Local)
			}
		})
	}
}

// What lies in the past keeps nobody from booking anew; but then it does not come back beside what was booked.
func TestAPastAppointmentDoesNotComeBackBesideANewOne(t *testing.T) {
	for _, c := range []struct {
		name string
		came bool
		back func(b *bureau, id, ticket string, to Civil) error
	}{
		{"moved by who was missed", true, func(b *bureau, id, ticket string, to Civil) error {
			_, err := b.MoveByTicket(ticket, to.Instant)
			return err
		}},
		{"moved by the staff", false, func(b *bureau, id, ticket string, to Civil) error {
			_, err := b.Move(id, Place{to, AnyCounter}, postponed, "clerk")
			return err
		}},
		{"adjourned", false, func(b *bureau, id, ticket string, to Civil) error {
			_, _, err := b.Adjourn(id, Place{to, AnyCounter}, postponed, "clerk")
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBureau(t, true)
			past, ticket := b.booking(t, "a", "10:00", "y@example.org")
			if b.clock.now = past.Start.Instant; c.came {
				if _, _, _, err := b.Redeem(ticket); err != nil {
					t.Fatal(err)
				}
			}
			b.clock.now = past.End().Add(24 * time.Hour)
			if err := b.Sweep(); err != nil {
				t.Fatal(err)
			}
			anew := func(letter, clock string) (Appointment, error) {
				if _, err := b.Hold(key(letter), "browser "+letter, "n", b.service.ID, at(t, "2026-11-26T"+clock).Instant); err != nil {
					t.Fatal(err)
				}
				if _, err := b.Fill(key(letter), "browser "+letter, typed("y@example.org")); err != nil {
					t.Fatal(err)
				}
				a, _, err := b.Request(key(letter), "browser "+letter)
				if err != nil {
					t.Fatal(err)
				}
				return b.ProveByTicket(b.linkOf(t, a), false)
			}
			second, err := anew("b", "10:00")
			if err != nil {
				t.Fatal(err)
			}
			var already *AlreadyBooked
			if err := c.back(b, past.ID, ticket, at(t, "2026-11-26T11:00")); !errors.As(err, &already) || already.Appointment.ID != second.ID {
				t.Fatalf("beside the new one: %v", err)
			}
			must(t)(b.Cancel(second.ID, postponed, "clerk"))
			if err := c.back(b, past.ID, ticket, at(t, "2026-11-26T11:00")); err != nil {
				t.Fatalf("in its place: %v", err)
			}
			if _, err := anew("c", "11:30"); !errors.As(err, &already) {
				t.Errorf("a third beside it: %v", err)
			}
		})
	}
}
