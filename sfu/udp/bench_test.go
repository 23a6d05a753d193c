package udp

import (
	"net/netip"
	"testing"
)

// BenchmarkSendToRelay is a packet to a relay, whose reader takes it in the same call.
func BenchmarkSendToRelay(b *testing.B) {
	b.ReportAllocs()
	h, s, _ := newHub(b)
	r, taken := relayOf(b, h, false), 0
	r.Deliver(func([]byte, netip.AddrPort) bool { taken++; return true })
	burst := h.NewBurst()
	for b.Loop() {
		burst.Space()
		burst.Add(s, r.addr, 1200)
		burst.Flush()
	}
	if taken < b.N {
		b.Errorf("%d of %d came", taken, b.N)
	}
}
