package lab

import (
	"bytes"
	"testing"
	"time"

	"jalsa/signaling"
)

// TestWaitingHearsNothing records every byte that a waiting person is sent
// while a hearing with names, media and a relay goes on beside them, and while
// they ask for all that is not theirs. It is an expert: nobody there is of their
// side, whom they might call into a consultation.
func TestWaitingHearsNothing(t *testing.T) {
	alongside(t)
	p := newProgram(t)
	h := newHearing(t, p, time.Hour, "host", "party/relay", "witness", "representative/absent", "expert/absent")
	curious := h.guest(5)
	curious.cable.record()
	curious.silent.Store(true)
	if curious.open(); curious.id == "" {
		t.Fatal("no session")
	}
	pages := len(curious.cable.recorded()) // the room page, which names its own person
	curious.start()
	until(t, "waits", curious.isWaiting)

	sdp := h.host().winner().pc.LocalDescription().SDP
	for _, m := range []signaling.Message{
		signaling.Devices{Microphone: true}, signaling.Offer{PC: 1, Path: "direct", SDP: sdp}, signaling.Prefer{PC: 1},
		signaling.Drop{PC: 1}, signaling.Admit{Number: 5}, signaling.Remove{Number: 2}, signaling.End{}, signaling.Ping{N: 1},
	} {
		curious.send(m)
	}
	second := h.guest(4)
	second.enter()
	h.admit(second)
	h.people = append(h.people, second)
	h.untilFlowing(time.Now())
	h.host().send(signaling.Remove{Number: 3})
	until(t, "the witness is out", func() bool { return h.people[2].dismissed() == "removed" })
	curious.send(signaling.Ping{N: 2})
	until(t, "the last pong", func() bool { curious.mu.Lock(); defer curious.mu.Unlock(); return !curious.pongs[2].IsZero() })

	heard := curious.cable.recorded()[pages:]
	secrets := []string{secretName, `"roster"`, "v=0", "fingerprint", "candidate", "turn:", "credential", "username", "seats", h.people[1].relay().Credential}
	for _, secret := range secrets {
		if bytes.Contains(heard, []byte(secret)) {
			t.Errorf("a waiting person received %q", secret)
		}
	}
	curious.mu.Lock()
	kinds := map[string]int{}
	for _, frame := range curious.frames {
		m, err := signaling.DecodeServer(frame)
		if err != nil {
			t.Fatal(err)
		}
		switch m := m.(type) {
		case signaling.Waiting, signaling.Pong:
		case signaling.Error:
			if m.Code != "not_admitted" && m.Code != "not_allowed" {
				t.Errorf("error %q", m.Code)
			}
		default:
			t.Errorf("a waiting person received %s", frame)
		}
		kinds[m.Type()]++
	}
	curious.mu.Unlock()
	t.Logf("%d bytes on the socket: %v", len(heard), kinds)

	h.admit(curious)
	until(t, "the recording finds names where they may be", func() bool {
		return bytes.Contains(curious.cable.recorded()[pages:], []byte(secretName))
	})
}
