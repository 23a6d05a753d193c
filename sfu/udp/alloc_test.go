//go:build !race

package udp

import (
	"net/netip"
	"testing"
)

// TestNothingIsAllocated: in bursts to several destinations, to relays, from the network and from relays.
func TestNothingIsAllocated(t *testing.T) {
	h, s, media := newHub(t)
	r := relayOf(t, h, false)
	r.Deliver(func([]byte, netip.AddrPort) bool { return true })
	e := []*ear{newEar(t), newEar(t), newEar(t)}
	b, said, got := h.NewBurst(), make([]byte, 1200), 0
	take := lone(func([]byte, netip.AddrPort) { got++ })
	round := func() {
		for range 8 {
			b.Space()
			b.Add(s, media, 1200)
			b.Add(s, r.addr, 1200)
			for _, e := range e {
				b.Add(s, e.at, 1200)
			}
			_, _ = r.Send(said, media)
		}
		b.Flush()
		_, _ = s.WriteToAddrPort(said, media)
		for got = 0; got < 8+8+1; {
			if err := s.readers[0].Run(take, once); err != nil {
				t.Fatal(err)
			}
		}
	}
	round()
	if n := testing.AllocsPerRun(200, round); n != 0 {
		t.Errorf("%v allocations in a round", n)
	}
}
