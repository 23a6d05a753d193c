package booking

import "time"

// Purpose is what somebody asks entry for.
type Purpose int

const (
	PurposeHearing   Purpose = iota
	PurposeRehearsal         // a test of devices and connection, allowed long before the hearing
)

// Verdict is the answer of the gate. The zero value refuses.
type Verdict int

const (
	Refuse Verdict = iota
	Wait           // in the waiting room, until a host admits
	Enter
)

// Reason is a stable code for a verdict that is not plain entry.
type Reason string

const (
	ReasonNone         Reason = ""
	ReasonUnknownLink  Reason = "unknown_link"
	ReasonTooEarly     Reason = "too_early"
	ReasonTooLate      Reason = "too_late"
	ReasonCancelled    Reason = "cancelled"
	ReasonMoved        Reason = "moved"
	ReasonClosed       Reason = "closed"
	ReasonRemoved      Reason = "removed"
	ReasonRequested    Reason = "requested" // the appointment is not confirmed yet
	ReasonAwaitingHost Reason = "awaiting_host"

	// Not known to this package: who is connected and what the machine can carry. Spoken by the live side.
	ReasonAlreadyConnected Reason = "already_connected"
	ReasonCapacity         Reason = "capacity"
)

// Decision is what the gate says.
type Decision struct {
	Verdict Verdict
	Reason  Reason
	Until   time.Time // next instant at which time alone may change the answer; zero: never
}

// overtime bounds a started conference that nobody closes.
const overtime = 14 * time.Hour

// Admission is the gate: the one decision on entry, asked at every door and again whenever the appointment
// changes or Until has passed. It is pure, and it refuses whatever no rule allows.
//
// Between Opens and End plus grace, hosts enter and the others wait until a host has admitted them. The end of
// this window closes entry to newcomers; it never cuts a conference that was started and not closed: there, hosts
// and admitted people go on entering until 14 hours after its start, and also if the clock is put back to before Opens.
func Admission(a Appointment, participantID string, purpose Purpose, now time.Time) Decision {
	p, ok := a.Participant(participantID)
	if !ok {
		return Decision{Reason: ReasonUnknownLink}
	}
	return a.admission(p, purpose, now)
}

func (a Appointment) admission(p Participant, purpose Purpose, now time.Time) Decision {
	if !p.Removed.IsZero() {
		return Decision{Reason: ReasonRemoved}
	}
	if r := a.over(); r != ReasonNone {
		return Decision{Reason: r}
	}
	belongs := p.Role.Hosts() || !p.Admitted.IsZero()
	goesOn := belongs && !a.Started.IsZero()
	end := a.entryEnds(belongs)
	switch {
	case !now.Before(end):
		return Decision{Reason: ReasonTooLate}
	case purpose == PurposeRehearsal:
		return Decision{Verdict: Enter, Until: end}
	case now.Before(a.Opens()) && !goesOn:
		return Decision{Reason: ReasonTooEarly, Until: a.Opens()}
	case !belongs:
		return Decision{Verdict: Wait, Reason: ReasonAwaitingHost, Until: end}
	}
	return Decision{Verdict: Enter, Until: end}
}

// over returns the reason why the appointment is over for everybody at any time, or ReasonNone.
func (a Appointment) over() Reason {
	switch {
	case a.State == StateCancelled:
		return ReasonCancelled
	case a.State == StateMoved:
		return ReasonMoved
	case !a.Closed.IsZero():
		return ReasonClosed
	case a.State == StateRequested:
		return ReasonRequested
	case a.State != StateConfirmed: // rejected, expired
		return ReasonCancelled
	}
	return ReasonNone
}

// entryEnds is the first instant at which entry is over: for newcomers, or for those who belong to the conference.
func (a Appointment) entryEnds(belongs bool) time.Time {
	end := a.End().Add(a.Grace)
	if late := a.Started.Add(overtime); belongs && !a.Started.IsZero() && late.After(end) {
		return late
	}
	return end
}
