package turn

import (
	"net"
	"net/netip"
	"testing"

	"github.com/pion/stun/v4"
)

func TestMethodTable(t *testing.T) {
	for method, want := range map[stun.Method][2]bool{ // without and with the allocation
		stun.MethodAllocate:         {true, true},
		stun.MethodRefresh:          {false, true},
		stun.MethodCreatePermission: {false, true},
		stun.MethodChannelBind:      {false, true},
		stun.MethodConnect:          {},
		stun.MethodConnectionBind:   {},
		stun.Method(0x0fff):         {},
	} {
		if got := [2]bool{mayAsk(method, false), mayAsk(method, true)}; got != want {
			t.Errorf("%v: %v, want %v", method, got, want)
		}
	}
}

func TestPlace(t *testing.T) {
	replaced, unused, both, fine := claim{replaced: true}, claim{unused: true}, claim{true, true}, claim{}
	for _, c := range []struct {
		held  []claim
		evict int
		ok    bool
	}{
		{nil, -1, true},
		{[]claim{replaced}, -1, true},
		{[]claim{fine, fine}, -1, false},
		{[]claim{replaced, replaced}, 0, true},
		{[]claim{fine, replaced}, 1, true},
		{[]claim{unused, fine}, 0, true},
		{[]claim{fine, unused}, 1, true},
		{[]claim{unused, replaced}, 1, true},
		{[]claim{unused, both}, 1, true},
	} {
		if evict, ok := place(c.held); evict != c.evict || ok != c.ok {
			t.Errorf("place(%v) = %d, %v", c.held, evict, ok)
		}
	}
}

func TestPeers(t *testing.T) {
	p := peersOf([]netip.AddrPort{mediaAddr.AddrPort(), netip.MustParseAddrPort("[2001:db8::1]:443"), netip.MustParseAddrPort("0.0.0.0:1")})
	if len(p) != 2 || !p.serve(false) || !p.serve(true) {
		t.Fatalf("peers %v, serve %v", p, p.serve(true))
	}
	for addr, want := range map[string][2]bool{ // by IP, by IP and port
		"192.0.2.1:7443":           {true, true},
		"[::ffff:192.0.2.1]:7443":  {true, true},
		"192.0.2.1:7444":           {true, false},
		"192.0.2.1:443":            {true, false},
		"[2001:db8::1]:443":        {true, true},
		"[2001:db8::2]:443":        {false, false},
		"[64:ff9b::c000:201]:7443": {false, false},
		"[::192.0.2.1]:7443":       {false, false},
		"127.0.0.1:7443":           {false, false},
		"0.0.0.0:1":                {false, false},
		"[::]:7443":                {false, false},
	} {
		ap := netip.MustParseAddrPort(addr)
		for _, ip := range []net.IP{ap.Addr().AsSlice(), net.IP(ap.Addr().AsSlice()).To16()} {
			if got := p.permit(ip); got != want[0] {
				t.Errorf("permit %s: %v", addr, got)
			}
			if got := p.include(&net.UDPAddr{IP: ip, Port: int(ap.Port())}); got != want[1] {
				t.Errorf("include %s: %v", addr, got)
			}
		}
	}
	for _, odd := range []net.IP{nil, {}, {1}, make(net.IP, 5), make(net.IP, 17)} {
		if p.permit(odd) || p.include(&net.UDPAddr{IP: odd, Port: 7443}) {
			t.Errorf("permits %v", odd)
		}
	}
	if p.include(nil) || !p.include(&net.TCPAddr{IP: mediaAddr.IP, Port: 7443}) {
		t.Error("other address types")
	}
}
