package turn

import (
	"fmt"
	"net"
	"net/netip"
	"testing"

	"github.com/pion/stun/v4"
)

// TestFamilies: whatever a client comes by, it has allocations of the families that the media has, and by default one of
// IPv4 if there is any.
func TestFamilies(t *testing.T) {
	four, six := netip.MustParseAddrPort("192.0.2.1:7443"), netip.MustParseAddrPort("[2001:db8::1]:7443")
	const none, v4, v6 = 0, 1, 2
	for _, c := range []struct {
		media []netip.AddrPort
		asked byte
		got   byte // none: refused
	}{
		{[]netip.AddrPort{four}, none, v4},
		{[]netip.AddrPort{four}, v4, v4},
		{[]netip.AddrPort{four}, v6, none},
		{[]netip.AddrPort{six}, none, v6},
		{[]netip.AddrPort{six}, v4, none},
		{[]netip.AddrPort{six}, v6, v6},
		{[]netip.AddrPort{six, four}, none, v4},
		{[]netip.AddrPort{six, four}, v4, v4},
		{[]netip.AddrPort{six, four}, v6, v6},
	} {
		for _, by := range []string{"tcp 127.0.0.1:0", "tcp [::1]:0", "udp 127.0.0.1:0", "udp [::1]:0", "udp [::]:0"} {
			t.Run(fmt.Sprint(c.media, " asked for ", c.asked, " by ", by), func(t *testing.T) {
				b := start(t, func(config *Config) { config.Media = c.media })
				b.at(t, by)
				name, password := b.Issue("p1")
				client := b.dial(t, name, password)
				var family []stun.Setter
				if c.asked != none {
					family = append(family, requestedFamily(c.asked))
				}
				code := client.allocate(family...)
				if c.got == none {
					if code != 508 {
						t.Errorf("%d, want 508", code)
					}
					return
				}
				if code != 0 || (client.relayed.IP.To4() != nil) != (c.got == v4) {
					t.Fatalf("%d, relayed address %v", code, client.relayed)
				}
				for _, media := range c.media {
					want := 443
					if media.Addr().Is4() == (c.got == v4) {
						want = 0
					}
					if code := client.permit(peerAttr(net.UDPAddrFromAddrPort(media))); code != want {
						t.Errorf("permission for %v: %d, want %d", media, code, want)
					}
				}
			})
		}
	}
}

// at serves and dials an address, "network host:port".
func (b *bench) at(t *testing.T, address string) {
	t.Helper()
	var network, host string
	fmt.Sscan(address, &network, &host)
	if network == "tcp" {
		l, err := net.Listen("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		b.serve(func() error { return b.Serve(l) })
		b.addr = l.Addr().String()
		return
	}
	addr, err := net.ResolveUDPAddr("udp", host)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.ListenUDP("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	b.serve(func() error { return b.ServeUDP(conn) })
	b.transport, b.addr = "udp", conn.LocalAddr().String()
	if addr.IP.IsUnspecified() {
		b.addr = net.JoinHostPort("127.0.0.1", fmt.Sprint(conn.LocalAddr().(*net.UDPAddr).Port))
	}
}
