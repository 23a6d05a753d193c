package conference

import (
	"strings"
	"testing"
	"time"
)

// Each story is a list of acts; behind each act stand the effects it must have,
// in order, and the phase afterwards. A dash means: no effect.
var stories = map[string]string{
	"the host enters alone, the room stays open": `
		judge joins             > write admit judge; admitted judge | open
		judge drops             > - | open
		judge joins             > admitted judge | open`,

	"waiting people learn their position and nothing else": `
		citizen joins           > waiting citizen 1/1 no host | open
		lawyer joins            > waiting citizen 1/2 no host; waiting lawyer 2/2 no host | open
		judge joins             > write admit judge; admitted judge; waiting citizen 1/2 host; waiting lawyer 2/2 host | open
		citizen drops           > waiting lawyer 1/1 host | open
		1m0s passes             > - | open
		citizen joins           > waiting citizen 1/2 host; waiting lawyer 2/2 host | open
		citizen leaves          > bye citizen left; waiting lawyer 1/1 host | open
		citizen joins           > waiting citizen 2/2 host; waiting lawyer 1/2 host | open`,

	"the first admission starts the session; linked people move as one": `
		judge joins             > write admit judge; admitted judge | open
		interpreter joins       > waiting interpreter 1/1 host | open
		judge admits citizen    > write admit citizen+interpreter; admitted interpreter; write start | in_session
		citizen joins           > admitted citizen | in_session
		judge admits citizen    > - | in_session
		citizen leaves          > media off citizen; bye citizen left | in_session
		citizen joins           > admitted citizen | in_session
		judge removes citizen   > media off citizen; bye citizen removed; media off interpreter; bye interpreter removed; write remove citizen; write remove interpreter | in_session
		citizen joins           > bye citizen removed | in_session
		judge admits citizen    > error judge unknown_participant | in_session
		judge removes citizen   > error judge unknown_participant | in_session
		books reissue citizen   > - | in_session
		citizen joins           > waiting citizen 1/1 host | in_session`,

	"a lost socket keeps the place for two minutes": `
		judge joins             > write admit judge; admitted judge | open
		lawyer joins            > waiting lawyer 1/1 host | open
		judge admits lawyer     > write admit lawyer; admitted lawyer; write start | in_session
		lawyer drops            > - | in_session
		1m59s passes            > - | in_session
		lawyer joins            > admitted lawyer | in_session
		lawyer drops            > - | in_session
		2m0s passes             > media off lawyer | in_session
		lawyer joins            > admitted lawyer | in_session`,

	"the last host drops: suspended, nobody is thrown out": `
		judge joins             > write admit judge; admitted judge | open
		lawyer joins            > waiting lawyer 1/1 host | open
		judge admits lawyer     > write admit lawyer; admitted lawyer; write start | in_session
		colleague joins         > write admit colleague; admitted colleague | in_session
		judge drops             > - | in_session
		colleague leaves        > media off colleague; bye colleague left | suspended
		10m0s passes            > media off judge | suspended
		lawyer drops            > - | suspended
		lawyer joins            > admitted lawyer | suspended
		judge joins             > admitted judge | in_session`,

	"a witness is never let in by the server alone": `
		judge joins             > write admit judge; admitted judge | open
		witness joins           > waiting witness 1/1 host | open
		judge admits witness    > write admit witness+voice; admitted witness; write start | in_session
		voice joins             > admitted voice | in_session
		witness drops           > - | in_session
		1m0s passes             > - | in_session
		witness joins           > admitted witness | in_session
		witness leaves          > media off witness; bye witness left; write dismiss witness | in_session
		witness joins           > waiting witness 1/1 host | in_session
		judge admits witness    > write admit witness; admitted witness | in_session
		witness drops           > - | in_session
		2m0s passes             > media off witness; write dismiss witness | in_session
		witness joins           > waiting witness 1/1 host | in_session`,

	"after a crash a witness who was in is in, and one who had left is not": `
		judge joins             > write admit judge; admitted judge | open
		witness joins           > waiting witness 1/1 host | open
		voice joins             > waiting witness 1/2 host; waiting voice 2/2 host | open
		judge admits witness    > write admit witness+voice; admitted witness; admitted voice; write start | in_session
		voice leaves            > media off voice; bye voice left; write dismiss voice | in_session
		server crashes          > - | suspended
		judge joins             > admitted judge | in_session
		witness joins           > admitted witness | in_session
		voice joins             > waiting voice 1/1 host | in_session`,

	"a dismissal that cannot be written is in force, and offered again": `
		judge joins             > write admit judge; admitted judge | open
		witness joins           > waiting witness 1/1 host | open
		judge admits witness    > write admit witness+voice; admitted witness; write start | in_session
		disk fills              > - | in_session
		witness leaves          > media off witness; bye witness left; write dismiss witness | in_session
		witness joins           > waiting witness 1/1 host | in_session
		disk heals              > - | in_session
		5s passes               > write dismiss witness | in_session
		5s passes               > - | in_session`,

	"an admission that a refusal outlives is not taken back": `
		judge joins             > write admit judge; admitted judge | open
		witness joins           > waiting witness 1/1 host | open
		judge admits witness    > write admit witness+voice; admitted witness; write start | in_session
		judge ends              > media off judge; bye judge closed; media off witness; bye witness closed; write end | closed
		5s passes               > - | closed`,

	"a start that the books refuse is not offered for ever": `
		judge joins             > write admit judge; admitted judge | open
		disk fills              > - | open
		books admit lawyer      > write start | in_session
		disk heals              > - | in_session
		books cancel            > media off judge; bye judge cancelled | suspended
		5s passes               > - | suspended
		5s passes               > - | suspended`,

	"an end that the books refuse is not offered for ever": `
		judge joins             > write admit judge; admitted judge | open
		disk fills              > - | open
		judge ends              > media off judge; bye judge closed; write end | closed
		5s passes               > write end | closed
		books cancel            > - | closed
		5s passes               > - | closed`,

	"after a crash the admitted return straight in, also past the end": `
		judge joins             > write admit judge; admitted judge | open
		lawyer joins            > waiting lawyer 1/1 host | open
		judge admits lawyer     > write admit lawyer; admitted lawyer; write start | in_session
		3h0m0s passes           > - | in_session
		server crashes          > - | suspended
		lawyer joins            > admitted lawyer | suspended
		judge joins             > admitted judge | in_session
		citizen joins           > bye citizen too_late | in_session
		12h0m0s passes          > media off judge; bye judge too_late; media off lawyer; bye lawyer too_late | suspended`,

	"too early, then open, then too late for those who still wait": `
		books remove voice      > - | open
		lawyer joins            > waiting lawyer 1/1 no host | open
		1h15m0s passes          > bye lawyer too_late | open
		judge joins             > bye judge too_late | open`,

	"only a host who is in commands": `
		lawyer joins            > waiting lawyer 1/1 no host | open
		lawyer admits lawyer    > error lawyer not_allowed | open
		lawyer ends             > error lawyer not_allowed | open
		lawyer speaks           > error lawyer not_admitted | open
		judge admits lawyer     > error judge not_admitted | open
		judge joins             > write admit judge; admitted judge; waiting lawyer 1/1 host | open
		judge removes judge     > error judge unknown_participant | open
		judge admits nobody     > error judge unknown_participant | open
		judge admits lawyer     > write admit lawyer; admitted lawyer; write start | in_session
		lawyer removes judge    > error lawyer not_allowed | in_session
		lawyer speaks           > - | in_session`,

	"the end is final": `
		judge joins             > write admit judge; admitted judge | open
		lawyer joins            > waiting lawyer 1/1 host | open
		judge ends              > media off judge; bye judge closed; bye lawyer closed; write end | closed
		judge joins             > bye judge closed | closed
		stranger joins          > bye stranger unknown_link | closed`,

	"cancelling puts everybody out at once": `
		judge joins             > write admit judge; admitted judge | open
		lawyer joins            > waiting lawyer 1/1 host | open
		judge admits lawyer     > write admit lawyer; admitted lawyer; write start | in_session
		lawyer drops            > - | in_session
		citizen joins           > waiting citizen 1/1 host | in_session
		books cancel            > media off judge; bye judge cancelled; bye citizen cancelled; media off lawyer | suspended
		lawyer joins            > bye lawyer cancelled | suspended`,

	"the books decide as well as the host": `
		judge joins             > write admit judge; admitted judge | open
		lawyer joins            > waiting lawyer 1/1 host | open
		witness joins           > waiting lawyer 1/2 host; waiting witness 2/2 host | open
		books admit witness     > admitted witness; write start; waiting lawyer 1/1 host | in_session
		books remove witness    > media off witness; bye witness removed | in_session
		books arrive late       > - | in_session
		books admit lawyer      > admitted lawyer | in_session
		books unadmit lawyer    > media off lawyer; waiting lawyer 1/1 host | in_session
		books reissue lawyer    > bye lawyer unknown_link | in_session
		books close             > media off judge; bye judge closed | closed`,

	"a witness who lost the link comes back in with the new one, also past the end": `
		judge joins             > write admit judge; admitted judge | open
		witness joins           > waiting witness 1/1 host | open
		judge admits witness    > write admit witness+voice; admitted witness; write start | in_session
		books reissue witness   > media off witness; bye witness unknown_link | in_session
		witness joins           > admitted witness | in_session
		3h0m0s passes           > - | in_session
		books reissue witness   > media off witness; bye witness unknown_link | in_session
		witness joins           > admitted witness | in_session`,

	"a new link ends what the old one opened, and nothing else": `
		judge joins             > write admit judge; admitted judge | open
		lawyer joins            > waiting lawyer 1/1 host | open
		judge admits lawyer     > write admit lawyer; admitted lawyer; write start | in_session
		citizen joins           > waiting citizen 1/1 host | in_session
		books reissue citizen   > bye citizen unknown_link | in_session
		books reissue lawyer    > media off lawyer; bye lawyer unknown_link | in_session
		lawyer joins with the old link > bye lawyer unknown_link | in_session
		lawyer joins            > admitted lawyer | in_session
		lawyer drops            > - | in_session
		books reissue lawyer    > media off lawyer | in_session
		lawyer joins            > admitted lawyer | in_session
		unheard reissue lawyer  > - | in_session
		lawyer joins            > admitted lawyer | in_session
		lawyer joins with the old link > admitted lawyer | in_session
		books admit citizen     > media off lawyer; bye lawyer unknown_link | in_session
		judge removes lawyer    > write remove lawyer | in_session
		books reissue lawyer    > - | in_session
		lawyer joins            > waiting lawyer 1/1 host | in_session`,

	"a full disk grants nothing and forgives nothing": `
		judge joins             > write admit judge; admitted judge | open
		lawyer joins            > waiting lawyer 1/1 host | open
		disk fills              > - | open
		judge admits lawyer     > write admit lawyer; error judge failed | open
		colleague joins         > write admit colleague; waiting colleague 1/2 host; waiting lawyer 2/2 host | open
		judge removes lawyer    > bye lawyer removed; write remove lawyer; waiting colleague 1/1 host | open
		lawyer joins            > bye lawyer removed | open
		4s passes               > - | open
		disk heals              > - | open
		1s passes               > write admit colleague; write remove lawyer; admitted colleague | open
		10s passes              > - | open
		lawyer joins            > bye lawyer removed | open`,
}

func TestStories(t *testing.T) { tell(t, stories) }

func tell(t *testing.T, stories map[string]string) {
	t.Helper()
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			w := newWorld(tenOClock)
			for line := range strings.Lines(strings.TrimSpace(strings.Replace(story, "\n\t\tsession\n", session+"\n", 1))) {
				act, want, _ := strings.Cut(strings.TrimSpace(line), ">")
				w.said = nil
				if err := w.act(strings.TrimSpace(act)); err != nil {
					t.Fatal(err)
				}
				said := "-"
				if len(w.said) > 0 {
					said = strings.Join(w.said, "; ")
				}
				if got := said + " | " + string(w.state.Phase()); got != strings.TrimSpace(want) {
					t.Fatalf("%s\n got %s\nwant %s", act, got, strings.TrimSpace(want))
				}
			}
		})
	}
}

func TestTheGateOpensWithTime(t *testing.T) {
	w := newWorld(tenOClock.Add(-31 * time.Minute))
	if err := w.act("lawyer joins"); err != nil {
		t.Fatal(err)
	}
	var bye SayBye
	for _, e := range w.all {
		if b, ok := e.(SayBye); ok {
			bye = b
		}
	}
	if bye.Code != "too_early" || !bye.Until.Equal(tenOClock.Add(-30*time.Minute)) || w.state.Phase() != Scheduled {
		t.Fatalf("%+v in phase %s", w.all, w.state.Phase())
	}
	w.now = bye.Until
	w.do(Join{ID: "lawyer", Issue: 1})
	if w.state.Place("lawyer") != Waiting || w.state.Phase() != Open {
		t.Fatalf("%s in phase %s", w.state.Place("lawyer"), w.state.Phase())
	}
}

func TestARosterShowsHostsWhoWaitsAndOthersOnlyWhoIsIn(t *testing.T) {
	w := newWorld(tenOClock)
	for _, act := range []string{"judge joins", "lawyer joins", "judge admits lawyer", "witness joins", "lawyer speaks", "judge removes citizen"} {
		if err := w.act(act); err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[string]string{
		"judge":  "judge in_hearing; colleague expected; lawyer in_hearing speaks; witness waiting; voice expected",
		"lawyer": "judge in_hearing; lawyer in_hearing speaks",
	} {
		r, ok := w.state.Roster(id)
		if !ok {
			t.Fatalf("%s has no roster", id)
		}
		var got []string
		for _, e := range r.Entries {
			line := strings.TrimPrefix(e.Name, "Name of ") + " " + string(e.Place)
			if e.Microphone {
				line += " speaks"
			}
			got = append(got, line)
		}
		if s := strings.Join(got, "; "); s != want {
			t.Errorf("%s sees %s\nwant %s", id, s, want)
		}
	}
	if _, ok := w.state.Roster("witness"); ok {
		t.Error("one who waits has a roster")
	}
}

func TestIdleHoldsNothingThatTheBooksDoNot(t *testing.T) {
	w := newWorld(tenOClock)
	for _, step := range []struct {
		act  string
		idle bool
	}{
		{"judge drops", true},
		{"judge joins", false}, {"judge leaves", true},
		{"lawyer joins", false}, {"lawyer drops", false}, {"2m0s passes", true},
		{"judge joins", false}, {"judge drops", false}, {"2m0s passes", true},
		{"judge joins", false}, {"disk fills", false}, {"judge removes lawyer", false},
		{"judge leaves", false}, {"disk heals", false}, {"5s passes", true},
	} {
		if err := w.act(step.act); err != nil {
			t.Fatal(err)
		}
		if w.state.Idle() != step.idle {
			t.Fatalf("after %q idle is %v", step.act, !step.idle)
		}
	}
}
