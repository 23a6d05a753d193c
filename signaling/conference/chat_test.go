package conference

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestChatStories(t *testing.T) {
	tellStories(t, map[string]string{
		"a line to all, to those who hold the hearing, and to one": `
			citizen tells all: good day > chat citizen from citizen: good day; chat judge from citizen: good day; chat clerk from citizen: good day; chat lawyer from citizen: good day; chat opponent from citizen: good day
			lawyer tells hosts: one page is missing > chat lawyer from lawyer: one page is missing; chat judge from lawyer: one page is missing; chat clerk from lawyer: one page is missing
			lawyer tells citizen: patience > chat lawyer from lawyer: patience; chat citizen from lawyer: patience
			lawyer tells expert: hello  > error lawyer unknown_participant
			lawyer tells lawyer: hello  > error lawyer unknown_participant
			lawyer tells nobody: hello  > error lawyer unknown_participant
			lawyer tells all:           > error lawyer wrong_state`,

		"witnesses write with those who hold the hearing alone": `
			witness tells all: I saw it > chat witness from witness: I saw it; chat judge from witness: I saw it; chat clerk from witness: I saw it
			witness tells citizen: I saw you > error witness unknown_participant
			citizen tells witness: say nothing > error citizen unknown_participant
			judge tells witness: speak up > chat judge from judge: speak up; chat witness from judge: speak up`,

		"observers neither write nor read": `
			observer tells all: oh      > error observer not_allowed
			judge tells observer: hush  > error judge unknown_participant`,

		"screened people get nothing of each other, and do not learn that there was somebody": `
			books screen citizen opponent > -
			citizen tells all: he is here > chat citizen from citizen: he is here; chat judge from citizen: he is here; chat clerk from citizen: he is here; chat lawyer from citizen: he is here
			citizen tells opponent: you > error citizen unknown_participant
			citizen tells expert: you   > error citizen unknown_participant`,

		"who waits has no chat": `
			lawyer leaves               > media off lawyer; bye lawyer left
			lawyer tells all: hello     > error lawyer wrong_state
			judge tells lawyer: where are you > error judge unknown_participant`,

		"one who comes back is told again what was for them, and nothing else": `
			judge tells all: welcome    > chat judge from judge: welcome; chat clerk from judge: welcome; chat citizen from judge: welcome; chat lawyer from judge: welcome; chat opponent from judge: welcome; chat witness from judge: welcome
			judge tells clerk: the file > chat judge from judge: the file; chat clerk from judge: the file
			lawyer drops                > -
			judge tells all: we wait    > chat judge from judge: we wait; chat clerk from judge: we wait; chat citizen from judge: we wait; chat opponent from judge: we wait; chat witness from judge: we wait
			lawyer joins                > admitted lawyer; chat lawyer from judge: welcome; chat lawyer from judge: we wait
			lawyer leaves               > media off lawyer; bye lawyer left
			judge tells all: he is gone > chat judge from judge: he is gone; chat clerk from judge: he is gone; chat citizen from judge: he is gone; chat opponent from judge: he is gone; chat witness from judge: he is gone
			lawyer joins                > admitted lawyer; chat lawyer from judge: welcome; chat lawyer from judge: we wait
			books screen lawyer judge   > -
			lawyer joins                > admitted lawyer`,
	}, "judge", "clerk", "citizen", "lawyer", "opponent", "witness", "observer")
}

// TestALineEnds: 500 characters pass, whatever they weigh; more do not.
func TestALineEnds(t *testing.T) {
	for text, code := range map[string]string{
		strings.Repeat("ج", MaxChat):   "",
		strings.Repeat("a", MaxChat+1): TooLong,
	} {
		w := fullWorld("judge", "citizen")
		w.do(Chat{By: "citizen", To: "all", Text: text})
		got := ""
		if e, ok := w.all[0].(TellError); ok {
			got = e.Code
		}
		if got != code {
			t.Errorf("%d characters: %q, want %q", utf8.RuneCountInString(text), got, code)
		}
	}
}

// TestALineStaysInItsRoom: what was on its way when its writer was brought into
// another room is lost, not told there.
func TestALineStaysInItsRoom(t *testing.T) {
	w := fullWorld("judge", "citizen", "lawyer")
	late := func(room string) string {
		w.do(Chat{By: "citizen", Room: room, To: "all", Text: "say nothing of it"})
		return strings.Join(w.said, "; ")
	}
	w.mustTalk("citizen consults lawyer")
	w.mustTalk("lawyer accepts room1")
	if said := late(""); said != "error citizen wrong_state" {
		t.Errorf("for the hearing: %s", said)
	}
	if said := late("room1"); !strings.HasPrefix(said, "chat citizen from citizen") {
		t.Errorf("for those who are there: %s", said)
	}
	w.mustTalk("judge deliberates")
	w.mustTalk("judge resumes")
	if said := late("room1"); said != "error citizen wrong_state" {
		t.Errorf("for the room that is over: %s", said)
	}
}

// TestTheLastLinesAreKept: fifty of a room, the oldest forgotten first, and a
// State that was given away keeps its own.
func TestTheLastLinesAreKept(t *testing.T) {
	w := fullWorld("judge", "citizen")
	for i := range keptLines {
		w.do(Chat{By: "judge", To: "all", Text: fmt.Sprint(i)})
	}
	before := w.state
	for i := range 3 {
		w.do(Chat{By: "judge", To: "all", Text: fmt.Sprint(keptLines + i)})
	}
	if n, first := len(w.state.floor.lines), w.state.floor.lines[0].said.Text; n != keptLines || first != "3" {
		t.Errorf("%d lines from %s", n, first)
	}
	if n, first, last := len(before.floor.lines), before.floor.lines[0].said.Text, before.floor.lines[keptLines-1].said.Text; n != keptLines || first != "0" || last != "49" {
		t.Errorf("the earlier State has %d lines from %s to %s", n, first, last)
	}
	for range keptLines {
		w.do(Chat{By: "citizen", To: "all", Text: strings.Repeat("🙂", MaxChat)})
	}
	if n, most := len(w.state.floor.lines), keptBytes/(4*MaxChat); n != most {
		t.Errorf("%d of the longest lines, want %d", n, most)
	}
}

// TestLinesDoNotCount: the id of a line tells nobody how many they did not get.
func TestLinesDoNotCount(t *testing.T) {
	id := func(unseen int) uint64 {
		w := fullWorld("judge", "clerk", "citizen")
		for range unseen {
			w.do(Chat{By: "judge", To: "one", Number: 3, Text: "between us"})
		}
		w.now = w.now.Add(time.Second)
		w.do(Chat{By: "judge", To: "all", Text: "aloud"})
		return w.all[0].(TellChat).Line.ID
	}
	if none, some := id(0), id(20); none != some {
		t.Errorf("%d after silence, %d after twenty lines for others", none, some)
	}
}
