package booking

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The slots are checked against a model that knows no arithmetic of days: it walks through time minute by minute and
// looks at what the clock on the wall shows.

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

// at returns what the clocks show.
func (w *world) at(m time.Time) wall {
	v, ok := w.walls[m]
	if !ok {
		local := m.In(w.loc).Format(civilLayout)
		v = wall{local[:10], local[11:]}
		w.walls[m] = v
	}
	return v
}

func hourMinute(clock string) int {
	var h, m int
	fmt.Sscanf(clock, "%d:%d", &h, &m)
	return h*60 + m
}

// opens reports whether an opening of c is in force on a date.
func (w *world) opens(c Counter, o Opening, date string) bool {
	inForce := func(o Opening) bool { return (o.First == "" || o.First <= date) && (o.Last == "" || date <= o.Last) }
	for _, other := range c.Openings {
		if other.Instead && inForce(other) && !o.Instead {
			return false
		}
	}
	d, _ := time.Parse(dateLayout, date)
	return inForce(o) && o.Weekdays[d.Weekday()]
}

func (w *world) closes(c Counter, at wall) bool {
	for _, x := range w.closures {
		if (x.Counter == "" || x.Counter == c.ID) && (x.Staff == "" || x.Staff == c.Host) &&
			x.First <= at.date && at.date <= x.Last && (x.From == "" || x.From <= at.clock && at.clock < x.To) {
			return true
		}
	}
	return false
}

// free reports whether a slot starts in this minute at a counter and can be booked.
func (w *world) free(c Counter, start time.Time) bool {
	first := w.at(start)
	if start.Before(w.now.Add(w.service.Notice)) || c.Hidden {
		return false
	}
	today, _ := time.Parse(dateLayout, w.now.In(w.loc).Format(dateLayout))
	if first.date > today.AddDate(0, 0, w.service.Horizon).Format(dateLayout) {
		return false
	}
	end := start.Add(w.service.Duration)
	inHours := slices.ContainsFunc(c.Openings, func(o Opening) bool {
		if !w.opens(c, o, first.date) || (hourMinute(first.clock)-hourMinute(o.From))%int(w.service.Duration/time.Minute) != 0 {
			return false
		}
		for m := start; m.Before(end); m = m.Add(time.Minute) {
			if at := w.at(m); at.date != first.date || at.clock < o.From || at.clock >= o.To {
				return false
			}
		}
		return true
	})
	if !inHours {
		return false
	}
	for before := start.Add(-26 * time.Hour); before.Before(start); before = before.Add(time.Minute) {
		if w.at(before) == first {
			return false // the clocks showed it before
		}
	}
	for m := start; m.Before(end); m = m.Add(time.Minute) {
		if w.closes(c, w.at(m)) {
			return false
		}
		for _, v := range w.taken {
			if v.counter == c.ID && !m.Before(v.start) && m.Before(v.end) && (v.until.IsZero() || w.now.Before(v.until)) {
				return false
			}
		}
	}
	return true
}

func TestSlotsAreThoseOfTheModel(t *testing.T) {
	s, c := newStore(t)
	s.db.NoSync = true
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		if c.now = w.now; w.write(s) != nil {
			t.Fatal("cannot write")
		}
		from := w.now.Add(time.Duration(oneOf(t, "look from", -10, -10, 0, 7)) * time.Hour)
		to := from.Add(oneOf(t, "look for", -time.Minute, 100*time.Minute, 24*time.Hour, 60*time.Hour, 60*time.Hour, 60*time.Hour))
		want, at := map[string]int{}, map[string][]string{}
		for m := from.Truncate(time.Minute); m.Before(to); m = m.Add(time.Minute) {
			for _, c := range w.counters {
				if !m.Before(from) && w.free(c, m) {
					name := m.Format(time.RFC3339)
					want[name]++
					at[name] = append(at[name], c.ID)
				}
			}
		}
		slots, err := s.Free("service", from, to)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for i, slot := range slots {
			got[slot.Start.Instant.Format(time.RFC3339)] = slot.Free
			if again, err := NewCivil(slot.Start.Local, w.zone); err != nil || again != slot.Start {
				t.Fatalf("slot %+v is not %+v, %v", slot.Start, again, err)
			}
			if i > 0 && !slots[i-1].Start.Instant.Before(slot.Start.Instant) {
				t.Fatalf("%v is not in order", slots)
			}
		}
		if !maps.Equal(got, want) {
			t.Fatalf("now %s in %s, from %s to %s\n%+v\n%+v\n%+v\n%+v\ngot  %v\nwant %v", w.now, w.zone, from, to, w.service, w.counters, w.closures, w.taken, got, want)
		}
		w.checkOffered(t, s, slices.Sorted(maps.Keys(want)), at)
	})
}

// checkOffered compares the counters that one of the slots, and the minute after, can be held at.
func (w *world) checkOffered(t *rapid.T, s *Store, starts []string, at map[string][]string) {
	if len(starts) == 0 {
		return
	}
	start, _ := time.Parse(time.RFC3339, oneOf(t, "held", starts...))
	err := s.view(func(x *tx) error {
		ids, civil, err := x.offered(w.service, start, nil)
		slices.Sort(ids)
		if want := at[start.Format(time.RFC3339)]; !slices.Equal(ids, want) || !civil.Instant.Equal(start) {
			t.Fatalf("%s is offered at %v as %+v, want %v", start, ids, civil, want)
		}
		if err != nil {
			return err
		}
		if ids, _, err := x.offered(w.service, start.Add(time.Second), nil); err == nil {
			t.Fatalf("a second later than %s is offered at %v", start, ids)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// An impact is what minute by minute lay within hours, and does not any more, or lies in a closure, and did not before.
func TestAChangeOfHoursTouchesThoseOfTheModel(t *testing.T) {
	s, c := newStore(t)
	s.db.NoSync = true
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		if c.now = w.now; w.write(s) != nil {
			t.Fatal("cannot write")
		}
		booked := w.writeAppointments(t, s)
		before := w.lies(booked)
		var got Impact
		var err error
		if rapid.Bool().Draw(t, "closure") {
			change := w.drawClosure(t, "", func(label string) string {
				return w.at(w.now.Add(time.Duration(pick(t, label, 0, 48)) * time.Hour)).date
			})
			change.Name = nil
			got, err = s.ClosureImpact(change)
			w.closures = append(w.closures, change)
		} else {
			counter := w.counters[0]
			counter.Name = "Guichet"
			counter.Host = oneOf(t, "new host", "", "amina", "karim")
			counter.Openings = drawWorld(t).counters[0].Openings
			got, err = s.CounterImpact(counter)
			w.counters[0] = counter
		}
		if err != nil {
			t.Fatal(err)
		}
		after := w.lies(booked)
		var want, ids []string
		for _, a := range booked {
			b, n := before[a.ID], after[a.ID]
			if a.isToCome(w.now) && (b[0] && !n[0] || n[1] && !b[1]) {
				want = append(want, a.ID)
			}
		}
		for _, a := range got.Touched {
			ids = append(ids, a.ID)
		}
		slices.Sort(ids)
		slices.Sort(want)
		if !slices.Equal(ids, want) || (got.Digest == "") != (len(want) == 0) {
			t.Fatalf("in %s %+v %+v %+v: touched %v, want %v, digest %q", w.zone, w.counters, w.closures, booked, ids, want, got.Digest)
		}
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

// lies tells of each appointment whether all of it is in openings of its counter, and whether some of it is in a closure.
func (w *world) lies(all []Appointment) map[string][2]bool {
	out := map[string][2]bool{}
	for _, a := range all {
		c := Counter{}
		if i := slices.IndexFunc(w.counters, func(c Counter) bool { return c.ID == a.CounterID }); i >= 0 {
			c = w.counters[i]
		}
		open, closed := true, false
		for m := a.Start.Instant; m.Before(a.Start.Instant.Add(a.Duration)); m = m.Add(time.Minute) {
			at := w.at(m)
			open = open && slices.ContainsFunc(c.Openings, func(o Opening) bool {
				return w.opens(c, o, at.date) && o.From <= at.clock && at.clock < o.To
			})
			closed = closed || w.closes(c, at)
		}
		out[a.ID] = [2]bool{open, closed}
	}
	return out
}
