package booking

import (
	"errors"
	"slices"
	"time"
)

// How an appointment gets another time: moved, it stays the same appointment; adjourned, another one takes its place.

// Place is when and at which counter an appointment takes place.
type Place struct {
	Start   Civil
	Counter string // id, AnyCounter, or "" for none, which nothing can be booked against
}

// AnyCounter as the counter of a Place lets the books choose one at which the service is open and free then, the
// present one before others.
const AnyCounter = "any"

// Move gives an appointment another time and counter; reference and links stay. The staff is not bound to openings, but
// a counter has one appointment at a time, a live hold included, and a person one with a service. ErrSlotTaken,
// *AlreadyBooked, *Refused when it is over or has begun, FieldErrors.
func (s *Store) Move(id string, to Place, why Why, actor string) (Appointment, error) {
	if err := why.validate(); err != nil {
		return Appointment{}, err
	}
	return s.change(id, actor, func(t *tx, a *Appointment) error {
		if r := a.over(); r != ReasonNone && r != ReasonRequested {
			return &Refused{Decision{Reason: r}}
		}
		if !a.Started.IsZero() {
			return &Refused{Decision{Reason: ReasonTooLate}}
		}
		if err := t.chooseCounter(*a, &to); err != nil {
			return err
		}
		if a.Start == to.Start && a.CounterID == to.Counter {
			return nil
		}
		if err := t.vacant(*a, to); err != nil {
			return err
		}
		a.Reason, a.Remark = why.Code, why.Text
		t.logWhy(Entry{Kind: "moved", Appointment: a.ID}, why)
		return t.relocate(a, to.Start, to.Counter)
	})
}

// chooseCounter puts a counter in the place of AnyCounter. ErrSlotTaken when the service is not offered then, or no longer.
func (t *tx) chooseCounter(a Appointment, to *Place) error {
	if to.Counter != AnyCounter {
		return nil
	}
	var v Service
	if found, err := t.getJSON(services, a.ServiceID, &v); err != nil {
		return err
	} else if !found {
		return ErrSlotTaken
	}
	free, _, err := t.offered(v, to.Start.Instant, a.owns)
	if errors.Is(err, ErrNotFound) {
		return ErrSlotTaken
	}
	if err != nil {
		return err
	}
	if to.Counter = free[0]; slices.Contains(free, a.CounterID) {
		to.Counter = a.CounterID
	}
	return nil
}

// vacant returns nil when a could take place there: FieldErrors with start or counter, ErrSlotTaken.
func (t *tx) vacant(a Appointment, to Place) error {
	var bad FieldErrors
	if _, err := Zone(to.Start.Zone); err != nil {
		bad.add("zone", "unknown")
	} else if !to.Start.consistent() {
		bad.add("start", "invalid")
	} else if !to.Start.Instant.After(t.now) {
		bad.add("start", "past")
	}
	if to.Counter != "" {
		var c Counter
		found, err := t.getJSON(counters, to.Counter, &c)
		if err != nil {
			return err
		}
		if !found || c.Institution != a.InstitutionID {
			bad.add("counter", "unknown")
		}
	}
	if err := bad.err(); err != nil || to.Counter == "" {
		return err
	}
	taken, err := t.busy(to.Counter, to.Start.Instant, to.Start.Instant.Add(a.Duration), a.owns)
	if err == nil && taken {
		err = ErrSlotTaken
	}
	return err
}

// owns reports whether a range is taken by a itself.
func (a Appointment) owns(o occupancy) bool { return o.appointment == a.ID }

// relocate gives a another time and counter, which were found free in this transaction, and tells everybody a new time;
// another counter at the same time is nothing to them. What was said about the old time is void: a delay, absences,
// admissions, and that the institution was not there. *AlreadyBooked.
func (t *tx) relocate(a *Appointment, at Civil, counter string) error {
	if err := t.revivable(*a); err != nil {
		return err
	}
	another := !at.Instant.Equal(a.Start.Instant)
	a.Start = at
	a.Sequence++
	if another {
		a.Delay, a.Missed, a.Sitting = 0, time.Time{}, Sitting{}
		for i := range a.Participants {
			a.Participants[i].NoShow, a.Participants[i].Admitted = false, time.Time{}
		}
		t.tellMoved(a)
	}
	if counter == a.CounterID {
		return nil
	}
	err := t.changeHost(a, counter) // after the others were told: a new host is invited and knows of no earlier time
	a.CounterID = counter
	return err
}

// revivable returns *AlreadyBooked when a, whose time was over, must not take place again: its person has booked another
// one with the service since.
func (t *tx) revivable(a Appointment) error {
	over := !t.now.Before(a.entryEnds(true)) || a.Offered(t.now)
	if !over || !a.isLiveBooking() {
		return nil
	}
	return t.onlyBooking(a, false)
}

// tellMoved tells everybody the new time, and renews the reminders.
func (t *tx) tellMoved(a *Appointment) {
	t.dropQueued(a.ID, MessageMoved, MessageDelayed, MessageMissed)
	if a.State == StateRequested {
		t.tellBooker(MessageMoved, *a)
	} else {
		t.tell(MessageMoved, *a)
	}
	t.remind(*a)
}

// changeHost lets the host of another counter take over from the host of the one before. Somebody who was assigned
// otherwise stays.
func (t *tx) changeHost(a *Appointment, counter string) error {
	var before, after Counter
	if _, err := t.getJSON(counters, a.CounterID, &before); err != nil {
		return err
	}
	if _, err := t.getJSON(counters, counter, &after); err != nil {
		return err
	}
	for i := range a.Participants {
		p := &a.Participants[i]
		if p.Role != RoleHost || !p.Removed.IsZero() {
			continue
		}
		if p.Staff == "" || p.Staff != before.Host || p.Staff == after.Host {
			return nil
		}
		t.dismissHost(a, p)
	}
	hosts := len(a.Participants)
	if err := t.giveHost(a, after); err != nil || len(a.Participants) == hosts {
		return err
	}
	t.invite(a, &a.Participants[hosts])
	return nil
}

func (t *tx) dismissHost(a *Appointment, p *Participant) {
	p.Removed, p.Admitted = t.now, time.Time{}
	t.log(Entry{Kind: "removed", Appointment: a.ID, Participant: p.ID})
}

// Adjourn makes a new appointment at another time with the same parties, their links between them and their separation,
// and closes this one: as moved if it had not begun, else as closed. Everybody gets a new link; people keep their
// numbers, by which the one of the old appointment is found in the new. It is put off, never brought forward. ErrSlotTaken, *AlreadyBooked, *Refused, FieldErrors.
func (s *Store) Adjourn(id string, to Place, why Why, actor string) (old, new Appointment, err error) {
	if err := why.validate(); err != nil {
		return old, new, err
	}
	err = s.update(actor, func(t *tx) error {
		if old, err = t.appointment(id); err != nil {
			return err
		}
		if r := old.over(); r != ReasonNone {
			return &Refused{Decision{Reason: r}}
		}
		if to.Start.consistent() && !to.Start.Instant.After(old.Start.Instant) {
			return FieldErrors{{"start", "earlier"}}
		}
		if err := t.chooseCounter(old, &to); err != nil {
			return err
		}
		if err := t.vacant(old, to); err != nil {
			return err
		}
		if err := t.revivable(old); err != nil {
			return err
		}
		new = old.again(to, t.now)
		t.logWhy(Entry{Kind: "adjourned", Appointment: old.ID, Subject: new.ID}, why)
		old.Next, old.Reason, old.Remark = new.ID, why.Code, why.Text
		if old.Started.IsZero() {
			old.State = StateMoved
		} else {
			old.Closed = t.now
		}
		old.Sequence++
		t.putAppointment(&old)
		t.enroll(&new)
		t.log(Entry{Kind: "booked", Appointment: new.ID, Subject: old.ID})
		for _, p := range new.Participants {
			t.issue(new.ID, p)
			t.log(Entry{Kind: "invited", Appointment: new.ID, Participant: p.ID})
		}
		t.dropQueued(old.ID)
		t.tell(MessageAdjourned, old)
		t.remind(new)
		return nil
	})
	if err != nil {
		return Appointment{}, Appointment{}, err
	}
	return old, new, nil
}

// again is a new appointment with the parties of a who were not removed.
func (a Appointment) again(to Place, now time.Time) Appointment {
	b := a
	b.ID, b.Reference, b.Version, b.Sequence = newID(), "", 0, 0
	b.Next, b.Previous, b.Reason, b.Remark = "", a.ID, "", ""
	b.Created, b.Started, b.Closed, b.Missed, b.Erased = now, time.Time{}, time.Time{}, time.Time{}, time.Time{}
	b.Start, b.CounterID, b.Delay = to.Start, to.Counter, 0
	b.Duration, b.Extended, b.Sitting = a.Duration-a.Extended, 0, Sitting{}
	b.Participants, b.Screens = nil, nil
	ids := map[string]string{}
	for _, p := range a.Participants {
		if !p.Removed.IsZero() {
			continue
		}
		ids[p.ID] = newID()
		p.ID, p.Issue, p.NoShow, p.Admitted = ids[p.ID], 1, false, time.Time{}
		b.Participants = append(b.Participants, p)
	}
	for _, pair := range a.Screens {
		if one, other := ids[pair[0]], ids[pair[1]]; one != "" && other != "" {
			b.Screens = append(b.Screens, [2]string{one, other})
		}
	}
	return b
}
