package lab

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"jalsa/booking"
)

const (
	monthAppointments = 100_000
	monthCounters     = 50
)

// BenchmarkMonthPage asks the program for the calendar of a month whose
// institution has a hundred thousand appointments at fifty counters.
func BenchmarkMonthPage(b *testing.B) {
	folder := b.TempDir()
	if memory, err := os.MkdirTemp("/dev/shm", "jalsa"); err == nil { // filling takes a hundred thousand transactions
		folder = memory
		b.Cleanup(func() { os.RemoveAll(memory) })
	}
	p := programOn(b, folder)
	o := newOffice(b, p, 0, 0)
	fillOffice(b, p, o)
	p.start()
	c := newCitizen(p.url(), o, nil)
	defer c.close()
	month := time.Now().AddDate(0, 0, 40).Format("2006-01") // a whole one, well within what is booked
	query := url.Values{"key": {newSecret()}, "zone": {"Europe/Paris"}, "month": {month}}
	free := 0
	for b.Loop() {
		a, err := c.ask("GET", c.slotsPath()+"?"+query.Encode(), nil)
		if err != nil || a.status != http.StatusOK {
			b.Fatal(a.status, err)
		}
		free = len(a.body)
	}
	b.ReportMetric(float64(free), "bytes")
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/page")
}

// fillOffice opens the counters around the clock and books most of the coming
// months, one appointment after the other at each.
func fillOffice(b *testing.B, p *program, o office) {
	store := books(b, p.data)
	defer store.Close()
	service, err := store.Service(o.service)
	if err != nil {
		b.Fatal(err)
	}
	service.Horizon = 90
	if service, err = store.PutService(service, "lab"); err != nil {
		b.Fatal(err)
	}
	zone := mustZone()
	today := time.Now().In(zone)
	midnight := time.Date(today.Year(), today.Month(), today.Day()+1, 0, 0, 0, 0, zone)
	for n := range monthCounters {
		counter, _, _, err := store.PutCounter(booking.Counter{
			Institution: o.institution, Name: fmt.Sprint("Guichet ", n), Services: []string{service.ID},
			Openings: []booking.Opening{{Weekdays: [7]bool{true, true, true, true, true, true, true}, From: "00:00", To: "24:00"}},
		}, booking.Treatment{}, "lab")
		if err != nil {
			b.Fatal(err)
		}
		at := midnight
		for range monthAppointments / monthCounters {
			start, err := booking.NewCivil(at.Format("2006-01-02T15:04"), officeZone)
			if err != nil {
				b.Fatal(err)
			}
			if _, _, err := store.Book(booking.Draft{
				InstitutionID: o.institution, ServiceID: service.ID, CounterID: counter.ID,
				Institution: booking.Text{"fr": "Tribunal"}, Service: service.Name,
				Start: start, Duration: service.Duration,
				Participants: []booking.Participant{{Role: booking.RoleParty, Name: "Partie"}},
			}, "lab"); err != nil {
				b.Fatal(err)
			}
			if at = at.Add(service.Duration); at.Sub(midnight)%(24*time.Hour) >= 23*time.Hour {
				at = at.Add(time.Hour) // an hour a day stays free
			}
		}
	}
}
