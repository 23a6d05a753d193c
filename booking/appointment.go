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
	StateRequested State = "requested" // waits for the proof of the contact, then for the staff if the service says so
	StateConfirmed State = "confirmed"
	StateRejected  State = "rejected"  // by the staff; final
	StateExpired   State = "expired"   // the contact was never proven, or the staff never decided; final
	StateCancelled State = "cancelled" // final
	StateMoved     State = "moved"     // adjourned before it began: Next took its place; final
)

// Live reports whether the appointment still takes a slot and people's time.
func (s State) Live() bool { return s == StateRequested || s == StateConfirmed }

// Why is the reason of a decision: a code for the journal, and words for people, which lie beside it.
type Why struct {
	Code string // letters, digits and _ - . :
	Text string // may be empty
}

// Contact is how to reach who booked.
type Contact struct {
	Email  string
	Phone  string    // E.164, may be empty
	Zone   string    // IANA name of the clock beside the institution's on the page that was booked on, or ""
	Proven time.Time `json:",omitzero"` // when the holder of Email showed that they read it; zero: not yet
	Posted bool      // Email was written to when it was booked, so a link or code from there proves it; without mail the staff must
}

// Appointment is the record of one booked hearing and of its conference. It is a value read from the Store;
// its maps and slices are shared with other readers and must not be modified.
type Appointment struct {
	ID        string // random, url-safe
	Reference string // what people write and say

	InstitutionID, ServiceID, CounterID string // ""; for one that was made by a command, or without service or counter

	Institution, Service Text   // their names when it was made
	Prepare              []Text // what to bring or read beforehand
	Judicial             bool   // shown as a hearing
	Case                 string // case number, may be empty

	State    State
	Reason   string // code given with a cancellation, rejection or adjournment
	Remark   string // its words for people
	Next     string // id of the appointment to which this one was adjourned
	Previous string // the other way round

	Created     time.Time
	Contact     Contact
	Interpreter string        // language for which one is needed, or ""
	Needs       string        // accessibility, free text
	Accepted    bool          // the staff must accept it, or must have
	Cutoff      time.Duration // the citizen may move or cancel until this long before Start
	Reminders   []time.Duration
	Keep        int       // days after the end until names and contacts are erased; 0: never
	Erased      time.Time `json:",omitzero"` // when they were

	Start      Civil
	Duration   time.Duration
	Extended   time.Duration `json:",omitzero"` // how much of Duration was added while it ran
	EarlyEntry time.Duration // entry opens this long before Start
	Grace      time.Duration // entry closes this long after End
	Delay      time.Duration // announced lateness: moves the end, never the opening

	Started, Closed time.Time `json:",omitzero"` // of the conference; zero: not yet
	Sitting         Sitting   `json:",omitzero"` // what its hosts have ordered
	Missed          time.Time `json:",omitzero"` // when it was found that the citizen had come and the institution had not; see Store.Sweep

	Participants []Participant
	Screens      [][2]string // pairs of participant ids who must not meet
	Observers    string      `json:",omitempty"` // how others see that observers are there: ObserversNames, or "" for it, or ObserversCount
	Sequence     int         // of its calendar entry (RFC 5545 SEQUENCE): +1 when time, place or state changed
	Version      uint64      // 1 when booked, +1 at each write
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

// booker returns the citizen who booked.
func (a Appointment) booker() (Participant, bool) {
	i := slices.IndexFunc(a.Participants, func(p Participant) bool { return p.Booker && p.Removed.IsZero() })
	if i < 0 {
		return Participant{}, false
	}
	return a.Participants[i], true
}

// awaitsStaff reports whether this is a request that the staff must decide: its contact is proven, or was never written to.
func (a Appointment) awaitsStaff() bool {
	return a.State == StateRequested && (!a.Contact.Proven.IsZero() || !a.Contact.Posted)
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
