package udp

import (
	"net"
	"net/netip"
	"testing"
)

// BenchmarkSend is a packet to the network: to another socket of this machine, which nobody reads, so that the system soon
// drops what comes there.
func BenchmarkSend(b *testing.B) {
	b.ReportAllocs()
	_, s, _ := newHub(b)
	sink, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer sink.Close()
	to, packet := sink.LocalAddr().(*net.UDPAddr).AddrPort(), make([]byte, 1200)
	for b.Loop() {
		if _, err := s.WriteToAddrPort(packet, to); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSendToRelay is a packet to a relay, whose reader takes it in the same call.
func BenchmarkSendToRelay(b *testing.B) {
	b.ReportAllocs()
	h, s, _ := newHub(b)
	r, taken := relayOf(b, h, false), 0
	r.Deliver(func([]byte, netip.AddrPort) bool { taken++; return true })
	packet := make([]byte, 1200)
	for b.Loop() {
		if _, err := s.WriteToAddrPort(packet, r.addr); err != nil {
			b.Fatal(err)
		}
	}
	if taken < b.N {
		b.Errorf("%d of %d came", taken, b.N)
	}
}
