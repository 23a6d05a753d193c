package booking

import "time"

// What a citizen may do alone with the link of who booked. All of them return ErrUnknownLink; *Refused when the
// appointment is over or began; ErrCutoff after the service's cut-off; ErrNotFound for somebody who did not book.

// MayChange returns nil when who booked may move or cancel a now, else ErrCutoff or *Refused.
func (a Appointment) MayChange(now time.Time) error { panic("unwritten") }

// MoveByTicket takes another free slot of the same service and gives the old one back, in one transaction; the reference
// and the links stay. ErrSlotTaken.
func (s *Store) MoveByTicket(ticket string, start time.Time) (Appointment, error) { panic("unwritten") }

// CancelByTicket cancels with code "by_citizen" and the citizen's words.
func (s *Store) CancelByTicket(ticket, words string) (Appointment, error) { panic("unwritten") }

// AddByTicket adds a lawyer or another companion, who gets a link of their own. FieldErrors.
func (s *Store) AddByTicket(ticket string, c Companion) (Appointment, error) { panic("unwritten") }

// SendCode mails a code to who booked the appointment with this reference, if there is one; nobody is told whether.
// Bounded per reference.
func (s *Store) SendCode(reference string) { panic("unwritten") }

// TicketByCode returns the personal ticket of who booked to somebody who knows the reference and the mailed code.
// ErrWrongCode for everything else.
func (s *Store) TicketByCode(reference, code string) (ticket string, err error) { panic("unwritten") }

// Ticket returns the ticket that is good now for a participant, derived from the key of the links; ok is false when it
// cannot be derived: made before the key, revoked, or without a key.
func (s *Store) Ticket(participantID string) (ticket string, ok bool, err error) { panic("unwritten") }
