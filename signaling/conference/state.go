package conference

import (
	"slices"
	"time"

	"jalsa/booking"
)

// Place is where a participant is. Its text is the word of the wire.
type Place string

// The places, in the order in which one passes through them.
const (
	Expected       Place = "expected"        // not connected
	Waiting        Place = "waiting"         // connected, not admitted
	InHearing      Place = "in_hearing"      // connected and admitted
	InConsultation Place = "in_consultation" // connected, in a room apart
	Reconnecting   Place = "reconnecting"    // was in one of both, the socket is lost, media may go on
	Removed        Place = "removed"         // taken out by a host

	// Gone is told instead of Expected of one who was here since the conference is in memory.
	Gone Place = "gone"

	// Told in a consultation room's roster of one who was invited and is not in.
	Calling  Place = "calling"
	Declined Place = "declined"
	NoAnswer Place = "no_answer"
)

// Phase is where the whole conference is. Its text is the word of the wire.
type Phase string

// The phases.
const (
	Scheduled    Phase = "scheduled"
	Open         Phase = "open"
	Countdown    Phase = "countdown" // the session is about to begin
	InSession    Phase = "in_session"
	Paused       Phase = "paused"       // by a host: all stay, nothing passes
	Suspended    Phase = "suspended"    // by a host, or for want of one: all stay, no sound passes
	Deliberation Phase = "deliberation" // the bench alone is inside
	Closed       Phase = "closed"
)

const (
	// KeepPlace is how long a lost socket keeps its participant's place, and a
	// waiting one their position in the queue.
	KeepPlace = 2 * time.Minute
	// rewrite is how long an effect that must be written may stay unwritten
	// before it is offered again.
	rewrite = 5 * time.Second
)

// State is one conference. The zero State is not usable; New makes one. It is
// a value: Apply returns another and never changes the one it was given.
type State struct {
	appointment booking.Appointment
	now         time.Time // of the latest command
	people      []person  // in the order of the appointment

	started, closed bool
	startedBy       string // participant whose act made the effect, for the journal
	closedBy        string
	wroteAt         time.Time // when unwritten effects were last offered

	until     time.Time       // the end of the countdown; zero without one
	sitting   booking.Sitting // in force; the books may not know it yet
	orderedBy string          // who gave the order, and
	lockedBy  string          // the lock
	resuming  bool            // a WriteSitting that ends the order is on its way, and
	unlocking bool            // one that ends the lock
	hostless  time.Time       // since when no host is inside; zero: one is
	noHost    bool            // the journal was told that it is suspended by that

	floor floor
	rooms []room // never changed in place: States share it

	passes *Passes   // of the hearing, as told last
	told   []*Roster // what receivers were told last; shared between States, never changed
}

// person is one participant as the conference sees them.
type person struct {
	booking.Participant
	place   Place
	granted bool // may be in the hearing as soon as they are connected
	asked   bool // an Admit effect for them is being written
	sent    bool // was sent out by a host: needs an admission anew, whoever they are

	session uint32    // issue of the link that their latest session came from
	gone    bool      // was here, and is not
	since   time.Time // entered the queue; kept while KeepPlace lasts
	lost    time.Time // the socket was lost; zero while connected
	by      string    // who removed them or sent them out, while that is unwritten

	microphone, camera bool

	confidants []uint32 // numbers of those whom they may call into a consultation; follows from the appointment

	room    string // the consultation room that they are in, connected or not, or ""
	fetched bool   // out of one while they had no link, and not back yet
	turn           // their part in the talk

	waiting *WaitingView // what was told last
	roster  *Roster      // what was told last
	rings   []string     // rooms whose invitations were told and are not over
}

// New starts the conference of an appointment: after a restart as well as for
// the first time, since all that must survive is in the books.
func New(a booking.Appointment, now time.Time) State {
	s, _ := State{}.Apply(Changed{Appointment: a}, now)
	s.passes = nil // nobody was told
	return s
}

func (p *person) connected() bool {
	return p.place == Waiting || p.place == InHearing || p.place == InConsultation
}

// waits reports whether the person is connected and has yet to be admitted: in
// the waiting room, or apart with others meanwhile.
func (p *person) waits() bool {
	return p.place == Waiting || p.place == InConsultation && !p.granted
}

// inside reports whether the person has a place in the hearing.
func (p *person) inside() bool {
	return p.place == InHearing || p.place == Reconnecting && p.room == ""
}

// housed reports whether the person has a place in the hearing or in a
// consultation room, connected or not: the condition for media.
func (p *person) housed() bool { return p.inside() || p.room != "" }

// Appointment is the latest version that the conference has seen.
func (s State) Appointment() booking.Appointment { return s.appointment }

// Place is where a participant is; Expected for strangers.
func (s State) Place(id string) Place {
	if p := s.find(id); p != nil {
		return p.place
	}
	return Expected
}

// Present reports whether a participant has a place in the hearing or in a
// consultation room, connected or not: the condition for media and relay.
func (s State) Present(id string) bool {
	p := s.find(id)
	return p != nil && p.housed()
}

// Running reports whether anybody has a place in the hearing or in a
// consultation room.
func (s State) Running() bool {
	return slices.ContainsFunc(s.people, func(p person) bool { return p.housed() })
}

// Idle reports whether the State holds nothing that the books do not hold, so
// that it may be forgotten.
func (s State) Idle() bool {
	for i := range s.people {
		p := &s.people[i]
		if p.connected() || p.housed() || !p.since.IsZero() || p.unwritten() || s.undismissed(p) {
			return false
		}
	}
	return s.until.IsZero() && !s.startUnwritten() && !s.endUnwritten() && !s.orderUnwritten() && !s.lockUnwritten()
}

// startUnwritten reports whether the books lack a start that they would take:
// one whose time is over, or that was cancelled, is of no use to anybody.
func (s State) startUnwritten() bool {
	return s.started && !s.closed && s.appointment.Started.IsZero() &&
		slices.ContainsFunc(s.people, func(p person) bool { return s.gate(&p).Verdict == booking.Enter })
}

// endUnwritten reports whether the books lack an end that they would take.
func (s State) endUnwritten() bool {
	return s.closed && s.closedBy != "" && s.appointment.Closed.IsZero() && s.appointment.State == booking.StateConfirmed
}

// undismissed reports whether the books still show an admission of one who
// needs another. What the gate refuses anyway need not be taken back.
func (s State) undismissed(p *person) bool {
	return !p.granted && !p.asked && !p.Admitted.IsZero() && p.place != Removed &&
		s.gate(p).Verdict != booking.Refuse
}

func (p *person) unwritten() bool { return p.place == Removed && p.Participant.Removed.IsZero() }

// gate asks the one decision on entry. A removal or an end in force here counts
// before the books show it.
func (s State) gate(p *person) booking.Decision {
	switch {
	case p.place == Removed:
		return booking.Decision{Reason: booking.ReasonRemoved}
	case s.closed:
		return booking.Decision{Reason: booking.ReasonClosed}
	}
	return booking.Admission(s.appointment, p.ID, booking.PurposeHearing, s.now)
}

// door is the gate for one who joins or is here: it also refuses a session that
// came from an earlier link than the good one. A session from a later link is
// ahead of what has been heard from the books.
func (s State) door(p *person) booking.Decision {
	if d := s.gate(p); d.Verdict == booking.Refuse || p.session >= p.Issue {
		return d
	}
	return booking.Decision{Reason: booking.ReasonUnknownLink}
}

func (s State) hostInside() bool {
	return slices.ContainsFunc(s.people, func(p person) bool { return p.place == InHearing && p.Role.Hosts() })
}

// find returns the person in s.people, or nil.
func (s State) find(id string) *person {
	i := slices.IndexFunc(s.people, func(p person) bool { return p.ID == id })
	if i < 0 {
		return nil
	}
	return &s.people[i]
}

// unit returns the people that move as one with the participant of a number;
// none if there is no such participant.
func (s State) unit(number uint32) []*person {
	i := slices.IndexFunc(s.people, func(p person) bool { return p.Number == number })
	if i < 0 {
		return nil
	}
	link := s.people[i].Link
	var unit []*person
	for j := range s.people {
		if p := &s.people[j]; j == i || link != "" && p.Link == link {
			unit = append(unit, p)
		}
	}
	return unit
}

// stays reports whether a person keeps their admission as they go out.
func (s State) stays(p *person) bool {
	return s.returns(p) && !p.sent && (!s.locked() || p.Role.Hosts())
}

// returns reports whether a person who was admitted and went out, by leaving or
// by staying away too long, comes straight back in: nobody who moves with them
// may be a witness, expert or observer.
func (s State) returns(p *person) bool {
	return !slices.ContainsFunc(s.appointment.LinkedWith(p.Participant), func(q booking.Participant) bool {
		switch q.Role {
		case booking.RoleHost, booking.RolePanel, booking.RoleClerk, booking.RoleParty,
			booking.RoleRepresentative, booking.RoleInterpreter, booking.RoleAssistant:
			return false
		}
		return true
	})
}
