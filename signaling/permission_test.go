package signaling

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"jalsa/booking"
	"jalsa/signaling/conference"
)

// The table of rights is conference.May, a row for each message of a client. What
// it says is held here against live hearings: for every message of the catalogue
// and every role, from inside their own hearing, from its waiting room, towards
// another hearing, and from outside.

// roles are all that there are, in the order in which they have numbers.
var roles = []booking.Role{
	booking.RoleHost, booking.RoleParty, booking.RoleRepresentative, booking.RoleInterpreter, booking.RoleWitness,
	booking.RoleExpert, booking.RoleObserver, booking.RoleAssistant, booking.RolePanel, booking.RoleClerk,
}

func TestEveryMessageHasARowInTheTableOfRights(t *testing.T) {
	if messages := slices.Sorted(maps.Keys(fromClient)); !slices.Equal(messages, conference.Verbs()) {
		t.Errorf("messages of clients:\n%v\nrows:\n%v", messages, conference.Verbs())
	}
}

// everyMessage is the golden message of each type, those last that change where
// somebody is.
func everyMessage(t *testing.T) []ClientMessage {
	moves := []string{"consult", "return", "deliberate", "clear", "dismiss", "remove", "leave", "next", "end"}
	rank := func(m ClientMessage) int { return slices.Index(moves, m.Type()) }
	var all []ClientMessage
	for name, data := range goldens(t) {
		if strings.HasPrefix(name, "client-") {
			m, err := Decode(data)
			must(t, err)
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b ClientMessage) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a.Type(), b.Type())
	})
	return all
}

// stage is a live hearing with one person of each role.
type stage struct {
	*rig
	prefix      string
	appointment booking.Appointment
	clients     map[booking.Role]*client
	asked       int
}

func (r *rig) stage(prefix string) *stage {
	r.t.Helper()
	s := &stage{rig: r, prefix: prefix, clients: map[booking.Role]*client{}}
	people := make([]booking.Participant, 0, len(roles))
	for _, role := range roles {
		people = append(people, booking.Participant{Role: role})
	}
	s.appointment = r.add(prefix, func(*booking.Draft) {}, people...)
	return s
}

// come has those join who are not connected, and gather lets all in.
func (s *stage) come(some ...booking.Role) {
	s.t.Helper()
	for _, role := range some {
		name := s.prefix + string(role)
		if place := s.where(role); place == "" || place == conference.Gone {
			s.clients[role] = s.join(name)
			s.until(name+" is here", func() bool { return s.where(role) == conference.Waiting || s.where(role) == conference.InHearing })
		}
	}
}

func (s *stage) gather() {
	s.t.Helper()
	s.come(roles...)
	for _, role := range roles {
		if s.where(role) == conference.InConsultation {
			s.clients[role].send(Return{})
			s.until(string(role)+" is back", func() bool { return s.where(role) != conference.InConsultation })
		}
	}
	host := s.clients[booking.RoleHost]
	s.until("the host is in", func() bool { return s.where(booking.RoleHost) == conference.InHearing })
	switch s.look().Phase {
	case conference.Paused, conference.Suspended, conference.Deliberation:
		host.send(Resume{})
		s.until("it goes on", func() bool { return s.look().Phase == conference.InSession })
	}
	for _, role := range roles {
		if s.where(role) != conference.InHearing {
			host.send(Admit{Number: s.people[s.prefix+string(role)].Number})
			s.until(string(role)+" is in", func() bool { return s.where(role) == conference.InHearing })
		}
	}
}

// sight is everything that a command could change, as hosts may see it.
type sight struct {
	Phase   conference.Phase
	Version uint64
	Places  map[string]string
	Roster  *conference.Roster
	Queue   []conference.WaitingView
	Order   booking.Sitting
}

func (s *stage) look() (seen sight) {
	s.t.Helper()
	h := s.live.hold(s.appointment.ID)
	if h == nil {
		return sight{}
	}
	defer s.live.release(h)
	done := make(chan struct{})
	h.post("", func() {
		defer close(done)
		seen = sight{Phase: h.state.Phase(), Version: h.state.Appointment().Version, Places: h.state.Places(), Order: h.state.Appointment().Sitting}
		seen.Roster, _ = h.state.Roster(s.people[s.prefix+"host"].ID)
		for _, p := range h.state.Appointment().Participants {
			view, _ := h.state.WaitingView(p.ID)
			seen.Queue = append(seen.Queue, view)
		}
	})
	<-done
	return seen
}

func (s *stage) where(role booking.Role) conference.Place {
	return conference.Place(s.look().Places[s.people[s.prefix+string(role)].ID])
}

// ask sends a message and returns the code of the error that answers it; "" if
// none does.
func (s *stage) ask(role booking.Role, m ClientMessage) string {
	s.t.Helper()
	if s.asked++; s.asked%10 == 0 { // nobody is to run into what bounds a flood
		s.pass(2*time.Second, slices.Collect(maps.Values(s.clients))...)
	}
	c := s.clients[role]
	from := len(c.received())
	c.send(m)
	switch m.(type) {
	case Leave:
		c.expectEnd(1000, byeLeft)
		return ""
	case End:
		if conference.May(role, m.Type()) {
			c.expectEnd(4411, string(booking.ReasonClosed))
			return ""
		}
	}
	s.followed(c)
	c.sync()
	for _, frame := range c.received()[from:] {
		answer, err := DecodeServer(frame)
		must(s.t, err)
		if e, ok := answer.(Error); ok && e.Re == m.Type() {
			return e.Code
		}
	}
	return ""
}

// excused are the golden messages that fit no state of this hearing, or nobody in
// it, whoever may send them.
var excused = map[string]string{
	"join": errBadMessage, "offer": errBadSDP, "prefer": errUnknownPC, "still": errBadMessage,
	"start": conference.WrongState, "resume": conference.WrongState, "admit_all": conference.WrongState,
	"accept": conference.WrongState, "decline": conference.WrongState, "return": conference.WrongState, "knock": conference.WrongState,
	"chat": conference.UnknownParticipant, "consult": conference.UnknownParticipant, // with oneself
}

func TestExactlyTheTableOfRightsHoldsInside(t *testing.T) {
	r := newRig(t)
	s, other := r.stage("a-"), r.stage("b-")
	s.gather()
	other.gather()
	quiet := other.look()
	messages := everyMessage(t)

	for _, role := range roles {
		for _, m := range messages {
			if conference.May(role, m.Type()) {
				continue
			}
			before := s.look()
			if code := s.ask(role, m); code != conference.NotAllowed {
				t.Errorf("%s of %s was answered %q", m.Type(), role, code)
			}
			if after := s.look(); !reflect.DeepEqual(before, after) {
				t.Errorf("%s of %s changed\n%+v to\n%+v", m.Type(), role, before, after)
			}
		}
	}

	s.clients[booking.RoleHost].send(Sharing{Open: true}) // of all who may share at all
	s.followed(s.clients[booking.RoleHost])
	backwards := slices.Clone(roles)
	slices.Reverse(backwards) // the host, who can end it, comes last
	for _, role := range backwards {
		for _, m := range messages {
			if !conference.May(role, m.Type()) {
				continue
			}
			if code := s.ask(role, whole(role, m)); code != "" && code != excused[m.Type()] {
				t.Errorf("%s of %s was answered %q", m.Type(), role, code)
			}
			if m.Type() != "end" {
				s.restore()
				s.gather()
			}
		}
	}
	if phase := s.look().Phase; phase != conference.Closed && phase != "" {
		t.Errorf("the host did not end it: %s", phase)
	}

	// Nobody in the other hearing, where people have the same numbers, saw any of it.
	if now := other.look(); !reflect.DeepEqual(quiet, now) {
		t.Errorf("the other hearing went from\n%+v to\n%+v", quiet, now)
	}
}

// whole is the message with somebody in it whom the role may ask for such a thing,
// and after which there is still a hearing.
func whole(role booking.Role, m ClientMessage) ClientMessage {
	switch m := m.(type) {
	case Consult:
		if role == booking.RoleHost || role == booking.RolePanel {
			return Consult{Numbers: []uint32{10}} // the clerk
		}
		return m
	case Next:
		return Next{Close: false}
	case Say:
		m.Room = ""
		return m
	}
	return m
}

// restore gives those who were removed a new link.
func (s *stage) restore() {
	s.t.Helper()
	for _, role := range roles {
		name := s.prefix + string(role)
		p, ok := s.books().Participant(s.people[name].ID)
		if !ok || p.Removed.IsZero() {
			continue
		}
		invite, err := s.store.Reissue(p.ID, "test")
		must(s.t, err)
		s.cookies[name] = s.redeem(invite.Ticket)
	}
}

func (s *stage) books() booking.Appointment {
	s.t.Helper()
	a, err := s.store.Appointment(s.appointment.ID)
	must(s.t, err)
	return a
}

// Towards another hearing nobody has any right: a session opens no socket but its
// own, and knows no number but of its own people.
func TestASessionOpensNoOtherHearing(t *testing.T) {
	r := newRig(t)
	r.stage("a-")
	other := r.stage("b-")
	other.come(roles...)
	before := other.look()
	for _, role := range roles {
		for _, theirs := range []booking.Role{booking.RoleHost, role} {
			c, _, err := r.dialAt(r.url("b-"+string(theirs)), "a-"+string(role), http.Header{
				"Origin": {origin}, "Cookie": {booking.SessionCookie + "=" + r.cookies["a-"+string(role)]},
			})
			must(t, err)
			c.expectEnd(4401, string(booking.ReasonUnknownLink))
		}
	}
	if after := other.look(); !reflect.DeepEqual(before, after) {
		t.Errorf("from\n%+v to\n%+v", before, after)
	}
}

// Outside, before a join and without a session, no message does anything.
func TestNoMessageWorksFromOutside(t *testing.T) {
	r := newRig(t)
	s := r.stage("a-")
	s.come(booking.RoleHost)
	before := s.look()
	for i, m := range everyMessage(t) {
		name := "a-" + string(roles[i%len(roles)])
		stranger, _, err := r.tryDial(name, http.Header{"Origin": {origin}})
		must(t, err)
		stranger.send(m)
		stranger.expectEnd(4401, string(booking.ReasonUnknownLink))
		if m.Type() == "join" {
			continue
		}
		early := r.dial(name)
		early.send(m)
		early.expectEnd(4400, byeBadMessage)
	}
	if after := s.look(); !reflect.DeepEqual(before, after) {
		t.Errorf("from\n%+v to\n%+v", before, after)
	}
}

// fromTheWaitingRoom is what one who waits may send, if their role may; anything
// else is refused and changes nothing.
var fromTheWaitingRoom = []string{"join", "leave", "ping", "help", "consult", "accept", "decline", "return"}

func TestOneWhoWaitsHasNoRightsInTheHearing(t *testing.T) {
	r := newRig(t)
	s := r.stage("a-")
	waiting := roles[1:] // a host never waits
	s.come(waiting...)
	for _, role := range waiting {
		for _, m := range everyMessage(t) {
			if slices.Contains(fromTheWaitingRoom, m.Type()) && conference.May(role, m.Type()) {
				continue
			}
			before := s.look()
			switch code := s.ask(role, m); code {
			case conference.NotAllowed, conference.NotAdmitted, conference.WrongState:
			default:
				t.Errorf("%s of %s was answered %q", m.Type(), role, code)
			}
			if after := s.look(); !reflect.DeepEqual(before, after) {
				t.Errorf("%s of %s changed\n%+v to\n%+v", m.Type(), role, before, after)
			}
		}
	}
	for _, role := range waiting {
		if place := s.where(role); place != conference.Waiting {
			t.Errorf("%s is %s", role, place)
		}
		for _, frame := range s.clients[role].received() {
			m, err := DecodeServer(frame)
			must(t, err)
			switch m.(type) {
			case Waiting, Error, Pong:
			default:
				t.Errorf("%s received %s", role, frame)
			}
		}
	}
}
