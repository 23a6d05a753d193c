package booking

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"
)

// The staff is bound to no openings and may put an appointment where it likes. What speaks against a place is told before,
// and forbids nothing.

// Concern is something that speaks against a time and place.
type Concern struct {
	Code        string // one of the Concern codes
	Host        string // account that is busy or absent
	Appointment string // id of the one that the host holds then
	Closure     Closure
}

// Codes of a Concern.
const (
	ConcernPast   = "past"   // the time is over already
	ConcernBusy   = "busy"   // the host holds another appointment then
	ConcernAbsent = "absent" // the host is away
	ConcernClosed = "closed" // the institution or the counter is
)

// Proposal is where an appointment is to take place, and who is to hold it.
type Proposal struct {
	Institution string
	Place
	Duration    time.Duration
	Host        string // account; "" is the host of the counter, for one that is moved who holds it after that
	Appointment string // id of the one that is to be moved; "" is a new one
}

// Concerns returns what speaks against a proposal. Nothing for a place that cannot be had, and of what is over: the deed itself refuses it.
// ErrNotFound without such an institution or appointment.
func (s *Store) Concerns(p Proposal) (all []Concern, err error) {
	err = s.view(func(t *tx) error {
		c, err := t.calendar(p.Institution)
		if err != nil {
			return err
		}
		var a Appointment
		if p.Appointment != "" {
			if a, err = t.appointment(p.Appointment); err != nil || !a.State.Live() || !a.Closed.IsZero() {
				return err
			}
		}
		if err := t.chooseCounter(a, &p.Place); errors.Is(err, ErrSlotTaken) {
			return nil
		} else if err != nil {
			return err
		}
		counter := c.counter(p.Counter)
		p.Host = cmp.Or(p.Host, hostAt(a, c.counter(a.CounterID), counter))
		held, err := t.heldBy(p.Host, p.Start.Instant.Add(-longest), p.Start.Instant.Add(p.Duration))
		if err != nil {
			return err
		}
		all = p.concerns(t.now, c, counter, held)
		return nil
	})
	return all, err
}

// counter returns the counter with this id, or one of the institution that is none.
func (c *calendar) counter(id string) Counter {
	for _, v := range c.counters {
		if v.ID == id {
			return v
		}
	}
	return Counter{Institution: c.institution.ID}
}

// hostAt is who holds a at another counter, as changeHost has it; of a new one the host of the counter.
func hostAt(a Appointment, before, after Counter) string {
	for _, p := range a.Participants {
		if p.Role.Hosts() && p.Removed.IsZero() {
			if p.Staff != before.Host || before.ID == after.ID {
				return p.Staff
			}
		}
	}
	return after.Host
}

// heldBy returns the appointments that an account is to hold and that start in [from, to).
func (t *tx) heldBy(account string, from, to time.Time) (all []Appointment, err error) {
	if account == "" {
		return nil, nil
	}
	prefix := account + "/"
	for key := range t.listFrom(assigned, prefix, prefix+moment(from)) {
		at, id := readMoment(strings.TrimPrefix(key, prefix)[:8]), key[len(prefix)+8:]
		if !at.Before(to) {
			break
		}
		a, err := t.appointment(id)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// concerns weighs a proposal against the clock, what its host holds and what is closed then.
func (p Proposal) concerns(now time.Time, c *calendar, counter Counter, held []Appointment) (all []Concern) {
	start, end := p.Start.Instant, p.Start.Instant.Add(p.Duration)
	if !start.After(now) {
		all = append(all, Concern{Code: ConcernPast})
	}
	for _, a := range held {
		live := a.State.Live() && a.Closed.IsZero() && a.ID != p.Appointment
		if live && a.Start.Instant.Before(end) && a.End().After(start) {
			all = append(all, Concern{Code: ConcernBusy, Host: p.Host, Appointment: a.ID})
		}
	}
	at := stretch{start.Unix(), end.Unix()}
	days := c.daysOf(at)
	for _, x := range c.closures {
		shut := plan{closures: []Closure{x}}
		if !slices.ContainsFunc(days, func(d day) bool { return meet(shut.closed(d), at) }) {
			continue
		}
		switch {
		case x.Staff != "" && x.Staff == p.Host:
			all = append(all, Concern{Code: ConcernAbsent, Host: p.Host, Closure: x})
		case x.Staff == "" && x.concerns(counter):
			all = append(all, Concern{Code: ConcernClosed, Closure: x})
		}
	}
	return all
}
