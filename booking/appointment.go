package booking

import (
	"slices"
	"time"
)

// Text is one sentence or name in several languages: BCP 47 language to text.
type Text map[string]string

// In returns the text in lang, else in French, else in English, else in the first language by name.
func (t Text) In(lang string) string {
	for _, l := range []string{lang, "fr", "en"} {
		if s, ok := t[l]; ok {
			return s
		}
	}
	first := ""
	for l := range t {
		if first == "" || l < first {
			first = l
		}
	}
	return t[first]
}

// State is the stored state of an appointment. Whether it is active is never stored: Admission computes it.
type State string

const (
	StateConfirmed State = "confirmed"
	StateCancelled State = "cancelled" // final
	StateMoved     State = "moved"     // another appointment took its place; final
)

// Appointment is the record of one booked hearing and of its conference. It is a value read from the Store;
// its maps and slices are shared with other readers and must not be modified.
type Appointment struct {
	ID        string // random, url-safe
	Reference string // what people write and say

	Institution, Service Text
	Prepare              []Text // what to bring or read beforehand

	State  State
	Reason string // code given with a cancellation

	Start      Civil
	Duration   time.Duration
	EarlyEntry time.Duration // entry opens this long before Start
	Grace      time.Duration // entry closes this long after End
	Delay      time.Duration // announced lateness: moves the end, never the opening

	Started, Closed time.Time // of the conference; zero: not yet

	Participants []Participant
	Version      uint64 // 1 when booked, +1 at each write
}

// Participant returns the participant with this id.
func (a Appointment) Participant(id string) (Participant, bool) {
	if i := a.index(id); i >= 0 {
		return a.Participants[i], true
	}
	return Participant{}, false
}

func (a Appointment) index(id string) int {
	return slices.IndexFunc(a.Participants, func(p Participant) bool { return p.ID == id })
}

// LinkedWith returns p and everybody who moves with p, in the order of the appointment.
func (a Appointment) LinkedWith(p Participant) []Participant {
	var linked []Participant
	for _, q := range a.Participants {
		if q.ID == p.ID || p.Link != "" && q.Link == p.Link {
			linked = append(linked, q)
		}
	}
	return linked
}

// Opens is the first instant at which people may enter.
func (a Appointment) Opens() time.Time { return a.Start.Instant.Add(-a.EarlyEntry) }

// End is the scheduled end, an announced delay included, grace not.
func (a Appointment) End() time.Time { return a.Start.Instant.Add(a.Delay + a.Duration) }
