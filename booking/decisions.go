package booking

import (
	"fmt"
	"time"
)

// Book makes an appointment and invites its people, by mail those who have an address. A *FieldError names what is wrong
// with the draft; a reference that is in use is one of them. ErrSlotTaken when the counter it claims is not free.
func (s *Store) Book(d Draft, actor string) (a Appointment, invites []Invite, err error) {
	err = s.update(actor, func(t *tx) error {
		if err := t.complete(&d); err != nil {
			return err
		}
		if err := d.validate(); err != nil {
			return err
		}
		if t.get(references, d.Reference) != nil {
			return &FieldError{"reference", "taken"}
		}
		a = d.appointment(t.now)
		if a.CounterID != "" {
			if taken, err := t.busy(a.CounterID, a.Start.Instant, a.Start.Instant.Add(a.Duration), a.owns); err != nil {
				return err
			} else if taken {
				return ErrSlotTaken
			}
		}
		t.enroll(&a)
		t.log(Entry{Kind: "booked", Appointment: a.ID})
		for _, p := range a.Participants {
			invites = append(invites, t.issue(a.ID, p))
			t.log(Entry{Kind: "invited", Appointment: a.ID, Participant: p.ID})
		}
		t.tell(MessageInvited, a)
		t.remind(a)
		return nil
	})
	if err != nil {
		return Appointment{}, nil, err
	}
	return a, invites, nil
}

// newReference returns a reference that one can say on the telephone: 40 random bits as in "k7qa-x2mf".
func newReference() string {
	id := newID()
	return id[:4] + "-" + id[4:8]
}

// Cancel calls an appointment off for good; the gate refuses everybody from now on. Cancelling twice changes
// nothing. ErrNotFound; *Refused if it was moved or closed before.
func (s *Store) Cancel(idOrReference string, why Why, actor string) (Appointment, error) {
	if err := why.validate(); err != nil {
		return Appointment{}, err
	}
	id, err := s.resolve(idOrReference)
	if err != nil {
		return Appointment{}, err
	}
	return s.change(id, actor, func(t *tx, a *Appointment) error {
		if r := a.over(); r == ReasonCancelled {
			return nil
		} else if r != ReasonNone && r != ReasonRequested {
			return &Refused{Decision{Reason: r}}
		}
		t.cancel(a, why)
		return nil
	})
}

// resolve returns the id of the appointment with this reference, or its argument, which then is taken as an id.
func (s *Store) resolve(idOrReference string) (id string, err error) {
	err = s.view(func(t *tx) error {
		id = string(t.get(references, idOrReference))
		return nil
	})
	if id == "" {
		id = idOrReference
	}
	return id, err
}

// Admit lets people from the waiting room into the hearing, all in one transaction, or notes a host's own first entry.
// The gate is asked inside: whom it refuses is left out, and if it refuses everybody the answer is *Refused. Who is
// admitted already stays so. ErrNotFound if somebody is not in the appointment; then nobody is admitted.
//
// Whether the actor may admit is asked by the caller, who also names linked people.
func (s *Store) Admit(appointmentID string, participantIDs []string, actor string) (Appointment, error) {
	return s.change(appointmentID, actor, func(t *tx, a *Appointment) error {
		var refused *Refused
		admitted := 0
		for _, id := range participantIDs {
			i := a.index(id)
			if i < 0 {
				return fmt.Errorf("participant %w", ErrNotFound)
			}
			if d := Admission(*a, id, PurposeHearing, t.now); d.Verdict == Refuse {
				refused = &Refused{d}
				continue
			}
			admitted++
			if p := &a.Participants[i]; p.Admitted.IsZero() {
				p.Admitted = t.now
				t.log(Entry{Kind: "admitted", Appointment: a.ID, Participant: id})
			}
		}
		if admitted == 0 && refused != nil {
			return refused
		}
		return nil
	})
}

// Dismiss takes back an admission: who has left, or was sent out, needs a host's admission to come in again. It is what
// tells, after a crash, those who were in the hearing from those who had been. ErrNotFound.
func (s *Store) Dismiss(appointmentID, participantID, actor string) (Appointment, error) {
	return s.change(appointmentID, actor, func(t *tx, a *Appointment) error {
		i := a.index(participantID)
		if i < 0 {
			return fmt.Errorf("participant %w", ErrNotFound)
		}
		if p := &a.Participants[i]; !p.Admitted.IsZero() {
			p.Admitted = time.Time{}
			t.log(Entry{Kind: "dismissed", Appointment: a.ID, Participant: p.ID})
		}
		return nil
	})
}

// Remove puts somebody out and takes back their admission: the gate refuses them from now on, their sessions serve to
// read why. Only Reissue lets them ask again.
// ErrNotFound.
func (s *Store) Remove(appointmentID, participantID, actor string) (Appointment, error) {
	return s.change(appointmentID, actor, func(t *tx, a *Appointment) error {
		i := a.index(participantID)
		if i < 0 {
			return fmt.Errorf("participant %w", ErrNotFound)
		}
		p := &a.Participants[i]
		if !p.Removed.IsZero() {
			return nil
		}
		t.remove(a, p)
		return nil
	})
}

func (t *tx) remove(a *Appointment, p *Participant) {
	p.Removed, p.Admitted = t.now, time.Time{}
	t.log(Entry{Kind: "removed", Appointment: a.ID, Participant: p.ID})
	t.remind(*a)
}

// Start notes that the conference has begun, which keeps it open beyond its end. *Refused when no host might enter.
func (s *Store) Start(appointmentID, actor string) (Appointment, error) {
	return s.change(appointmentID, actor, func(t *tx, a *Appointment) error {
		if !a.Started.IsZero() {
			return nil
		}
		if d := a.admission(Participant{Role: RoleHost}, PurposeHearing, t.now); d.Verdict != Enter {
			return &Refused{d}
		}
		a.Started = t.now
		t.log(Entry{Kind: "started", Appointment: a.ID})
		return nil
	})
}

// End closes the conference for good. *Refused if the appointment was cancelled or moved.
func (s *Store) End(appointmentID, actor string) (Appointment, error) {
	return s.change(appointmentID, actor, func(t *tx, a *Appointment) error {
		if r := a.over(); r == ReasonClosed {
			return nil
		} else if r != ReasonNone {
			return &Refused{Decision{Reason: r}}
		}
		a.Closed = t.now
		t.dropQueued(a.ID, MessageReminder, MessageDelayed)
		t.log(Entry{Kind: "closed", Appointment: a.ID})
		return nil
	})
}
