package conference

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"jalsa/booking"
)

// talkModel remembers of the talk what its invariants need: who was let into
// which room by whom, and what rings where.
type talkModel struct {
	*world
	welcome map[string]map[string]bool // room to who opened it, was called, or moves with one of them
	rings   map[string]map[string]bool // participant to the rooms that ring at their client
}

// TestTalk lets random hands, mutes, lines, screens and consultations loose on a
// full house, and checks after each what must always hold.
func TestTalk(t *testing.T) {
	var ids []string
	for _, p := range fullCast().Participants {
		ids = append(ids, p.ID)
	}
	sentences := []string{
		"%s raises", "%s rests", "%s lowers %s", "%s speaks", "%s mumbles", "%s mutes %s", "%s mutes everybody", "%s silences %s",
		"%s silences everybody", "%s frees %s", "%s frees everybody", "%s asks %s for microphone", "%s lights %s",
		"%s shows text", "%s hides", "%s opens", "%s shuts", "%s listens to ar", "%s interprets into ar",
		"%s tells all: a", "%s tells hosts: b", "%s tells %s: c", "%s joins", "%s joins", "%s drops", "%s leaves", "%s dismisses %s",
		"judge admits %s", "judge admits %s",
		"%s consults %s", "%s consults %s", "%s consults %s+%s", "%s accepts room%d", "%s declines room%d", "%s returns", "%s knocks at room%d",
		"judge starts", "1s passes", "30s passes", "2m0s passes", "books screen %s %s",
	}
	rapid.Check(t, func(t *rapid.T) {
		m := &talkModel{world: fullWorld(ids...), welcome: map[string]map[string]bool{}, rings: map[string]map[string]bool{}}
		t.Repeat(map[string]func(*rapid.T){
			"talk": func(t *rapid.T) {
				m.talks(t, fill(t, rapid.SampledFrom(sentences).Draw(t, "sentence"), ids, m.opened))
			},
			"": m.check,
		})
	})
}

// fill puts people and rooms into a sentence.
func fill(t *rapid.T, sentence string, ids []string, opened int) string {
	var args []any
	for i := range len(sentence) - 1 {
		switch sentence[i : i+2] {
		case "%s":
			args = append(args, rapid.SampledFrom(ids).Draw(t, "who"))
		case "%d":
			args = append(args, rapid.IntRange(max(0, opened-2), opened).Draw(t, "room"))
		}
	}
	return fmt.Sprintf(sentence, args...)
}

// talks follows a sentence and what comes of it.
func (m *talkModel) talks(t *rapid.T, sentence string) {
	before := m.state
	rooms, lines := slices.Clone(before.rooms), slices.Clone(before.floor.lines)
	for i := range rooms {
		rooms[i].calls, rooms[i].lines = slices.Clone(rooms[i].calls), slices.Clone(rooms[i].lines)
	}
	m.all = nil
	if id, ok := strings.CutSuffix(sentence, " joins"); ok {
		delete(m.rings, id) // a new socket does not ring yet
	}
	if err := m.act(sentence); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(rooms, before.rooms) || !reflect.DeepEqual(lines, before.floor.lines) {
		t.Fatalf("%q changed the State it was given", sentence)
	}
	for _, e := range m.all {
		switch e := e.(type) {
		case TellInvitation:
			if m.rings[e.ID][e.Room] {
				t.Fatalf("%q rings again at %s", sentence, e.ID)
			}
			m.rings[e.ID] = with(m.rings[e.ID], e.Room)
			m.welcomes(e.Room, e.ID)
		case TellInvitationOver:
			delete(m.rings[e.ID], e.Room)
		case TellAdmitted:
			delete(m.rings[e.ID], e.Room)
		case CloseRoom:
			delete(m.welcome, e.Room)
		}
	}
	m.checkTold(t)
	for i := range m.state.people {
		if p := &m.state.people[i]; !p.connected() {
			delete(m.rings, p.ID)
		}
	}
	for _, r := range m.state.rooms {
		if before.roomOf(r.id) == nil { // opened by this sentence
			for _, p := range m.state.occupants(r.id) {
				m.welcomes(r.id, p.ID)
			}
		}
	}
}

// checkTold: whatever the latest Apply told somebody is of the room that they
// are in, and of nobody whom they must not meet.
func (m *talkModel) checkTold(t *rapid.T) {
	s := m.state
	for _, e := range m.batches[len(m.batches)-1] {
		switch e := e.(type) {
		case TellRoster:
			p := s.find(e.ID)
			if e.Roster.Room != p.room {
				t.Fatalf("%s is in %q and is told of %q", p.ID, p.room, e.Roster.Room)
			}
			for _, entry := range slices.Concat(e.Roster.Entries, e.Roster.Company) {
				if s.apart(p, s.numbered(entry.Number)) {
					t.Fatalf("%s is told of %s, whom they must not meet", p.ID, entry.Name)
				}
			}
		case TellAsked:
			if p := s.find(e.ID); p.place != InHearing {
				t.Fatalf("%s is %s and is asked to switch on", p.ID, p.place)
			}
		case TellKnocked:
			if p := s.find(e.ID); p.place != InConsultation {
				t.Fatalf("%s is %s and hears a knock", p.ID, p.place)
			}
		}
	}
}

func with(set map[string]bool, key string) map[string]bool {
	if set == nil {
		set = map[string]bool{}
	}
	set[key] = true
	return set
}

func (m *talkModel) welcomes(room, id string) {
	for _, p := range m.state.unit(m.state.find(id).Number) {
		m.welcome[room] = with(m.welcome[room], p.ID)
	}
}

// check holds after every act.
func (m *talkModel) check(t *rapid.T) {
	s := m.state
	if len(s.rooms) > maxRooms {
		t.Fatalf("%d rooms", len(s.rooms))
	}
	for _, r := range s.rooms {
		m.checkRoom(t, r)
	}
	screens := map[string]int{}
	for i := range s.people {
		p := &s.people[i]
		m.checkPerson(t, p)
		if p.shares != "" {
			screens[p.room]++
		}
	}
	for room, n := range screens {
		if n > 1 && (room != "" || !s.floor.open) {
			t.Fatalf("%d screens in %q", n, room)
		}
	}
	if p := s.numbered(s.floor.spotlight); p != nil && !p.inside() {
		t.Fatalf("%s has the floor and is %s", p.ID, p.place)
	}
}

// checkRoom: those in a room were asked into it, belong together and may meet.
func (m *talkModel) checkRoom(t *rapid.T, r room) {
	s := m.state
	in := s.occupants(r.id)
	if len(in) == 0 || !s.fit(in, in) {
		t.Fatalf("%s is empty, or people are in it who must not meet", r.id)
	}
	for _, p := range in {
		if !m.welcome[r.id][p.ID] {
			t.Fatalf("%s is in %s, where nobody called them", p.ID, r.id)
		}
		together := len(in) == 1 || slices.ContainsFunc(in, func(q *person) bool { return linked(p, q) })
		switch p.Role {
		case booking.RoleWitness, booking.RoleExpert, booking.RoleObserver:
			if !together {
				t.Fatalf("%s is in a consultation with others than those who move with them", p.ID)
			}
		}
	}
	for _, k := range r.calls {
		if p := s.find(k.id); k.place == Calling && (p.room != "" || !s.now.Before(k.until) || s.Phase() == Countdown) {
			t.Fatalf("%s is called into %s, in vain", k.id, r.id)
		}
	}
}

func (m *talkModel) checkPerson(t *rapid.T, p *person) {
	s := m.state
	if p.room != "" && s.roomOf(p.room) == nil {
		t.Fatalf("%s is in %s, which is closed", p.ID, p.room)
	}
	if !p.inside() && p.hand > 0 || !p.housed() && (p.shares != "" || p.channel != "" || p.listens != "" || p.muted == muted) {
		t.Fatalf("%s is %s and has %+v", p.ID, p.place, p.turn)
	}
	if p.muted == mutedLocked && p.Role.Hosts() {
		t.Fatal("a host is locked")
	}
	rings := map[string]bool{}
	for _, r := range s.rooms {
		for _, k := range r.calls {
			if k.id == p.ID && k.place == Calling && (p.place == Waiting || p.place == InHearing) {
				rings[r.id] = true
			}
		}
	}
	if told := m.rings[p.ID]; len(told) != len(rings) || len(rings) > 0 && !reflect.DeepEqual(told, rings) {
		t.Fatalf("at %s, who is %s, ring %v and should %v", p.ID, p.place, told, rings)
	}
	if roster, ok := s.Roster(p.ID); ok {
		var places []int
		for _, e := range roster.Entries {
			if e.Hand > 0 {
				places = append(places, e.Hand)
			}
		}
		slices.Sort(places)
		for i, place := range places {
			if place != i+1 {
				t.Fatalf("%s sees hands at %v", p.ID, places)
			}
		}
	}
}
