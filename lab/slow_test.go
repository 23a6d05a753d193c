package lab

import (
	"testing"
	"time"

	"jalsa/signaling"
)

// TestSlowSocket has one person's socket stop reading while they go on asking
// for answers: only they pay for it. The others lose no packet, and somebody
// new comes in meanwhile.
func TestSlowSocket(t *testing.T) {
	alongside(t)
	p := newProgram(t)
	h := newHearing(t, p, time.Hour, "host", "party", "witness", "expert/absent", // and more, since more seats make longer answers
		"observer/absent", "observer/absent", "observer/absent", "observer/absent", "observer/absent")
	slow := h.people[1]
	sdp := slow.winner().pc.LocalDescription().SDP
	id := slow.winner().id
	kept := check(h.people)
	slow.cable.hold(false)
	ended := false
	began := time.Now()
	for limit := began.Add(time.Duration(rounds(30, 120)) * time.Second); time.Now().Before(limit) && !ended; {
		pass(40 * time.Millisecond) // 25 messages a second are within what the server allows
		slow.send(signaling.Offer{PC: id, Path: "direct", SDP: sdp})
		ended = h.host().placeOf(slow.number) == "reconnecting"
	}
	t.Logf("%d packets arrived beside a socket that does not read; ended by the server: %v, after %v", kept.complete(t), ended, time.Since(began).Round(time.Second))
	guest := h.guest(4)
	guest.enter()
	h.admit(guest)
	others := []*person{h.people[0], h.people[2], guest}
	until(t, "media of somebody new", func() bool { return flowing(others, time.Time{}) })
	if !ended {
		t.Error("the server keeps a socket that does not read")
	}
	before := slow.entries()
	slow.cable.release(false)
	until(t, "they are back", func() bool { return slow.entries() > before })
	h.untilFlowing(time.Now())
}

// TestSlowRelay has the relay's client stop reading its TCP connection.
func TestSlowRelay(t *testing.T) {
	alongside(t)
	p := newProgram(t)
	h := newHearing(t, p, time.Hour, "host", "party/relay", "witness", "interpreter/relay")
	slow := h.people[1]
	others := []*person{h.people[0], h.people[2], h.people[3]}
	kept := check(others)
	slow.cable.hold(true)
	pass(time.Duration(rounds(8, 30)) * time.Second)
	t.Logf("%d packets arrived beside a relay connection that is not read", kept.complete(t))
	slow.cable.release(true)
	waitUntil(t, time.Minute, "media for all again", func() bool { return flowing(h.people, time.Now().Add(-time.Second)) })
}
