package booking

import (
	"encoding/json"
	"errors"
	"fmt"
)

// sweepAtOnce bounds what one sweep does of a kind, and so how long bookings wait for it.
const sweepAtOnce = 100

// Sweep does what time alone makes due: lapsed holds and requests never proven or decided give their slots back, holds are forgotten
// a day after their time, who waited for an institution that was not there is offered another slot (see missed.go), and
// appointments whose time of keeping is over lose names, contacts and free text (see erase.go), and codes and sessions that
// are good for nothing are forgotten, as are tasks of days before. Each is journalled. It does a bounded amount at a time, each kind in a transaction of
// its own; called once in a while.
func (s *Store) Sweep() error {
	var failed []error
	for _, due := range []func(*tx) error{
		(*tx).sweepHolds, (*tx).sweepRequests, (*tx).sweepMissed, (*tx).sweepErasable, (*tx).sweepCodes, (*tx).sweepSessions, (*tx).sweepTasks,
	} {
		failed = append(failed, s.update("", due))
	}
	return errors.Join(failed...)
}

// dueIn returns up to sweepAtOnce ids of an index by moment whose time has come.
func (t *tx) dueIn(index bucket) (ids []string) {
	for key := range t.list(index, "") {
		if readMoment(key).After(t.now) || len(ids) == sweepAtOnce {
			break
		}
		ids = append(ids, key[8:])
	}
	return ids
}

func (t *tx) sweepHolds() error {
	forgotten := false
	for _, key := range t.dueIn(lapsing) {
		var h Hold
		if _, err := t.getJSON(holds, key, &h); err != nil {
			return err
		}
		if !h.Lapsed && h.Appointment == "" {
			h.Lapsed = true
			t.putHold(h)
			t.log(Entry{Kind: "lapsed", Subject: h.Service})
			continue
		}
		t.forgetHold(h)
		forgotten = true
	}
	if forgotten {
		t.log(Entry{Kind: "forgotten", Code: "holds"})
	}
	return nil
}

func (t *tx) sweepRequests() error {
	return t.eachDue(expiring, func(a *Appointment) {
		a.State = StateExpired
		a.Sequence++
		t.log(Entry{Kind: "request_expired", Appointment: a.ID})
		written := len(t.messagesOf(a.ID)) > 0 // else the address had been sent enough, see Request, and gets no more of it
		t.dropQueued(a.ID)
		if written {
			t.tellBooker(MessageExpired, *a)
		}
	})
}

// eachDue changes the appointments that an index says are due.
func (t *tx) eachDue(index bucket, change func(*Appointment)) error {
	for _, id := range t.dueIn(index) {
		a, err := t.appointment(id)
		if err != nil {
			return err
		}
		change(&a)
		t.putAppointment(&a)
	}
	return nil
}

// sweepCodes forgets codes that are good no more and count in no bound.
func (t *tx) sweepCodes() error {
	return t.forget(codes, func(value []byte) (bool, error) {
		var c code
		err := json.Unmarshal(value, &c)
		return !t.now.Before(c.Until) && c.recent(t.now) == 0, err
	})
}

// sweepSessions forgets sessions that are older than any hearing can be entered.
func (t *tx) sweepSessions() error {
	return t.forget(sessions, func(value []byte) (bool, error) { return expired(value, t.now), nil })
}

// forget deletes up to sweepAtOnce of the values in a bucket that are old.
func (t *tx) forget(b bucket, old func(value []byte) (bool, error)) error {
	var keys []string
	for key, value := range t.list(b, "") {
		if len(keys) == sweepAtOnce {
			break
		}
		is, err := old(value)
		if err != nil {
			return fmt.Errorf("read %s: %w", b, err)
		}
		if is {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		t.delete(b, key)
	}
	if len(keys) > 0 {
		t.log(Entry{Kind: "forgotten", Code: string(b) + "s"})
	}
	return nil
}
