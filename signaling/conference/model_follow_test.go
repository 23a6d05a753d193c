package conference

import (
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"jalsa/booking"
)

// What must hold of the effects of each act, and what the model learns by them.

// follow checks the effects of the latest act one by one.
func (m *model) follow(t *rapid.T, failing bool) {
	for _, batch := range m.batches {
		for i, e := range batch {
			if _, ok := e.(SetPasses); ok && i > 0 {
				if _, ok := batch[i-1].(SetPasses); !ok {
					t.Fatalf("what may pass is told after %T", batch[i-1])
				}
			}
		}
	}
	for _, e := range m.all {
		switch e := e.(type) {
		case SetPasses:
			m.passes[e.Room] = e.Passes
		case CloseRoom:
			delete(m.passes, e.Room)
		case TellAdmitted:
			if m.outside[e.ID] && e.Room == "" {
				t.Fatalf("%s was put out and is let in without a new admission", e.ID)
			}
			if in, ok := m.media[e.ID]; ok && in != e.Room {
				t.Fatalf("%s has media in %q and is let into %q", e.ID, in, e.Room)
			}
			m.media[e.ID] = e.Room
		case CloseMedia:
			delete(m.media, e.ID)
		case TellRoster:
			m.checkRoster(t, e)
		case TellChat:
			m.checkLine(t, e)
		case TellInvitation:
			m.checkMeeting(t, e.ID, e.Number)
		case TellKnocked:
			m.checkMeeting(t, e.ID, e.Number)
		case SayBye:
			m.outside[e.ID] = m.outside[e.ID] || e.Code == Left && !m.returns(e.ID)
		case WriteAdmit:
			for _, id := range e.IDs {
				p, _ := m.books.Participant(id)
				m.outside[id] = m.outside[id] && p.Admitted.IsZero()
			}
		case WriteRemove:
			m.outside[e.ID] = true
		case WriteDismiss:
			m.outside[e.ID] = true
		case WriteEnd:
			m.closed = true
		case WriteSitting:
			m.sit(e, failing)
		}
	}
	for _, p := range m.books.Participants {
		m.outside[p.ID] = m.outside[p.ID] || !p.Removed.IsZero()
	}
}

// watch notes since when the session lacks a host, and looks at its beginning.
func (m *model) watch(t *rapid.T) {
	s := m.state
	switch {
	case s.hostInside():
		m.hostless = time.Time{}
	case m.hostless.IsZero():
		m.hostless = m.now
	}
	if m.before.Phase() != Countdown || s.Phase() != InSession {
		return
	}
	for i := range s.people {
		if p := &s.people[i]; p.room != "" || p.inside() && m.testifies(p.Participant) {
			t.Fatalf("%s is %s in %q as the session begins", p.ID, p.place, p.room)
		}
	}
}

// returns reports whether one who goes comes back in alone.
func (m *model) returns(id string) bool {
	p, _ := m.books.Participant(id)
	return p.Role.Hosts() || !m.locked && !m.testifies(p)
}

// testifies reports whether one, or somebody who moves with them, must be
// called in each time.
func (m *model) testifies(p booking.Participant) bool {
	return slices.ContainsFunc(m.books.LinkedWith(p), func(q booking.Participant) bool {
		return q.Role == booking.RoleWitness || q.Role == booking.RoleExpert || q.Role == booking.RoleObserver
	})
}

// forget notes that who stays away too long has gone.
func (m *model) forget(name string) {
	for _, p := range m.books.Participants {
		if was := m.before.find(p.ID); was.place == Reconnecting && m.state.Place(p.ID) == Expected && strings.HasSuffix(name, " passes") && was.room == "" {
			m.outside[p.ID] = m.outside[p.ID] || !m.returns(p.ID)
		}
	}
}

// sit follows an order: a restriction holds from now on, a grant if it is written.
func (m *model) sit(e WriteSitting, failing bool) {
	written := !failing && !m.refused(e)
	switch e.Kind {
	case KindPaused, KindSuspended, KindDeliberation:
		m.order = e.Sitting.Order
	case KindLocked:
		m.locked = true
	case KindResumed:
		if written {
			m.order = ""
		}
	case KindUnlocked:
		m.locked = m.locked && !written
	}
}

// checkJournal: whoever is elsewhere now has an entry of it, and so has the
// phase, unless the books brought it themselves.
func (m *model) checkJournal(t *rapid.T, name string) {
	told := map[string]bool{}
	session := false
	for _, e := range m.all {
		switch e := e.(type) {
		case Journal:
			told[e.ID] = true
			session = session || e.ID == "" || e.Kind == KindCountdown || e.Kind == KindStopped
		case WriteRemove:
			told[e.ID] = true
		case WriteSitting, WriteStart, WriteEnd:
			session = true
		}
	}
	books := m.before.appointment.Version != m.books.Version
	for _, p := range m.books.Participants {
		was, is := m.before.find(p.ID), m.state.find(p.ID)
		moved := was.place != is.place || was.room != is.room
		if moved && !told[p.ID] && !books {
			t.Fatalf("after %q %s is %s %s and was %s %s, and no journal tells it", name, p.ID, is.place, is.room, was.place, was.room)
		}
	}
	was, is := m.before.Phase(), m.state.Phase()
	if was != is && was != Scheduled && is != Scheduled && !session && !books {
		t.Fatalf("after %q the phase is %s and was %s, and no journal tells it", name, is, was)
	}
}

// checkMeeting: two who must not meet do not learn of each other.
func (m *model) checkMeeting(t *rapid.T, id string, number uint32) {
	for _, p := range m.books.Participants {
		if p.Number == number && m.screened(id, p.ID) {
			t.Fatalf("%s is told of %s, whom they must not meet", id, p.ID)
		}
	}
}

func (m *model) screened(a, b string) bool {
	return slices.Contains(m.books.Screens, [2]string{a, b}) || slices.Contains(m.books.Screens, [2]string{b, a})
}

func (m *model) checkRoster(t *rapid.T, e TellRoster) {
	role := m.role(e.ID)
	full := (role.Hosts() || role == booking.RoleClerk) && e.Roster.Room == ""
	observers := 0
	for _, entry := range e.Roster.Entries {
		m.checkMeeting(t, e.ID, entry.Number)
		if entry.Role == booking.RoleObserver {
			observers++
		}
		if full {
			continue
		}
		switch entry.Place {
		case InHearing, InConsultation, Reconnecting:
		case Calling, Declined, NoAnswer:
			if e.Roster.Room == "" {
				t.Fatalf("%s is told of an invitation", e.ID)
			}
		default:
			t.Fatalf("%s is told of somebody %s", e.ID, entry.Place)
		}
		if entry.Room != "" || entry.Help {
			t.Fatalf("%s is told of %+v", e.ID, entry)
		}
	}
	if !full && e.Roster.Room == "" && role != booking.RoleObserver && observers > 0 {
		t.Fatalf("%s is told who observes", e.ID)
	}
	for _, pair := range m.books.Screens {
		other := pair[0]
		if pair[0] == e.ID {
			other = pair[1]
		}
		if slices.Contains(pair[:], e.ID) && e.Roster.Spotlight == m.number(other) {
			t.Fatalf("%s is told that %s has the floor", e.ID, other)
		}
	}
}

// checkLine: a line reaches those who were with its writer when it was written.
func (m *model) checkLine(t *rapid.T, e TellChat) {
	m.checkMeeting(t, e.ID, e.Line.From)
	if m.role(e.ID) == booking.RoleObserver {
		t.Fatal("an observer is told what others write")
	}
	if told, ok := m.lines[e.Line.ID]; ok && !slices.Contains(told, e.ID) {
		t.Fatalf("%s is told a line that was not for them", e.ID)
	}
}

// checkChat: a line reaches people in the room that it was written in, and only
// while its writer is in it.
func (m *model) checkChat(t *rapid.T, by, room string) {
	from, id := m.state.find(by), uint64(0)
	for _, e := range m.all {
		line, ok := e.(TellChat)
		if !ok {
			continue
		}
		id = line.Line.ID
		m.lines[id] = append(m.lines[id], line.ID)
		if to := m.state.find(line.ID); !to.connected() || to.place == Waiting || to.room != from.room || to.room != room {
			t.Fatalf("%s in %q writes to %s in %q", by, from.room, line.ID, to.room)
		}
	}
	for i := range m.state.people { // who has lost the link is told when they are back
		if p := &m.state.people[i]; p.place == Reconnecting && p.room == from.room {
			m.lines[id] = append(m.lines[id], p.ID)
		}
	}
}
