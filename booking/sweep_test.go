package booking

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func (b *bureau) sweep(t *testing.T, later time.Duration) {
	t.Helper()
	b.clock.now = b.clock.now.Add(later)
	if err := b.Sweep(); err != nil {
		t.Fatal(err)
	}
}

func TestHoldsLapseAndAreForgotten(t *testing.T) {
	b := newBureau(t, true)
	b.holding(t, "a", "10:00")
	a, _ := b.requesting(t, "b", "10:30", "b@example.org")
	b.sweep(t, holdFor-time.Second)
	if len(content(t, b.Store, occupied)) != 2 {
		t.Error("a live hold was swept")
	}
	b.sweep(t, time.Second)
	if len(content(t, b.Store, occupied)) != 1 {
		t.Error("the slot of a lapsed hold was not given back")
	}
	if h, err := b.Held(key("a"), "browser a"); err != nil || !h.Lapsed {
		t.Errorf("the form is lost with the slot: %v", err)
	}
	b.sweep(t, holdKept-holdFor-time.Second)
	if h, err := b.Held(key("b"), "browser b"); err != nil || h.Appointment != a.ID {
		t.Errorf("within the day the key still answers: %v, %v", h, err)
	}
	b.sweep(t, holdFor+time.Second)
	for _, bucket := range []bucket{holds, lapsing, shares, codes} {
		if left := content(t, b.Store, bucket); len(left) != 0 {
			t.Errorf("left in %s: %v", bucket, left)
		}
	}
	kinds := ""
	if err := b.Journal(func(e Entry) error {
		if e.Kind == "lapsed" || e.Kind == "forgotten" || e.Kind == "request_expired" {
			kinds += " " + e.Kind
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if kinds != " lapsed request_expired forgotten forgotten" && kinds != " lapsed forgotten request_expired forgotten forgotten" {
		t.Errorf("journalled:%s", kinds)
	}
}

// A hold lapsed, somebody else took its slot, and only then the sweep comes by.
func TestTheSweepTakesNothingFromWhoCameAfter(t *testing.T) {
	b := newBureau(t, true)
	b.holding(t, "a", "10:00")
	b.holding(t, "b", "10:30")
	b.clock.now = b.clock.now.Add(holdFor)
	b.holding(t, "c", "10:00")
	a, _ := b.requesting(t, "d", "10:30", "d@example.org")
	b.sweep(t, 0)
	if err := b.Release(key("a"), "browser a"); err != nil {
		t.Fatal(err)
	}
	if got := b.free(t, "2026-11-23", "2026-11-23"); got != "23 11:00 11:30" {
		t.Errorf("free: %s", got)
	}
	must(t)(b.Cancel(a.ID, Why{Code: "closed"}, "clerk"))
	if got := b.free(t, "2026-11-23", "2026-11-23"); got != "23 10:30 11:00 11:30" {
		t.Errorf("free: %s", got)
	}
}

func TestWhatIsKeptLongEnoughLosesItsPeople(t *testing.T) {
	b := newBureau(t, true)
	b.holding(t, "a", "10:00")
	form := typed("youssef@example.org")
	form.Companions = []Companion{{Role: RoleInterpreter, Name: "Ines Haddad", Email: "ines@example.org"}}
	if _, err := b.Fill(key("a"), "browser a", form); err != nil {
		t.Fatal(err)
	}
	a, _, err := b.Request(key("a"), "browser a")
	if err != nil {
		t.Fatal(err)
	}
	ticket := b.linkOf(t, a)
	a = must(t)(b.ProveByTicket(ticket, false))
	b.SendCode(a.Reference)
	b.clock.now = a.Start.Instant
	secret, _, _, err := b.Redeem(ticket)
	if err != nil {
		t.Fatal(err)
	}
	must(t)(b.Cancel(a.ID, Why{"ill", "Youssef est souffrant."}, "clerk"))
	b.sweep(t, 24*time.Hour)
	b.clock.now = a.End().AddDate(0, 0, a.Keep)
	b.sweep(t, -time.Second)
	if !must(t)(b.Appointment(a.ID)).Erased.IsZero() {
		t.Error("erased too early")
	}
	b.sweep(t, time.Second)

	erased := must(t)(b.Appointment(a.ID))
	if erased.Erased.IsZero() || erased.Participants[0].Name != erasedName || erased.Reason != "ill" || erased.Reference != a.Reference {
		t.Errorf("erased: %+v", erased)
	}
	for _, bucket := range buckets {
		if bucket == accounts || bucket == institutions || bucket == services {
			continue
		}
		for key, value := range content(t, b.Store, bucket) {
			for _, personal := range []string{"ines", "Ines", "youssef", "Youssef", "3361234", "fauteuil", "souffrant", "192.0.2"} {
				if strings.Contains(key+value, personal) {
					t.Errorf("%s is still in %s: %s", personal, bucket, value)
				}
			}
		}
	}
	if err := verify(b.Store); err != nil {
		t.Errorf("the journal: %v", err)
	}
	_, _, err = b.Lookup(ticket)
	wantErr(t, err, ErrUnknownLink)
	_, _, err = b.Session(a.Participants[0].ID, secret)
	wantErr(t, err, ErrUnknownSession)
	size := len(content(t, b.Store, journal))
	b.sweep(t, 0)
	if again := len(content(t, b.Store, journal)); again != size {
		t.Errorf("erased twice: %d entries more", again-size)
	}
}

// Nothing that a person typed is ever in the journal, whatever is done.
func TestTheJournalHoldsNoPersonalText(t *testing.T) {
	b := newBureau(t, true)
	a, ticket := b.booking(t, "a", "10:00", "youssef@example.org")
	must(t)(b.AddByTicket(ticket, Companion{Role: RoleRepresentative, Name: "Me Tazi", Email: "tazi@example.org"}))
	must(t)(b.MoveByTicket(ticket, at(t, monday+"11:00").Instant))
	must(t)(b.CancelByTicket(ticket, "Je suis malade."))
	b.requesting(t, "b", "10:00", "youssef@example.org")
	b.sweep(t, ProveWithin)
	if err := b.Journal(func(e Entry) error {
		for _, field := range []string{e.Kind, e.Appointment, e.Participant, e.Subject, e.Actor, e.Code} {
			if field != "" && !isCode(field) || strings.Contains(field, "youssef") {
				return fmt.Errorf("entry %d holds %q", e.Seq, field)
			}
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	for _, value := range content(t, b.Store, journal) {
		for _, personal := range []string{"youssef", "Bennani", "Tazi", "malade", "192.0.2", ticket, "browser"} {
			if strings.Contains(value, personal) {
				t.Errorf("%s is in the journal: %s", personal, value)
			}
		}
	}
	if events, _ := b.History(a.ID); events[len(events)-1].Remark != "Je suis malade." {
		t.Error("the words do not lie beside the journal")
	}
}
