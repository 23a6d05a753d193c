package conference

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"jalsa/booking"
)

func TestConsultStories(t *testing.T) {
	tellStories(t, map[string]string{
		"a citizen who waits talks with the lawyer, and gets nothing of the hearing": `
			citizen leaves              > media off citizen; bye citizen left
			lawyer leaves               > media off lawyer; bye lawyer left
			books unadmit citizen       > -
			books unadmit lawyer        > -
			citizen joins               > waiting citizen 1/1 host
			lawyer joins                > waiting citizen 1/2 host; waiting lawyer 2/2 host
			? company of citizen        > lawyer waiting
			citizen consults lawyer     > admitted citizen room1; rings lawyer in room1 by citizen; waiting lawyer 1/1 host
			? room of citizen           > citizen in_consultation; lawyer calling
			lawyer accepts room1        > admitted lawyer room1
			? room of citizen           > citizen in_consultation; lawyer in_consultation
			? gets of citizen           > lawyer voice camera
			? gets of judge             > opponent voice camera; counsel voice camera; witness voice camera; observer voice camera
			lawyer tells all: say yes   > chat lawyer from lawyer: say yes; chat citizen from lawyer: say yes
			judge tells all: we begin   > chat judge from judge: we begin; chat opponent from judge: we begin; chat counsel from judge: we begin; chat witness from judge: we begin
			citizen returns             > media off citizen; waiting citizen 1/1 host
			lawyer tells all: are you there > chat lawyer from lawyer: are you there
			lawyer returns              > media off lawyer; closed room1; waiting citizen 1/2 host; waiting lawyer 2/2 host`,

		"from the hearing one goes and comes back straight": `
			lawyer consults citizen     > media off lawyer; admitted lawyer room1; rings citizen in room1 by lawyer
			citizen accepts room1       > media off citizen; admitted citizen room1
			? gets of judge             > opponent voice camera; counsel voice camera; witness voice camera; observer voice camera
			judge tells citizen: hello  > error judge unknown_participant
			citizen raises              > error citizen not_admitted
			lawyer returns              > media off lawyer; admitted lawyer
			citizen returns             > media off citizen; admitted citizen; closed room1`,

		"an invitation rings thirty seconds": `
			lawyer consults citizen     > media off lawyer; admitted lawyer room1; rings citizen in room1 by lawyer
			29s passes                  > -
			lawyer consults citizen     > -
			1s passes                   > rings no more citizen in room1
			? room of lawyer            > citizen no_answer; lawyer in_consultation
			citizen accepts room1       > error citizen wrong_state
			lawyer consults citizen     > rings citizen in room1 by lawyer
			citizen declines room1      > rings no more citizen in room1
			? room of lawyer            > citizen declined; lawyer in_consultation
			citizen declines room1      > error citizen wrong_state
			lawyer returns              > media off lawyer; admitted lawyer; closed room1`,

		"an invitation follows a new socket, and ends with the room": `
			lawyer consults citizen     > media off lawyer; admitted lawyer room1; rings citizen in room1 by lawyer
			citizen drops               > -
			citizen joins               > admitted citizen; rings citizen in room1 by lawyer
			lawyer leaves               > media off lawyer; bye lawyer left; closed room1; rings no more citizen in room1`,

		"nobody is let in who was not invited": `
			lawyer consults citizen     > media off lawyer; admitted lawyer room1; rings citizen in room1 by lawyer
			opponent accepts room1      > error opponent wrong_state
			judge accepts room1         > error judge wrong_state
			citizen accepts room2       > error citizen wrong_state
			opponent declines room1     > error opponent wrong_state
			judge knocks at room1       > knock lawyer by judge
			judge knocks at room2       > error judge wrong_state
			opponent knocks at room1    > error opponent not_allowed`,

		"linked people go together, and one survives the other's drop": `
			opponent consults counsel   > media off opponent; admitted opponent room1; media off counsel; admitted counsel room1
			? gets of counsel           > opponent voice camera
			opponent drops              > -
			? places                    > judge in_hearing; citizen in_hearing; lawyer in_hearing; opponent reconnecting room1; counsel in_consultation room1; witness in_hearing; observer in_hearing
			1m59s passes                > -
			opponent joins              > admitted opponent room1
			opponent drops              > -
			2m0s passes                 > media off opponent
			opponent joins              > admitted opponent
			counsel returns             > media off counsel; admitted counsel; closed room1`,

		"one who went ahead calls the linked one after": `
			counsel drops               > -
			opponent consults counsel   > error opponent wrong_state
			counsel joins               > admitted counsel
			opponent consults counsel   > media off opponent; admitted opponent room2; media off counsel; admitted counsel room2
			counsel leaves              > media off counsel; bye counsel left
			counsel joins               > admitted counsel
			opponent consults counsel   > media off counsel; admitted counsel room2
			opponent returns            > media off opponent; admitted opponent; media off counsel; admitted counsel; closed room2`,

		"nobody calls the other side, the bench or a witness": `
			citizen consults opponent   > error citizen unknown_participant
			lawyer consults counsel     > error lawyer unknown_participant
			citizen consults judge      > error citizen unknown_participant
			citizen consults witness    > error citizen unknown_participant
			citizen consults lawyer+judge > error citizen unknown_participant
			citizen consults citizen    > error citizen unknown_participant
			citizen consults nobody     > error citizen unknown_participant
			judge consults citizen      > error judge not_allowed
			judge consults assessor     > error judge wrong_state
			witness consults citizen    > error witness not_allowed
			observer consults citizen   > error observer not_allowed`,

		"one who is admitted meanwhile is called by a knock and goes in on return": `
			citizen leaves              > media off citizen; bye citizen left
			books unadmit citizen       > -
			citizen joins               > waiting citizen 1/1 host
			citizen consults lawyer     > admitted citizen room1; rings lawyer in room1 by citizen
			judge admits citizen        > write admit citizen; knock citizen by judge
			judge admits citizen        > knock citizen by judge
			citizen returns             > media off citizen; admitted citizen; closed room1; rings no more lawyer in room1`,

		"one who talks apart meanwhile waits like the others": `
			citizen leaves              > media off citizen; bye citizen left
			lawyer leaves               > media off lawyer; bye lawyer left
			books unadmit citizen       > -
			books unadmit lawyer        > -
			citizen joins               > waiting citizen 1/1 host
			lawyer joins                > waiting citizen 1/2 host; waiting lawyer 2/2 host
			citizen consults lawyer     > admitted citizen room1; rings lawyer in room1 by citizen; waiting lawyer 1/1 host
			judge notifies              > notice citizen; notice lawyer
			judge admits-all            > write admit citizen+lawyer; knock citizen by judge; admitted lawyer
			judge notifies              > -
			citizen returns             > media off citizen; admitted citizen; closed room1; rings no more lawyer in room1`,

		"who talks apart hears by a knock that the hearing goes on": `
			citizen consults lawyer     > media off citizen; admitted citizen room1; rings lawyer in room1 by citizen
			judge pauses                > write paused
			judge resumes               > write resumed; knock citizen by judge
			citizen returns             > media off citizen; admitted citizen; closed room1; rings no more lawyer in room1`,

		"whoever is dismissed or removed loses the consultation too": `
			citizen consults lawyer     > media off citizen; admitted citizen room1; rings lawyer in room1 by citizen
			lawyer accepts room1        > media off lawyer; admitted lawyer room1
			judge dismisses citizen     > media off citizen; write dismiss citizen; waiting citizen 1/1 host
			judge removes lawyer        > media off lawyer; bye lawyer removed; write remove lawyer; closed room1; waiting citizen 1/1 host`,

		"the bench apart is the hearing without a host": `
			assessor joins              > waiting assessor 1/1 host
			judge admits assessor       > write admit assessor; admitted assessor
			judge consults assessor     > media off judge; admitted judge room1; rings assessor in room1 by judge
			? phase                     > suspended no_host
			assessor accepts room1      > media off assessor; admitted assessor room1
			citizen knocks at room1     > error citizen not_allowed
			judge returns               > media off judge; admitted judge
			? phase                     > in_session
			judge drops                 > -
			? phase                     > suspended no_host`,

		"deliberation ends them; those who wait may open others": `
			citizen consults lawyer     > media off citizen; admitted citizen room1; rings lawyer in room1 by citizen
			lawyer accepts room1        > media off lawyer; admitted lawyer room1
			judge deliberates           > media off citizen; media off lawyer; media off opponent; media off counsel; media off witness; media off observer; write deliberation; write dismiss witness; write dismiss voice; write dismiss observer; closed room1; waiting citizen 1/6 host; waiting lawyer 2/6 host; waiting opponent 3/5 host; waiting counsel 4/6 host; waiting witness 4/5 host; waiting observer 6/6 host
			citizen consults lawyer     > admitted citizen room2; rings lawyer in room2 by citizen; waiting lawyer 1/5 host; waiting opponent 2/4 host; waiting counsel 3/5 host; waiting witness 3/4 host; waiting observer 5/5 host
			lawyer accepts room2        > admitted lawyer room2; waiting opponent 1/3 host; waiting counsel 2/4 host; waiting witness 2/3 host; waiting observer 4/4 host
			judge resumes               > write resumed; admitted opponent; admitted counsel; knock citizen by judge; knock lawyer by judge; waiting witness 1/2 host; waiting observer 2/2 host
			citizen returns             > media off citizen; admitted citizen`,

		"a lost socket finds its way when its room is over": `
			citizen consults lawyer     > media off citizen; admitted citizen room1; rings lawyer in room1 by citizen
			lawyer accepts room1        > media off lawyer; admitted lawyer room1
			lawyer drops                > -
			judge deliberates           > media off citizen; media off lawyer; media off opponent; media off counsel; media off witness; media off observer; write deliberation; write dismiss witness; write dismiss voice; write dismiss observer; closed room1; waiting citizen 1/5 host; waiting opponent 2/4 host; waiting counsel 3/5 host; waiting witness 3/4 host; waiting observer 5/5 host
			lawyer joins                > waiting citizen 1/6 host; waiting lawyer 2/6 host; waiting opponent 3/5 host; waiting counsel 4/6 host; waiting witness 4/5 host; waiting observer 6/6 host
			judge resumes               > write resumed; admitted citizen; admitted lawyer; admitted opponent; admitted counsel; waiting witness 1/2 host; waiting observer 2/2 host`,

		"closing ends them": `
			citizen consults lawyer     > media off citizen; admitted citizen room1; rings lawyer in room1 by citizen
			judge ends                  > media off judge; bye judge closed; media off citizen; bye citizen closed; media off lawyer; bye lawyer closed; media off opponent; bye opponent closed; media off counsel; bye counsel closed; media off witness; bye witness closed; media off observer; bye observer closed; write end; closed room1`,

		"people who must not meet by now are taken apart": `
			citizen consults lawyer     > media off citizen; admitted citizen room1; rings lawyer in room1 by citizen
			lawyer accepts room1        > media off lawyer; admitted lawyer room1
			books screen citizen lawyer > media off citizen; admitted citizen; media off lawyer; admitted lawyer; closed room1`,

		"who must not meet is not called together, and not let in": `
			assessor joins              > waiting assessor 1/1 host
			judge admits assessor       > write admit assessor; admitted assessor
			clerk joins                 > waiting clerk 1/1 host
			judge admits clerk          > write admit clerk; admitted clerk
			books screen assessor clerk > -
			judge consults assessor+clerk > error judge screened
			judge consults assessor     > media off judge; admitted judge room2; rings assessor in room2 by judge
			judge consults clerk        > rings clerk in room2 by judge
			assessor accepts room2      > media off assessor; admitted assessor room2
			clerk accepts room2         > error clerk wrong_state
			? room of judge             > assessor in_consultation; clerk calling; judge in_consultation
			? room of assessor          > assessor in_consultation; judge in_consultation
			clerk declines room2        > rings no more clerk in room2
			assessor consults clerk     > error assessor unknown_participant
			judge consults clerk        > error judge screened`,

		"a screen in the hearing hinders none in a room": `
			judge shows text            > -
			citizen consults lawyer     > media off citizen; admitted citizen room1; rings lawyer in room1 by citizen
			citizen shows motion        > -
			? floor                     > judge text; citizen motion
			judge hides                 > -
			citizen returns             > media off citizen; admitted citizen; closed room1; rings no more lawyer in room1
			? floor                     > -`,

		"whoever goes into a room takes nothing of the floor along": `
			judge opens                 > -
			judge lights lawyer         > -
			lawyer raises               > -
			lawyer shows text           > -
			lawyer consults citizen     > media off lawyer; admitted lawyer room1; rings citizen in room1 by lawyer
			? floor                     > -
			? light of judge            > -
			lawyer returns              > media off lawyer; admitted lawyer; closed room1; rings no more citizen in room1
			? queue of judge            > -`,

		"a mute is not lifted by what one switches in a room": `
			citizen speaks              > -
			judge mutes citizen         > -
			citizen consults lawyer     > media off citizen; admitted citizen room1; rings lawyer in room1 by citizen
			citizen mumbles             > -
			citizen speaks              > -
			citizen returns             > media off citizen; admitted citizen; closed room1; rings no more lawyer in room1
			citizen speaks              > -
			? floor                     > citizen muted
			citizen mumbles             > -
			citizen speaks              > -
			? floor                     > -`,

		"in a room all are heard and may show their screen, one at a time": `
			judge silences everybody    > -
			citizen consults lawyer     > media off citizen; admitted citizen room1; rings lawyer in room1 by citizen
			lawyer accepts room1        > media off lawyer; admitted lawyer room1
			lawyer shows text           > -
			citizen shows text          > error citizen busy
			? gets of lawyer            > citizen voice camera screen
			lawyer returns              > media off lawyer; admitted lawyer
			? gets of lawyer            > judge camera; opponent camera; counsel camera; witness camera; observer camera`,
	}, "judge", "citizen", "lawyer", "opponent", "counsel", "witness", "observer")
}

func TestCountdownEndsConsultations(t *testing.T) {
	w := fullWorld()
	for _, act := range []string{
		"judge joins", "citizen joins", "lawyer joins", "witness joins", "citizen consults lawyer", "lawyer accepts room1", "judge starts",
	} {
		w.mustTalk(act)
	}
	if got := w.sees("? places"); got != "judge in_hearing; citizen in_consultation room1; lawyer in_consultation room1; witness waiting" {
		t.Fatal(got)
	}
	w.mustTalk("lawyer returns")
	w.mustTalk("lawyer consults citizen")
	if got := strings.Join(w.said, "; "); got != "error lawyer wrong_state" {
		t.Fatalf("during the countdown: %s", got)
	}
	w.mustTalk("10s passes")
	if got := w.sees("? places"); got != "judge in_hearing; citizen in_hearing; lawyer in_hearing; witness waiting" {
		t.Fatal(got)
	}
}

// TestOneFetchedWithoutALinkComesInMuted: their page believes that they still talk
// in confidence.
func TestOneFetchedWithoutALinkComesInMuted(t *testing.T) {
	for name, c := range map[string]struct {
		acts []string
		want string
	}{
		"back at once":               {[]string{"lawyer joins", "lawyer speaks"}, "citizen muted; lawyer muted"},
		"after switching on anew":    {[]string{"lawyer joins", "lawyer mumbles", "lawyer speaks"}, "citizen muted"},
		"after staying away":         {[]string{"2m0s passes", "lawyer joins", "lawyer speaks"}, "citizen muted"},
		"after the waiting room too": {[]string{"judge dismisses lawyer", "lawyer joins", "judge admits lawyer", "lawyer speaks"}, "citizen muted"},
	} {
		t.Run(name, func(t *testing.T) {
			w := fullWorld()
			for _, act := range []string{
				"judge joins", "books admit citizen", "books admit lawyer", "citizen joins", "lawyer joins",
				"citizen consults lawyer", "lawyer accepts room1", "lawyer speaks", "lawyer drops", "books screen citizen lawyer",
			} {
				w.mustTalk(act)
			}
			for _, act := range c.acts {
				w.mustTalk(act)
			}
			if got := w.sees("? floor"); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestNobodyIsCalledInTheCountdown(t *testing.T) {
	w := fullWorld()
	for _, act := range []string{"judge joins", "citizen joins", "lawyer joins", "citizen consults lawyer", "judge starts"} {
		w.mustTalk(act)
	}
	if !slices.Contains(w.said, "rings no more lawyer in room1") {
		t.Errorf("said %q", w.said)
	}
	for _, act := range []string{"lawyer accepts room1", "lawyer consults citizen"} {
		if w.mustTalk(act); !slices.Equal(w.said, []string{"error lawyer wrong_state"}) {
			t.Errorf("%s: %q", act, w.said)
		}
	}
}

// TestStatesKeepTheirOwn: two conferences that follow from one State do not
// share what is said and who is called in them.
func TestStatesKeepTheirOwn(t *testing.T) {
	w := fullWorld("judge", "citizen", "lawyer", "assessor", "clerk")
	for _, act := range []string{"judge consults assessor", "judge tells all: one", "citizen tells all: one", "citizen tells all: two", "citizen tells all: three"} {
		w.mustTalk(act)
	}
	one, other := *w, *w
	calls := slices.Clone(w.state.rooms[0].calls)
	one.now = one.now.Add(time.Second)
	for _, act := range []string{"judge consults assessor", "judge consults clerk", "judge tells all: left", "citizen tells all: left"} {
		one.mustTalk(act)
	}
	frozen := fmt.Sprint(texts(one.state.floor.lines), texts(one.state.rooms[0].lines), one.state.rooms[0].calls)
	for _, act := range []string{"judge tells all: right", "citizen tells all: right", "assessor declines room1", "judge consults clerk"} {
		other.mustTalk(act)
	}
	if got := fmt.Sprint(texts(one.state.floor.lines), texts(one.state.rooms[0].lines), one.state.rooms[0].calls); got != frozen {
		t.Errorf("one became %s and was %s", got, frozen)
	}
	if got := texts(w.state.rooms[0].lines); got != "one" || !slices.Equal(calls, w.state.rooms[0].calls) {
		t.Errorf("the earlier State has %q, %v", got, w.state.rooms[0].calls)
	}
}

func texts(lines []line) string {
	var all []string
	for _, l := range lines {
		all = append(all, l.said.Text)
	}
	return strings.Join(all, " ")
}

// TestWhoIsFetchedIsNotOverheard: nobody's open microphone is carried out of a
// consultation room into the hearing.
func TestWhoIsFetchedIsNotOverheard(t *testing.T) {
	w := fullWorld("judge", "citizen", "lawyer")
	for _, act := range []string{"citizen consults lawyer", "citizen speaks", "lawyer accepts room1", "books screen citizen lawyer"} {
		w.mustTalk(act)
	}
	for _, step := range [][2]string{
		{"citizen speaks", "judge camera"}, {"citizen mumbles", "judge camera"}, {"citizen speaks", "judge voice camera"},
	} {
		w.mustTalk(step[0])
		if got := w.sees("? gets of citizen"); got != step[1] {
			t.Fatalf("%s: %s", step[0], got)
		}
	}
	for _, step := range [][2]string{
		{"lawyer speaks", "judge camera"}, // in the room that is over, as far as they know
		{"lawyer mumbles", "judge camera"}, {"lawyer speaks", "judge voice camera"},
	} {
		w.mustTalk(step[0])
		if got := w.sees("? gets of lawyer"); got != step[1] {
			t.Fatalf("the lawyer, whose microphone was off: %s: %s", step[0], got)
		}
	}
}

func TestAtMostEightRooms(t *testing.T) {
	a := fullCast()
	a.Participants = a.Participants[:1]
	for i := range uint32(2 * (maxRooms + 1)) {
		p := a.Participants[0]
		p.ID, p.Number, p.Role = string(rune('a'+i)), i+2, "party"
		p.Link = string(rune('A' + i/2))
		a.Participants = append(a.Participants, p)
	}
	w := &world{books: a, now: tenOClock, state: New(a, tenOClock)}
	var said []string
	for _, p := range a.Participants[1:] {
		w.mustTalk(p.ID + " joins")
	}
	for i := 1; i < len(a.Participants); i += 2 {
		w.mustTalk(a.Participants[i].ID + " consults " + a.Participants[i+1].ID)
		said = append(said, w.said...)
	}
	if n := len(w.state.rooms); n != maxRooms || !slices.Contains(said, "error q busy") {
		t.Errorf("%d rooms, %q", n, said)
	}
}

// TestMayConsult is the table of who may call whom, in a hearing with two sides
// and in one with one.
func TestMayConsult(t *testing.T) {
	for name, c := range map[string]struct {
		without string // who is not in this hearing
		came    string // who came along with the citizen
		may     map[string]string
	}{
		"two sides": {"", "lawyer", map[string]string{
			"judge":    "assessor clerk",
			"assessor": "judge clerk",
			"citizen":  "lawyer",
			"lawyer":   "citizen",
			"opponent": "counsel",
			"counsel":  "opponent",
		}},
		"two sides, and a lawyer of whom nobody knows whose": {"", "", map[string]string{
			"judge":    "assessor clerk",
			"assessor": "judge clerk",
			"opponent": "counsel",
			"counsel":  "opponent",
		}},
		"a citizen who moves with an observer": {"opponent counsel", "lawyer", map[string]string{
			"judge":    "assessor clerk",
			"assessor": "judge clerk",
			"citizen":  "lawyer interpreter observer",
			"lawyer":   "interpreter",
		}},
		"one side": {"opponent counsel", "", map[string]string{
			"judge":    "assessor clerk",
			"assessor": "judge clerk",
			"citizen":  "lawyer interpreter",
			"lawyer":   "citizen interpreter",
		}},
	} {
		a := fullCast()
		a.Screens = nil
		a.Participants = slices.DeleteFunc(a.Participants, func(p booking.Participant) bool {
			return slices.Contains(strings.Fields(c.without), p.ID)
		})
		for i := range a.Participants {
			p := &a.Participants[i]
			p.Brought = c.came == p.ID
			if strings.Contains(name, "moves with an observer") && (p.ID == "citizen" || p.ID == "observer") {
				p.Link = "c"
			}
		}
		s := New(a, tenOClock)
		for i := range s.people {
			var may []string
			for j := range s.people {
				if s.mayConsult(&s.people[i], &s.people[j]) {
					may = append(may, s.people[j].ID)
				}
			}
			if got, want := strings.Join(may, " "), c.may[s.people[i].ID]; got != want {
				t.Errorf("%s: %s may call %q, want %q", name, s.people[i].ID, got, want)
			}
		}
	}
}
