package booking

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// mail lists the messages of an appointment as in "moved, reminder 24 09:00", without those that were taken back.
func (o *office) mailed(t *testing.T, id string) string {
	t.Helper()
	all, err := o.Messages(id)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range all {
		line := string(m.Kind)
		if m.State == MessageDropped {
			continue
		}
		if m.Kind == MessageReminder {
			line += m.Due.Format(" 02 15:04")
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func newMailingOffice(t *testing.T) *office {
	t.Helper()
	o := newOffice(t, "Africa/Casablanca")
	o.Store.mail = true
	return o
}

var holiday = Why{Code: "holiday", Text: "Fête nationale"}

// One morning is closed: who had come then goes to the next free slot, at another counter if need be, never earlier.
func TestTouchedAppointmentsMoveToTheNextFreeSlot(t *testing.T) {
	o := newMailingOffice(t)
	one := o.staff(t, "amina", hours("09:00", "11:00"))
	two := o.staff(t, "karim", hours("09:00", "11:00"))
	var booked []Appointment
	for _, at := range []string{"24T09:00", "24T09:30", "24T10:00"} {
		booked = append(booked, o.book(t, one.ID, "2026-11-"+at, func(a *Appointment) {
			a.Participants = append(a.Participants, Participant{ID: newID(), Number: 2, Role: RoleHost, Staff: "amina", Name: "Amina", Issue: 1})
		}))
	}
	o.book(t, two.ID, "2026-11-24T10:00", nil)
	o.book(t, two.ID, "2026-11-25T09:00", nil)
	closure := Closure{Institution: o.institution.ID, Counter: one.ID, First: "2026-11-24", Last: "2026-11-24", From: "09:00", To: "10:30"}
	i, err := o.ClosureImpact(closure)
	if err != nil || times(i.Touched) != "24 09:00, 24 09:30, 24 10:00" {
		t.Fatalf("touched %s, %v", times(i.Touched), err)
	}
	changed, left, err := o.PutClosures([]Closure{closure}, Treatment{Do: TreatMove, Digest: i.Digest, Why: holiday}, "clerk")
	if err != nil || len(left) != 0 {
		t.Fatalf("left %v, %v", left, err)
	}
	var got []string
	for n, a := range changed {
		stored, err := o.Appointment(booked[n].ID)
		if err != nil || stored.Start != a.Start || stored.Sequence != 1 || stored.Remark != holiday.Text || stored.Reference != booked[n].Reference {
			t.Errorf("stored %+v, %v", stored, err)
		}
		for _, p := range a.Participants {
			if host := map[string]string{one.ID: "amina", two.ID: "karim"}[a.CounterID]; p.Role == RoleHost && p.Removed.IsZero() != (p.Staff == host) {
				t.Errorf("%s is in the place of %s", p.Staff, host)
			}
		}
		got = append(got, fmt.Sprintf("%s at %s", times([]Appointment{a}), map[string]string{one.ID: "one", two.ID: "two"}[a.CounterID]))
	}
	if want := "[24 09:00 at two 24 09:30 at two 24 10:30 at one]"; fmt.Sprint(got) != want {
		t.Errorf("moved to %v, want %s", got, want)
	}
	if got := o.mailed(t, booked[0].ID); got != "reminder 24 08:00" {
		t.Errorf("mailed %s to who keeps the time", got)
	}
	if got, want := o.mailed(t, booked[2].ID), "moved, reminder 23 10:30, reminder 24 09:30"; got != want {
		t.Errorf("mailed %s, want %s", got, want)
	}
	if got, want := o.free(t, "2026-11-24", "2026-11-25"), "24 10:30, 25 09:00 09:30×2 10:00×2 10:30×2"; got != want {
		t.Errorf("free %s, want %s", got, want)
	}
}

// What moves may come to lie over its own old place.
func TestAnAppointmentMovesWithItsRow(t *testing.T) {
	o := newMailingOffice(t)
	counter := o.staff(t, "", hours("09:00", "12:00"))
	o.book(t, counter.ID, "2026-11-24T09:00", nil)
	counter.Openings = []Opening{hours("09:15", "12:00")}
	i, err := o.CounterImpact(counter)
	if err != nil {
		t.Fatal(err)
	}
	_, changed, _, err := o.PutCounter(counter, Treatment{Do: TreatMove, Digest: i.Digest, Why: Why{Code: "hours"}}, "admin")
	if err != nil || times(changed) != "24 09:15" {
		t.Errorf("moved to %s, %v", times(changed), err)
	}
	if got, want := o.free(t, "2026-11-24", "2026-11-24"), "24 09:45 10:15 10:45 11:15"; got != want {
		t.Errorf("free %s, want %s", got, want)
	}
}

func TestWhatFindsNoSlotIsLeft(t *testing.T) {
	o := newMailingOffice(t)
	o.service.Horizon = 1
	var err error
	if o.service, err = o.PutService(o.service, "admin"); err != nil {
		t.Fatal(err)
	}
	one := o.staff(t, "", Opening{Weekdays: everyDay, From: "09:00", To: "10:00", Last: "2026-12-24"})
	fits := o.book(t, one.ID, "2026-12-23T09:00", nil) // beyond the horizon of today
	foreign := o.book(t, one.ID, "2026-12-23T09:30", func(a *Appointment) { a.ServiceID = "" })
	second := o.book(t, one.ID, "2026-12-23T10:00", nil)
	third := o.book(t, one.ID, "2026-12-23T10:30", nil)
	o.book(t, one.ID, "2026-12-24T09:00", nil)
	closure := Closure{Institution: o.institution.ID, First: "2026-12-23", Last: "2026-12-23"}
	i, err := o.ClosureImpact(closure)
	if err != nil {
		t.Fatal(err)
	}
	changed, left, err := o.PutClosures([]Closure{closure}, Treatment{Do: TreatMove, Digest: i.Digest, Why: holiday}, "clerk")
	if err != nil || times(changed) != "24 09:30" || changed[0].ID != fits.ID || len(left) != 3 {
		t.Errorf("changed %s, left %s, %v", times(changed), times(left), err)
	}
	for n, a := range []Appointment{foreign, second, third} {
		if stored, err := o.Appointment(a.ID); err != nil || stored.Version != 1 || left[n].ID != a.ID || o.mailed(t, a.ID) != "" {
			t.Errorf("left %s is %+v, %v", times(left), stored, err)
		}
	}
}

func TestTouchedAppointmentsAreCancelledOrKept(t *testing.T) {
	for _, c := range []struct {
		do    string
		why   Why
		state State
		mail  string
		err   string
	}{
		{TreatCancel, holiday, StateCancelled, "cancelled", ""},
		{TreatKeep, Why{}, StateConfirmed, "", ""},
		{TreatCancel, Why{}, StateConfirmed, "", "reason: invalid"},
		{TreatMove, Why{Code: "a b"}, StateConfirmed, "", "reason: invalid"},
		{"", holiday, StateConfirmed, "", "do: invalid"},
	} {
		o := newMailingOffice(t)
		counter := o.staff(t, "", hours("09:00", "17:00"))
		a := o.book(t, counter.ID, "2026-11-24T09:00", nil)
		counter.Openings = []Opening{hours("10:00", "17:00")}
		i, err := o.CounterImpact(counter)
		if err != nil || len(i.Touched) != 1 {
			t.Fatalf("%+v, %v", i, err)
		}
		stored, changed, left, err := o.PutCounter(counter, Treatment{Do: c.do, Digest: i.Digest, Why: c.why}, "clerk")
		if c.err != "" {
			if err == nil || err.Error() != c.err {
				t.Errorf("%s %+v: %v, want %s", c.do, c.why, err, c.err)
			}
			if kept, _ := o.Counter(counter.ID); kept.Version != 1 {
				t.Errorf("%s: the counter changed all the same", c.do)
			}
			continue
		}
		if got, _ := o.Appointment(a.ID); err != nil || stored.Version != 2 || got.State != c.state || len(left) != 0 ||
			len(changed) != int(got.Version-1) || o.mailed(t, a.ID) != c.mail {
			t.Errorf("%s: %+v, changed %s, mailed %s, %v", c.do, got, times(changed), o.mailed(t, a.ID), err)
		}
	}
}

// What was looked at must be what is treated: a booking in between, or a change of one that was listed, sends the staff
// back to look again.
func TestAnImpactThatChangedMeanwhileIsStale(t *testing.T) {
	for _, c := range []struct {
		name  string
		after func(*testing.T, *office, Counter, Appointment)
		want  error
	}{
		{"nothing happened", func(*testing.T, *office, Counter, Appointment) {}, nil},
		{"booked", func(t *testing.T, o *office, c Counter, _ Appointment) { o.book(t, c.ID, "2026-11-24T09:30", nil) }, ErrStale},
		{"booked elsewhere", func(t *testing.T, o *office, c Counter, _ Appointment) { o.book(t, c.ID, "2026-11-24T10:30", nil) }, nil},
		{"changed", func(t *testing.T, o *office, c Counter, a Appointment) {
			delay(t, o.Store, a, time.Hour)
		}, ErrStale},
		{"cancelled", func(t *testing.T, o *office, c Counter, a Appointment) { must(t)(o.Cancel(a.ID, holiday, "clerk")) }, ErrStale},
		{"the counter changed", func(t *testing.T, o *office, c Counter, a Appointment) {
			if _, _, _, err := o.PutCounter(c, Treatment{}, "admin"); err != nil {
				t.Error(err)
			}
		}, ErrStale},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, "Africa/Casablanca")
			counter := o.staff(t, "", hours("09:00", "17:00"))
			a := o.book(t, counter.ID, "2026-11-24T09:00", nil)
			after := counter
			after.Openings = []Opening{hours("10:00", "17:00")}
			i, err := o.CounterImpact(after)
			if err != nil {
				t.Fatal(err)
			}
			c.after(t, o, counter, a)
			if _, _, _, err := o.PutCounter(after, Treatment{Do: TreatKeep, Digest: i.Digest}, "clerk"); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

// Whatever is closed and whatever is booked: no counter has two at once afterwards, and who was moved lies within hours,
// not before where they were, and nowhere that is closed.
func TestMovedAppointmentsLieInTheModelsHours(t *testing.T) {
	s, c := newStore(t)
	s.db.NoSync = true
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		w.service.Horizon = 3
		for i := range w.taken {
			w.taken[i].until = time.Time{}
		}
		if c.now = w.now; w.write(s) != nil {
			t.Fatal("cannot write")
		}
		booked := w.writeAppointments(t, s)
		date := func(label string) string {
			return w.at(w.now.Add(time.Duration(pick(t, label, 0, 48)) * time.Hour)).date
		}
		change := w.drawClosure(t, "", date)
		i, err := s.ClosureImpact(change)
		if err != nil {
			t.Fatal(err)
		}
		changed, left, err := s.PutClosures([]Closure{change}, Treatment{Do: TreatMove, Digest: i.Digest, Why: holiday}, "clerk")
		if err != nil || len(changed)+len(left) != len(i.Touched) {
			t.Fatalf("touched %d, changed %d, left %d, %v", len(i.Touched), len(changed), len(left), err)
		}
		w.closures = append(w.closures, change)
		lie := w.lies(changed)
		all := slices.Clone(booked)
		for _, a := range changed {
			n := slices.IndexFunc(booked, func(b Appointment) bool { return b.ID == a.ID })
			if a.Start.Instant.Before(booked[n].Start.Instant) || lie[a.ID] != [2]bool{true, false} || a.Sequence != 1 {
				t.Fatalf("moved from %+v to %+v, lies %v", booked[n].Start, a.Start, lie[a.ID])
			}
			all[n] = a
		}
		for n, a := range all {
			for _, b := range all[:n] {
				if a.CounterID != "" && a.CounterID == b.CounterID && a.Start.Instant.Before(b.Start.Instant.Add(b.Duration)) && b.Start.Instant.Before(a.Start.Instant.Add(a.Duration)) {
					t.Fatalf("%+v and %+v at once", a, b)
				}
			}
		}
	})
}
