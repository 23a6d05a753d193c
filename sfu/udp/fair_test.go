package udp

import (
	"net"
	"net/netip"
	"testing"
)

// wrapped is a socket whose system calls the hub cannot make itself.
type wrapped struct{ net.PacketConn }

// reader takes packets one by one.
type reader struct {
	s   *Socket
	got []string
}

func (r *reader) next(t *testing.T) (what string) {
	t.Helper()
	for len(r.got) == 0 {
		if err := readBurst(r.s, func(b []byte, _ netip.AddrPort) { r.got = append(r.got, string(b)) }); err != nil {
			t.Fatal(err)
		}
	}
	what, r.got = r.got[0], r.got[1:]
	return what
}

func fairHub(t *testing.T, wrap func(net.PacketConn) net.PacketConn) (*Hub, *Socket, *net.UDPAddr) {
	t.Helper()
	b := listen(t, "127.0.0.1:0")
	b.Conn = wrap(b.Conn)
	h := hubOf(t, b)
	return h, h.sockets[0], net.UDPAddrFromAddrPort(b.Announced[0])
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
			h, s, media := fairHub(t, c.wrap)
			flooder, other := relayOf(t, h, false), relayOf(t, h, false)
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
			in := reader{s: s}
			between := func(what string) (n int) {
				for ; n < 10_000; n++ {
					flood(2)
					if in.next(t) == what {
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

// TestSocketFloodLeavesRelays: nor does the socket keep relays waiting.
func TestSocketFloodLeavesRelays(t *testing.T) {
	h, s, media := fairHub(t, func(c net.PacketConn) net.PacketConn { return c })
	r := relayOf(t, h, false)
	outside, err := net.DialUDP("udp4", nil, media)
	if err != nil {
		t.Fatal(err)
	}
	defer outside.Close()
	in := reader{s: s}
	direct := 0
	for range 500 {
		_, _ = outside.Write([]byte("direct"))
		_, _ = outside.Write([]byte("direct"))
		_, _ = r.WriteTo([]byte("relay"), media)
		if in.next(t) == "direct" {
			direct++
		}
	}
	if direct < 150 || direct > 350 {
		t.Errorf("%d of 500 packets were direct, want half", direct)
	}
}

// TestClosedRelayLeavesNothing: its packets are not read, and those of others are.
func TestClosedRelayLeavesNothing(t *testing.T) {
	h, s, media := fairHub(t, func(c net.PacketConn) net.PacketConn { return c })
	gone, other := relayOf(t, h, false), relayOf(t, h, false)
	for range 5 {
		_, _ = gone.WriteTo([]byte("gone"), media)
	}
	_, _ = other.WriteTo([]byte("other"), media)
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	in := reader{s: s}
	if got := in.next(t); got != "other" {
		t.Errorf("%q", got)
	}
	if !s.readers[0].in.empty() {
		t.Error("something is left")
	}
}
