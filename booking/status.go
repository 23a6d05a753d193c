package booking

import "time"

// Status is the appointment as a page tells it to somebody who looks from outside.
type Status string

const (
	StatusTooEarly  Status = "too_early"
	StatusOpen      Status = "open"
	StatusInSession Status = "in_session"
	StatusDelayed   Status = "delayed"
	StatusCancelled Status = "cancelled"
	StatusMoved     Status = "moved"
	StatusRequested Status = "requested"
	StatusClosed    Status = "closed"
	StatusTooLate   Status = "too_late"
)

// silentDelay is how long after its time an unstarted hearing is shown as delayed though nobody announced it.
const silentDelay = 10 * time.Minute

// Status tells where the appointment stands at now. It informs; only Admission decides.
func (a Appointment) Status(now time.Time) Status {
	if r := a.over(); r != ReasonNone {
		return Status(r)
	}
	switch {
	case now.Before(a.Opens()):
		return StatusTooEarly
	case !now.Before(a.entryEnds(true)):
		return StatusTooLate
	case !a.Started.IsZero():
		return StatusInSession
	case a.Delay > 0 || !now.Before(a.Start.Instant.Add(silentDelay)):
		return StatusDelayed
	}
	return StatusOpen
}
