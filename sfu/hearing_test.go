package sfu

import (
	"fmt"
	"testing"
)

// TestHearing is a hearing of three: everybody gets everybody else's packets, whole and once, in the seat that was
// told, with the number of who sent them, and never their own.
func TestHearing(t *testing.T) {
	s := testSFU(t, nil)
	r := s.Room("hearing")
	var all []*testClient
	for n := range uint32(3) {
		all = append(all, newClient(t, r, n+1))
	}
	for _, c := range all {
		c.connect()
	}
	for _, c := range all {
		until(t, "connected", c.connected)
	}
	each := func(check func(from, to *testClient, seat int)) {
		for _, to := range all {
			for _, from := range all {
				if from != to {
					until(t, "seated", func() bool { return to.seatOf(from.number) >= 0 })
					check(from, to, to.seatOf(from.number))
				}
			}
		}
	}
	send := func() {
		for _, c := range all {
			c.pump()
			c.say(c.frames, 20)
		}
	}
	// Counting starts when every line is open and shows the upper layer.
	each(func(from, to *testClient, seat int) {
		until(t, "first packets", func() bool {
			send()
			return len(to.line("audio", seat).packets) > 0 && to.has("video", seat, mark{from.number, 'h', from.frames - 1})
		})
	})
	first := all[0].frames + 1
	for range 10 {
		for range 5 {
			send()
		}
		last := all[0].frames // before the next ones, since voice that a full socket drops does not come again
		each(func(from, to *testClient, seat int) { delivered(t, from, to, seat, first, last) })
	}
	for _, c := range all {
		until(t, "three speak", func() bool { send(); c.mu.Lock(); defer c.mu.Unlock(); return len(c.speaking) == 3 })
		until(t, "feedback and reports", func() bool {
			send()
			c.mu.Lock()
			defer c.mu.Unlock()
			return c.feedback > 0 && c.rrs > 0 && len(c.reports) > 0
		})
	}
}

// delivered checks what one client got of another.
func delivered(t *testing.T, from, to *testClient, seat int, first, last uint32) {
	t.Helper()
	until(t, "all of them", func() bool {
		for i := first; i <= last; i++ {
			if !to.has("audio", seat, mark{from.number, 'a', i}) || !to.has("video", seat, mark{from.number, 'h', i}) {
				return false
			}
		}
		return true
	})
	for _, kind := range []string{"audio", "video"} {
		g := to.line(kind, seat)
		if g.broken > 0 {
			t.Errorf("%d got %d broken %s payloads of %d", to.number, g.broken, kind, from.number)
		}
		for m, n := range g.marks {
			if m.number != from.number || n != 1 {
				t.Errorf("%d got %v %d times in the seat of %d", to.number, m, n, from.number)
			}
		}
		for _, p := range g.packets {
			if len(p.CSRC) != 1 || p.CSRC[0] != from.number {
				t.Fatalf("CSRC %v in the seat of %d", p.CSRC, from.number)
			}
		}
		if want := fmt.Sprintf("seat-%d", seat); g.track.StreamID() != want {
			t.Errorf("stream id %q, want %q", g.track.StreamID(), want)
		}
	}
}
