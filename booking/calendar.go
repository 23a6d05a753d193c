package booking

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"time"
)

// Slot is a time at which a service can be booked.
type Slot struct {
	Start Civil
	Free  int // counters that are free then
}

// Free returns the slots of a service that start in [from, to) and can be booked now, by start: notice, horizon,
// openings, closures, holds and appointments considered. Nothing for what is hidden. ErrNotFound.
func (s *Store) Free(service string, from, to time.Time) (slots []Slot, err error) {
	err = s.view(func(t *tx) error {
		var v Service
		if err := t.mustRead(services, service, "service", &v); err != nil {
			return err
		}
		c, err := t.calendar(v.Institution)
		if err != nil || v.Hidden || c.institution.Hidden {
			return err
		}
		free := map[int64]int{}
		err = t.vacancies(c, v, c.window(v, t.now).within(from, to), nil, func(_ Counter, start int64) { free[start]++ })
		for start, n := range free {
			slots = append(slots, Slot{c.civil(start), n})
		}
		slices.SortFunc(slots, func(a, b Slot) int { return a.Start.Instant.Compare(b.Start.Instant) })
		return err
	})
	return slots, err
}

// calendar is what the slots of one institution follow from, as it stands in one transaction.
type calendar struct {
	institution Institution
	zone        *time.Location
	tzdb        string
	counters    []Counter // by id
	closures    []Closure
	days        map[time.Time]day // those looked at, by midnight in UTC
}

func (t *tx) calendar(institution string) (*calendar, error) {
	c := &calendar{tzdb: TZDBVersion(), days: map[time.Time]day{}}
	err := t.mustRead(institutions, institution, "institution", &c.institution)
	if err != nil {
		return nil, err
	}
	if c.zone, err = Zone(c.institution.Zone); err != nil {
		return nil, err
	}
	c.counters, err = records(t, counters, func(v Counter) bool { return v.Institution == institution }, func(v Counter) string { return v.ID })
	if err != nil {
		return nil, err
	}
	c.closures, err = records(t, closures, func(v Closure) bool { return v.Institution == institution }, func(v Closure) string { return v.ID })
	return c, err
}

// mustRead reads a record that must be there. ErrNotFound.
func (t *tx) mustRead(b bucket, id, what string, v any) error {
	found, err := t.getJSON(b, id, v)
	if err == nil && !found {
		err = fmt.Errorf("%s %w", what, ErrNotFound)
	}
	return err
}

func (c *calendar) day(midnight time.Time) day {
	d, ok := c.days[midnight]
	if !ok {
		d = dayOn(midnight, c.zone)
		c.days[midnight] = d
	}
	return d
}

// date returns the midnight in UTC of the date that clocks of the institution show at a time.
func (c *calendar) date(at time.Time) time.Time {
	year, month, day := at.In(c.zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func (c *calendar) civil(start int64) Civil {
	at := time.Unix(start, 0).UTC()
	return Civil{Local: at.In(c.zone).Format(civilLayout), Zone: c.institution.Zone, TZDB: c.tzdb, Instant: at}
}

// window is where slots may start: from an instant to before another, and on dates up to the last.
type window struct {
	from, to int64
	last     time.Time // midnight in UTC
}

// window is what a service offers at now: not before its notice, and today and the days of its horizon.
func (c *calendar) window(v Service, now time.Time) window {
	from := now.Add(v.Notice + time.Second - 1).Unix() // a whole second: the first that is not before it
	last := c.date(now).AddDate(0, 0, v.Horizon)
	return window{from, last.Add(48 * time.Hour).Unix(), last}
}

// within narrows a window to [from, to).
func (w window) within(from, to time.Time) window {
	w.from = max(w.from, from.Add(time.Second-1).Unix())
	w.to = min(w.to, to.Add(time.Second-1).Unix())
	return w
}

// dates returns the dates of a window. One more on each side, because clocks may come back to a date.
func (c *calendar) dates(w window) (all []day) {
	if w.from >= w.to {
		return nil
	}
	last := c.date(time.Unix(w.to, 0)).AddDate(0, 0, 1)
	for at := c.date(time.Unix(w.from, 0)).AddDate(0, 0, -1); !at.After(last) && !at.After(w.last); at = at.AddDate(0, 0, 1) {
		all = append(all, c.day(at))
	}
	return all
}

// vacancies yields each start of a service in a window at each counter that is free then, by counter and then by start.
// What own names takes no time.
func (t *tx) vacancies(c *calendar, v Service, w window, own func(occupancy) bool, yield func(Counter, int64)) error {
	days := c.dates(w)
	length := int64(v.Duration / time.Second)
	var known []plan // of counters before, whose starts need not be found again
	var starts [][]int64
	for _, counter := range c.counters {
		if !counter.offers(v.ID) {
			continue
		}
		p := planOf(counter, c.closures)
		i := slices.IndexFunc(known, p.equal)
		if i < 0 {
			i = len(known)
			known, starts = append(known, p), append(starts, p.startsWithin(days, v.Duration, w))
		}
		if len(starts[i]) == 0 {
			continue
		}
		busy, err := t.taken(counter.ID, w.from, w.to+length, own)
		if err != nil {
			return err
		}
		for _, start := range starts[i] {
			for len(busy) > 0 && busy[0].to <= start {
				busy = busy[1:]
			}
			if len(busy) == 0 || busy[0].from >= start+length {
				yield(counter, start)
			}
		}
	}
	return nil
}

// startsWithin returns the starts of several dates that lie in a window.
func (p plan) startsWithin(days []day, duration time.Duration, w window) (all []int64) {
	for _, d := range days {
		for _, start := range p.starts(d, duration) {
			if start >= w.from && start < w.to {
				all = append(all, start)
			}
		}
	}
	slices.Sort(all)
	return all
}

// offered returns the counters where a slot of the service starts at this time and is free now, those with the fewest
// appointments around that time first and equals in an order that changes with the start, so that load spreads; and the
// start in civil time. What own names takes no time, it may be nil. ErrNotFound when no counter offers the slot,
// ErrSlotTaken when all that do are taken.
func (t *tx) offered(v Service, start time.Time, own func(occupancy) bool) ([]string, Civil, error) {
	c, err := t.calendar(v.Institution)
	if err != nil {
		return nil, Civil{}, err
	}
	w := c.window(v, t.now).within(start, start.Add(time.Second))
	days, slot := c.dates(w), stretch{start.Unix(), start.Add(v.Duration).Unix()}
	var ids []string
	load := map[string]int{}
	found := false
	for _, counter := range c.counters {
		if v.Hidden || c.institution.Hidden || !counter.offers(v.ID) {
			continue
		}
		if !slices.Contains(planOf(counter, c.closures).startsWithin(days, v.Duration, w), slot.from) {
			continue
		}
		found = true
		busy, err := t.taken(counter.ID, slot.from-86400/2, slot.to+86400/2, own)
		if err != nil {
			return nil, Civil{}, err
		}
		if !meet(busy, slot) {
			ids, load[counter.ID] = append(ids, counter.ID), len(busy)
		}
	}
	if !found || start.Nanosecond() != 0 {
		return nil, Civil{}, fmt.Errorf("slot %w", ErrNotFound)
	}
	if len(ids) == 0 {
		return nil, Civil{}, ErrSlotTaken
	}
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(load[a], load[b]), cmp.Compare(lot(a, slot.from), lot(b, slot.from)))
	})
	return ids, c.civil(slot.from), nil
}

// lot orders counters otherwise for each start.
func lot(counter string, start int64) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s", start, counter)
	return h.Sum64()
}
