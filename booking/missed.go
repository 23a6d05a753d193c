package booking

import "time"

// missedOffer is how long a citizen whom the institution missed may choose another slot without notice and cut-off.
const missedOffer = 14 * 24 * time.Hour

// mayBeMissed reports whether the end of entry will raise the question who was not there.
func (a Appointment) mayBeMissed() bool {
	_, booked := a.booker()
	return booked && a.State == StateConfirmed && a.Started.IsZero() && a.Closed.IsZero() && a.Missed.IsZero() && a.Erased.IsZero()
}

// Offered reports whether who booked may choose another slot first, because the institution was not there.
func (a Appointment) Offered(now time.Time) bool {
	return !a.Missed.IsZero() && a.over() == ReasonNone && a.Started.IsZero() && now.Before(a.Missed.Add(missedOffer))
}
