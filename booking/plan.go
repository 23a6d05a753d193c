package booking

import (
	"cmp"
	"slices"
	"time"
)

// The pure part of the calendar: which starts the hours of a counter give on one date. Everything is decided on what
// clocks show, because people agree on that: a slot is offered when every minute of it shows a time within its opening
// and within no closure. Instants are Unix seconds here, of which a month needs tens of thousands.

// day is one date on the clocks of a place: the time in which they show it, in order. One span on most days, two when
// clocks change, none where a date is skipped.
type day struct {
	date    string
	weekday time.Weekday
	spans   []span
}

// span is time in which clocks run without a jump; at from they show second wall of the day.
type span struct{ from, to, wall int64 }

// stretch is time from one instant to before another.
type stretch struct{ from, to int64 }

// dayOn returns the date of midnight, a time in UTC, on the clocks of loc.
func dayOn(midnight time.Time, loc *time.Location) day {
	d := day{date: midnight.Format(dateLayout), weekday: midnight.Weekday()}
	zero := midnight.Unix()
	at, last := midnight.Add(-36*time.Hour).In(loc), midnight.Add(60*time.Hour)
	for {
		_, offset := at.Zone()
		_, next := at.ZoneBounds()
		end := last
		if !next.IsZero() && next.Before(last) {
			end = next
		}
		from, to := max(at.Unix(), zero-int64(offset)), min(end.Unix(), zero+86400-int64(offset))
		if from < to {
			d.spans = append(d.spans, span{from, to, from + int64(offset) - zero})
		}
		if end.Equal(last) {
			return d
		}
		at = next
	}
}

// first returns the first instant at which clocks show a second of the day; none when they skip it.
func (d day) first(second int64) (int64, bool) {
	for _, s := range d.spans {
		if at := s.from + second - s.wall; at >= s.from && at < s.to {
			return at, true
		}
	}
	return 0, false
}

// shown returns the time in which clocks show from, to before to, both "15:04"; joined where no time lies between.
func (d day) shown(from, to string) []stretch {
	first, last := secondOf(from), secondOf(to)
	var all []stretch
	for _, s := range d.spans {
		if p := (stretch{max(s.from, s.from+first-s.wall), min(s.to, s.from+last-s.wall)}); p.from < p.to {
			all = append(all, p)
		}
	}
	return joined(all)
}

func secondOf(clock string) int64 {
	m, _ := minutes(clock)
	return int64(m) * 60
}

// joined returns the same time in as few stretches as possible, in order.
func joined(all []stretch) []stretch {
	if len(all) < 2 {
		return all
	}
	slices.SortFunc(all, func(a, b stretch) int { return cmp.Compare(a.from, b.from) })
	out := all[:1]
	for _, p := range all[1:] {
		if end := &out[len(out)-1]; p.from <= end.to {
			end.to = max(end.to, p.to)
		} else {
			out = append(out, p)
		}
	}
	return out
}

// contain reports whether one of all, which are joined, covers the whole of p.
func contain(all []stretch, p stretch) bool {
	return slices.ContainsFunc(all, func(s stretch) bool { return s.from <= p.from && p.to <= s.to })
}

// meet reports whether one of all shares time with p.
func meet(all []stretch, p stretch) bool {
	return slices.ContainsFunc(all, func(s stretch) bool { return s.from < p.to && p.from < s.to })
}

// plan is the hours of a counter: its openings, and the closures that concern it.
type plan struct {
	openings []Opening
	closures []Closure
}

// planOf picks the closures of the institution that concern c.
func planOf(c Counter, all []Closure) plan {
	p := plan{openings: c.Openings}
	for _, x := range all {
		if x.concerns(c) {
			p.closures = append(p.closures, x)
		}
	}
	return p
}

// concerns reports whether the closure closes this counter.
func (c Closure) concerns(counter Counter) bool {
	return c.Institution == counter.Institution &&
		(c.Counter == "" || c.Counter == counter.ID) && (c.Staff == "" || c.Staff == counter.Host)
}

// equal reports whether two counters surely have the same hours.
func (p plan) equal(q plan) bool {
	return slices.Equal(p.openings, q.openings) &&
		slices.EqualFunc(p.closures, q.closures, func(a, b Closure) bool {
			return a.First == b.First && a.Last == b.Last && a.From == b.From && a.To == b.To
		})
}

// openingsOn returns the openings of a date. Where an opening stands instead of the ordinary ones they do not count,
// also on a weekday on which it is not open.
func (p plan) openingsOn(d day) []Opening {
	var ordinary, instead []Opening
	replaced := false
	for _, o := range p.openings {
		switch {
		case o.First != "" && d.date < o.First || o.Last != "" && d.date > o.Last:
		case o.Instead:
			replaced = true
			if o.Weekdays[d.weekday] {
				instead = append(instead, o)
			}
		case o.Weekdays[d.weekday]:
			ordinary = append(ordinary, o)
		}
	}
	if replaced {
		return instead
	}
	return ordinary
}

// open returns the time of a date within openings, whatever is closed.
func (p plan) open(d day) []stretch {
	var all []stretch
	for _, o := range p.openingsOn(d) {
		all = append(all, d.shown(o.From, o.To)...)
	}
	return joined(all)
}

// closed returns the time of a date within closures.
func (p plan) closed(d day) []stretch {
	var all []stretch
	for _, c := range p.closures {
		switch {
		case d.date < c.First || d.date > c.Last:
		case c.From == "":
			all = append(all, d.shown("00:00", "24:00")...)
		default:
			all = append(all, d.shown(c.From, c.To)...)
		}
	}
	return joined(all)
}

// starts returns when slots of a duration start on a date, in order, each once. They follow one another on the clock from
// the beginning of each opening. A time that clocks skip is no start, of one that they show twice the first is.
func (p plan) starts(d day, duration time.Duration) []int64 {
	closed := p.closed(d)
	length := int64(duration / time.Second)
	var all []int64
	for _, o := range p.openingsOn(d) {
		hours, last := d.shown(o.From, o.To), secondOf(o.To)
		for second := secondOf(o.From); second < last; second += length {
			at, ok := d.first(second)
			slot := stretch{at, at + length}
			if ok && contain(hours, slot) && !meet(closed, slot) {
				all = append(all, at)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
