package signaling

import (
	"strings"
	"testing"

	"jalsa/booking"
)

func TestTheDeskTellsOneWhoIsThere(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	witness := r.join("witness")
	expect[Waiting](witness)

	for _, c := range []*client{witness, lawyer} {
		if !r.live.Tell(r.appointment.ID, r.people[c.name].ID, "On vous appelle dans un instant.") {
			t.Errorf("%s was not told", c.name)
		}
		if n := expect[Notice](c); n != (Notice{From: "desk", Text: "On vous appelle dans un instant."}) {
			t.Errorf("%s was told %+v", c.name, n)
		}
	}
	for what, told := range map[string]bool{
		"one who is away":    r.live.Tell(r.appointment.ID, r.people["party"].ID, "a"),
		"a stranger":         r.live.Tell(r.appointment.ID, "nobody", "a"),
		"in another hearing": r.live.Tell("elsewhere", r.people["witness"].ID, "a"),
		"no text":            r.live.Tell(r.appointment.ID, r.people["witness"].ID, " "),
		"a long text":        r.live.Tell(r.appointment.ID, r.people["witness"].ID, strings.Repeat("a", maxNotice+1)),
	} {
		if told {
			t.Errorf("told %s", what)
		}
	}
	host.sync()
	for _, frame := range host.received() {
		if strings.Contains(string(frame), `"notice"`) {
			t.Errorf("the host received %s", frame)
		}
	}
	if place := r.live.Presence(r.appointment.ID)[r.people["witness"].ID]; place != "waiting" {
		t.Errorf("the witness is %q", place)
	}
}

// A call for help is on the desk's list, and over for who called once the desk has dealt with it.
func TestTheDeskDealsWithACallForHelp(t *testing.T) {
	r := newRig(t)
	r.hearing()
	witness := r.join("witness")
	witness.send(Help{On: true})
	expect(witness, func(w Waiting) bool { return w.Help })
	witness.sync()
	r.live.Helped(r.appointment.ID, r.people["witness"].ID)
	expect(witness, func(w Waiting) bool { return !w.Help })
	r.live.Helped(r.appointment.ID, "nobody")
	r.live.Helped("elsewhere", r.people["witness"].ID)
}

func TestTheDeskReadsWhereAHearingIs(t *testing.T) {
	r := newRig(t)
	if phase, reason := r.live.Phase(r.appointment.ID); phase != "" || reason != "" {
		t.Errorf("nobody is there, and it is %s %s", phase, reason)
	}
	host, _ := r.hearing()
	host.sync()
	r.until("it is in session", func() bool { phase, _ := r.live.Phase(r.appointment.ID); return phase == "in_session" })
	host.send(Suspend{Reason: "legal"})
	r.until("it is suspended", func() bool {
		phase, reason := r.live.Phase(r.appointment.ID)
		return phase == "suspended" && reason == "legal"
	})
}

// What is said in parting is not overtaken by a goodbye; all else is.
func TestPartingWordsComeBeforeTheGoodbye(t *testing.T) {
	o := newOutbox()
	o.push([]byte("queued"))
	o.part([]byte("next"))
	o.set("roster", prompt, []byte("roster"))
	o.end(ending{code: "closed", bye: []byte("bye")})
	if data, ok := o.next(tenOClock); ok {
		t.Errorf("still to send: %s", data)
	}
	if e := o.ended(); string(e.before) != "next" || string(e.bye) != "bye" {
		t.Errorf("%s then %s", e.before, e.bye)
	}
	o = newOutbox()
	o.part([]byte("next"))
	if data, _ := o.next(tenOClock); string(data) != "next" {
		t.Errorf("sent %q", data)
	}
	o.end(ending{code: "closed"})
	if e := o.ended(); e.before != nil {
		t.Errorf("said twice: %s", e.before)
	}
}

func TestSignLanguageIsAlwaysSeen(t *testing.T) {
	for _, p := range []booking.Participant{{Role: booking.RoleParty, Sign: true}, {Role: booking.RoleInterpreter}} {
		if !rankOf(p).Reserved {
			t.Errorf("%+v may be left out", p)
		}
	}
	if rankOf(booking.Participant{Role: booking.RoleParty}).Reserved {
		t.Error("everybody is reserved")
	}
}
