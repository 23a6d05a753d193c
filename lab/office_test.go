package lab

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"jalsa/booking"
)

// office is an institution with one service that can be booked: what its staff
// would have set up by pages, written into the books before the program runs.
type office struct {
	institution string
	service     string
	slots       []time.Time // of one day, at each counter
}

const officeZone = "Africa/Casablanca"

// storePath is where the program keeps its books.
func storePath(data string) string { return filepath.Join(data, "jalsa.db") }

// books opens the books of a program that is not running.
func books(t testing.TB, data string) *booking.Store {
	t.Helper()
	store, err := booking.Open(storePath(data), booking.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// newOffice sets up counters that are open for so many slots of half an hour
// the day after tomorrow. The program does not run meanwhile, but it has once:
// it makes the files of its folder itself.
func newOffice(t testing.TB, p *program, counters, slots int) office {
	t.Helper()
	p.start()
	p.kill()
	store := books(t, p.data)
	defer store.Close()
	i, err := store.PutInstitution(booking.Institution{Name: booking.Text{"fr": "Tribunal"}, Zone: officeZone}, "lab")
	if err != nil {
		t.Fatal(err)
	}
	service := booking.NewService(i.ID)
	service.Name, service.Notice, service.Horizon, service.Cutoff = booking.Text{"fr": "Audience"}, 0, 3, 0
	if service, err = store.PutService(service, "lab"); err != nil {
		t.Fatal(err)
	}
	zone, err := booking.Zone(officeZone)
	if err != nil {
		t.Fatal(err)
	}
	day := time.Now().In(zone).AddDate(0, 0, 2)
	date := day.Format("2006-01-02")
	opens := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
	closes := opens.Add(time.Duration(slots) * service.Duration)
	for range counters {
		c := booking.Counter{Institution: i.ID, Name: "Guichet", Services: []string{service.ID}, Openings: []booking.Opening{{
			Weekdays: [7]bool{true, true, true, true, true, true, true},
			From:     "00:00", To: closes.Format("15:04"), First: date, Last: date,
		}}}
		if _, _, _, err := store.PutCounter(c, booking.Treatment{}, "lab"); err != nil {
			t.Fatal(err)
		}
	}
	o := office{institution: i.ID, service: service.ID}
	for n := range slots {
		o.slots = append(o.slots, opens.Add(time.Duration(n)*service.Duration).UTC())
	}
	return o
}

// audit checks what must be true of the books whatever happened: they open, the
// journal holds, and no counter has two live appointments at one time. It
// returns the appointments by the address of who booked, each once, and what is
// wrong.
func audit(data string) (found map[string]booking.Appointment, wrong []string) {
	store, err := booking.Open(storePath(data), booking.Options{Now: time.Now})
	if err != nil {
		return nil, []string{err.Error()}
	}
	defer store.Close()
	if _, err := store.Verify(""); err != nil {
		wrong = append(wrong, err.Error())
	}
	all, err := store.Appointments(time.Time{})
	if err != nil {
		wrong = append(wrong, err.Error())
	}
	found = make(map[string]booking.Appointment, len(all))
	last := make(map[string]booking.Appointment) // live one of each counter, by start
	for _, a := range all {
		if twice, ok := found[a.Contact.Email]; ok {
			wrong = append(wrong, fmt.Sprintf("%s booked twice: %s and %s", a.Contact.Email, twice.Reference, a.Reference))
		}
		found[a.Contact.Email] = a
		if !a.State.Live() {
			continue
		}
		if b, ok := last[a.CounterID]; ok && b.End().After(a.Start.Instant) {
			wrong = append(wrong, fmt.Sprintf("counter %s has %s and %s at %v", a.CounterID, b.Reference, a.Reference, a.Start.Instant))
		}
		last[a.CounterID] = a
	}
	return found, wrong
}

func mustZone() *time.Location {
	zone, err := booking.Zone(officeZone)
	if err != nil {
		panic(err)
	}
	return zone
}
