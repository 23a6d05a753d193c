package conference

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"jalsa/booking"
)

// model remembers what the invariants need and the State does not tell: what
// each participant was told, what passes, and what is ordered.
type model struct {
	*world
	before  State             // as the latest act found it
	media   map[string]string // participant to the room that their media is in; absent: none
	passes  map[string]*Passes
	outside map[string]bool // removed or dismissed, and not admitted afresh since
	closed  bool
	order   string // in force: given, and not ended by a written resumption
	locked  bool   // the same of the lock
	lines   map[uint64][]string
	steps   int

	hostless time.Time // since when the session has no host; zero: it has
}

// modelCast has two hosts, a panel and a clerk, pairs that move as one, people
// who must not meet, and somebody of every other role.
func modelCast() booking.Appointment {
	a := cast()
	for _, p := range []booking.Participant{
		{ID: "assessor", Role: booking.RolePanel},
		{ID: "clerk", Role: booking.RoleClerk},
		{ID: "opponent", Role: booking.RoleParty, Link: "z"},
		{ID: "assistant", Role: booking.RoleAssistant, Link: "z"},
		{ID: "expert", Role: booking.RoleExpert},
		{ID: "observer", Role: booking.RoleObserver},
	} {
		p.Number, p.Name, p.Issue = uint32(len(a.Participants)+1), "Name of "+p.ID, 1
		a.Participants = append(a.Participants, p)
	}
	for i, p := range a.Participants {
		a.Participants[i].Booker, a.Participants[i].Brought = p.ID == "citizen", p.ID == "lawyer"
	}
	a.Screens = [][2]string{{"citizen", "opponent"}, {"opponent", "witness"}}
	a.Observers = booking.ObserversCount
	return a
}

func newModel(now time.Time, screens ...[2]string) *model {
	a := modelCast()
	a.Screens = append(a.Screens, screens...)
	return &model{
		world: &world{books: a, now: now, state: New(a, now)},
		media: map[string]string{}, passes: map[string]*Passes{}, outside: map[string]bool{}, lines: map[uint64][]string{},
	}
}

// asked are the commands that people give; rooms is how many consultations
// there have been.
var asked = map[string]func(by string, number uint32, rooms int) Command{
	"admit":      func(by string, n uint32, _ int) Command { return Admit{By: by, Number: n} },
	"admit all":  func(by string, _ uint32, _ int) Command { return AdmitAll{By: by} },
	"dismiss":    func(by string, n uint32, _ int) Command { return Dismiss{By: by, Number: n} },
	"remove":     func(by string, n uint32, _ int) Command { return Remove{By: by, Number: n} },
	"lock":       func(by string, _ uint32, _ int) Command { return Lock{By: by, On: true} },
	"unlock":     func(by string, _ uint32, _ int) Command { return Lock{By: by} },
	"clear":      func(by string, _ uint32, _ int) Command { return Clear{By: by} },
	"notice":     func(by string, _ uint32, _ int) Command { return Notice{By: by, Text: "soon"} },
	"start":      func(by string, _ uint32, _ int) Command { return Start{By: by} },
	"pause":      func(by string, _ uint32, _ int) Command { return Pause{By: by} },
	"suspend":    func(by string, _ uint32, _ int) Command { return Suspend{By: by, Reason: "technical"} },
	"deliberate": func(by string, _ uint32, _ int) Command { return Deliberate{By: by} },
	"resume":     func(by string, _ uint32, _ int) Command { return Resume{By: by} },
	"extend":     func(by string, _ uint32, _ int) Command { return Extend{By: by, Minutes: 15} },
	"next":       func(by string, _ uint32, _ int) Command { return Next{By: by} },
	"end":        func(by string, _ uint32, _ int) Command { return End{By: by} },

	"hand":      func(by string, _ uint32, _ int) Command { return Hand{By: by, Up: true} },
	"mute":      func(by string, n uint32, _ int) Command { return Mute{By: by, Number: n} },
	"mute all":  func(by string, _ uint32, _ int) Command { return Mute{By: by, Lock: true} },
	"spotlight": func(by string, n uint32, _ int) Command { return Spotlight{By: by, Number: n} },
	"share":     func(by string, _ uint32, _ int) Command { return Share{By: by, On: true, Mode: "text"} },
	"sharing":   func(by string, _ uint32, _ int) Command { return Sharing{By: by, Open: true} },
	"channel":   func(by string, _ uint32, _ int) Command { return Channel{By: by, Language: "ar"} },
	"listen":    func(by string, _ uint32, _ int) Command { return Listen{By: by, Language: "ar"} },
	"chat":      func(by string, _ uint32, _ int) Command { return Chat{By: by, To: "all", Text: "hello"} },
	"whisper":   func(by string, n uint32, _ int) Command { return Chat{By: by, To: "one", Number: n, Text: "you"} },
	"help":      func(by string, _ uint32, _ int) Command { return Help{By: by, On: true} },
	"unhelp":    func(by string, _ uint32, _ int) Command { return Help{By: by} },
	"consult": func(by string, n uint32, rooms int) Command {
		return Consult{By: by, Numbers: []uint32{n}, Room: roomName(rooms)}
	},
	"accept":  func(by string, _ uint32, rooms int) Command { return Accept{By: by, Room: roomName(rooms - 1)} },
	"decline": func(by string, _ uint32, rooms int) Command { return Decline{By: by, Room: roomName(rooms - 1)} },
	"return":  func(by string, _ uint32, _ int) Command { return Return{By: by} },
	"knock":   func(by string, _ uint32, rooms int) Command { return Knock{By: by, Room: roomName(rooms - 1)} },
}

func roomName(n int) string { return fmt.Sprintf("room%d", n) }

// TestInvariants lets random commands, clocks, books, crashes and full disks
// loose on a conference and checks after each what must always hold.
func TestInvariants(t *testing.T) {
	var verbs []string
	for verb := range asked {
		if verb != "end" {
			verbs = append(verbs, verb)
		}
	}
	slices.Sort(verbs)
	verbs = append(verbs, "admit", "admit", "admit", "consult", "accept")
	happens := []string{"joins", "joins", "joins", "joins", "drops", "drops", "leaves", "leaves and joins", "speaks", "passes", "passes", "passes",
		"cancel", "end", "admit", "remove", "unadmit", "reissue", "reissue", "crashes", "fills", "heals", "heals", "joins with the old link"}
	rapid.Check(t, func(t *rapid.T) {
		var screens [][2]string
		if rapid.Bool().Draw(t, "one side is divided") {
			screens = [][2]string{{"lawyer", "interpreter"}}
		}
		m := newModel(tenOClock.Add(-40*time.Minute), screens...)
		m.mustAct(t, "0s passes")
		var ids []string
		for _, p := range m.books.Participants {
			ids = append(ids, p.ID)
		}
		switch rapid.SampledFrom([]string{"nobody", "all wait", "all are in", "all are in"}).Draw(t, "who is there") {
		case "all wait":
			m.now = tenOClock
			for _, id := range ids {
				m.mustAct(t, id+" joins")
			}
		case "all are in":
			m.now = tenOClock
			for _, id := range ids {
				m.mustAct(t, id+" joins")
				m.command(t, Admit{By: "judge", Number: m.number(id)})
			}
		}
		anyone := rapid.SampledFrom(append(ids, "stranger"))
		rooms := 0
		t.Repeat(map[string]func(*rapid.T){
			"ask": func(t *rapid.T) {
				by := rapid.SampledFrom([]string{"judge", "judge", "colleague", "", "", ""}).Draw(t, "host")
				if by == "" {
					by = anyone.Draw(t, "by")
				}
				verb := rapid.SampledFrom(verbs).Draw(t, "verb")
				m.command(t, asked[verb](by, m.number(anyone.Draw(t, "whom")), rooms))
				if verb == "consult" {
					rooms++
				}
			},
			"rule": func(t *rapid.T) { // what hosts do, and do again, on a disk that may be full
				verb := rapid.SampledFrom([]string{"start", "pause", "suspend", "deliberate", "resume", "lock", "unlock", "clear", "dismiss", "admit", "fills", "heals", "10s passes"}).Draw(t, "verb")
				by := rapid.SampledFrom([]string{"judge", "colleague"}).Draw(t, "host")
				switch command := asked[verb]; {
				case command != nil:
					m.command(t, command(by, m.number(anyone.Draw(t, "whom")), rooms))
				case verb == "10s passes":
					m.mustAct(t, verb)
				default:
					m.mustAct(t, "disk "+verb)
				}
			},
			"confide": func(t *rapid.T) {
				pair := rapid.SampledFrom([][2]string{{"citizen", "interpreter"}, {"opponent", "assistant"}, {"judge", "assessor"}, {"judge", "colleague"}, {"lawyer", "citizen"}}).Draw(t, "pair")
				m.command(t, Consult{By: pair[0], Numbers: []uint32{m.number(pair[1])}, Room: roomName(rooms)})
				rooms++
				if rapid.Bool().Draw(t, "accepts") {
					m.command(t, Accept{By: pair[1], Room: roomName(rooms - 1)})
				}
			},
			"happen": func(t *rapid.T) {
				m.happen(t, rapid.SampledFrom(happens).Draw(t, "what"), anyone.Draw(t, "who"))
			},
			"": m.check,
		})
	})
}

func (m *model) number(id string) uint32 {
	p, _ := m.books.Participant(id)
	return p.Number
}

// happen lets something come about that nobody of the hearing asked for.
func (m *model) happen(t *rapid.T, what, who string) {
	switch what {
	case "passes":
		d := rapid.SampledFrom([]time.Duration{time.Second, 6 * time.Second, 10 * time.Second, time.Minute, 2 * time.Minute, 20 * time.Minute, 3 * time.Hour}).Draw(t, "time")
		m.mustAct(t, d.String()+" passes")
	case "cancel", "end":
		switch {
		case rapid.IntRange(0, 9).Draw(t, "rarely") > 0:
		case what == "end":
			m.command(t, End{By: who})
		default:
			m.mustAct(t, "books cancel")
		}
	case "admit", "unadmit", "remove", "reissue":
		p, ok := m.books.Participant(who)
		if !ok || m.failing || what == "admit" && !p.Removed.IsZero() {
			return // the books would refuse
		}
		m.outside[who] = m.outside[who] && what != "admit"
		m.mustAct(t, "books "+what+" "+who)
	case "crashes":
		m.crash()
		m.mustAct(t, "0s passes")
	case "fills", "heals":
		m.mustAct(t, "disk "+what)
	case "leaves and joins":
		m.mustAct(t, who+" leaves")
		m.mustAct(t, who+" joins")
	default:
		m.mustAct(t, who+" "+what)
	}
}

// mustAct lets a sentence happen.
func (m *model) mustAct(t *rapid.T, sentence string) {
	m.observe(t, sentence, func() {
		if err := m.act(sentence); err != nil {
			t.Fatal(err)
		}
	})
}

// command lets somebody ask for something: a refusal goes to them alone, and
// changes nothing.
func (m *model) command(t *rapid.T, command Command) {
	m.observe(t, fmt.Sprintf("%T%+v", command, command), func() { m.do(command) })
	by, verb := asks(command)
	for _, e := range m.batches[0] {
		if refusal, ok := e.(TellError); ok {
			if len(m.all) != 1 || refusal.ID != by || refusal.Re != verb || !m.same(m.before) {
				t.Fatalf("%T was refused with %+v, and there was more: %+v", command, refusal, m.all)
			}
			return
		}
	}
	if p, _ := m.books.Participant(by); !May(p.Role, verb) {
		t.Fatalf("a %s may %s", p.Role, verb)
	}
	m.checkFollowed(t, command)
}

// checkFollowed: what was not refused is in force, written or not.
func (m *model) checkFollowed(t *rapid.T, command Command) {
	obeyed := true
	switch c := command.(type) {
	case Pause:
		obeyed = m.order == booking.OrderPaused
	case Suspend:
		obeyed = m.order == booking.OrderSuspended
	case Deliberate:
		obeyed = m.order == booking.OrderDeliberation
	case Resume:
		obeyed = m.failing || m.order == ""
	case Start:
		obeyed = m.state.Phase() == Countdown
	case End:
		obeyed = m.closed
	case Lock:
		obeyed = m.locked == c.On || m.failing && !c.On
		if c.On {
			m.checkLocked(t)
		}
	case Dismiss:
		obeyed = !slices.ContainsFunc(m.state.unit(c.Number), func(p *person) bool { return p.inside() || p.granted })
	case Remove:
		obeyed = !slices.ContainsFunc(m.state.unit(c.Number), func(p *person) bool { return p.place != Removed })
	case Clear:
		for i := range m.state.people {
			p := &m.state.people[i]
			obeyed = obeyed && (!p.inside() || bench(p.Role) || p.Role == booking.RoleClerk)
		}
	case Chat:
		m.checkChat(t, c.By)
	}
	if !obeyed {
		t.Fatalf("%T%+v was not refused and is not in force", command, command)
	}
	switch command.(type) {
	case Admit, AdmitAll, Dismiss, Remove, Clear, Deliberate, Resume, Consult, Accept, Return:
		m.checkUnits(t)
	}
}

// same reports whether everybody is where they were, and everything as it was.
func (m *model) same(s State) bool {
	now := m.state
	now.now = s.now
	return reflect.DeepEqual(now, s)
}

// observe checks what holds for every act, whatever it is.
func (m *model) observe(t *rapid.T, name string, act func()) {
	m.before = m.state
	frozen := slices.Clone(m.state.people)
	m.all, m.batches = nil, nil
	failing := m.failing
	act()
	if !reflect.DeepEqual(frozen, m.before.people) {
		t.Fatalf("%s changed the State it was given", name)
	}
	m.follow(t, failing)
	m.watch(t)
	m.forget(name)
	if len(m.batches) > 0 {
		m.checkJournal(t, name)
	}
}

// crash forgets everything that the books do not hold.
func (m *model) crash() {
	m.state, m.all, m.batches = New(m.books, m.now), nil, nil
	m.media, m.passes, m.lines = map[string]string{}, map[string]*Passes{}, map[uint64][]string{}
	m.closed = !m.books.Closed.IsZero()
	m.order, m.locked, m.hostless = m.books.Sitting.Order, m.books.Sitting.Locked, time.Time{}
	for id := range m.outside {
		p, _ := m.books.Participant(id)
		m.outside[id] = p.Admitted.IsZero()
	}
}

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
	case s.hostInside() || s.Phase() == Scheduled || s.Phase() == Open || s.Phase() == Countdown:
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

func (m *model) checkChat(t *rapid.T, by string) {
	from, id := m.state.find(by), uint64(0)
	for _, e := range m.all {
		line, ok := e.(TellChat)
		if !ok {
			continue
		}
		id = line.Line.ID
		m.lines[id] = append(m.lines[id], line.ID)
		if to := m.state.find(line.ID); !to.connected() || to.place == Waiting || to.room != from.room {
			t.Fatalf("%s in %q writes to %s in %q", by, from.room, line.ID, to.room)
		}
	}
	for i := range m.state.people { // who has lost the link is told when they are back
		if p := &m.state.people[i]; p.place == Reconnecting && p.room == from.room {
			m.lines[id] = append(m.lines[id], p.ID)
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

// TestOneWhoMustNotBeMetIsAsIfNotThere: whatever an expert does, and whatever a
// host does with them, one who must not meet them is told nothing at all, and
// nothing that passes changes for them, whether they wait or are in.
func TestOneWhoMustNotBeMetIsAsIfNotThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(tenOClock, [2]string{"citizen", "expert"})
		for _, p := range m.books.Participants {
			if p.ID == "expert" {
				continue
			}
			_ = m.act(p.ID + " joins")
			if p.ID != "citizen" || rapid.Bool().Draw(t, "inside") {
				m.do(Admit{By: "judge", Number: p.Number})
			}
		}
		acts := []string{"expert joins", "expert joins", "expert drops", "expert leaves", "expert speaks", "expert raises", "expert rests",
			"expert listens to fr", "expert calls for help", "expert tells all: hello", "expert tells citizen: hello",
			"judge admits expert", "judge admits expert", "judge dismisses expert", "judge removes expert", "judge mutes expert",
			"books reissue expert", "books unadmit expert", "1m0s passes"}
		for _, act := range rapid.SliceOfN(rapid.SampledFrom(acts), 1, 30).Draw(t, "acts") {
			before := m.state.passes
			if err := m.act(act); err != nil {
				t.Fatal(err)
			}
			for _, e := range m.all {
				if id := reflect.ValueOf(e).FieldByName("ID"); id.IsValid() && id.String() == "citizen" {
					t.Fatalf("after %q the citizen is told %+v", act, e)
				}
			}
			for _, p := range m.books.Participants {
				if was, is := m.between(before, "citizen", p.ID), m.between(m.state.passes, "citizen", p.ID); was != is {
					t.Fatalf("after %q the citizen gets %03b of %s and got %03b", act, is, p.ID, was)
				}
			}
		}
	})
}
