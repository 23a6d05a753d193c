package conference

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

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

// TestOneWhoMustNotBeMetIsAsIfNotThere: whatever somebody does, and whatever a
// host does with them, the citizen who must not meet them is told nothing at
// all, and nothing that passes changes for them, whether they wait or are in.
func TestOneWhoMustNotBeMetIsAsIfNotThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		who := rapid.SampledFrom([]string{"expert", "lawyer"}).Draw(t, "who")
		inside := rapid.Bool().Draw(t, "the citizen is in")
		m := newModel(tenOClock, [2]string{"citizen", who})
		for _, p := range m.books.Participants {
			if p.ID == who {
				continue
			}
			_ = m.act(p.ID + " joins")
			if p.Link != "x" || inside {
				m.do(Admit{By: "judge", Number: p.Number})
			}
		}
		acts := []string{"expert joins", "expert joins", "expert drops", "expert leaves", "expert speaks", "expert raises", "expert rests",
			"expert listens to fr", "expert calls for help", "expert tells all: hello", "expert tells citizen: hello",
			"judge admits expert", "judge admits expert", "judge dismisses expert", "judge removes expert", "judge mutes expert",
			"books reissue expert", "books unadmit expert", "1m0s passes"}
		for _, act := range rapid.SliceOfN(rapid.SampledFrom(acts), 1, 30).Draw(t, "acts") {
			act, before := strings.ReplaceAll(act, "expert", who), m.state.passes
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
