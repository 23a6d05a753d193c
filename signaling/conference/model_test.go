package conference

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"jalsa/booking"
)

// model remembers what the invariants need and the State does not tell: what
// each participant was told, and who was removed when.
type model struct {
	*world
	toldMedia map[string]bool // admitted since the last CloseMedia
	outside   map[string]bool // removed, and not admitted afresh since
	closed    bool
}

// TestInvariants lets random commands, clocks, books and full disks loose on a
// conference and checks after each what must always hold.
func TestInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{world: newWorld(tenOClock.Add(-40 * time.Minute)), toldMedia: map[string]bool{}, outside: map[string]bool{}}
		var ids []string
		for _, p := range m.books.Participants {
			ids = append(ids, p.ID)
		}
		anyone := rapid.SampledFrom(append(ids, "stranger"))
		verb := rapid.SampledFrom([]string{"joins", "joins", "joins", "drops", "leaves", "speaks", "admits", "admits", "admits", "removes", "ends",
			"passes", "passes", "cancel", "admit", "remove", "unadmit", "reissue", "reissue", "crashes", "fills", "heals", "joins with the old link"})
		t.Repeat(map[string]func(*rapid.T){
			"act": func(t *rapid.T) {
				who, whom := anyone.Draw(t, "who"), anyone.Draw(t, "whom")
				switch v := verb.Draw(t, "verb"); v {
				case "admits", "removes":
					m.mustAct(t, who+" "+v+" "+whom)
				case "passes":
					d := rapid.SampledFrom([]time.Duration{time.Second, 6 * time.Second, time.Minute, 2 * time.Minute, 20 * time.Minute, 3 * time.Hour}).Draw(t, "time")
					m.mustAct(t, d.String()+" passes")
				case "cancel", "ends":
					if rapid.IntRange(0, 9).Draw(t, "rarely") > 0 {
						return
					}
					if v == "ends" {
						m.mustAct(t, who+" ends")
					} else {
						m.mustAct(t, "books cancel")
					}
				case "admit", "unadmit", "remove", "reissue":
					p, ok := m.books.Participant(who)
					if !ok || m.failing || v == "admit" && !p.Removed.IsZero() {
						return // the books would refuse
					}
					m.outside[who] = m.outside[who] && v != "admit"
					m.mustAct(t, "books "+v+" "+who)
				case "crashes":
					m.crash()
				case "fills", "heals":
					m.mustAct(t, "disk "+v)
				default:
					m.mustAct(t, who+" "+v)
				}
				m.follow(t)
			},
			"": m.check,
		})
	})
}

func (m *model) mustAct(t *rapid.T, sentence string) {
	before, frozen := m.state, snapshot(m.state)
	m.all = nil
	if err := m.act(sentence); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(frozen, snapshot(before)) {
		t.Fatalf("%q changed the State it was given", sentence)
	}
}

// crash forgets everything that the books do not hold.
func (m *model) crash() {
	m.state, m.all = New(m.books, m.now), nil
	m.toldMedia = map[string]bool{}
	m.closed = !m.books.Closed.IsZero()
	for id := range m.outside {
		p, _ := m.books.Participant(id)
		m.outside[id] = !p.Removed.IsZero()
	}
}

func snapshot(s State) []person { return append([]person(nil), s.people...) }

// follow checks the effects of the latest act one by one.
func (m *model) follow(t *rapid.T) {
	for _, e := range m.all {
		switch e := e.(type) {
		case TellAdmitted:
			if m.outside[e.ID] {
				t.Fatalf("%s was removed and is let in without a new admission", e.ID)
			}
			m.toldMedia[e.ID] = true
		case CloseMedia:
			m.toldMedia[e.ID] = false
		case TellRoster:
			m.checkRoster(t, e)
		case WriteAdmit:
			for _, id := range e.IDs {
				p, _ := m.books.Participant(id)
				m.outside[id] = m.outside[id] && p.Admitted.IsZero()
			}
		case WriteRemove:
			m.outside[e.ID] = true
		case WriteEnd:
			m.closed = true
		}
	}
	for _, p := range m.books.Participants {
		m.outside[p.ID] = m.outside[p.ID] || !p.Removed.IsZero()
	}
}

func (m *model) checkRoster(t *rapid.T, e TellRoster) {
	host := m.role(e.ID).Hosts()
	for _, entry := range e.Roster.Entries {
		if entry.Place == Removed || !host && entry.Place != InHearing && entry.Place != Reconnecting {
			t.Fatalf("%s is told of somebody %s", e.ID, entry.Place)
		}
	}
}

func (m *model) role(id string) booking.Role {
	p, _ := m.books.Participant(id)
	return p.Role
}

// check holds after every act.
func (m *model) check(t *rapid.T) {
	s := m.state
	host := false
	for _, p := range m.books.Participants {
		place := s.Place(p.ID)
		inside := place == InHearing || place == Reconnecting
		host = host || place == InHearing && p.Role.Hosts()
		if inside && (p.Admitted.IsZero() || !p.Removed.IsZero()) {
			t.Fatalf("%s is %s without admission", p.ID, place)
		}
		if d := booking.Admission(m.books, p.ID, booking.PurposeHearing, m.now); inside && d.Verdict != booking.Enter {
			t.Fatalf("%s is %s though the gate says %+v", p.ID, place, d)
		}
		if q := s.find(p.ID); (inside || place == Waiting) && q.session < p.Issue {
			t.Fatalf("%s is %s with a revoked session", p.ID, place)
		}
		if inside != m.toldMedia[p.ID] || inside != s.Present(p.ID) {
			t.Fatalf("%s is %s, but media is %v and presence %v", p.ID, place, m.toldMedia[p.ID], s.Present(p.ID))
		}
		if _, ok := s.Roster(p.ID); ok != (place == InHearing) {
			t.Fatalf("%s is %s and sees a roster: %v", p.ID, place, ok)
		}
		if _, ok := s.WaitingView(p.ID); ok != (place == Waiting) {
			t.Fatalf("%s is %s and sees the queue: %v", p.ID, place, ok)
		}
		if m.closed && (inside || place == Waiting) {
			t.Fatalf("%s is %s in a closed conference", p.ID, place)
		}
	}
	if m.closed != (s.Phase() == Closed) {
		t.Fatalf("closed is final, but the phase is %s", s.Phase())
	}
	if !host && s.Phase() == InSession {
		t.Fatal("in session without a host")
	}
	if host && s.Phase() == Suspended {
		t.Fatal("suspended with a host")
	}
	m.checkUnits(t)
	m.checkQueue(t)
	m.checkIdle(t)
}

// checkIdle: whatever happened before, once the gate refuses everybody, or once
// everybody is gone, the conference holds nothing that the books do not.
func (m *model) checkIdle(t *rapid.T) {
	var gone []string
	for _, p := range m.books.Participants {
		gone = append(gone, p.ID+" drops")
	}
	for _, acts := range [][]string{{"books cancel"}, {"books close"}, {"100h0m0s passes"}, gone} {
		w := *m.world
		w.failing = false
		for _, act := range append(acts, "2m0s passes", "5s passes") {
			if err := w.act(act); err != nil {
				t.Fatal(err)
			}
		}
		if !w.state.Idle() {
			t.Fatalf("not idle after %q", acts)
		}
	}
}

// checkUnits: linked people are removed as one by the host; the books may
// remove one alone, so only removals that no book shows are compared.
func (m *model) checkUnits(t *rapid.T) {
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

// checkQueue: positions are 1 to n, each once.
func (m *model) checkQueue(t *rapid.T) {
	seen := map[int]bool{}
	for _, p := range m.books.Participants {
		if v, ok := m.state.WaitingView(p.ID); ok {
			if v.Position < 1 || v.Position > v.Waiting || seen[v.Position] {
				t.Fatalf("%s has position %d of %d", p.ID, v.Position, v.Waiting)
			}
			seen[v.Position] = true
		}
	}
}

// TestLinkedPeopleAreAdmittedAsOne: whatever happened before, one admission by
// a host lets in everybody linked who waits, and starts the session.
func TestLinkedPeopleAreAdmittedAsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(tenOClock)
		pair := rapid.SampledFrom([][2]string{{"citizen", "interpreter"}, {"voice", "witness"}}).Draw(t, "pair")
		acts := rapid.SliceOfN(rapid.SampledFrom([]string{" joins", " drops", " leaves"}), 0, 10).Draw(t, "acts")
		for i, act := range acts {
			_ = w.act(pair[i%2] + act)
		}
		for _, act := range []string{pair[0] + " joins", pair[1] + " joins", "judge joins", "judge admits " + pair[rapid.IntRange(0, 1).Draw(t, "which")]} {
			_ = w.act(act)
		}
		if w.state.Place(pair[0]) != InHearing || w.state.Place(pair[1]) != InHearing || w.state.Phase() != InSession {
			t.Fatalf("%s and %s in phase %s", w.state.Place(pair[0]), w.state.Place(pair[1]), w.state.Phase())
		}
	})
}

// TestWaitingViewHasNoRoomForANameOrNumber holds the type itself to the promise.
func TestWaitingViewHasNoRoomForANameOrNumber(t *testing.T) {
	view := reflect.TypeFor[WaitingView]()
	for i := range view.NumField() {
		switch f := view.Field(i); f.Name {
		case "HostPresent", "Position", "Waiting", "Delay", "Phase", "Company", "Help":
		default:
			t.Errorf("one who waits would learn %s", f.Name)
		}
	}
}
