package sfu

import (
	"testing"

	"github.com/pion/webrtc/v4"
)

// TestHearing is a hearing of three: everybody gets everybody else's packets, whole and once, in the seat that was
// told, with the number of who sent them, and never their own.
func TestHearing(t *testing.T) {
	s := testSFU(t, nil)
	t.Cleanup(func() { t.Logf("%+v", s.Stats()) })
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
		until(t, "two seats taken", func() bool {
			c.mu.Lock()
			defer c.mu.Unlock()
			return len(c.seats) == 2 && c.seats[0].Number != 0 && c.seats[1].Number != 0
		})
	}
	// Frames are sent until everybody has one of each, so that counting starts with every line open.
	sent := uint32(0)
	send := func() {
		for _, c := range all {
			c.say(sent, 20)
			c.show("l", sent, sent%5 == 0)
			c.show("h", sent, sent%5 == 0)
		}
		sent++
	}
	for _, c := range all {
		for _, other := range all {
			if c == other {
				continue
			}
			seat := c.seatOf(other.number)
			until(t, "first packets", func() bool {
				send()
				return len(c.line("audio", seat).packets) > 0 && len(c.line("video", seat).packets) > 0
			})
		}
	}
	first := sent
	for range 50 {
		send()
	}
	for _, c := range all {
		for _, other := range all {
			if c == other {
				continue
			}
			seat := c.seatOf(other.number)
			until(t, "all of the last 50", func() bool {
				for i := first; i < sent; i++ {
					if !c.has("audio", seat, mark{other.number, 'a', i}) || !c.has("video", seat, mark{other.number, 'h', i}) {
						return false
					}
				}
				return true
			})
			for _, kind := range []string{"audio", "video"} {
				g := c.line(kind, seat)
				if g.broken > 0 {
					t.Errorf("%d got %d broken %s payloads of %d", c.number, g.broken, kind, other.number)
				}
				for m, n := range g.marks {
					if m.number != other.number || n != 1 {
						t.Errorf("%d got %v %d times in the seat of %d", c.number, m, n, other.number)
					}
				}
				for _, p := range g.packets {
					if len(p.CSRC) != 1 || p.CSRC[0] != other.number {
						t.Fatalf("CSRC %v in the seat of %d", p.CSRC, other.number)
					}
				}
				if want := "seat-" + string(rune('0'+seat)); g.track.StreamID() != want {
					t.Errorf("stream id %q, want %q", g.track.StreamID(), want)
				}
			}
		}
	}
	for _, c := range all {
		until(t, "speaking", func() bool { send(); c.mu.Lock(); defer c.mu.Unlock(); return len(c.speaking) == 3 })
		until(t, "feedback and reports", func() bool {
			send()
			c.mu.Lock()
			defer c.mu.Unlock()
			return c.feedback > 0 && c.rrs > 0 && len(c.reports) > 0
		})
		if cs := c.pc.SCTP(); cs != nil {
			if pair := c.pc.ConnectionState(); pair != webrtc.PeerConnectionStateConnected {
				t.Errorf("state %s", pair)
			}
		}
	}
	t.Logf("%+v", s.Stats())
}
