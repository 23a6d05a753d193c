package booking

import (
	"fmt"
	"time"
)

// Fitness is what a connection carried in a rehearsal.
type Fitness string

const (
	FitGood  Fitness = "good"  // voice and picture
	FitVoice Fitness = "voice" // voice alone
	FitPoor  Fitness = "poor"  // it connected, and voice would break up
	FitNone  Fitness = "none"  // no path to the server worked
)

func (f Fitness) known() bool {
	switch f {
	case FitGood, FitVoice, FitPoor, FitNone:
		return true
	}
	return false
}

// Rehearsal is what a participant's own test of devices and connection found. It is the word of their browser: it informs
// the staff, and nothing is decided by it.
type Rehearsal struct {
	At       time.Time
	Fitness  Fitness
	Path     string // direct or relay: the best that worked; "": none
	Up, Down int    // kbit/s, measured from and towards the participant
	Loss     int    // percent of packets, of the worse direction
	RTT      int    // ms
}

// Bounds of what is believed of a rehearsal. No more than 500 kbit/s are sent in one.
const (
	maxRehearsalRate = 10_000 // kbit/s
	maxRehearsalRTT  = 60_000 // ms
)

// validate returns FieldErrors, or nil.
func (r Rehearsal) validate() error {
	var bad FieldErrors
	if !r.Fitness.known() {
		bad.add("fitness", "unknown")
	}
	switch r.Path {
	case "direct", "relay":
		if r.Fitness == FitNone {
			bad.add("path", "invalid")
		}
	case "":
		if r.Fitness != FitNone {
			bad.add("path", "missing")
		}
	default:
		bad.add("path", "unknown")
	}
	for _, f := range []struct {
		name      string
		value, up int
	}{{"up", r.Up, maxRehearsalRate}, {"down", r.Down, maxRehearsalRate}, {"loss", r.Loss, 100}, {"rtt", r.RTT, maxRehearsalRTT}} {
		if f.value < 0 || f.value > f.up {
			bad.add(f.name, "invalid")
		}
	}
	return bad.err()
}

// rounded keeps no more than anybody can use: rates and round trip to tens.
func (r Rehearsal) rounded() Rehearsal {
	r.Up, r.Down, r.RTT = tens(r.Up), tens(r.Down), tens(r.RTT)
	return r
}

func tens(n int) int { return (n + 5) / 10 * 10 }

// Rehearse notes what a participant's rehearsal found, in the place of an earlier one. FieldErrors tell what cannot be;
// *Refused when the gate lets them rehearse no more; ErrNotFound.
func (s *Store) Rehearse(participantID string, r Rehearsal) error {
	if err := r.validate(); err != nil {
		return err
	}
	return s.update(participantID, func(t *tx) error {
		a, p, err := t.held(participantID)
		if err != nil {
			return fmt.Errorf("note rehearsal: %w", err)
		}
		if d := a.admission(p, PurposeRehearsal, t.now); d.Verdict == Refuse {
			return &Refused{d}
		}
		r = r.rounded()
		r.At = t.now
		a.Participants[a.index(p.ID)].Rehearsal = r
		t.putAppointment(&a)
		t.log(Entry{Kind: "rehearsed", Appointment: a.ID, Participant: p.ID, Code: string(r.Fitness)})
		return nil
	})
}

// RedeemRehearsal is Redeem for a rehearsal, which the gate lets begin long before the hearing. The session is like any
// other: it opens nothing, and serves for the hearing too once the gate opens, if it lives that long.
func (s *Store) RedeemRehearsal(ticket string) (secret string, a Appointment, p Participant, err error) {
	return s.enter(PurposeRehearsal, func(t *tx) (Appointment, Participant, error) { return t.ticket(ticket) })
}
