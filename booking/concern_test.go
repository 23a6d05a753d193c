package booking

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// What speaks against 10:00 to 10:30 on a Monday at counter A, held by Amina.
func TestWhatSpeaksAgainstAPlace(t *testing.T) {
	rabat := func(clock string) Civil {
		at, err := NewCivil("2026-11-23T"+clock, "Africa/Casablanca")
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	counter := Counter{ID: "A", Institution: "i"}
	on := func(c Closure) Closure {
		c.Institution, c.First, c.Last = "i", "2026-11-23", "2026-11-23"
		return c
	}
	holds := func(clock string, change ...func(*Appointment)) []Appointment {
		a := Appointment{ID: "x", State: StateConfirmed, Start: rabat(clock), Duration: 30 * time.Minute}
		for _, c := range change {
			c(&a)
		}
		return []Appointment{a}
	}
	for name, test := range map[string]struct {
		now      string
		moved    string
		held     []Appointment
		closures []Closure
		want     string
	}{
		"nothing":             {},
		"now":                 {now: "10:00", want: "past"},
		"an hour ago":         {now: "11:00", want: "past"},
		"holds one then":      {held: holds("10:15"), want: "busy"},
		"holds one before":    {held: holds("09:30")},
		"holds one late":      {held: holds("09:30", func(a *Appointment) { a.Delay = 20 * time.Minute }), want: "busy"},
		"holds one after":     {held: holds("10:30")},
		"held one cancelled":  {held: holds("10:00", func(a *Appointment) { a.State = StateCancelled })},
		"held one closed":     {held: holds("10:00", func(a *Appointment) { a.Closed = rabat("09:00").Instant })},
		"holds itself":        {held: holds("10:00"), moved: "x"},
		"a holiday":           {closures: []Closure{on(Closure{})}, want: "closed"},
		"closed that hour":    {closures: []Closure{on(Closure{From: "10:15", To: "12:00"})}, want: "closed"},
		"closed another hour": {closures: []Closure{on(Closure{From: "10:30", To: "12:00"})}},
		"the counter":         {closures: []Closure{on(Closure{Counter: "A"})}, want: "closed"},
		"another counter":     {closures: []Closure{on(Closure{Counter: "B"})}},
		"her absence":         {closures: []Closure{on(Closure{Staff: "amina"})}, want: "absent"},
		"another's absence":   {closures: []Closure{on(Closure{Staff: "karim"})}},
		"all at once":         {now: "12:00", held: holds("10:00"), closures: []Closure{on(Closure{Staff: "amina"}), on(Closure{})}, want: "past busy absent closed"},
	} {
		now := rabat("08:00").Instant
		if test.now != "" {
			now = rabat(test.now).Instant
		}
		zone, err := Zone("Africa/Casablanca")
		if err != nil {
			t.Fatal(err)
		}
		c := &calendar{zone: zone, counters: []Counter{counter}, closures: test.closures, days: map[time.Time]day{}}
		p := Proposal{Institution: "i", Place: Place{rabat("10:00"), "A"}, Duration: 30 * time.Minute, Host: "amina", Appointment: test.moved}
		var got []string
		for _, x := range p.concerns(now, c, counter, test.held) {
			got = append(got, x.Code)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// The store knows who holds the counter, and where somebody moved to it would be held by another.
func TestConcernsFindTheHost(t *testing.T) {
	if !slices.Equal([]string{
		hostAt(Appointment{}, Counter{}, Counter{ID: "A", Host: "amina"}),
		hostAt(Appointment{Participants: []Participant{{Role: RoleHost, Staff: "amina"}}}, Counter{ID: "A", Host: "amina"}, Counter{ID: "B", Host: "karim"}),
		hostAt(Appointment{Participants: []Participant{{Role: RoleHost, Staff: "salma"}}}, Counter{ID: "A", Host: "amina"}, Counter{ID: "B", Host: "karim"}),
		hostAt(Appointment{Participants: []Participant{{Role: RoleHost, Staff: "amina"}}}, Counter{ID: "A", Host: "amina"}, Counter{ID: "A", Host: "amina"}),
	}, []string{"amina", "karim", "salma", "amina"}) {
		t.Error("another host than after the move")
	}
}
