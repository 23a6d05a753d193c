package booking

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// What a change of the calendar touches is told before anything is changed. Appointments keep the rules that they were
// booked under, so only time counts here: a counter or service that takes no new bookings keeps those it has.

// Impact is what a change of calendar or rules would touch: appointments still to come that it would leave outside.
type Impact struct {
	Touched []Appointment // by start
	Digest  string        // of what the page showed; Treatment brings it back. "" when nothing is touched
}

func impactOf(touched []Appointment) Impact {
	slices.SortFunc(touched, func(a, b Appointment) int {
		return cmp.Or(a.Start.Instant.Compare(b.Start.Instant), cmp.Compare(a.ID, b.ID))
	})
	i := Impact{Touched: touched}
	if len(touched) > 0 {
		h := sha256.New()
		for _, a := range touched {
			fmt.Fprintf(h, "%s %d\n", a.ID, a.Version)
		}
		i.Digest = hex.EncodeToString(h.Sum(nil)[:16])
	}
	return i
}

// CounterImpact is what would be touched if the counter became c: appointments there that lie within its openings, and
// would not any more, or that a closure would fall on because another one holds them. FieldErrors, ErrNotFound.
func (s *Store) CounterImpact(c Counter) (i Impact, err error) {
	if err := c.validate(); err != nil {
		return Impact{}, err
	}
	err = s.view(func(t *tx) error {
		i, err = t.counterImpact(c)
		return err
	})
	return i, err
}

func (t *tx) counterImpact(c Counter) (Impact, error) {
	if c.ID == "" {
		return Impact{}, nil
	}
	var old Counter
	if err := t.mustRead(counters, c.ID, "counter", &old); err != nil {
		return Impact{}, err
	}
	before, err := t.calendar(old.Institution)
	if err != nil {
		return Impact{}, err
	}
	c.Institution = old.Institution
	touched, err := t.touched(before, old, planOf(old, before.closures), planOf(c, before.closures), t.now, forever)
	return impactOf(touched), err
}

// ClosureImpact is what would be touched if these were entered, or one that is there changed to this: appointments that
// they fall on and no closure did before, whether or not they lie within openings; of a closure of everything also those
// at no counter. All are of one institution. FieldErrors, ErrNotFound.
func (s *Store) ClosureImpact(all ...Closure) (i Impact, err error) {
	for _, c := range all {
		if err := c.validate(); err != nil {
			return Impact{}, err
		}
	}
	err = s.view(func(t *tx) error {
		i, err = t.closureImpact(all)
		return err
	})
	return i, err
}

func (t *tx) closureImpact(all []Closure) (Impact, error) {
	institution := ""
	for i, c := range all {
		if c.ID != "" {
			var old Closure
			if err := t.mustRead(closures, c.ID, "closure", &old); err != nil {
				return Impact{}, err
			}
			c.Institution = old.Institution
		}
		if i > 0 && c.Institution != institution {
			return Impact{}, FieldErrors{{"institution", "invalid"}}
		}
		institution = c.Institution
	}
	if len(all) == 0 {
		return Impact{}, nil
	}
	before, err := t.calendar(institution)
	if err != nil {
		return Impact{}, err
	}
	after, from, to := replaced(before.closures, all)
	var touched []Appointment
	for _, counter := range append(before.counters, Counter{Institution: institution}) {
		p, q := planOf(counter, before.closures), planOf(counter, after)
		if p.equal(q) {
			continue
		}
		there, err := t.touched(before, counter, p, q, from, to)
		if err != nil {
			return Impact{}, err
		}
		touched = append(touched, there...)
	}
	return impactOf(touched), nil
}

// replaced returns the closures with some entered or changed, and when an appointment starts that these may fall on.
func replaced(old, some []Closure) (all []Closure, from, to time.Time) {
	all = slices.Clone(old)
	from = forever
	for _, c := range some {
		if c.ID != "" {
			all = slices.DeleteFunc(all, func(o Closure) bool { return o.ID == c.ID })
		}
		all = append(all, c)
		first, _ := time.Parse(dateLayout, c.First)
		last, _ := time.Parse(dateLayout, c.Last)
		if begin := first.Add(-24*time.Hour - longest); begin.Before(from) {
			from = begin
		}
		if end := last.Add(48 * time.Hour); end.After(to) {
			to = end
		}
	}
	return all, from, to
}

// forever is later than any appointment.
var forever = time.Unix(1<<40, 0)

// touched returns the appointments to come at a counter, or at none for a Counter without ID, that start in [from, to)
// and that a change of its hours from p to q leaves outside.
func (t *tx) touched(c *calendar, counter Counter, p, q plan, from, to time.Time) (all []Appointment, err error) {
	ids := t.idsAt(counter.ID, from, to)
	if counter.ID == "" {
		ids, err = t.idsNowhere(c, from, to)
	}
	if err != nil {
		return nil, err
	}
	for id, at := range ids {
		if !touches(p, q, c.daysOf(at), at) {
			continue
		}
		a, err := t.appointment(id)
		if err != nil {
			return nil, err
		}
		if a.isToCome(t.now) {
			all = append(all, a)
		}
	}
	return all, nil
}

// touches reports whether a change of hours from p to q leaves an appointment outside: it lay within openings and does
// not any more, or lies in a closure and did not before. days are those that it touches.
func touches(p, q plan, days []day, at stretch) bool {
	lies := func(p plan) (open, closed bool) {
		var hours, shut []stretch
		for _, d := range days {
			hours, shut = append(hours, p.open(d)...), append(shut, p.closed(d)...)
		}
		return contain(joined(hours), at), meet(shut, at)
	}
	wasOpen, wasClosed := lies(p)
	isOpen, isClosed := lies(q)
	return wasOpen && !isOpen || isClosed && !wasClosed
}

// daysOf returns the dates that clocks show from the beginning to the end of some time.
func (c *calendar) daysOf(at stretch) (all []day) {
	first, last := c.date(time.Unix(at.from, 0)), c.date(time.Unix(at.to-1, 0))
	if last.Before(first) { // clocks went back over midnight
		first, last = last, first
	}
	for ; !first.After(last); first = first.AddDate(0, 0, 1) {
		all = append(all, c.day(first))
	}
	return all
}

// idsAt returns the appointments that take a counter with a start in [from, to), and the time they take.
func (t *tx) idsAt(counter string, from, to time.Time) map[string]stretch {
	ids := map[string]stretch{}
	prefix := counter + "/"
	for key, value := range t.listFrom(occupied, prefix, prefix+moment(from)) {
		began := readMoment(key[len(prefix):])
		if !began.Before(to) {
			break
		}
		if o, err := readOccupancy(value); err != nil && t.err == nil {
			t.err = err
		} else if o.appointment != "" {
			ids[o.appointment] = stretch{began.Unix(), o.end.Unix()}
		}
	}
	return ids
}

// idsNowhere is idsAt for the appointments of the institution that take no counter.
func (t *tx) idsNowhere(c *calendar, from, to time.Time) (map[string]stretch, error) {
	placed := map[string]stretch{}
	for _, counter := range c.counters {
		for id, at := range t.idsAt(counter.ID, from, to) {
			placed[id] = at
		}
	}
	ids := map[string]stretch{}
	prefix := c.institution.ID + "/"
	for key := range t.listFrom(docket, prefix, prefix+moment(from)) {
		at, id := key[len(prefix):len(prefix)+8], key[len(prefix)+8:]
		if !readMoment(at).Before(to) {
			break
		}
		if _, ok := placed[id]; ok {
			continue
		}
		a, err := t.appointment(id)
		if err != nil {
			return nil, err
		}
		if a.CounterID == "" {
			ids[id] = stretch{a.Start.Instant.Unix(), a.Start.Instant.Add(a.Duration).Unix()}
		}
	}
	return ids, nil
}

// isToCome reports whether a still takes place and has not begun, by its time and by its people.
func (a Appointment) isToCome(now time.Time) bool {
	return a.State.Live() && a.Closed.IsZero() && a.Started.IsZero() && a.Start.Instant.After(now)
}
