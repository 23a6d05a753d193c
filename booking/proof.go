package booking

import (
	"fmt"
)

// AlreadyBooked is returned when the person has a live appointment with the service already. It is told only to who has
// proven the contact, and to the staff.
type AlreadyBooked struct{ Appointment Appointment }

func (e *AlreadyBooked) Error() string { return "already booked" }

// ProveByTicket takes a mailed link as proof of the contact: a confirmed appointment, or a requested one that waits for
// the staff. Proving twice changes nothing. *AlreadyBooked unless replace, which cancels the other one in the same
// transaction if the citizen may still cancel it. ErrUnknownLink, also for a link of somebody who did not book; *Refused
// when it expired or was cancelled, or its time is over, and with ReasonRequested when no mail was sent: then only the
// staff can accept it.
func (s *Store) ProveByTicket(ticket string, replace bool) (a Appointment, err error) {
	err = s.update("", func(t *tx) error {
		var p Participant
		if a, p, err = t.ticket(ticket); err != nil {
			return err
		}
		if !p.Booker {
			return ErrUnknownLink
		}
		t.actor = p.ID
		return t.prove(&a, replace)
	})
	if err != nil {
		return Appointment{}, err
	}
	return a, nil
}

// ProveByCode does the same with the mailed code, in the browser that booked. The code goes on being good for its time, so
// that it may be sent twice; a contact proven otherwise makes no other code good, for the answer leads to the personal link.
// ErrWrongCode, ErrNotFound.
func (s *Store) ProveByCode(key, browser, code string, replace bool) (a Appointment, err error) {
	var wrong error
	err = s.update("", func(t *tx) error {
		if a, err = t.booked(key, browser); err != nil {
			return err
		}
		right, err := t.tryCode(proofPurpose, a.ID, code)
		if err != nil {
			return err
		}
		if !right {
			wrong = ErrWrongCode
			t.log(Entry{Kind: "code_refused", Appointment: a.ID})
			return nil
		}
		if p, ok := a.booker(); ok {
			t.actor = p.ID
		}
		return t.prove(&a, replace)
	})
	if err == nil {
		err = wrong
	}
	if err != nil {
		return Appointment{}, err
	}
	return a, nil
}

// SendProof mails link and code of a request again; the code before is good no more. ErrNotFound, ErrTooMany; *Refused
// when it is over. For a contact that is proven already it does nothing.
func (s *Store) SendProof(key, browser string) error {
	return s.update("", func(t *tx) error {
		a, err := t.booked(key, browser)
		if err != nil || !a.Contact.Proven.IsZero() || !a.Contact.Posted {
			return err
		}
		if r := a.over(); r != ReasonNone && r != ReasonRequested {
			return &Refused{Decision{Reason: r}}
		}
		if posted, err := t.postProof(a); err != nil {
			return err
		} else if !posted {
			return ErrTooMany
		}
		t.log(Entry{Kind: "proof_sent", Appointment: a.ID})
		return nil
	})
}

// booked returns the appointment that a key became, to the browser that booked it.
func (t *tx) booked(key, browser string) (Appointment, error) {
	h, err := t.hold(key, browser)
	if err != nil {
		return Appointment{}, err
	}
	if h.Appointment == "" {
		return Appointment{}, fmt.Errorf("request %w", ErrNotFound)
	}
	return t.appointment(h.Appointment)
}

// postProof mails a request's link with a code that does the same, unless its address was sent enough this hour.
func (t *tx) postProof(a Appointment) (posted bool, err error) {
	p, booked := a.booker()
	if !booked || !a.Contact.Posted {
		return false, nil
	}
	if may, err := t.mayProve(a.Contact.Email); err != nil || !may {
		return false, err
	}
	digits, err := t.newCode(proofPurpose, a.ID)
	if err != nil || digits == "" {
		return false, err
	}
	t.dropQueued(a.ID, MessageProof)
	t.post(MessageProof, a, p, Message{Code: digits})
	return true, nil
}

// prove notes that the contact of a was shown to be the citizen's own, and confirms a unless the staff must accept it.
func (t *tx) prove(a *Appointment, replace bool) error {
	if r := a.over(); r != ReasonNone && r != ReasonRequested {
		return &Refused{Decision{Reason: r}}
	}
	if !a.Contact.Proven.IsZero() {
		return nil
	}
	if !t.now.Before(a.entryEnds(true)) {
		return &Refused{Decision{Reason: ReasonTooLate}}
	}
	if !a.Contact.Posted { // the link was shown on a page, which proves nothing
		return &Refused{Decision{Reason: ReasonRequested}}
	}
	if err := t.onlyBooking(*a, replace); err != nil {
		return err
	}
	a.Contact.Proven = t.now
	t.log(Entry{Kind: "proven", Appointment: a.ID})
	t.dropQueued(a.ID, MessageProof)
	switch {
	case a.State == StateConfirmed: // the staff had accepted it
	case a.Accepted:
		t.tellBooker(MessageReceived, *a)
	default:
		t.confirm(a)
	}
	t.putAppointment(a)
	return nil
}

// onlyBooking makes sure that the person of a has no other live appointment with the service whose time is not over, if
// need be by cancelling it. One that the institution missed does not count.
func (t *tx) onlyBooking(a Appointment, replace bool) error {
	var others []Appointment
	prefix := personKey(a.ServiceID, a.Contact.Email)
	for key := range t.list(persons, prefix) {
		other, err := t.appointment(key[len(prefix):])
		if err != nil {
			return err
		}
		if other.ID == a.ID || !t.now.Before(other.entryEnds(true)) || other.Offered(t.now) {
			continue
		}
		if !replace || other.MayChange(t.now) != nil {
			return &AlreadyBooked{other}
		}
		others = append(others, other)
	}
	for i := range others {
		t.cancel(&others[i], Why{Code: "replaced"})
		t.putAppointment(&others[i])
	}
	return nil
}

// confirm makes a count, and tells everybody in it.
func (t *tx) confirm(a *Appointment) {
	a.State = StateConfirmed
	a.Sequence++
	t.log(Entry{Kind: "confirmed", Appointment: a.ID})
	t.tellBooker(MessageConfirmed, *a)
	t.tellOthers(MessageInvited, *a)
	t.remind(*a)
}
