package signaling

import (
	"errors"

	"jalsa/booking"
)

// ask asks the books and the gate about one who opens a socket or joins. A nil
// Bye means: not refused; whether they wait or enter is the conference's word,
// which asks the same gate again at every change and tick.
func (s *Server) ask(participantID, secret string, purpose booking.Purpose) (booking.Appointment, booking.Participant, *Bye) {
	a, p, err := s.cfg.Bookings.Session(participantID, secret)
	if errors.Is(err, booking.ErrUnknownSession) {
		return a, p, &Bye{Code: string(booking.ReasonUnknownLink)}
	}
	if err != nil {
		s.log.Error("read session", "participant", participantID, "err", err)
		return a, p, &Bye{Code: byeRestart}
	}
	d := booking.Admission(a, p.ID, purpose, s.cfg.Now())
	if d.Verdict == booking.Refuse {
		return a, p, &Bye{Code: string(d.Reason), Until: d.Until}
	}
	if s.draining.Load() && purpose == booking.PurposeRehearsal {
		return a, p, &Bye{Code: string(booking.ReasonCapacity)}
	}
	if s.draining.Load() && (p.Admitted.IsZero() || !s.isRunning(a.ID)) {
		return a, p, &Bye{Code: byeRestart}
	}
	return a, p, nil
}
