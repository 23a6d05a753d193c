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
