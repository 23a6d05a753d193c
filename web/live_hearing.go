package web

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"jalsa/booking"
)

// lookout tells of one appointment how it stands now, and of its people where they are.
type lookout struct {
	s      *site
	d      desk
	a      booking.Appointment
	zone   *time.Location
	now    time.Time
	places map[string]string
	links  map[string]string
	helped map[string]bool      // participants who have asked for help
	since  map[string]time.Time // when somebody came to where they are
}

// stage is where on the desk an appointment stands.
type stage int

const (
	stageNone   stage = iota // not at all: it does not take place
	stageHeld                // the room is open
	stageToCome              // later today
	stageOver
)

// liveHearing is one appointment on the desk.
type liveHearing struct {
	ID          string
	Clock       string
	Until       string
	Stamp       string
	Expected    string // the clock of the new time, after an announced delay
	Delay       int    // announced, in minutes
	Extended    int    // minutes given while it runs
	Opens       string // the clock, of one to come
	Reference   string
	Case        string
	Service     phrase
	Counter     string
	State       string
	Name, Tone  string // of the state
	Reason      string // of a suspension, in words
	Locked      bool
	Interpreter string
	People      []livePerson
	Lacking     int    // of one to come: people whose last test says that they cannot take part well
	File, Call  string // addresses
}

// livePlace is where somebody is, or where they are stuck.
type livePlace struct {
	Code  string
	Name  string
	Tone  string // go, wait, stop, or "" for who need not be here yet
	Since string // how long, in words
}

// livePerson is somebody on the desk.
type livePerson struct {
	person
	Number    uint32
	Where     livePlace
	Link      string // how they are connected, in words
	LinkTone  string
	Rehearsed *rehearsed // until they come
	Signs     bool
	Help      bool
	Host      bool
	NoShow    bool
	Phone     string // while they are not here
	Message   string // address
}

// hearing tells of the appointment and its people.
func (l lookout) hearing(names names) (liveHearing, stage) {
	stage := l.stage()
	if stage == stageNone || stage == stageOver {
		return liveHearing{}, stage
	}
	a, start := l.a, l.a.Start.Instant.In(l.zone)
	one := liveHearing{
		ID: a.ID, Clock: start.Format("15:04"), Until: a.End().In(l.zone).Format("15:04"), Stamp: start.Format(time.RFC3339),
		Reference: a.Reference, Case: a.Case, Service: l.d.phrase(a.Service), Counter: names.counters[a.CounterID],
		Extended: int(a.Extended / time.Minute), Opens: a.Opens().In(l.zone).Format("15:04"), Locked: a.Sitting.Locked,
		File: appointmentAddress(a.ID, nil),
	}
	if a.Delay > 0 && a.Started.IsZero() {
		one.Delay, one.Expected = int(a.Delay/time.Minute), start.Add(a.Delay).Format("15:04")
	}
	if a.Interpreter != "" {
		one.Interpreter = l.d.languageName(a.Interpreter)
	}
	state, reason := l.state(stage)
	one.State, one.Name, one.Tone = state, l.d.text("desk.state."+state), stateTones[state]
	if reason != "" {
		one.Reason = l.d.reasonOf(reason)
	}
	if stage == stageHeld {
		one.Call = appointmentAddress(a.ID, nil) + "/call"
		l.since = l.arrivals()
	}
	people := slices.Clone(a.Participants)
	slices.SortStableFunc(people, func(p, q booking.Participant) int { return cmp.Compare(seat(p), seat(q)) })
	for _, p := range people {
		if !p.Removed.IsZero() {
			continue
		}
		if fit := p.Rehearsal.Fitness; fit == booking.FitNone || fit == booking.FitPoor {
			one.Lacking++
		}
		one.People = append(one.People, l.person(p))
	}
	return one, stage
}

// seat puts who holds the hearing before the others.
func seat(p booking.Participant) int {
	if p.Role.Hosts() {
		return 0
	}
	return 1
}

// stage tells where on the desk the appointment stands.
func (l lookout) stage() stage {
	switch status := l.a.Status(l.now); status {
	case booking.StatusClosed, booking.StatusTooLate:
		if l.a.State != booking.StateConfirmed {
			return stageNone
		}
		return stageOver
	case booking.StatusTooEarly:
		return stageToCome
	case booking.StatusOpen, booking.StatusDelayed, booking.StatusInSession:
		return stageHeld
	}
	return stageNone
}

// States of a hearing on the desk, beside the orders of booking.Sitting.
const (
	liveCountdown = "countdown"
	liveSession   = "in_session"
	liveWaiting   = "waiting"
	liveLate      = "late"
	liveExpected  = "expected"
)

// stateTones are the colours of states on the desk.
var stateTones = map[string]string{
	liveCountdown: "go", liveSession: "go", liveWaiting: "wait", liveLate: "stop",
	booking.OrderPaused: "wait", booking.OrderSuspended: "stop", booking.OrderDeliberation: "wait",
}

// state tells how the hearing stands: by what its hosts ordered, which the books keep, else by what the live side says, else
// by the clock and who waits. reason is the code of a suspension.
func (l lookout) state(stage stage) (state, reason string) {
	if l.a.Sitting.Order != "" {
		return l.a.Sitting.Order, l.a.Sitting.Reason
	}
	if l.s.Phase != nil {
		switch phase, why := l.s.Phase(l.a.ID); phase {
		case liveCountdown:
			return phase, ""
		case booking.OrderPaused, booking.OrderSuspended, booking.OrderDeliberation:
			return phase, why
		}
	}
	switch {
	case !l.a.Started.IsZero():
		return liveSession, ""
	case stage == stageHeld && !l.now.Before(l.a.Start.Instant.Add(l.a.Delay+lateAfter)):
		return liveLate, ""
	case someoneWaits(l.a, l.places):
		return liveWaiting, ""
	}
	return liveExpected, ""
}

// reasonOf is why a hearing is suspended, in words; a reason that the catalogue does not know is another one.
func (d desk) reasonOf(code string) string {
	if _, ok := d.messages["desk.reason."+code]; ok {
		return d.text("desk.reason." + code)
	}
	return d.text("desk.reason.other")
}

// arrivals are when the journal last told that somebody moved. The desk is whole without.
func (l lookout) arrivals() map[string]time.Time {
	events, err := l.s.Bookings.History(l.a.ID)
	if err != nil {
		l.s.Logger.Error("read arrivals", "err", err, "appointment", l.a.ID)
	}
	since := map[string]time.Time{}
	for _, e := range events {
		switch e.Kind {
		case "waiting", "admitted", "dismissed", "disconnected", "left", "connected", "reconnecting":
			since[e.Participant] = e.Time
		}
	}
	return since
}

func (l lookout) person(p booking.Participant) livePerson {
	one := livePerson{
		person: l.d.person(p), Number: p.Number, Where: l.place(p), Signs: p.Sign, Help: l.helped[p.ID], Host: p.Role.Hosts(), NoShow: p.NoShow,
	}
	if here(l.places[p.ID]) {
		if word := l.links[p.ID]; word != "" {
			one.Link, one.LinkTone = l.d.text("desk.link."+word), linkTones[word]
		}
	} else {
		one.Rehearsed, one.Phone = l.d.rehearsed(p, l.now), p.Phone
	}
	if l.reaches(p) {
		one.Message = messageAddress(l.a, p)
	}
	return one
}

// linkTones are the colours of words for a connection.
var linkTones = map[string]string{connectionGood: "go", "fair": "wait", "poor": "stop", "lost": "stop"}

// here reports whether a place is one that somebody has in the hearing now.
func here(place string) bool {
	return place == placeWaiting || place == placeInHearing || place == placeInConsultation
}

// reaches reports whether the desk may tell somebody something: they wait or are inside.
func (l lookout) reaches(p booking.Participant) bool {
	return l.s.Tell != nil && p.Removed.IsZero() && here(l.places[p.ID])
}

// messageAddress is where the desk writes to somebody.
func messageAddress(a booking.Appointment, p booking.Participant) string {
	return fmt.Sprintf("%s/people/%d/message", appointmentAddress(a.ID, nil), p.Number)
}

const (
	stuckAfter  = 2 * time.Minute // on the way into the room, nobody takes longer who is well
	justStepped = time.Minute     // a step that is newer tells more than that somebody has left
)

// placeTones are the colours of where somebody is, or is stuck.
var placeTones = map[string]string{
	placeInHearing: "go", placeInConsultation: "go", placeWaiting: "go", placeReconnecting: "stop", placeGone: "wait",
	string(stepDenied): "stop", string(stepUnfit): "stop", string(stepUnreachable): "stop", placeAbsent: "stop",
}

// Places of who has not come: yet, or though the hearing waits for them.
const (
	placeNone   = "none"
	placeAbsent = "absent"
)

// place tells where somebody is: by the live side, or before it knows of them by how far they have come.
func (l lookout) place(p booking.Participant) livePlace {
	code, at := l.places[p.ID], l.since[p.ID]
	on, way := l.s.journeys.of(p.ID, l.now)
	switch {
	case way && (code == "" || code == placeGone && l.now.Sub(on.at) < justStepped):
		code, at = string(on.step), on.at
	case code == "" && l.stage() == stageHeld && !l.now.Before(l.a.Start.Instant.Add(l.a.Delay)):
		code, at = placeAbsent, time.Time{} // who moves with somebody is admitted without being there
	case code == "":
		code, at = placeNone, time.Time{}
	}
	place := livePlace{Code: code, Name: l.d.text("desk.at." + code), Tone: placeTones[code]}
	if code == placeAbsent && l.now.Before(l.a.Start.Instant.Add(l.a.Delay+lateAfter)) {
		place.Tone = "wait" // some minutes late are no alarm
	}
	if place.Tone == "" && way && l.now.Sub(on.at) >= stuckAfter && code != placeNone {
		place.Tone = "wait"
	}
	switch {
	case at.IsZero():
	case code == placeGone || code == string(stepOpened):
		place.Since = l.d.ago(l.now.Sub(at))
	default:
		place.Since = l.d.since(l.now.Sub(at))
	}
	return place
}

// since is for how long something has been so, in its largest unit.
func (v visitor) since(d time.Duration) string {
	switch {
	case d < time.Minute:
		return v.text("desk.since.now")
	case d < time.Hour:
		return v.text("desk.since.minutes", "n", int(d/time.Minute))
	}
	return v.text("desk.since.hours", "n", int(d/time.Hour))
}
