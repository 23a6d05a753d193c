package booking

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// A world is what the tests against the model draw: hours, closures and what is taken around days on which clocks change.

// wall is what clocks show in one minute.
type wall struct{ date, clock string }

// world is what a run of the model test sets up.
type world struct {
	zone        string
	loc         *time.Location
	now         time.Time
	institution Institution
	service     Service
	counters    []Counter
	closures    []Closure
	taken       []takenTime
	walls       map[time.Time]wall
}

// takenTime is an appointment, or a hold with a time until which it holds.
type takenTime struct {
	counter    string
	start, end time.Time
	until      time.Time
}

// changes are days on which clocks change, or a country's rules do, and one quiet day.
var changes = []struct{ zone, date string }{
	{"Europe/Paris", "2026-03-29"}, {"Europe/Paris", "2026-10-25"}, {"Europe/Paris", "2026-06-10"},
	{"America/New_York", "2026-03-08"}, {"America/New_York", "2026-11-01"},
	{"Africa/Casablanca", "2026-09-20"}, {"Africa/Casablanca", "2026-02-15"}, {"Africa/Casablanca", "2026-03-22"},
	{"Asia/Beirut", "2026-03-29"}, {"Asia/Beirut", "2026-10-25"}, // at midnight
	{"Australia/Lord_Howe", "2026-04-05"},                                  // by half an hour
	{"America/Scoresbysund", "2026-10-25"}, {"Pacific/Apia", "2011-12-30"}, // back over midnight; a date that was skipped
}

// pick draws evenly, where rapid.IntRange likes the ends: most worlds would be closed all day or ask nothing.
func pick(t *rapid.T, label string, from, to int) int {
	return rapid.Custom(func(t *rapid.T) int {
		n := 0
		for range 14 {
			if n *= 2; rapid.Bool().Draw(t, "bit") {
				n++
			}
		}
		return from + n%(to-from+1)
	}).Draw(t, label)
}

func oneIn(t *rapid.T, n int, label string) bool { return pick(t, label, 1, n) == 1 }

func oneOf[T any](t *rapid.T, label string, all ...T) T { return all[pick(t, label, 0, len(all)-1)] }

func drawWorld(t *rapid.T) *world {
	at := oneOf(t, "at", changes...)
	w := &world{zone: at.zone, walls: map[time.Time]wall{}}
	var err error
	if w.loc, err = Zone(at.zone); err != nil {
		t.Fatal(err)
	}
	change, _ := time.Parse(dateLayout, at.date)
	minute := func(label string) time.Time {
		return change.Add(time.Duration(pick(t, label, -36*12, 60*12)) * 5 * time.Minute)
	}
	w.now = change.Add(time.Duration(pick(t, "now", -30*3600, 12*3600)) * time.Second)
	w.institution = Institution{ID: "court", Zone: at.zone}
	w.service = Service{ID: "service", Institution: "court",
		Duration: time.Duration(oneOf(t, "duration", 5, 15, 30, 45, 60, 90, 240)) * time.Minute,
		Notice:   oneOf(t, "notice", 0, 0, 90*time.Minute, 26*time.Hour), Horizon: pick(t, "horizon", 1, 4)}
	clock := func(label string, from int) string {
		m := pick(t, label, from/5, min(from/5+80, 288)) * 5
		return fmt.Sprintf("%02d:%02d", m/60, m%60)
	}
	date := func(label string) string { return change.AddDate(0, 0, pick(t, label, -1, 2)).Format(dateLayout) }
	for i := range pick(t, "counters", 1, 3) {
		c := Counter{ID: fmt.Sprint("counter", i), Institution: "court", Services: []string{"service"}, Hidden: oneIn(t, 10, "hidden")}
		c.Host = oneOf(t, "host", "", "amina", "karim")
		for range pick(t, "openings", 1, 4) {
			var o Opening
			for d := range o.Weekdays {
				o.Weekdays[d] = !oneIn(t, 8, "weekday")
			}
			from := pick(t, "from", 0, 280) * 5
			if oneIn(t, 2, "at night") {
				from = pick(t, "from at night", 0, 36) * 5
			}
			o.From, o.To = fmt.Sprintf("%02d:%02d", from/60, from%60), clock("to", from+5)
			if o.Instead = oneIn(t, 4, "instead"); o.Instead || oneIn(t, 3, "dated") {
				o.First, o.Last = date("first"), date("last")
				if o.Last < o.First {
					o.First, o.Last = o.Last, o.First
				}
			}
			c.Openings = append(c.Openings, o)
		}
		w.counters = append(w.counters, c)
	}
	for i := range pick(t, "closures", 0, 3) {
		w.closures = append(w.closures, w.drawClosure(t, fmt.Sprint("closure", i), date))
	}
	for range pick(t, "taken", 0, 12) {
		c := w.counters[pick(t, "at counter", 0, len(w.counters)-1)]
		v := takenTime{counter: c.ID, start: minute("taken from")}
		v.end = v.start.Add(time.Duration(pick(t, "taken for", 1, 30)) * 5 * time.Minute)
		if !oneIn(t, 4, "in the row") { // where a slot begins, if clocks run as usual
			o := oneOf(t, "row", c.Openings...)
			if at, err := NewCivil(date("taken on")+"T"+o.From, w.zone); err == nil {
				v.start = at.Instant.Add(w.service.Duration * time.Duration(pick(t, "nth", -1, 5)))
				v.end = v.start.Add(w.service.Duration)
			}
		}
		if oneIn(t, 2, "hold") {
			v.until = w.now.Add(time.Duration(pick(t, "until", -2, 2)) * time.Second).Truncate(time.Second)
		}
		if !slices.ContainsFunc(w.taken, func(o takenTime) bool {
			return o.counter == v.counter && o.start.Before(v.end) && v.start.Before(o.end)
		}) {
			w.taken = append(w.taken, v)
		}
	}
	return w
}

func (w *world) drawClosure(t *rapid.T, id string, date func(string) string) Closure {
	c := Closure{ID: id, Institution: "court", First: date("closed from"), Last: date("closed to")}
	if c.Last < c.First {
		c.First, c.Last = c.Last, c.First
	}
	switch pick(t, "scope", 0, 4) {
	case 0:
		c.Staff = oneOf(t, "absent", "amina", "karim")
	case 1, 2:
		c.Counter = "counter0"
	}
	if pick(t, "part of day", 0, 3) > 0 {
		from := pick(t, "closed from", 0, 280) * 5
		to := pick(t, "closed until", from/5+1, 288) * 5
		c.From, c.To = fmt.Sprintf("%02d:%02d", from/60, from%60), fmt.Sprintf("%02d:%02d", to/60, to%60)
	}
	return c
}

// write puts the world into a store in place of the one before.
func (w *world) write(s *Store) error {
	return s.update("", func(t *tx) error {
		for _, b := range []bucket{institutions, services, counters, closures, occupied, appointments, docket} {
			var keys []string
			for key := range t.list(b, "") {
				keys = append(keys, key)
			}
			for _, key := range keys {
				t.delete(b, key)
			}
		}
		t.putJSON(institutions, w.institution.ID, w.institution)
		t.putJSON(services, w.service.ID, w.service)
		for _, id := range []string{"amina", "karim"} {
			t.putJSON(accounts, id, Account{ID: id, Institution: "court", Name: id})
		}
		for _, c := range w.counters {
			t.putJSON(counters, c.ID, c)
		}
		for _, c := range w.closures {
			t.putJSON(closures, c.ID, c)
		}
		for _, v := range w.taken {
			o := occupancy{end: v.end, appointment: "a"}
			if !v.until.IsZero() {
				o = occupancy{end: v.end, until: v.until, hold: "h"}
			}
			t.put(occupied, v.counter+"/"+moment(v.start), []byte(o.String()))
		}
		t.log(Entry{Kind: "written"})
		return nil
	})
}

// writeAppointments makes an appointment of each time that is taken, some at no counter.
func (w *world) writeAppointments(t *rapid.T, s *Store) (all []Appointment) {
	w.service.Hidden = true // nothing else is asked of it
	taken := w.taken
	if w.taken = nil; w.write(s) != nil {
		t.Fatal("cannot write")
	}
	err := s.update("", func(x *tx) error {
		for _, v := range taken {
			a := Appointment{ID: newID(), InstitutionID: "court", ServiceID: "service", CounterID: v.counter, State: StateConfirmed,
				Start: Civil{Instant: v.start, Zone: w.zone}, Duration: v.end.Sub(v.start)}
			if pick(t, "nowhere", 0, 4) == 0 {
				a.CounterID = ""
			}
			x.putAppointment(&a)
			all = append(all, a)
		}
		x.log(Entry{Kind: "booked"})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
