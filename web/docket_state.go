package web

import (
	"slices"
	"time"

	"jalsa/booking"
)

// docketState is where an appointment stands as those see it who run the day.
type docketState string

const (
	docketRequested docketState = "requested"
	docketExpected  docketState = "expected"
	docketWaiting   docketState = "waiting"
	docketSession   docketState = "in_session"
	docketDone      docketState = "done"
	docketCancelled docketState = "cancelled"
	docketAdjourned docketState = "adjourned"
	docketNoShow    docketState = "no_show" // nobody of those was there whom it is for
	docketMissed    docketState = "missed"  // its time went by and it never began
)

// docketStates in the order in which they ask for attention.
var docketStates = []docketState{
	docketWaiting, docketSession, docketExpected, docketRequested, docketDone, docketNoShow, docketMissed, docketAdjourned, docketCancelled,
}

// docketTones are the colours of states; see tones.
var docketTones = map[docketState]string{
	docketWaiting: "go", docketSession: "go", docketExpected: "plain", docketRequested: "wait",
	docketDone: "done", docketNoShow: "stop", docketMissed: "stop", docketAdjourned: "done", docketCancelled: "done",
}

// Words of the live side for where somebody is; see Config.Presence.
const (
	placeWaiting        = "waiting"
	placeInHearing      = "in_hearing"
	placeInConsultation = "in_consultation"
	placeReconnecting   = "reconnecting"
	placeGone           = "gone"
)

// connectionGood is the word of the live side for a connection that nobody need look after; see Config.Connections.
const connectionGood = "good"

// stateOf tells where an appointment stands at now; places is who is where. It informs, as booking's Status does.
func stateOf(a booking.Appointment, places map[string]string, now time.Time) docketState {
	status := a.Status(now)
	switch {
	case a.State == booking.StateRequested && !now.Before(a.End().Add(a.Grace)):
		return docketMissed
	case a.State == booking.StateRequested:
		return docketRequested
	case a.State == booking.StateMoved, a.Next != "":
		return docketAdjourned
	case a.State != booking.StateConfirmed:
		return docketCancelled
	case !a.Closed.IsZero(), !a.Started.IsZero() && status == booking.StatusTooLate:
		return docketDone
	case !a.Started.IsZero():
		return docketSession
	case status != booking.StatusTooLate && someoneWaits(a, places):
		return docketWaiting
	case absent(a):
		return docketNoShow
	case status == booking.StatusTooLate:
		return docketMissed
	}
	return docketExpected
}

// absent reports whether those who the appointment is for were noted as not there, every one of them: one who is missing is
// marked by name, and the others may still be heard.
func absent(a booking.Appointment) bool {
	concerned, missing := 0, 0
	for _, p := range a.Participants {
		if p.Removed.IsZero() && (p.Booker || p.Role == booking.RoleParty || p.Role == booking.RoleRepresentative) {
			concerned++
			if p.NoShow {
				missing++
			}
		}
	}
	return concerned > 0 && missing == concerned
}

func someoneWaits(a booking.Appointment, places map[string]string) bool {
	return slices.ContainsFunc(a.Participants, func(p booking.Participant) bool {
		return !p.Role.Hosts() && (places[p.ID] == placeWaiting || places[p.ID] == placeReconnecting)
	})
}

// mayBeLate reports whether a delay can still be announced to those who come: it has not begun, is not over, and its
// time to begin is not past for good.
func mayBeLate(a booking.Appointment, now time.Time) bool {
	if !a.State.Live() || !a.Started.IsZero() || !a.Closed.IsZero() {
		return false
	}
	return now.Before(a.End().Add(a.Grace))
}

// officers are the hosts who are still to hold the appointment.
func officers(a booking.Appointment) []booking.Participant {
	var hosts []booking.Participant
	for _, p := range a.Participants {
		if p.Role.Hosts() && p.Removed.IsZero() {
			hosts = append(hosts, p)
		}
	}
	return hosts
}
