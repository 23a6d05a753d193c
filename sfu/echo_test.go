package sfu

import (
	"testing"
	"time"
)

// Who rehearses sits in their own seats, whichever of their peers connected last, and nobody else does.
func TestEchoReturnsWhatItGets(t *testing.T) {
	s := testSFU(t, nil)
	r := s.Echo("rehearsal")
	var all []*testClient
	for range 2 { // the second replaces the first: another path of the same participant
		c := newClient(t, r, 7, offersScreen)
		all = append(all, c)
		c.connect()
		until(t, "connected", c.connected)
		until(t, "echo", func() bool {
			c.pump()
			c.say(c.frames, 20)
			return c.has("video", 0, mark{7, 'h', c.frames - 1}) && len(c.line("audio", 0).packets) > 0
		})
		if seat := c.seatOf(7); seat != 0 {
			t.Errorf("sits in seat %d, want 0", seat)
		}
	}
	if n := all[1].line("video", 1); len(n.packets) > 0 || all[1].screenOf(7) >= 0 {
		t.Errorf("%d packets in a second seat", len(n.packets))
	}
	all[0].peer.Close()
	all[1].peer.Close()
	if again := s.Echo("rehearsal"); again == r || !again.echo {
		t.Error("the echo is not made anew")
	}
}

func TestEchoIsBounded(t *testing.T) {
	a := allowance{rate: echoRate, burst: echoBurst}
	now := time.Unix(0, 0)
	passed := 0
	for ms := range 10_000 { // 8 packets of 1000 bytes a millisecond are 64 Mbit/s
		for range 8 {
			if a.take(1000, now.Add(time.Duration(ms)*time.Millisecond)) {
				passed += 1000
			}
		}
	}
	if most := echoBurst + 10*echoRate/8; passed > most || passed < most-1000 {
		t.Errorf("%d bytes in 10 s, want at most %d and hardly less", passed, most)
	}
	// A steady sender below the rate loses nothing, however small its steps.
	a = allowance{rate: echoRate, burst: echoBurst}
	for i := range 100_000 {
		if !a.take(62, now.Add(time.Duration(i)*time.Millisecond)) {
			t.Fatalf("packet %d of 496 kbit/s refused", i)
		}
	}
}
