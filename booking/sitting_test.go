package booking

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// running is a hearing of the bureau at a clock time that has begun.
func (b *bureau) running(t *testing.T, clock string) Appointment {
	t.Helper()
	a, _ := b.hearing(t, clock)
	b.clock.now = a.Start.Instant
	return must(t)(b.Start(a.ID, "judge"))
}

// kinds are the entries of the journal about an appointment from a kind on, with their codes.
func (b *bureau) kinds(t *testing.T, a Appointment, from string) string {
	t.Helper()
	events, err := b.History(a.ID)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range events {
		if len(all) > 0 || e.Kind == from {
			all = append(all, strings.TrimSuffix(e.Kind+":"+e.Code, ":"))
		}
	}
	return strings.Join(all, " ")
}

func TestOrdersOfHostsOutliveTheServer(t *testing.T) {
	b := newBureau(t, true)
	a := b.running(t, "10:00")
	suspended := Sitting{Order: OrderSuspended, Reason: "technical"}
	got := must(t)(b.Sit(a.ID, suspended, "suspended", "judge"))
	since := b.clock.now
	if got.Sitting != (Sitting{OrderSuspended, "technical", false, since}) {
		t.Errorf("suspended: %+v", got.Sitting)
	}
	b.clock.now = since.Add(time.Minute)
	if again := must(t)(b.Sit(a.ID, suspended, "suspended", "judge")); again.Version != got.Version {
		t.Error("the same again was written")
	}
	suspended.Locked = true
	if got = must(t)(b.Sit(a.ID, suspended, "locked", "judge")); got.Sitting.Since != since || !got.Sitting.Locked {
		t.Errorf("locking changed since when it is suspended: %+v", got.Sitting)
	}
	if read := must(t)(b.Appointment(a.ID)); read.Sitting != got.Sitting {
		t.Errorf("read back: %+v", read.Sitting)
	}
	got = must(t)(b.Sit(a.ID, Sitting{Locked: true}, "resumed", "judge"))
	if got.Sitting != (Sitting{Locked: true}) {
		t.Errorf("resumed: %+v", got.Sitting)
	}
	if got := b.kinds(t, a, "started"); got != "started suspended:technical locked:technical resumed" {
		t.Errorf("journal: %s", got)
	}
}

func TestWhatIsNoOrderChangesNothing(t *testing.T) {
	b := newBureau(t, true)
	a := b.running(t, "10:00")
	for name, c := range map[string]struct {
		sitting     Sitting
		kind, field string
	}{
		"order":            {Sitting{Order: "asleep"}, "paused", "order"},
		"kind":             {Sitting{Order: OrderPaused}, "admitted", "kind"},
		"words as reason":  {Sitting{Order: OrderPaused, Reason: "the judge is ill"}, "paused", "reason"},
		"reason of nought": {Sitting{Reason: "technical"}, "resumed", "reason"},
	} {
		_, err := b.Sit(a.ID, c.sitting, c.kind, "judge")
		var bad *FieldError
		if !errors.As(err, &bad) || bad.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t)(b.End(a.ID, "judge"))
	_, err := b.Sit(a.ID, Sitting{Order: OrderPaused}, "paused", "judge")
	wantRefused(t, err, ReasonClosed)
	_, err = b.Sit("none", Sitting{}, "resumed", "judge")
	wantErr(t, err, ErrNotFound)
}

// A hearing that is put off begins anew, as long as it was planned.
func TestAnAdjournedHearingTakesNoOrderAlong(t *testing.T) {
	b := newBureau(t, true)
	a := b.running(t, "10:00")
	must(t)(b.Sit(a.ID, Sitting{Order: OrderPaused, Locked: true}, "paused", "judge"))
	if _, _, err := b.Extend(a.ID, 15*time.Minute, "judge"); err != nil {
		t.Fatal(err)
	}
	_, next, err := b.Adjourn(a.ID, Place{at(t, "2026-11-24T10:00"), b.counter.ID}, postponed, "judge")
	if err != nil || next.Sitting != (Sitting{}) || next.Extended != 0 || next.Duration != b.service.Duration {
		t.Errorf("adjourned to %+v, %v", next, err)
	}
}

func TestMoreTimeForOneDelaysTheRestOfItsDay(t *testing.T) {
	b := newBureau(t, true)
	b.account(t, "judge", b.institution.ID, StaffMagistrate)
	other := b.staff(t, "deputy", hours("10:00", "12:00"))
	second, _ := b.hearing(t, "10:30")
	third, _ := b.hearing(t, "11:00")
	elsewhere, _ := b.at(t, other.ID, "10:30")
	late, _ := b.hearing(t, "11:30")
	if _, err := b.Delay([]string{late.ID}, time.Hour, "clerk"); err != nil {
		t.Fatal(err)
	}
	a := b.running(t, "10:00")
	got, delayed, err := b.Extend(a.ID, 10*time.Minute, "judge")
	if err != nil || got.Duration != 40*time.Minute || got.Extended != 10*time.Minute {
		t.Fatalf("extended: %+v, %v", got, err)
	}
	var ids []string
	for _, d := range delayed {
		ids = append(ids, d.ID)
		if d.Delay != 10*time.Minute {
			t.Errorf("%s is delayed by %s", d.Start.Local, d.Delay)
		}
	}
	if !slices.Equal(ids, []string{second.ID, third.ID}) {
		t.Errorf("delayed %v; the one at another counter is %s, the one delayed before %s", ids, elsewhere.ID, late.ID)
	}
	if got := b.letters(t, second); !strings.Contains(got, "delayed") {
		t.Errorf("letters: %s", got)
	}
	if got := must(t)(b.Appointment(late.ID)); got.Delay != time.Hour {
		t.Errorf("a delay that was announced is %s now", got.Delay)
	}
	if got := b.kinds(t, a, "started"); got != "started extended:10m0s" {
		t.Errorf("journal: %s", got)
	}
}

// at books a hearing at a counter, directly.
func (b *bureau) at(t *testing.T, counter, clock string) (Appointment, []Invite) {
	t.Helper()
	a, invites, err := b.Book(Draft{
		InstitutionID: b.institution.ID, ServiceID: b.service.ID, CounterID: counter, Start: at(t, monday+clock),
		Participants: []Participant{{Role: RoleParty, Name: "Salma", Email: "s@example.org", Language: "fr"}},
	}, "clerk")
	if err != nil {
		t.Fatal(err)
	}
	return a, invites
}

func TestMoreTimeIsRefused(t *testing.T) {
	b := newBureau(t, true)
	a, _ := b.hearing(t, "10:00")
	_, _, err := b.Extend(a.ID, 10*time.Minute, "judge")
	wantRefused(t, err, ReasonTooEarly)
	b.clock.now = a.Start.Instant
	must(t)(b.Start(a.ID, "judge"))
	for _, by := range []time.Duration{0, -5 * time.Minute, 7 * time.Minute, overtime} {
		_, _, err := b.Extend(a.ID, by, "judge")
		var bad *FieldError
		if !errors.As(err, &bad) || bad.Field != "by" {
			t.Errorf("by %s: %v", by, err)
		}
	}
	must(t)(b.End(a.ID, "judge"))
	_, _, err = b.Extend(a.ID, 10*time.Minute, "judge")
	wantRefused(t, err, ReasonClosed)
}

// Whatever is extended in whatever order: nothing that comes later on the day at the same counter or with the same host,
// and has not begun, is expected to begin before the end of what was extended, and no delay shrinks.
func TestExtendingKeepsTheOrderOfTheDay(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := newBureau(t, true)
		defer b.Close()
		b.account(t, "judge", b.institution.ID, StaffMagistrate)
		counters := []string{b.counter.ID, b.staff(t, "judge", hours("10:00", "12:00")).ID, b.staff(t, "deputy", hours("10:00", "12:00")).ID}
		var all []string
		for _, counter := range counters {
			for _, clock := range []string{"10:00", "10:30", "11:00"} {
				if rapid.Bool().Draw(r, "booked") {
					a, _ := b.at(t, counter, clock)
					all = append(all, a.ID)
				}
			}
		}
		if len(all) == 0 {
			r.Skip("an empty day")
		}
		b.clock.now = at(t, monday+"10:00").Instant
		for range rapid.IntRange(1, 4).Draw(r, "times") {
			id := rapid.SampledFrom(all).Draw(r, "of")
			if _, err := b.Start(id, "judge"); err != nil {
				var refused *Refused
				if !errors.As(err, &refused) {
					r.Fatal(err)
				}
				continue
			}
			before := map[string]time.Duration{}
			for _, id := range all {
				before[id] = must(t)(b.Appointment(id)).Delay
			}
			a, _, err := b.Extend(id, time.Duration(rapid.IntRange(1, 12).Draw(r, "steps"))*extensionStep, "judge")
			if err != nil {
				r.Fatal(err)
			}
			for _, id := range all {
				other := must(t)(b.Appointment(id))
				if other.Delay < before[id] {
					r.Fatalf("the delay of %s shrank from %s to %s", other.Start.Local, before[id], other.Delay)
				}
				begins := other.Start.Instant.Add(other.Delay)
				if other.Start.Instant.After(a.Start.Instant) && other.Started.IsZero() && other.contends(a) && begins.Before(a.End()) {
					r.Fatalf("%s begins at %s, before the end of %s at %s", other.Start.Local, begins, a.Start.Local, a.End())
				}
			}
		}
	})
}

func TestTheNextOfTheListIsTheHostsOwn(t *testing.T) {
	b := newBureau(t, true)
	b.account(t, "judge", b.institution.ID, StaffMagistrate)
	other := b.staff(t, "deputy", hours("10:00", "12:00"))
	b.account(t, "deputy", b.institution.ID, StaffMagistrate)
	a, _ := b.hearing(t, "10:00")
	b.at(t, other.ID, "10:30")
	off, _ := b.hearing(t, "10:30")
	must(t)(b.Cancel(off.ID, postponed, "clerk"))
	want, _ := b.hearing(t, "11:30")
	if got, ok, err := b.NextOf(a.ID, "judge"); err != nil || !ok || got.ID != want.ID {
		t.Errorf("next is %s %v, %v", got.Start.Local, ok, err)
	}
	if got, ok, err := b.NextOf(want.ID, "judge"); err != nil || ok {
		t.Errorf("after the last comes %s, %v", got.Start.Local, err)
	}
	if _, ok, err := b.NextOf(a.ID, ""); err != nil || ok {
		t.Errorf("nobody hosts a next one: %v", err)
	}
	_, _, err := b.NextOf("none", "judge")
	wantErr(t, err, ErrNotFound)
}
