package booking

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestAttendanceIsReadFromTheJournal(t *testing.T) {
	at := func(minute int) time.Time { return start.Add(time.Duration(minute) * time.Minute) }
	entries := func(lines string) (events []Event) {
		for line := range strings.SplitSeq(lines, ", ") {
			var minute int
			var kind, who string
			fmt.Sscan(line, &minute, &kind, &who)
			events = append(events, Event{Entry: Entry{Time: at(minute), Kind: kind, Participant: who}})
		}
		return events
	}
	for journal, want := range map[string]string{
		"0 redeemed a, 1 waiting a, 9 closed":                                                  "",
		"1 waiting a, 2 admitted a, 2 connected a, 9 closed":                                   "a 2-9",
		"1 waiting a, 2 admitted a, 2 admitted b, 2 connected a, 9 closed":                     "a 2-9",
		"2 admitted a, 2 connected a, 4 disconnected a, 5 connected a, 9 closed":               "a 2-9",
		"2 admitted a, 2 connected a, 4 disconnected a, 6 dismissed a, 7 connected a":          "a 2-4",
		"2 admitted a, 2 connected a, 4 dismissed a, 6 admitted a, 6 connected a, 8 removed a": "a 2-8",
		"2 admitted a, 2 connected a, 3 admitted b, 3 connected b, 4 disconnected b":           "a 2-…, b 3-4",
		"2 admitted a, 2 connected a, 4 dismissed a, 5 disconnected a, 7 waiting a, 8 closed":  "a 2-4",
		"2 admitted a, 2 connected a, 4 waiting a, 9 closed":                                   "a 2-4",
		"2 admitted a, 2 connected a, 4 waiting a, 6 connected a, 9 closed":                    "a 2-9",
		"2 admitted a, 2 connected a, 4 consulting a, 6 connected a, 7 consulting a, 9 closed": "a 2-7",
	} {
		got := ""
		for _, p := range attendance(entries(journal)) {
			to := "…"
			if !p.In {
				to = fmt.Sprint(int(p.To.Sub(start).Minutes()))
			}
			got += fmt.Sprintf(", %s %d-%s", p.Participant, int(p.From.Sub(start).Minutes()), to)
		}
		if got = strings.TrimPrefix(got, ", "); got != want {
			t.Errorf("%s: %q, want %q", journal, got, want)
		}
	}
}
