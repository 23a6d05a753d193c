package udp

import (
	"net"
	"net/netip"
	"testing"
)

// wrapped is a socket whose system calls the hub cannot make itself.
type wrapped struct{ net.PacketConn }

func fairHub(t *testing.T, wrap func(net.PacketConn) net.PacketConn) (*Hub, *net.UDPAddr) {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	to := c.LocalAddr().(*net.UDPAddr)
	h, err := New(wrap(c), []netip.AddrPort{unmap(to.AddrPort())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h, to
}

// TestFloodDelaysItself: one relay sends faster than the mux reads, for ever. What comes to the socket, and what another
// relay sends, is read within a few packets of the flood all the same.
func TestFloodDelaysItself(t *testing.T) {
	for _, c := range []struct {
		name string
		wrap func(net.PacketConn) net.PacketConn
	}{
		{"socket", func(c net.PacketConn) net.PacketConn { return c }},
		{"wrapped socket", func(c net.PacketConn) net.PacketConn { return wrapped{c} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, media := fairHub(t, c.wrap)
			flooder, other := mustRelay(t, h), mustRelay(t, h)
			outside, err := net.DialUDP("udp4", nil, media)
			if err != nil {
				t.Fatal(err)
			}
			defer outside.Close()
			flood := func(packets int) {
				for range packets {
					_, _ = flooder.WriteTo([]byte("flood"), media)
				}
			}
			flood(relayQueue)
			between := func(what string) (n int) {
				b := make([]byte, 2000)
				for ; n < 10_000; n++ {
					flood(2)
					size, _, err := h.ReadFromAddrPort(b)
					if err != nil {
						t.Fatal(err)
					}
					if string(b[:size]) == what {
						return n
					}
				}
				t.Fatalf("%q never came", what)
				return n
			}
			worst := 0
			for range 50 {
				_, _ = outside.Write([]byte("direct"))
				worst = max(worst, between("direct"))
				_, _ = other.WriteTo([]byte("other"), media)
				if n := between("other"); n > 1+inRow {
					t.Errorf("%d packets before another relay's", n)
				}
			}
			if worst > 4*inRow { // one row, if the system is quick
				t.Errorf("%d packets of a flood before a direct one", worst)
			}
			if s := h.Stats(); s.Alternated == 0 || s.HubFull == 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

func mustRelay(t *testing.T, h *Hub) *Relay {
	t.Helper()
	r, err := h.Relay(false)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSocketFloodLeavesRelays: nor does the socket keep relays waiting.
func TestSocketFloodLeavesRelays(t *testing.T) {
	h, media := fairHub(t, func(c net.PacketConn) net.PacketConn { return c })
	r := mustRelay(t, h)
	outside, err := net.DialUDP("udp4", nil, media)
	if err != nil {
		t.Fatal(err)
	}
	defer outside.Close()
	b := make([]byte, 2000)
	direct := 0
	for range 500 {
		_, _ = outside.Write([]byte("direct"))
		_, _ = outside.Write([]byte("direct"))
		_, _ = r.WriteTo([]byte("relay"), media)
		n, _, err := h.ReadFromAddrPort(b)
		if err != nil {
			t.Fatal(err)
		}
		if string(b[:n]) == "direct" {
			direct++
		}
	}
	if direct < 150 || direct > 350 {
		t.Errorf("%d of 500 packets were direct, want half", direct)
	}
}

// TestClosedRelayLeavesNothing: its packets are not read, and those of others are.
func TestClosedRelayLeavesNothing(t *testing.T) {
	h, media := fairHub(t, func(c net.PacketConn) net.PacketConn { return c })
	gone, other := mustRelay(t, h), mustRelay(t, h)
	for range 5 {
		_, _ = gone.WriteTo([]byte("gone"), media)
	}
	_, _ = other.WriteTo([]byte("other"), media)
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 2000)
	if n, _, err := h.ReadFromAddrPort(b); err != nil || string(b[:n]) != "other" {
		t.Errorf("%q %v", b[:n], err)
	}
	if !h.in.empty() {
		t.Error("something is left")
	}
}
