package booking

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The gate as a table. A column is a stretch of time; each answer is checked at its first and at its last instant.
//
//	before: from booking until the opening            window: until end plus grace
//	overtime: until 14 hours after the start          beyond: for ever
//
// "guest" stands for each of the nine roles that do not host. "started" happened at the scheduled time.
const gateTable = `
                                   before     window     overtime   beyond
hearing  confirmed  host           too_early  enter      too_late   too_late
hearing  confirmed  guest          too_early  wait       too_late   too_late
hearing  confirmed  admitted       too_early  enter      too_late   too_late
hearing  confirmed  removed        removed    removed    removed    removed
hearing  confirmed  removed_host   removed    removed    removed    removed
hearing  confirmed  stranger       unknown_link unknown_link unknown_link unknown_link

hearing  started    host           enter      enter      enter      too_late
hearing  started    guest          too_early  wait       too_late   too_late
hearing  started    admitted       enter      enter      enter      too_late
hearing  started    removed        removed    removed    removed    removed
hearing  started    removed_host   removed    removed    removed    removed
hearing  started    stranger       unknown_link unknown_link unknown_link unknown_link

hearing  cancelled  host           cancelled  cancelled  cancelled  cancelled
hearing  cancelled  guest          cancelled  cancelled  cancelled  cancelled
hearing  cancelled  admitted       cancelled  cancelled  cancelled  cancelled
hearing  cancelled  removed        removed    removed    removed    removed
hearing  cancelled  removed_host   removed    removed    removed    removed
hearing  cancelled  stranger       unknown_link unknown_link unknown_link unknown_link

hearing  moved      host           moved      moved      moved      moved
hearing  moved      guest          moved      moved      moved      moved
hearing  moved      admitted       moved      moved      moved      moved
hearing  moved      removed        removed    removed    removed    removed
hearing  moved      removed_host   removed    removed    removed    removed
hearing  moved      stranger       unknown_link unknown_link unknown_link unknown_link

hearing  closed     host           closed     closed     closed     closed
hearing  closed     guest          closed     closed     closed     closed
hearing  closed     admitted       closed     closed     closed     closed
hearing  closed     removed        removed    removed    removed    removed
hearing  closed     removed_host   removed    removed    removed    removed
hearing  closed     stranger       unknown_link unknown_link unknown_link unknown_link

hearing  nonsense   host           cancelled  cancelled  cancelled  cancelled
hearing  nonsense   admitted       cancelled  cancelled  cancelled  cancelled

rehearsal confirmed  host           enter      enter      too_late   too_late
rehearsal confirmed  guest          enter      enter      too_late   too_late
rehearsal confirmed  admitted       enter      enter      too_late   too_late
rehearsal confirmed  removed        removed    removed    removed    removed
rehearsal confirmed  removed_host   removed    removed    removed    removed
rehearsal confirmed  stranger       unknown_link unknown_link unknown_link unknown_link

rehearsal started    host           enter      enter      enter      too_late
rehearsal started    guest          enter      enter      too_late   too_late
rehearsal started    admitted       enter      enter      enter      too_late
rehearsal started    removed        removed    removed    removed    removed
rehearsal started    removed_host   removed    removed    removed    removed
rehearsal started    stranger       unknown_link unknown_link unknown_link unknown_link

rehearsal cancelled  host           cancelled  cancelled  cancelled  cancelled
rehearsal cancelled  guest          cancelled  cancelled  cancelled  cancelled
rehearsal cancelled  admitted       cancelled  cancelled  cancelled  cancelled
rehearsal cancelled  removed        removed    removed    removed    removed
rehearsal cancelled  removed_host   removed    removed    removed    removed
rehearsal cancelled  stranger       unknown_link unknown_link unknown_link unknown_link

rehearsal moved      host           moved      moved      moved      moved
rehearsal moved      guest          moved      moved      moved      moved
rehearsal moved      admitted       moved      moved      moved      moved
rehearsal moved      removed        removed    removed    removed    removed
rehearsal moved      removed_host   removed    removed    removed    removed
rehearsal moved      stranger       unknown_link unknown_link unknown_link unknown_link

rehearsal closed     host           closed     closed     closed     closed
rehearsal closed     guest          closed     closed     closed     closed
rehearsal closed     admitted       closed     closed     closed     closed
rehearsal closed     removed        removed    removed    removed    removed
rehearsal closed     removed_host   removed    removed    removed    removed
rehearsal closed     stranger       unknown_link unknown_link unknown_link unknown_link

rehearsal nonsense   host           cancelled  cancelled  cancelled  cancelled
rehearsal nonsense   admitted       cancelled  cancelled  cancelled  cancelled
`

// start is ten o'clock in Casablanca, UTC+0 since September 2026.
var start = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

var guests = []Role{RolePanel, RoleClerk, RoleParty, RoleRepresentative, RoleWitness,
	RoleExpert, RoleInterpreter, RoleObserver, RoleAssistant}

func TestAdmissionTable(t *testing.T) {
	opens, end, capped := start.Add(-15*time.Minute), start.Add(75*time.Minute), start.Add(14*time.Hour)
	columns := [][2]time.Time{
		{opens.AddDate(-1, 0, 0), opens.Add(-1)},
		{opens, end.Add(-1)},
		{end, capped.Add(-1)},
		{capped, capped.AddDate(50, 0, 0)},
	}
	rows := 0
	for line := range strings.Lines(gateTable) {
		row := strings.Fields(line)
		if len(row) != 3+len(columns) {
			continue
		}
		rows++
		purpose := map[string]Purpose{"hearing": PurposeHearing, "rehearsal": PurposeRehearsal}[row[0]]
		for _, p := range peopleNamed(row[2]) {
			a := appointmentIn(row[1], p)
			for i, column := range columns {
				for _, now := range column {
					t.Run(fmt.Sprint(row[:3], p.Role, now.Format(time.RFC3339)), func(t *testing.T) {
						if got := spell(Admission(a, "p", purpose, now)); got != row[3+i] {
							t.Errorf("%s, want %s", got, row[3+i])
						}
					})
				}
			}
		}
	}
	if rows != 64 {
		t.Errorf("the table has %d rows", rows)
	}
}

func spell(d Decision) string {
	switch {
	case d == Decision{Verdict: Enter, Until: d.Until}:
		return "enter"
	case d == Decision{Verdict: Wait, Reason: ReasonAwaitingHost, Until: d.Until}:
		return "wait"
	case d.Verdict == Refuse:
		return string(d.Reason)
	}
	return fmt.Sprintf("nonsense %+v", d)
}

func peopleNamed(who string) []Participant {
	switch who {
	case "host":
		return []Participant{{ID: "p", Role: RoleHost}, {ID: "p", Role: RoleHost, Admitted: start}}
	case "removed_host":
		return []Participant{{ID: "p", Role: RoleHost, Removed: start}}
	case "stranger":
		return []Participant{{ID: "somebody else", Role: RoleHost}}
	}
	var people []Participant
	for _, r := range guests {
		p := Participant{ID: "p", Role: r}
		switch who {
		case "admitted":
			p.Admitted = start
		case "removed":
			p.Removed = start
		}
		people = append(people, p)
	}
	return people
}

func appointmentIn(state string, p Participant) Appointment {
	a := Appointment{
		ID: "a", State: StateConfirmed, Participants: []Participant{p},
		Start:    Civil{Instant: start},
		Duration: time.Hour, EarlyEntry: 15 * time.Minute, Grace: 15 * time.Minute,
	}
	switch state {
	case "confirmed":
	case "started":
		a.Started = start
	case "closed":
		a.Started, a.Closed = start, start.Add(time.Minute)
	default:
		a.State = State(state)
	}
	return a
}

func TestAnAnnouncedDelayMovesTheEndAndNotTheOpening(t *testing.T) {
	a := appointmentIn("confirmed", Participant{ID: "p", Role: RoleParty})
	a.Delay = 2 * time.Hour
	for now, want := range map[time.Time]string{
		start.Add(-16 * time.Minute):            "too_early",
		start.Add(-15 * time.Minute):            "wait",
		start.Add(194 * time.Minute):            "wait",
		start.Add(3*time.Hour + 15*time.Minute): "too_late",
	} {
		if got := spell(Admission(a, "p", PurposeHearing, now)); got != want {
			t.Errorf("%s: %s, want %s", now, got, want)
		}
	}
}

func TestTheCapOnOvertimeShortensNoScheduledHearing(t *testing.T) {
	a := appointmentIn("started", Participant{ID: "p", Role: RoleHost})
	a.Duration = 14 * time.Hour
	for now, want := range map[time.Time]string{
		start.Add(14 * time.Hour):                "enter",
		start.Add(14*time.Hour + 15*time.Minute): "too_late",
	} {
		if got := spell(Admission(a, "p", PurposeHearing, now)); got != want {
			t.Errorf("%s: %s, want %s", now, got, want)
		}
	}
}

func TestAZeroDecisionRefuses(t *testing.T) {
	if (Decision{}).Verdict != Refuse {
		t.Error("a forgotten decision must not let anybody in")
	}
}

// Whoever holds an answer may rely on it until Until, and not a moment longer.
func TestUntilIsTheNextInstantAtWhichTimeChangesTheAnswer(t *testing.T) {
	minutes := func(label string, low, high int) *rapid.Generator[time.Duration] {
		return rapid.Map(rapid.IntRange(low, high), func(m int) time.Duration { return time.Duration(m) * time.Minute })
	}
	rapid.Check(t, func(t *rapid.T) {
		a := Appointment{
			State:      rapid.SampledFrom([]State{StateConfirmed, StateConfirmed, StateCancelled, StateMoved}).Draw(t, "state"),
			Start:      Civil{Instant: start},
			Duration:   minutes("duration", 1, 20*60).Draw(t, "duration"),
			EarlyEntry: minutes("early", 0, 120).Draw(t, "early"),
			Grace:      minutes("grace", 0, 120).Draw(t, "grace"),
			Delay:      minutes("delay", 0, 120).Draw(t, "delay"),
		}
		p := Participant{ID: "p", Role: rapid.SampledFrom(append(guests, RoleHost)).Draw(t, "role")}
		if rapid.Bool().Draw(t, "admitted") {
			p.Admitted = start
		}
		if rapid.Bool().Draw(t, "started") {
			a.Started = start.Add(minutes("started", -120, 20*60).Draw(t, "started at"))
		}
		if rapid.IntRange(0, 9).Draw(t, "closed") == 0 {
			a.Closed = start
		}
		a.Participants = []Participant{p}
		purpose := rapid.SampledFrom([]Purpose{PurposeHearing, PurposeRehearsal}).Draw(t, "purpose")
		now := start.Add(minutes("now", -300, 50*60).Draw(t, "now"))

		d := Admission(a, "p", purpose, now)
		last := d.Until.Add(-1)
		if d.Until.IsZero() {
			last = now.AddDate(100, 0, 0)
		} else if !d.Until.After(now) {
			t.Fatalf("until %s is not after %s", d.Until, now)
		}
		between := now.Add(time.Duration(rapid.Int64Range(0, int64(last.Sub(now))).Draw(t, "later")))
		for _, then := range []time.Time{between, last} {
			if got := Admission(a, "p", purpose, then); got != d {
				t.Fatalf("%+v at %s became %+v at %s", d, now, got, then)
			}
		}
		if !d.Until.IsZero() && spell(Admission(a, "p", purpose, d.Until)) == spell(d) {
			t.Fatalf("%+v does not change at its until", d)
		}
	})
}

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		state string
		after time.Duration // since the scheduled start
		delay time.Duration
		want  Status
	}{
		{"confirmed", -16 * time.Minute, 0, StatusTooEarly},
		{"confirmed", -15 * time.Minute, 0, StatusOpen},
		{"confirmed", 10*time.Minute - 1, 0, StatusOpen},
		{"confirmed", 10 * time.Minute, 0, StatusDelayed},
		{"confirmed", -5 * time.Minute, time.Hour, StatusDelayed},
		{"confirmed", -16 * time.Minute, time.Hour, StatusTooEarly},
		{"confirmed", 75*time.Minute - 1, 0, StatusDelayed},
		{"confirmed", 75 * time.Minute, 0, StatusTooLate},
		{"started", 0, 0, StatusInSession},
		{"started", 20 * time.Minute, time.Hour, StatusInSession},
		{"started", 13 * time.Hour, 0, StatusInSession},
		{"started", 14 * time.Hour, 0, StatusTooLate},
		{"cancelled", 0, 0, StatusCancelled},
		{"moved", 0, 0, StatusMoved},
		{"closed", 0, 0, StatusClosed},
		{"closed", -time.Hour, 0, StatusClosed},
	} {
		a := appointmentIn(c.state, Participant{})
		a.Delay = c.delay
		if got := a.Status(start.Add(c.after)); got != c.want {
			t.Errorf("%s %s after start, delay %s: %s, want %s", c.state, c.after, c.delay, got, c.want)
		}
	}
}

func TestTextFallsBackToFrenchThenEnglishThenAny(t *testing.T) {
	for _, c := range []struct {
		text Text
		want string
	}{
		{Text{"ar": "محكمة", "fr": "Tribunal", "en": "Court"}, "محكمة"},
		{Text{"fr": "Tribunal", "en": "Court"}, "Tribunal"},
		{Text{"es": "Tribunal (es)", "en": "Court"}, "Court"},
		{Text{"nl": "Rechtbank", "de": "Gericht"}, "Gericht"},
		{nil, ""},
	} {
		if got := c.text.In("ar"); got != c.want {
			t.Errorf("%v in ar: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestLinkedPeopleMoveAsOne(t *testing.T) {
	a := Appointment{Participants: []Participant{
		{ID: "citizen", Link: "1"}, {ID: "witness"}, {ID: "interpreter", Link: "1"}, {ID: "expert"},
	}}
	for id, want := range map[string]string{
		"citizen": "citizen interpreter", "interpreter": "citizen interpreter", "witness": "witness", "expert": "expert",
	} {
		p, _ := a.Participant(id)
		var got []string
		for _, q := range a.LinkedWith(p) {
			got = append(got, q.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s moves with %v, want %s", id, got, want)
		}
	}
}
