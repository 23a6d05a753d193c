package conference

import (
	"fmt"
	"testing"
	"time"

	"jalsa/booking"
)

// passed applies acts and returns what passes in the hearing, as it was told.
func passed(t *testing.T, w *world, acts ...string) *Passes {
	t.Helper()
	for _, act := range acts {
		if err := w.act(act); err != nil {
			t.Fatal(err)
		}
	}
	return w.state.passes
}

// inHearing is a session of everybody in modelCast.
func inHearing(t *testing.T) *world {
	t.Helper()
	a := modelCast()
	w := &world{books: a, now: tenOClock, state: New(a, tenOClock)}
	for _, p := range a.Participants {
		passed(t, w, p.ID+" joins")
		if !p.Role.Hosts() {
			passed(t, w, "judge admits "+p.ID)
		}
	}
	return w
}

func (w *world) between(p *Passes, to, from string) Pass {
	a, _ := w.books.Participant(to)
	b, _ := w.books.Participant(from)
	return p.Between(a.Number, b.Number)
}

func TestPassesFollowTheOrder(t *testing.T) {
	const both = PassVoice | PassCamera
	for _, test := range []struct {
		name string
		acts []string
		want Pass // of the lawyer's, to the judge
	}{
		{"in session", nil, both},
		{"paused", []string{"judge pauses"}, 0},
		{"paused on a full disk", []string{"disk fills", "judge pauses"}, 0},
		{"resumed on a full disk", []string{"judge pauses", "disk fills", "judge resumes"}, 0},
		{"resumed", []string{"judge pauses", "judge resumes"}, both},
		{"suspended", []string{"judge suspends"}, PassCamera},
		{"suspended after a pause, before it is written", []string{"judge pauses", "disk fills", "judge suspends"}, 0},
		{"suspended after a pause, once it is written", []string{"judge pauses", "disk fills", "judge suspends", "disk heals", "5s passes"}, PassCamera},
		{"deliberation", []string{"judge deliberates"}, 0},
		{"without a host for four seconds", []string{"judge drops", "colleague drops", "4s passes"}, both},
		{"without a host for five seconds", []string{"judge drops", "colleague drops", "5s passes"}, PassCamera},
		{"a host is back", []string{"judge drops", "colleague drops", "5s passes", "colleague joins"}, both},
		{"dismissed", []string{"judge dismisses lawyer"}, 0},
		{"lost for a moment", []string{"lawyer drops"}, both},
		{"lost for good", []string{"lawyer drops", "2m0s passes"}, 0},
		{"closed", []string{"judge ends"}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := inHearing(t)
			if got := w.between(passed(t, w, test.acts...), "judge", "lawyer"); got != test.want {
				t.Fatalf("%03b passes, want %03b", got, test.want)
			}
		})
	}
}

func TestPassesKeepApart(t *testing.T) {
	w := inHearing(t)
	p := passed(t, w)
	for _, test := range []struct {
		to, from string
		want     Pass
	}{
		{"citizen", "opponent", 0}, {"opponent", "citizen", 0}, {"opponent", "witness", 0},
		{"lawyer", "opponent", PassVoice | PassCamera},
		{"judge", "observer", 0}, {"observer", "judge", PassVoice | PassCamera},
		{"judge", "judge", 0}, {"judge", "stranger", 0}, {"stranger", "judge", 0},
	} {
		if got := w.between(p, test.to, test.from); got != test.want {
			t.Errorf("from %s to %s passes %03b, want %03b", test.from, test.to, got, test.want)
		}
	}
}

func TestWhatPassesStandsBeforeWhatIsWritten(t *testing.T) {
	w := inHearing(t)
	passed(t, w, "judge dismisses lawyer")
	if _, ok := w.batches[0][0].(SetPasses); !ok {
		t.Fatalf("first comes %T", w.batches[0][0])
	}
	passed(t, w, "lawyer joins")
	for _, e := range w.all {
		if _, ok := e.(SetPasses); ok {
			t.Fatal("told again without a change")
		}
	}
}

func TestPassesOfOneHearingCostNothingToAsk(t *testing.T) {
	w := inHearing(t)
	p := passed(t, w)
	if n := testing.AllocsPerRun(100, func() { p.Between(1, 5) }); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

func TestARosterTellsNothingOfThoseOneMustNotMeet(t *testing.T) {
	w := inHearing(t)
	passed(t, w, "opponent raises", "lawyer raises", "judge lights opponent")
	for _, test := range []struct {
		id         string
		named      int // entries
		observers  int
		spotlight  uint32
		handOf     string
		hand       int
		sharedWith string
	}{
		{"judge", 13, 0, 10, "lawyer", 2, ""},
		{"clerk", 13, 0, 10, "lawyer", 2, ""},
		{"lawyer", 12, 1, 10, "lawyer", 2, ""},
		{"expert", 12, 1, 10, "lawyer", 2, "voice"},
		{"citizen", 11, 1, 0, "lawyer", 1, ""},
		{"observer", 13, 0, 10, "lawyer", 2, ""},
	} {
		r, ok := w.state.Roster(test.id)
		if !ok {
			t.Fatalf("%s has no roster", test.id)
		}
		hand := 0
		for _, e := range r.Entries {
			if e.Name == "Name of "+test.handOf {
				hand = e.Hand
			}
		}
		if len(r.Entries) != test.named || r.Observers != test.observers || r.Spotlight != test.spotlight || hand != test.hand {
			t.Errorf("%s sees %d people and %d observers, %d has the floor, %s is hand %d",
				test.id, len(r.Entries), r.Observers, r.Spotlight, test.handOf, hand)
		}
		told := w.state.find(test.id).roster
		if test.sharedWith != "" && told != w.state.find(test.sharedWith).roster {
			t.Errorf("%s and %s were told two rosters", test.id, test.sharedWith)
		}
	}
}

func TestACountdownTellsItsEnd(t *testing.T) {
	w := newWorld(tenOClock)
	passed(t, w, "judge joins", "judge starts")
	if r, _ := w.state.Roster("judge"); r.Phase != Countdown || !r.Until.Equal(tenOClock.Add(CountdownFor)) {
		t.Fatalf("%s until %s", r.Phase, r.Until)
	}
	passed(t, w, "10s passes")
	if r, _ := w.state.Roster("judge"); r.Phase != InSession || !r.Until.IsZero() {
		t.Fatalf("%s until %s", r.Phase, r.Until)
	}
}

func TestARosterTellsWhyAHearingIsSuspended(t *testing.T) {
	w := inHearing(t)
	for act, want := range map[string]string{"judge suspends": "technical", "judge pauses": ""} {
		passed(t, w, act)
		if r, _ := w.state.Roster("lawyer"); r.Reason != want {
			t.Errorf("%s: reason %q, want %q", act, r.Reason, want)
		}
	}
	passed(t, w, "judge resumes", "judge drops", "colleague drops")
	if r, _ := w.state.Roster("lawyer"); r.Phase != Suspended || r.Reason != NoHost {
		t.Errorf("without a host: %s %q", r.Phase, r.Reason)
	}
}

func TestBadOrdersAreRefused(t *testing.T) {
	long := make([]rune, maxNotice+1)
	for i := range long {
		long[i] = 'م'
	}
	for _, test := range []struct {
		command Command
		want    string
	}{
		{Suspend{By: "judge", Reason: "lunch"}, WrongState},
		{Extend{By: "judge"}, WrongState},
		{Extend{By: "judge", Minutes: 7}, WrongState},
		{Extend{By: "judge", Minutes: maxExtension + 1}, TooLong},
		{Notice{By: "judge", Text: string(long)}, TooLong},
		{Lock{By: "judge"}, WrongState},
		{Resume{By: "judge"}, WrongState},
		{Start{By: "judge"}, WrongState},
		{AdmitAll{By: "judge"}, WrongState},
		{Dismiss{By: "clerk", Number: 1}, NotAllowed},
		{Dismiss{By: "clerk", Number: 8}, NotAllowed},
		{Pause{By: "stranger"}, NotAllowed},
	} {
		t.Run(fmt.Sprintf("%T", test.command), func(t *testing.T) {
			w := inHearing(t)
			by, verb := test.command.asks()
			w.do(test.command)
			if want := (TellError{ID: by, Code: test.want, Re: verb}); len(w.all) != 1 || w.all[0] != want {
				t.Fatalf("%+v, want %+v", w.all, want)
			}
		})
	}
}

// TestEveryRoleIsInTheTable: a role that is added later must be thought of.
func TestEveryRoleIsInTheTable(t *testing.T) {
	for _, p := range inHearing(t).books.Participants {
		if !May(p.Role, "leave") {
			t.Errorf("a %s may not leave", p.Role)
		}
	}
	for role, verbs := range map[booking.Role][2][]string{
		booking.RoleHost:     {{"start", "end", "remove", "layout"}, {"channel"}},
		booking.RolePanel:    {{"hand", "share", "consult", "chat"}, {"admit", "mute", "pause"}},
		booking.RoleClerk:    {{"admit", "admit_all", "dismiss", "notice", "clear", "mute", "knock"}, {"remove", "lock", "end", "consult"}},
		booking.RoleParty:    {{"hand", "chat", "consult"}, {"admit", "knock"}},
		booking.RoleWitness:  {{"hand", "chat", "help"}, {"share", "consult"}},
		booking.RoleObserver: {{"offer", "listen", "help"}, {"hand", "chat", "still", "share"}},
	} {
		for _, verb := range verbs[0] {
			if !May(role, verb) {
				t.Errorf("a %s may not %s", role, verb)
			}
		}
		for _, verb := range verbs[1] {
			if May(role, verb) {
				t.Errorf("a %s may %s", role, verb)
			}
		}
	}
}

// TestNobodyTalksBeforeAHostHasCome: the books may admit people to a hearing
// that has not begun.
func TestNobodyTalksBeforeAHostHasCome(t *testing.T) {
	w := newWorld(tenOClock)
	p := passed(t, w, "books admit lawyer", "books admit citizen", "lawyer joins", "citizen joins", "5s passes")
	if w.state.Phase() != Open || w.between(p, "lawyer", "citizen") != PassCamera {
		t.Fatalf("%03b passes while %s", w.between(p, "lawyer", "citizen"), w.state.Phase())
	}
	if p = passed(t, w, "judge joins"); w.between(p, "lawyer", "citizen") != PassVoice|PassCamera {
		t.Fatalf("%03b passes with a host", w.between(p, "lawyer", "citizen"))
	}
}

func TestPassesChangeWithTimeAlone(t *testing.T) {
	w := inHearing(t)
	passed(t, w, "judge drops", "colleague drops")
	w.now = w.now.Add(HushAfter - time.Nanosecond)
	w.do(Tick{})
	if w.between(w.state.passes, "citizen", "lawyer")&PassVoice == 0 {
		t.Fatal("hushed too early")
	}
	w.now = w.now.Add(time.Nanosecond)
	w.do(Tick{})
	if w.between(w.state.passes, "citizen", "lawyer")&PassVoice != 0 {
		t.Fatal("not hushed")
	}
}
