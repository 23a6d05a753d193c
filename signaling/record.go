package signaling

import "jalsa/booking"

// What the live side writes into the journal beyond what the books write with
// their own decisions.

const (
	// recordQueue bounds the journal entries that wait to be written; above it
	// an entry is dropped and counted, and no hearing waits.
	recordQueue = 1024
	// journalRate and journalBurst bound the entries that one participant's
	// coming and going makes; refusals at the door share one such bound.
	journalRate  = 1
	journalBurst = 30
	// deedRate and deedBurst bound those that one participant makes by what they do
	// to others.
	deedRate  = 5
	deedBurst = 100
)

// record queues a journal entry; it never waits.
func (s *Server) record(e booking.Entry) {
	select {
	case s.records <- e:
	default:
		s.tally.count(s.tally.dropped, "journal_full")
	}
}

// journalRefusal notes that the gate refused somebody whose session is known
// entry to the hearing.
func (s *Server) journalRefusal(a booking.Appointment, p booking.Participant, purpose booking.Purpose, code string) {
	if p.ID == "" || purpose != booking.PurposeHearing {
		return
	}
	if !s.refusals.AllowN(s.cfg.Now(), 1) {
		s.tally.count(s.tally.dropped, "journal_rate")
		return
	}
	s.record(booking.Entry{Kind: "refused", Appointment: a.ID, Participant: p.ID, Actor: p.ID, Code: code})
}

// recordAll writes the journal entries that wait, until records is closed.
func (s *Server) recordAll() {
	for e := range s.records {
		if err := s.cfg.Bookings.Record(e); err != nil {
			s.tally.count(s.tally.dropped, "journal_failed")
			s.log.Error("journal entry not written", "appointment", e.Appointment, "participant", e.Participant, "reason", e.Kind, "err", err)
		}
	}
}
