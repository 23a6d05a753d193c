package booking

import "time"

// missedOffer is how long a citizen whom the institution missed may choose another slot without notice and cut-off.
const missedOffer = 14 * 24 * time.Hour

// missedFor is how far back the sweep looks for such appointments, should it not have run for a while.
const missedFor = 24 * time.Hour

// mayBeMissed reports whether the end of entry will raise the question who was not there.
func (a Appointment) mayBeMissed() bool {
	p, booked := a.booker()
	return booked && !p.NoShow && a.State == StateConfirmed && a.Started.IsZero() && a.Closed.IsZero() && a.Missed.IsZero() && a.Erased.IsZero()
}

// Offered reports whether who booked may choose another slot first, because the institution was not there.
func (a Appointment) Offered(now time.Time) bool {
	return !a.Missed.IsZero() && a.over() == ReasonNone && a.Started.IsZero() && now.Before(a.Missed.Add(missedOffer))
}

// sweepMissed finds the appointments whose entry is over and whose conference was never started though the citizen had
// come: who booked has entered with their link, or waited, while entry was open, and nobody noted them as absent. Whether
// a host looked in meanwhile does not matter; the hearing was not held. The citizen is told, and for two weeks may take
// any free slot of the service by MoveByTicket, without its notice and cut-off.
func (t *tx) sweepMissed() error {
	var missed []Appointment
	for key := range t.listFrom(missable, "", moment(t.now.Add(-missedFor))) {
		if readMoment(key).After(t.now) || len(missed) == sweepAtOnce {
			break
		}
		a, err := t.appointment(key[8:])
		if err != nil {
			return err
		}
		came, err := t.came(a)
		if err != nil {
			return err
		}
		if came {
			missed = append(missed, a)
		}
	}
	for i := range missed {
		a := &missed[i]
		a.Missed = t.now
		t.log(Entry{Kind: "missed", Appointment: a.ID})
		t.tellBooker(MessageMissed, *a)
		t.putAppointment(a)
	}
	return nil
}

// came reports whether who booked was there while entry was open.
func (t *tx) came(a Appointment) (bool, error) {
	booker, _ := a.booker()
	events, err := t.events(a.ID)
	for _, e := range events {
		arrived := e.Kind == "waiting" || e.Kind == "redeemed"
		if arrived && e.Participant == booker.ID && !e.Time.Before(a.Opens()) && e.Time.Before(a.entryEnds(false)) {
			return true, err
		}
	}
	return false, err
}
