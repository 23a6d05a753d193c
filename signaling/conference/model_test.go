package conference

import (
	"fmt"
	"reflect"
	"slices"
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
	rooms   int // consultations so far

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
		t.Repeat(map[string]func(*rapid.T){
			"ask": func(t *rapid.T) {
				by := rapid.SampledFrom([]string{"judge", "judge", "colleague", "", "", ""}).Draw(t, "host")
				if by == "" {
					by = anyone.Draw(t, "by")
				}
				verb := rapid.SampledFrom(verbs).Draw(t, "verb")
				command := asked[verb](by, m.number(anyone.Draw(t, "whom")), m.rooms)
				if line, ok := command.(Chat); ok && rapid.Bool().Draw(t, "knows the room") {
					line.Room = m.roomOf(by)
					command = line
				}
				m.command(t, command)
				if verb == "consult" {
					m.rooms++
				}
			},
			"rule":    func(t *rapid.T) { m.rule(t, anyone.Draw(t, "whom")) },
			"confide": m.confide,
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

// rule lets a host do what hosts do, again and again, on a disk that may be full.
func (m *model) rule(t *rapid.T, whom string) {
	verb := rapid.SampledFrom([]string{"start", "pause", "suspend", "deliberate", "resume", "lock", "unlock", "clear", "dismiss", "admit",
		"disk fills", "disk heals", "10s passes"}).Draw(t, "verb")
	by := rapid.SampledFrom([]string{"judge", "colleague"}).Draw(t, "host")
	if command := asked[verb]; command != nil {
		m.command(t, command(by, m.number(whom), m.rooms))
	} else {
		m.mustAct(t, verb)
	}
}

// confide lets two talk apart who may.
func (m *model) confide(t *rapid.T) {
	pair := rapid.SampledFrom([][2]string{
		{"citizen", "interpreter"}, {"opponent", "assistant"}, {"judge", "assessor"}, {"judge", "colleague"}, {"lawyer", "citizen"},
	}).Draw(t, "pair")
	m.command(t, Consult{By: pair[0], Numbers: []uint32{m.number(pair[1])}, Room: roomName(m.rooms)})
	m.rooms++
	if rapid.Bool().Draw(t, "accepts") {
		m.command(t, Accept{By: pair[1], Room: roomName(m.rooms - 1)})
	}
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
	by, verb := command.asks()
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
		m.checkChat(t, c.By, c.Room)
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
