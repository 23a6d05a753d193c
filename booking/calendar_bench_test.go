package booking

import (
	"fmt"
	"testing"
	"time"
)

// The month page of one service at 50 counters, 100,000 appointments in the books and nine of ten slots of the month
// taken: what Free costs, which is all that the page asks of the books. The aim is 20 ms.
func BenchmarkMonthOfSlots(b *testing.B) {
	clock := &clock{start}
	s, err := Open(b.TempDir()+"/jalsa.db", Options{Now: clock.Now})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	service := fillBooks(b, s)
	first := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	month := func(b *testing.B) {
		slots := 0
		for b.Loop() {
			all, err := s.Free(service, first, first.AddDate(0, 1, 0))
			if err != nil {
				b.Fatal(err)
			}
			slots = len(all)
		}
		b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/month")
		b.ReportMetric(float64(slots), "slots")
	}
	b.Run("same hours", month)
	// Every counter has hours of its own, so that none shares its rows with another.
	err = s.update("admin", func(t *tx) error {
		all, err := records(t, counters, func(Counter) bool { return true }, func(c Counter) string { return c.ID })
		for n, c := range all {
			c.Openings[2].Last = fmt.Sprintf("2027-%02d-%02d", 3+n/25, 1+n%25)
			t.putJSON(counters, c.ID, c)
			t.log(Entry{Kind: "counter_changed", Subject: c.ID})
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("own hours", month)
}

// fillBooks makes 50 counters and 100,000 appointments around the start of the tests, without waiting for the disk.
func fillBooks(b *testing.B, s *Store) (service string) {
	b.Helper()
	s.db.NoSync = true
	i, err := s.PutInstitution(Institution{Name: Text{"fr": "Tribunal"}, Zone: "Africa/Casablanca"}, "admin")
	if err != nil {
		b.Fatal(err)
	}
	v := NewService(i.ID)
	v.Name = Text{"fr": "Audience familiale", "ar": "جلسة الأسرة"}
	if v, err = s.PutService(v, "admin"); err != nil {
		b.Fatal(err)
	}
	weekdays := [7]bool{false, true, true, true, true, true, false}
	for n := range 50 {
		c := Counter{Institution: i.ID, Name: fmt.Sprint("Guichet ", n), Services: []string{v.ID}, Openings: []Opening{
			{Weekdays: weekdays, From: "08:30", To: "12:30"}, {Weekdays: weekdays, From: "14:00", To: "18:00"},
			{Weekdays: weekdays, From: "09:00", To: "15:00", First: "2027-02-08", Last: "2027-03-09", Instead: true},
		}}
		if c, _, _, err = s.PutCounter(c, Treatment{}, "admin"); err != nil {
			b.Fatal(err)
		}
		fillCounter(b, s, v, c, 2000)
	}
	return v.ID
}

// fillCounter takes nine of ten slots of a counter, half of them before and half after the start of the tests.
func fillCounter(b *testing.B, s *Store, v Service, c Counter, count int) {
	b.Helper()
	zone, _ := Zone("Africa/Casablanca")
	day := time.Date(2026, 8, 24, 0, 0, 0, 0, time.UTC)
	for count > 0 {
		err := s.update("", func(t *tx) error {
			t.log(Entry{Kind: "filled"})
			for batch := 0; batch < 500 && count > 0; day = day.AddDate(0, 0, 1) {
				for k, at := range planOf(c, nil).starts(dayOn(day, zone), v.Duration) {
					if k%10 == 9 || count == 0 {
						continue
					}
					civil, err := CivilAt(time.Unix(at, 0).UTC(), "Africa/Casablanca")
					if err != nil {
						return err
					}
					t.putAppointment(&Appointment{
						ID: newID(), InstitutionID: c.Institution, ServiceID: v.ID, CounterID: c.ID, Service: v.Name, State: StateConfirmed,
						Start: civil, Duration: v.Duration, EarlyEntry: v.EarlyEntry, Grace: v.Grace, Keep: v.Keep, Reminders: v.Reminders,
						Contact: Contact{Email: newID() + "@example.org", Proven: t.now},
						Participants: []Participant{
							{ID: newID(), Number: 1, Role: RoleParty, Name: "Youssef Bennani", Booker: true, Email: "youssef@example.org", Issue: 1},
							{ID: newID(), Number: 2, Role: RoleHost, Name: "Amina El Fassi", Issue: 1},
						},
					})
					batch, count = batch+1, count-1
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
