package booking

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// book puts an appointment with a citizen into the books as if it had been made long ago.
func (o *office) book(t *testing.T, counter, local string, with func(*Appointment)) Appointment {
	t.Helper()
	at, err := NewCivil(local, o.institution.Zone)
	if err != nil {
		t.Fatal(err)
	}
	a := Appointment{
		ID: newID(), Reference: newReference(), InstitutionID: o.institution.ID, ServiceID: o.service.ID, CounterID: counter,
		Institution: o.institution.Name, Service: o.service.Name, State: StateConfirmed,
		Start: at, Duration: o.service.Duration, Reminders: []time.Duration{time.Hour, 24 * time.Hour},
		Contact:      Contact{Email: "youssef@example.org", Proven: o.clock.now, Posted: true},
		Participants: []Participant{{ID: newID(), Number: 1, Role: RoleParty, Name: "Youssef", Email: "youssef@example.org", Booker: true, Issue: 1}},
	}
	if with != nil {
		with(&a)
	}
	if err := o.update("", func(t *tx) error {
		t.putAppointment(&a)
		t.log(Entry{Kind: "booked", Appointment: a.ID})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return a
}

// times names appointments by their start.
func times(all []Appointment) string {
	var out []string
	for _, a := range all {
		out = append(out, a.Start.Local[8:10]+" "+a.Start.Local[11:])
	}
	return strings.Join(out, ", ")
}

func TestAChangeOfACounterTouchesWhatItLeavesOutside(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Counter)
		want   string
	}{
		{"nothing", func(c *Counter) {}, ""},
		{"later", func(c *Counter) { c.Openings = []Opening{hours("10:00", "17:00")} }, "24 09:00, 25 09:00"},
		{"a break over part of one", func(c *Counter) { c.Openings = []Opening{hours("09:00", "14:10"), hours("14:20", "17:00")} }, "24 14:00"},
		{"two openings in place of one", func(c *Counter) { c.Openings = []Opening{hours("09:00", "14:10"), hours("14:10", "17:00")} }, ""},
		{"another row", func(c *Counter) { c.Openings = []Opening{hours("08:50", "17:00")} }, ""},
		{"hours instead on one day", func(c *Counter) {
			c.Openings = append(c.Openings, Opening{Weekdays: everyDay, From: "10:00", To: "16:00", First: "2026-11-25", Last: "2026-11-25", Instead: true})
		}, "25 09:00"},
		{"no hours", func(c *Counter) { c.Openings = nil }, "24 09:00, 24 14:00, 25 09:00"},
		{"no new bookings", func(c *Counter) { c.Hidden, c.Services = true, nil }, ""},
		{"a host who is away, also outside of openings", func(c *Counter) { c.Host = "amina" }, "24 20:00, 25 09:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, "Africa/Casablanca")
			other := o.staff(t, "amina", hours("09:00", "17:00"))
			o.close(t, Closure{Staff: "amina", First: "2026-11-24", Last: "2026-11-24", From: "19:00", To: "24:00"})
			o.close(t, Closure{Staff: "amina", First: "2026-11-25", Last: "2026-11-25"})
			counter := o.staff(t, "", hours("09:00", "17:00"))
			o.book(t, other.ID, "2026-11-24T09:00", nil)
			o.book(t, counter.ID, "2026-11-23T10:00", nil) // begins now
			o.book(t, counter.ID, "2026-11-23T09:00", nil)
			o.book(t, counter.ID, "2026-11-24T09:00", nil)
			o.book(t, counter.ID, "2026-11-24T14:00", nil)
			o.book(t, counter.ID, "2026-11-24T20:00", nil) // by the staff
			o.book(t, counter.ID, "2026-11-25T09:00", func(a *Appointment) { a.State = StateRequested })
			o.book(t, counter.ID, "2026-11-25T10:00", func(a *Appointment) { a.State = StateCancelled })
			o.book(t, counter.ID, "2026-11-25T11:00", func(a *Appointment) { a.Started = o.clock.now })
			o.occupy(t, counter.ID, time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), occupancy{end: start.Add(60 * time.Hour), until: start.Add(time.Hour), hold: "h"})
			c.change(&counter)
			got, err := o.CounterImpact(counter)
			if err != nil || times(got.Touched) != c.want {
				t.Errorf("touched %s, want %s, %v", times(got.Touched), c.want, err)
			}
		})
	}
}

func TestAClosureFromTheBeginningOfTimeTouchesEverything(t *testing.T) {
	o := newOffice(t, "Africa/Casablanca")
	counter := o.staff(t, "", hours("09:00", "17:00"))
	o.book(t, counter.ID, "2026-11-24T09:00", nil)
	impact, err := o.ClosureImpact(Closure{Institution: o.institution.ID, First: "1970-01-01", Last: "9999-12-31"})
	if err != nil || times(impact.Touched) != "24 09:00" {
		t.Errorf("touched %q, %v", times(impact.Touched), err)
	}
}

func TestAClosureTouchesWhatItFallsOn(t *testing.T) {
	for _, c := range []struct {
		name     string
		closures []Closure
		want     string
	}{
		{"a day", []Closure{{First: "2026-11-25", Last: "2026-11-25"}}, "25 09:00, 25 20:00"},
		{"days", []Closure{{First: "2026-11-24", Last: "2026-11-25"}}, "24 09:00, 24 11:00, 25 09:00, 25 20:00"},
		{"part of a day, outside of openings too", []Closure{{First: "2026-11-25", Last: "2026-11-25", From: "20:29", To: "21:00"}}, "25 20:00"},
		{"after the last minute", []Closure{{First: "2026-11-25", Last: "2026-11-25", From: "20:30", To: "21:00"}}, ""},
		{"a day that is closed already", []Closure{{First: "2026-11-26", Last: "2026-11-26"}}, ""},
		{"one counter, not what has none", []Closure{{Counter: "counter", First: "2026-11-24", Last: "2026-11-24"}}, "24 09:00"},
		{"an absence", []Closure{{Staff: "amina", First: "2026-11-24", Last: "2026-11-30"}}, "24 09:00, 25 09:00, 25 20:00"},
		{"an absence of somebody else", []Closure{{Staff: "karim", First: "2026-11-24", Last: "2026-11-30"}}, ""},
		{"two that touch the same and more", []Closure{{First: "2026-11-25", Last: "2026-11-25", To: "10:00", From: "08:00"}, {Staff: "amina", First: "2026-11-25", Last: "2026-11-25"}}, "25 09:00, 25 20:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, "Africa/Casablanca")
			o.staff(t, "karim")
			counter := o.staff(t, "amina", hours("09:00", "17:00"))
			o.close(t, Closure{First: "2026-11-26", Last: "2026-11-26"})
			o.book(t, counter.ID, "2026-11-24T09:00", nil)
			o.book(t, "", "2026-11-24T11:00", nil)
			o.book(t, counter.ID, "2026-11-25T09:00", nil)
			o.book(t, counter.ID, "2026-11-25T20:00", nil)
			o.book(t, counter.ID, "2026-11-26T09:00", nil)
			for i := range c.closures {
				if c.closures[i].Institution = o.institution.ID; c.closures[i].Counter != "" {
					c.closures[i].Counter = counter.ID
				}
			}
			got, err := o.ClosureImpact(c.closures...)
			if err != nil || times(got.Touched) != c.want {
				t.Errorf("touched %s, want %s, %v", times(got.Touched), c.want, err)
			}
		})
	}
}

func TestAChangeOfAClosureTouchesWhatItNewlyFallsOn(t *testing.T) {
	o := newOffice(t, "Africa/Casablanca")
	counter := o.staff(t, "", hours("09:00", "17:00"))
	c := o.close(t, Closure{First: "2026-11-24", Last: "2026-11-24"})
	for _, day := range []string{"24", "25", "26"} {
		o.book(t, counter.ID, "2026-11-"+day+"T09:00", nil)
	}
	c.Last = "2026-11-25"
	i, err := o.ClosureImpact(c)
	if times(i.Touched) != "25 09:00" || err != nil {
		t.Errorf("longer by a day touches %s, %v", times(i.Touched), err)
	}
	if _, _, err := o.PutClosures([]Closure{c}, Treatment{Do: TreatKeep}, "admin"); !errors.Is(err, ErrStale) {
		t.Errorf("without having looked: %v", err)
	}
	if _, _, err := o.PutClosures([]Closure{c}, Treatment{Do: TreatKeep, Digest: i.Digest}, "admin"); err != nil {
		t.Error(err)
	}
	if _, _, err := o.PutClosures([]Closure{c}, Treatment{}, "admin"); !errors.Is(err, ErrStale) {
		t.Errorf("of an old version: %v", err)
	}
	if got := o.free(t, "2026-11-25", "2026-11-25"); got != "" {
		t.Errorf("free in the closure: %s", got)
	}
	if err := o.DropClosure(c.ID, "admin"); err != nil {
		t.Fatal(err)
	}
	if got := o.free(t, "2026-11-25", "2026-11-25"); !strings.HasPrefix(got, "25 09:30 10:00") {
		t.Errorf("free after the closure: %s", got)
	}
	if err := o.DropClosure(c.ID, "admin"); !errors.Is(err, ErrNotFound) {
		t.Errorf("dropped again: %v", err)
	}
	var kinds []string
	if err := o.Journal(func(e Entry) error {
		if e.Subject == c.ID {
			kinds = append(kinds, e.Kind)
		}
		return nil
	}); err != nil || !slices.Equal(kinds, []string{"closure_made", "closure_changed", "closure_dropped"}) {
		t.Errorf("journalled %v, %v", kinds, err)
	}
}

func TestAClosureBelongsToOneInstitution(t *testing.T) {
	o := newOffice(t, "Africa/Casablanca")
	foreign := o.staff(t, "karim")
	var err error
	if o.institution, err = o.PutInstitution(Institution{Name: Text{"fr": "Ministère"}, Zone: "Africa/Casablanca"}, "admin"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		closure Closure
		want    string
	}{
		{Closure{Institution: o.institution.ID, Counter: foreign.ID}, "counter: unknown"},
		{Closure{Institution: o.institution.ID, Staff: "karim"}, "staff: unknown"},
		{Closure{Institution: o.institution.ID, Staff: "nobody"}, "staff: unknown"},
		{Closure{Institution: "nothing"}, "institution not found"},
		{Closure{Institution: o.institution.ID, ID: "nothing"}, "closure not found"},
	} {
		c.closure.First, c.closure.Last = "2026-11-24", "2026-11-24"
		if _, _, err := o.PutClosures([]Closure{c.closure}, Treatment{}, "admin"); err == nil || err.Error() != c.want {
			t.Errorf("%+v: %v, want %s", c.closure, err, c.want)
		}
	}
}
