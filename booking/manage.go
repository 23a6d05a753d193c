package booking

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// What a citizen may do alone with the link of who booked. All of them return ErrUnknownLink; *Refused when the
// appointment is over or began; ErrNotFound for somebody who did not book. Moving, cancelling and taking
// somebody off return ErrCutoff after the service's cut-off; adding a lawyer is allowed until the start.

// MayChange returns nil when who booked may move or cancel a now, else ErrCutoff or *Refused. Whom the institution missed
// may for two weeks.
func (a Appointment) MayChange(now time.Time) error {
	if a.Offered(now) {
		return nil
	}
	if err := a.mayAlter(now); err != nil {
		return err
	}
	if !now.Before(a.Start.Instant.Add(-a.Cutoff)) {
		return ErrCutoff
	}
	return nil
}

// mayAlter returns *Refused when the appointment is over or has begun.
func (a Appointment) mayAlter(now time.Time) error {
	if r := a.over(); r != ReasonNone && r != ReasonRequested {
		return &Refused{Decision{Reason: r}}
	}
	if !a.Started.IsZero() || !now.Before(a.Start.Instant) {
		return &Refused{Decision{Reason: ReasonTooLate}}
	}
	return nil
}

// byBooker runs fn on the appointment of the citizen whose ticket this is, and writes the appointment if fn has
// journalled.
func (s *Store) byBooker(ticket string, fn func(*tx, *Appointment) error) (a Appointment, err error) {
	err = s.update("", func(t *tx) error {
		var p Participant
		if a, p, err = t.ticket(ticket); err != nil {
			return err
		}
		if !p.Booker {
			return fmt.Errorf("booking %w", ErrNotFound)
		}
		t.actor = p.ID
		if err := fn(t, &a); err != nil {
			return err
		}
		if len(t.entries) > 0 {
			t.putAppointment(&a)
		}
		return nil
	})
	if err != nil {
		return Appointment{}, err
	}
	return a, nil
}

// MoveByTicket takes another free slot of the same service and gives the old one back, in one transaction; the reference
// and the links stay, and so does an acceptance by the staff. It takes the duration that the service has now. Whom the
// institution missed is not held to the service's notice. ErrSlotTaken; *AlreadyBooked for one who has booked anew since.
func (s *Store) MoveByTicket(ticket string, start time.Time) (Appointment, error) {
	return s.byBooker(ticket, func(t *tx, a *Appointment) error {
		if err := a.MayChange(t.now); err != nil {
			return err
		}
		if a.Start.Instant.Equal(start) {
			return nil
		}
		var v Service
		if found, err := t.getJSON(services, a.ServiceID, &v); err != nil || !found {
			return errors.Join(ErrSlotTaken, err)
		}
		if a.Offered(t.now) {
			v.Notice = 0
		}
		free, at, err := t.offered(v, start, a.owns)
		if errors.Is(err, ErrNotFound) {
			err = ErrSlotTaken
		}
		if err != nil {
			return err
		}
		a.Duration, a.Reason, a.Remark = v.Duration, "", ""
		if err := t.relocate(a, at, free[0]); err != nil {
			return err
		}
		t.log(Entry{Kind: "moved", Appointment: a.ID, Code: "by_citizen"})
		return nil
	})
}

// CancelByTicket cancels with code "by_citizen" and the citizen's words. Cancelling twice changes nothing.
func (s *Store) CancelByTicket(ticket, words string) (Appointment, error) {
	if code := noteFault(words); code != "" {
		return Appointment{}, FieldErrors{{"text", code}}
	}
	return s.byBooker(ticket, func(t *tx, a *Appointment) error {
		if a.State == StateCancelled {
			return nil
		}
		if err := a.MayChange(t.now); err != nil {
			return err
		}
		t.cancel(a, Why{"by_citizen", words})
		return nil
	})
}

// cancel calls a off and tells everybody; a request only who booked, for nobody else was told of it.
func (t *tx) cancel(a *Appointment, why Why) {
	tell := t.tell
	if a.State == StateRequested {
		tell = t.tellBooker
	}
	a.State, a.Reason, a.Remark = StateCancelled, why.Code, why.Text
	a.Sequence++
	t.logWhy(Entry{Kind: "cancelled", Appointment: a.ID}, why)
	t.dropQueued(a.ID)
	tell(MessageCancelled, *a)
}

// AddByTicket adds a lawyer or another companion, who gets a link of their own. FieldErrors.
func (s *Store) AddByTicket(ticket string, c Companion) (Appointment, error) {
	c = c.tidy()
	var bad FieldErrors
	if c.faults(&bad, ""); len(bad) > 0 {
		return Appointment{}, bad
	}
	return s.byBooker(ticket, func(t *tx, a *Appointment) error {
		if err := a.mayAlter(t.now); err != nil {
			return err
		}
		companions, brought := 0, 0
		for _, p := range a.Participants {
			if p.Role.accompanies() && !p.Booker && p.Removed.IsZero() {
				companions++
			}
			if p.Brought {
				brought++
			}
		}
		if companions >= maxCompanions || brought >= maxBrought {
			return FieldErrors{{"companions", "too_many"}}
		}
		t.invite(a, a.accompany(c))
		return nil
	})
}

// RemoveByTicket takes off somebody whom the citizen has brought, by their number: the gate refuses them from now on, and
// only the staff lets them in again. Doing it twice changes nothing. ErrNotFound for everybody else.
func (s *Store) RemoveByTicket(ticket string, number uint32) (Appointment, error) {
	return s.byBooker(ticket, func(t *tx, a *Appointment) error {
		i := slices.IndexFunc(a.Participants, func(p Participant) bool { return p.Number == number && p.Brought })
		if i < 0 {
			return fmt.Errorf("participant %w", ErrNotFound)
		}
		p := &a.Participants[i]
		if !p.Removed.IsZero() {
			return nil
		}
		if err := a.MayChange(t.now); err != nil {
			return err
		}
		t.remove(a, p)
		return nil
	})
}

// invite hands out the first link of somebody new, and reminders with it.
func (t *tx) invite(a *Appointment, p *Participant) Invite {
	invite := t.issue(a.ID, *p)
	t.log(Entry{Kind: "invited", Appointment: a.ID, Participant: p.ID})
	if a.over() == ReasonNone {
		t.tellOne(MessageInvited, *a, *p)
	}
	t.remind(*a)
	return invite
}

// SendCode mails a code to who booked the appointment with this reference, if there is one; nobody is told whether, the
// work being the same. Bounded per reference.
func (s *Store) SendCode(reference string) {
	err := s.update("", func(t *tx) error {
		a, p, found, err := t.bookedAs(reference)
		if err != nil {
			return err
		}
		t.log(Entry{Kind: "code_asked", Appointment: a.ID})
		if !found || p.Email == "" {
			return nil
		}
		digits, err := t.newCode(findPurpose, a.ID)
		if err != nil || digits == "" {
			return err
		}
		t.dropQueued(a.ID, MessageCode)
		t.post(MessageCode, a, p, Message{Code: digits})
		return nil
	})
	if err != nil {
		s.log.Error("send code", "err", err)
	}
}

// TicketByCode returns the personal ticket of who booked to somebody who knows the reference and the mailed code.
// ErrWrongCode for everything else; the work is the same for a reference that does not exist.
func (s *Store) TicketByCode(reference, code string) (ticket string, err error) {
	err = s.update("", func(t *tx) error {
		a, p, found, err := t.bookedAs(reference)
		if err != nil {
			return err
		}
		right, err := t.tryCode(findPurpose, a.ID, code)
		if err != nil {
			return err
		}
		if !found || !right {
			t.log(Entry{Kind: "code_refused", Appointment: a.ID})
			return nil
		}
		t.actor = p.ID
		t.log(Entry{Kind: "code_used", Appointment: a.ID, Participant: p.ID})
		if ticket, _ = t.goodTicket(p); ticket == "" {
			invite, err := t.reissue(a, p)
			if err != nil {
				return err
			}
			ticket = invite.Ticket
		}
		return t.spendCode(findPurpose, a.ID)
	})
	if err == nil && ticket == "" {
		err = ErrWrongCode
	}
	return ticket, err
}

// bookedAs returns who booked the appointment with a reference as people type it.
func (t *tx) bookedAs(reference string) (a Appointment, p Participant, found bool, err error) {
	id := string(t.get(references, strings.ToLower(strings.TrimSpace(reference))))
	if id == "" {
		return a, p, false, nil
	}
	if a, err = t.appointment(id); err == nil {
		p, found = a.booker()
	}
	return a, p, found, err
}

// Ticket returns the ticket that is good now for a participant, derived from the key of the links; ok is false when it
// cannot be derived: made before the key, revoked, or without a key.
func (s *Store) Ticket(participantID string) (ticket string, ok bool, err error) {
	err = s.view(func(t *tx) error {
		_, p, err := t.held(participantID)
		if err == nil {
			ticket, ok = t.goodTicket(p)
		}
		return err
	})
	return ticket, ok, err
}

// goodTicket derives the ticket of p if it is the one that is valid.
func (t *tx) goodTicket(p Participant) (ticket string, ok bool) {
	if ticket, ok = t.ticketOf(p); !ok || string(t.get(tickets, digest(ticket))) != p.ID {
		return "", false
	}
	return ticket, true
}
