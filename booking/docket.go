package booking

import (
	"strings"
	"time"
)

// What the staff looks at and decides. Whether the actor may is asked by the caller, see May.

// Docket returns the appointments of an institution that start in [from, to), by start; over ones too.
func (s *Store) Docket(institution string, from, to time.Time) (all []Appointment, err error) {
	err = s.view(func(t *tx) error {
		all, err = t.starting(docket, institution, from, to)
		return err
	})
	return all, err
}

// Requests returns the appointments of an institution from now on that wait for the staff, by start.
func (s *Store) Requests(institution string) (all []Appointment, err error) {
	err = s.view(func(t *tx) error {
		all, err = t.starting(awaiting, institution, t.now, time.Time{})
		return err
	})
	return all, err
}

// Awaiting returns how many appointments Requests would, which every page of the staff tells: it reads none of them.
func (s *Store) Awaiting(institution string) (n int, err error) {
	err = s.view(func(t *tx) error {
		prefix := institution + "/"
		for range t.listFrom(awaiting, prefix, prefix+moment(t.now)) {
			n++
		}
		return nil
	})
	return n, err
}

// dockets returns the institutions that have appointments, "" for those of none among them.
func (t *tx) dockets() (all []string) {
	for from := ""; ; {
		found := false
		for key := range t.listFrom(docket, "", from) {
			institution, _, _ := strings.Cut(key, "/")
			all, from, found = append(all, institution), institution+"0", true // 0 comes after /
			break
		}
		if !found {
			return all
		}
	}
}

// starting returns the appointments that an index of an institution holds, and that start in [from, to); to zero is open.
func (t *tx) starting(index bucket, institution string, from, to time.Time) (all []Appointment, err error) {
	prefix := institution + "/"
	for key := range t.listFrom(index, prefix, prefix+moment(from)) {
		at, id := readMoment(key[len(prefix):]), key[len(prefix)+8:]
		if !to.IsZero() && !at.Before(to) {
			break
		}
		a, err := t.appointment(id)
		if err != nil {
			return nil, err
		}
		if !a.Start.Instant.Before(from) {
			all = append(all, a)
		}
	}
	return all, nil
}

// Accept confirms a request on behalf of the institution; it also stands in for a proof of the contact. Accepting twice
// changes nothing. *AlreadyBooked when the person has another appointment with the service; *Refused when it is over.
func (s *Store) Accept(id, actor string) (Appointment, error) {
	return s.change(id, actor, func(t *tx, a *Appointment) error {
		switch r := a.over(); {
		case r == ReasonNone:
			return nil
		case r != ReasonRequested:
			return &Refused{Decision{Reason: r}}
		case !t.now.Before(a.entryEnds(true)):
			return &Refused{Decision{Reason: ReasonTooLate}}
		}
		if err := t.onlyBooking(*a, false); err != nil {
			return err
		}
		t.log(Entry{Kind: "accepted", Appointment: a.ID})
		t.dropQueued(a.ID, MessageProof)
		t.confirm(a)
		return nil
	})
}

// Reject declines a request for good. Rejecting twice changes nothing. *Refused when it is over; ErrStale when it was
// confirmed meanwhile.
func (s *Store) Reject(id string, why Why, actor string) (Appointment, error) {
	if err := why.validate(); err != nil {
		return Appointment{}, err
	}
	return s.change(id, actor, func(t *tx, a *Appointment) error {
		switch r := a.over(); {
		case a.State == StateRejected:
			return nil
		case r == ReasonNone:
			return ErrStale
		case r != ReasonRequested:
			return &Refused{Decision{Reason: r}}
		}
		a.State, a.Reason, a.Remark = StateRejected, why.Code, why.Text
		a.Sequence++
		t.logWhy(Entry{Kind: "rejected", Appointment: a.ID}, why)
		t.dropQueued(a.ID)
		t.tellBooker(MessageRejected, *a)
		return nil
	})
}

// NoShow notes who was not there, or takes it back. ErrNotFound, *Refused before the start, and of what did not take place;
// ErrAttended of who was in the hearing, see Attendance.
func (s *Store) NoShow(id, participantID string, absent bool, actor string) (Appointment, error) {
	return s.change(id, actor, func(t *tx, a *Appointment) error {
		p, err := a.place(participantID)
		if err != nil {
			return err
		}
		if r := a.over(); r != ReasonNone && r != ReasonClosed {
			return &Refused{Decision{Reason: r}}
		}
		if t.now.Before(a.Start.Instant) {
			return &Refused{Decision{Reason: ReasonTooEarly, Until: a.Start.Instant}}
		}
		if p.NoShow == absent {
			return nil
		}
		if absent {
			events, err := t.events(a.ID)
			if err != nil {
				return err
			}
			if attended(attendance(events), p.ID) {
				return ErrAttended
			}
		}
		p.NoShow = absent
		kind := "no_show"
		if !absent {
			kind = "no_show_undone"
		}
		t.log(Entry{Kind: kind, Appointment: a.ID, Participant: p.ID})
		return nil
	})
}

// Delay announces to all appointments named that they begin late, or with 0 that they do not: it moves the end, and so the
// time until which people may enter, never the opening. Each page and message of them tells. Over and begun ones are left
// out, and those whose time has passed. Returns those it changed. ErrNotFound when there is no such appointment; then
// nothing changes.
func (s *Store) Delay(ids []string, delay time.Duration, actor string) (changed []Appointment, err error) {
	if delay < 0 || delay > maxMargin {
		return nil, &FieldError{"delay", "invalid"}
	}
	err = s.update(actor, func(t *tx) error {
		for _, id := range ids {
			a, err := t.appointment(id)
			if err != nil {
				return err
			}
			if t.postpone(&a, delay) {
				changed = append(changed, a)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// postpone gives an appointment that has yet to begin another delay and tells its people. It reports whether it did.
func (t *tx) postpone(a *Appointment, delay time.Duration) bool {
	if a.over() != ReasonNone || !a.Started.IsZero() || !t.now.Before(a.entryEnds(false)) || a.Delay == delay {
		return false
	}
	a.Delay = delay
	t.log(Entry{Kind: "postponed", Appointment: a.ID, Code: delay.String()})
	t.dropQueued(a.ID, MessageDelayed)
	t.tell(MessageDelayed, *a)
	t.putAppointment(a)
	return true
}
