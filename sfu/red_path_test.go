package sfu

import (
	"net"
	"sync/atomic"
	"testing"
)

// TestRedundancyOverTransports: over real connections, what is lost of a voice that comes with redundancy is recovered from
// the next packet for each receiver, and a receiver that loses packets gets them with copies, if it knows those. Nobody is
// ended by either.
func TestRedundancyOverTransports(t *testing.T) {
	conn := newLossy(t)
	s := testSFU(t, conn)
	r := s.Room(t.Name())
	speaker := newClient(t, r, 1, func(o *clientOptions) { o.red = true })
	plain := newClient(t, r, 2)
	knows := newClient(t, r, 3, func(o *clientOptions) { o.red = true })
	all := []*testClient{speaker, plain, knows}
	for _, c := range all {
		c.connect()
	}
	until(t, "seated", func() bool {
		return speaker.connected() && plain.connected() && knows.connected() && plain.seatOf(1) >= 0 && knows.seatOf(1) >= 0
	})
	count := uint32(0)
	say := func() { count++; speaker.sayRed(count, 30) }
	hear := func(what string, first, last uint32, by ...*testClient) {
		t.Helper()
		until(t, what, func() bool {
			say() // what is lost is in the packet after it
			for _, c := range by {
				for n := first; n <= last; n++ {
					if !c.has("audio", c.seatOf(1), mark{1, 'a', n}) {
						return false
					}
				}
			}
			return true
		})
	}
	until(t, "flow", func() bool {
		say()
		return len(plain.line("audio", plain.seatOf(1)).packets) > 5 && len(knows.line("audio", knows.seatOf(1)).packets) > 5
	})

	conn.in.Store(every(4, redFormat))
	first, lost := count+1, conn.lost.Load()
	for range 60 {
		say()
	}
	hear("what was lost on the way here", first, count, plain, knows)
	if lost = conn.lost.Load() - lost; lost < 15 || s.Stats().Recovered == 0 {
		t.Errorf("%d packets lost, %d recovered", lost, s.Stats().Recovered)
	}
	conn.in.Store(nil)

	conn.out.Store(everyTo(4, knows))
	until(t, "copies to who loses packets", func() bool {
		say()
		packets := knows.line("audio", knows.seatOf(1)).packets
		return packets[len(packets)-1].PayloadType == redFormat
	})
	first, lost = count+1, conn.lost.Load()
	for range 60 {
		say()
	}
	hear("what was lost on the way there", first, count, knows)
	if lost = conn.lost.Load() - lost; lost < 15 {
		t.Errorf("%d packets lost", lost)
	}
	if got := plain.line("audio", plain.seatOf(1)); got.broken > 0 {
		t.Errorf("who knows no copies got %d packets that are not what was said", got.broken)
	}
	if n := s.Stats().PeersPanicked; n > 0 {
		t.Errorf("%d peers panicked", n)
	}
	for _, c := range all {
		if !c.connected() {
			t.Errorf("participant %d is not connected any more", c.number)
		}
	}
}

// everyTo loses each n-th packet of voice to a client.
func everyTo(n int64, c *testClient) *func([]byte, net.Addr) bool {
	out := &c.peer.out
	out.mu.Lock()
	to := out.way.to
	out.mu.Unlock()
	var seen atomic.Int64
	lose := func(b []byte, a net.Addr) bool {
		return isRTP(b) && (b[1]&0x7f == redFormat || b[1]&0x7f == 109) && a.(*net.UDPAddr).AddrPort() == to && seen.Add(1)%n == 0
	}
	return &lose
}
