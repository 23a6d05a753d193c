package conference

import (
	"pgregory.net/rapid"

	"jalsa/booking"
)

// What must hold of the State after each act.

func (m *model) role(id string) booking.Role {
	p, _ := m.books.Participant(id)
	return p.Role
}

// check holds after every act.
func (m *model) check(t *rapid.T) {
	s := m.state
	for _, p := range m.books.Participants {
		m.checkPlace(t, p)
	}
	if m.closed != (s.Phase() == Closed) {
		t.Fatalf("closed is final, but the phase is %s", s.Phase())
	}
	m.checkOrder(t)
	m.checkPasses(t)
	m.checkRemovals(t)
	m.checkQueue(t)
	m.checkIdle(t)
}

func (m *model) checkPlace(t *rapid.T, p booking.Participant) {
	s := m.state
	q := s.find(p.ID)
	inside, housed := q.inside(), q.housed()
	if inside && (p.Admitted.IsZero() || !p.Removed.IsZero()) {
		t.Fatalf("%s is %s without admission", p.ID, q.place)
	}
	d := booking.Admission(m.books, p.ID, booking.PurposeHearing, m.now)
	if inside && d.Verdict != booking.Enter || housed && d.Verdict == booking.Refuse {
		t.Fatalf("%s is %s though the gate says %+v", p.ID, q.place, d)
	}
	if (housed || q.place == Waiting) && q.session < p.Issue {
		t.Fatalf("%s is %s with a revoked session", p.ID, q.place)
	}
	if room, media := m.media[p.ID]; housed != media || room != q.room || housed != s.Present(p.ID) {
		t.Fatalf("%s is %s in %q, but media is %v in %q and presence %v", p.ID, q.place, q.room, media, room, s.Present(p.ID))
	}
	if _, ok := s.Roster(p.ID); ok != (q.place == InHearing || q.place == InConsultation) {
		t.Fatalf("%s is %s and sees a roster: %v", p.ID, q.place, ok)
	}
	view, ok := s.WaitingView(p.ID)
	if ok != (q.place == Waiting) {
		t.Fatalf("%s is %s and sees the queue: %v", p.ID, q.place, ok)
	}
	for _, e := range view.Company {
		m.checkMeeting(t, p.ID, e.Number)
		if c := s.numbered(e.Number); !s.mayConsult(q, c) {
			t.Fatalf("%s is told of %s, no confidant of theirs", p.ID, c.ID)
		}
	}
	if m.closed && (housed || q.place == Waiting) {
		t.Fatalf("%s is %s in a closed conference", p.ID, q.place)
	}
}

// checkOrder: an order is the phase, and what its phase means.
func (m *model) checkOrder(t *rapid.T) {
	s := m.state
	phase, host := s.Phase(), s.hostInside()
	switch want := map[string]Phase{booking.OrderPaused: Paused, booking.OrderSuspended: Suspended, booking.OrderDeliberation: Deliberation}[m.order]; {
	case m.closed:
		return
	case want != "" && phase != want:
		t.Fatalf("%s is in force, but the phase is %s", m.order, phase)
	case want == "" && (phase == Paused || phase == Deliberation):
		t.Fatalf("%s without an order", phase)
	case phase == InSession && !host, want == "" && phase == Suspended && host:
		t.Fatalf("%s with a host inside: %v", phase, host)
	}
	if m.locked != s.locked() {
		t.Fatalf("the door is locked: %v, should be %v", s.locked(), m.locked)
	}
	if phase != Deliberation {
		return
	}
	for i := range s.people {
		if p := &s.people[i]; p.inside() && !bench(p.Role) {
			t.Fatalf("%s is in the deliberation", p.ID)
		}
	}
}

// checkPasses: media passes between those who are in one room, as far as they
// may meet and the order lets it.
func (m *model) checkPasses(t *rapid.T) {
	for room, passes := range m.passes {
		if !passes.equal(m.state.passesIn(room)) {
			t.Fatalf("what passes in %q is not what was told", room)
		}
		for _, to := range m.books.Participants {
			for _, from := range m.books.Participants {
				if pass := passes.Between(to.Number, from.Number); pass != 0 {
					m.checkPass(t, room, to, from, pass)
				}
			}
		}
	}
	for id, room := range m.media {
		if m.passes[room] == nil {
			t.Fatalf("%s is in %q, of which nobody said what passes", id, room)
		}
	}
}

func (m *model) checkPass(t *rapid.T, room string, to, from booking.Participant, pass Pass) {
	for _, p := range []booking.Participant{to, from} {
		if in, ok := m.media[p.ID]; !ok || in != room {
			t.Fatalf("media passes in %q to or from %s, who is not there", room, p.ID)
		}
		if room == "" && (p.Admitted.IsZero() || !p.Removed.IsZero()) {
			t.Fatalf("media passes to or from %s, who is not admitted", p.ID)
		}
	}
	switch source := m.state.find(from.ID); {
	case m.closed:
		t.Fatal("media passes in a closed conference")
	case m.screened(to.ID, from.ID):
		t.Fatalf("%s gets media of %s, whom they must not meet", to.ID, from.ID)
	case from.Role == booking.RoleObserver:
		t.Fatal("an observer is heard or seen")
	case room != "":
	case m.order == booking.OrderPaused, m.books.Sitting.Order == booking.OrderPaused:
		t.Fatalf("%s gets media of %s in a pause", to.ID, from.ID)
	case m.order == booking.OrderDeliberation && (!bench(to.Role) || !bench(from.Role)):
		t.Fatalf("%s gets media of %s in a deliberation", to.ID, from.ID)
	case pass&PassVoice != 0 && (m.order == booking.OrderSuspended || m.books.Sitting.Order == booking.OrderSuspended || source.muted != ""):
		t.Fatalf("%s hears %s, who is muted %q, in order %q", to.ID, from.ID, source.muted, m.order)
	case pass&PassVoice != 0 && !m.hostless.IsZero() && m.now.Sub(m.hostless) >= HushAfter:
		t.Fatalf("%s hears %s, and no host has been there since %s", to.ID, from.ID, m.hostless)
	case pass&PassVoice != 0 && source.channel != "" && source.channel != m.state.find(to.ID).listens:
		t.Fatalf("%s hears %s in a language that they do not listen to", to.ID, from.ID)
	case pass&PassScreen != 0 && source.shares == "":
		t.Fatalf("%s gets a screen that %s does not show", to.ID, from.ID)
	}
}

// checkUnits: who was together before a move that somebody asked for is
// together after it, and so is what the books say of them.
func (m *model) checkUnits(t *rapid.T) {
	for i := range m.state.people {
		p := &m.state.people[i]
		for _, q := range m.state.unit(p.Number) {
			if m.state.gate(p).Verdict == booking.Refuse || m.state.gate(q).Verdict == booking.Refuse {
				continue // the books let nobody move them
			}
			was, too := m.before.find(p.ID), m.before.find(q.ID)
			together := was.place == too.place && was.room == too.room && was.granted == too.granted
			if together && was.connected() && (p.place != q.place || p.room != q.room) {
				t.Fatalf("%s is %s in %q, %s linked to them %s in %q", p.ID, p.place, p.room, q.ID, q.place, q.room)
			}
			if was.place != Removed && too.place != Removed && was.granted == too.granted && p.granted != q.granted {
				t.Fatalf("%s may be in: %v, %s linked to them: %v", p.ID, p.granted, q.ID, q.granted)
			}
		}
	}
}

// checkLocked: a lock leaves no admission to those who are not here.
func (m *model) checkLocked(t *rapid.T) {
	for i := range m.state.people {
		p := &m.state.people[i]
		if p.place == Expected && !p.Role.Hosts() && p.granted {
			t.Fatalf("%s may come in through a locked door", p.ID)
		}
	}
}

// checkIdle: whatever happened before, once the gate refuses everybody, or once
// everybody is gone, the conference holds nothing that the books do not.
func (m *model) checkIdle(t *rapid.T) {
	var gone []string
	for _, p := range m.books.Participants {
		gone = append(gone, p.ID+" drops")
	}
	m.steps++
	acts := [][]string{{"books cancel"}, {"books close"}, {"100h0m0s passes"}, gone}[m.steps%4]
	w := *m.world
	w.failing = false
	for _, act := range append(acts, "2m0s passes", "5s passes", "5s passes") {
		if err := w.act(act); err != nil {
			t.Fatal(err)
		}
	}
	if !w.state.Idle() {
		t.Fatalf("not idle after %q", acts)
	}
}

// checkRemovals: linked people are removed as one by the host; the books may
// remove one alone, so only removals that no book shows are compared.
func (m *model) checkRemovals(t *rapid.T) {
	for i := range m.state.people {
		p := &m.state.people[i]
		if !p.unwritten() {
			continue
		}
		for _, q := range m.state.unit(p.Number) {
			if q.place != Removed && q.Link == p.Link && p.by != "" && !m.reissued(q.ID) {
				t.Fatalf("%s was removed by a host, %s linked to them is %s", p.ID, q.ID, q.place)
			}
		}
	}
}

// reissued reports whether a participant may have come back alone.
func (m *model) reissued(id string) bool {
	p, _ := m.books.Participant(id)
	return p.Removed.IsZero() && m.outside[id]
}

// checkQueue: everybody counts from 1 those whom they may know of.
func (m *model) checkQueue(t *rapid.T) {
	for _, p := range m.books.Participants {
		v, ok := m.state.WaitingView(p.ID)
		if !ok {
			continue
		}
		waiting := 0
		for _, q := range m.books.Participants {
			if m.state.Place(q.ID) == Waiting && !m.screened(p.ID, q.ID) {
				waiting++
			}
		}
		if v.Position < 1 || v.Position > v.Waiting || v.Waiting > waiting {
			t.Fatalf("%s has position %d of %d; %d wait whom they may know of", p.ID, v.Position, v.Waiting, waiting)
		}
	}
}
