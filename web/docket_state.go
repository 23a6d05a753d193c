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
	docketNoShow    docketState = "no_show" // who booked was not there
	docketMissed    docketState = "missed"  // its time went by and it never began
)

// docketStates in the order in which they ask for attention.
var docketStates = []docketState{
	docketWaiting, docketSession, docketExpected, docketRequested, docketDone, docketNoShow, docketMissed, docketCancelled,
}

// docketTones are the colours of states; see tones.
var docketTones = map[docketState]string{
	docketWaiting: "go", docketSession: "go", docketExpected: "plain", docketRequested: "wait",
	docketDone: "done", docketNoShow: "stop", docketMissed: "stop", docketCancelled: "done",
}

// Words of the live side for where somebody is; see Config.Presence.
const (
	placeWaiting      = "waiting"
	placeInHearing    = "in_hearing"
	placeReconnecting = "reconnecting"
	placeGone         = "gone"
)

// stateOf tells where an appointment stands at now; places is who is where. It informs, as booking's Status does.
func stateOf(a booking.Appointment, places map[string]string, now time.Time) docketState {
	status := a.Status(now)
	switch {
	case a.State == booking.StateRequested && !now.Before(a.End().Add(a.Grace)):
		return docketMissed
	case a.State == booking.StateRequested:
		return docketRequested
	case a.State != booking.StateConfirmed:
		return docketCancelled
	case !a.Closed.IsZero(), !a.Started.IsZero() && status == booking.StatusTooLate:
		return docketDone
	case !a.Started.IsZero():
		return docketSession
	case absent(a):
		return docketNoShow
	case status == booking.StatusTooLate:
		return docketMissed
	case someoneWaits(a, places):
		return docketWaiting
	}
	return docketExpected
}

// absent reports whether those who the appointment is for were noted as not there: who booked, else every party.
func absent(a booking.Appointment) bool {
	parties, missing := 0, 0
	for _, p := range a.Participants {
		if p.Booker {
			return p.NoShow
		}
		if p.Role == booking.RoleParty && p.Removed.IsZero() {
			parties++
			if p.NoShow {
				missing++
			}
		}
	}
	return parties > 0 && missing == parties
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
