package turn

import (
	"net"
	"net/netip"
	"slices"
	"testing"

	pion "github.com/pion/turn/v5"

	"jalsa/lab/walk"
)

// realMedia stands for the SFU with sockets of the system, as relays and for the media: what this package lets through
// does leave.
type realMedia struct {
	sockets []*net.UDPConn
	addrs   []netip.AddrPort
}

func newRealMedia(t *testing.T) *realMedia {
	t.Helper()
	m := &realMedia{}
	for _, ip := range []string{"127.0.0.1", "::1"} {
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(ip)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		m.sockets, m.addrs = append(m.sockets, conn), append(m.addrs, conn.LocalAddr().(*net.UDPAddr).AddrPort())
	}
	return m
}

func (*realMedia) relay(six bool) (net.PacketConn, error) {
	if six {
		return net.ListenPacket("udp6", "[::1]:0")
	}
	return net.ListenPacket("udp4", "127.0.0.1:0")
}

// targets are all classes at the canary's port, and what is near the media: its addresses at other ports.
func (m *realMedia) targets(canary uint16, more ...netip.AddrPort) []walk.Target {
	var further []walk.Target
	for _, media := range m.addrs {
		for _, port := range []uint16{canary, 0, 1, 22, 53, 80, 443, media.Port() - 1, media.Port() + 1, 65535} {
			further = append(further, walk.Target{Class: "other port of the media", Addr: netip.AddrPortFrom(media.Addr(), port), Shown: true})
		}
	}
	for _, a := range more {
		further = append(further, walk.Target{Class: "another's relay", Addr: a, Shown: true})
	}
	targets := walk.Targets(canary, further...)
	for i, t := range targets { // the media's own IP in disguise is still its IP
		targets[i].Shown = t.Shown || t.Addr.Addr().Unmap() == m.addrs[0].Addr() || t.Addr.Addr() == m.addrs[1].Addr()
	}
	return targets
}

func newCanary(t *testing.T) (*walk.Canary, walk.Ears) {
	t.Helper()
	canary, err := walk.NewCanary()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { canary.Close() })
	return canary, walk.Ears{Datagrams: canary.Datagrams, Connections: canary.Connections}
}

func TestNothingElseIsReached(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			media := newRealMedia(t)
			b := start(t, func(c *Config) { c.Relay, c.Media = media.relay, media.addrs }).over(t, transport)
			other := b.enter(t, "another")
			if code := other.bind(0x4001, peerAttr(net.UDPAddrFromAddrPort(media.addrs[0]))); code != 0 {
				t.Fatal(code)
			}
			canary, ears := newCanary(t)
			name, password := b.Issue("walker")
			server := walk.Server{Network: transport, Addr: b.addr, Username: name, Password: password}
			report, err := walk.Walk(server, media.targets(canary.Port(), other.relayed.AddrPort()), ears)
			if err != nil || len(report.Found) > 0 || canary.Heard > 0 {
				t.Errorf("%d heard, %v: %v", canary.Heard, err, report.Found)
			}
			if want := []string{"default", "IPv4", "IPv6"}; !slices.Equal(report.Families, want) {
				t.Errorf("walked through allocations of %v, want %v", report.Families, want)
			}
			if b.count("to_peer") == 0 || b.count("peer") == 0 || b.count("transport") == 0 {
				t.Errorf("the walker was not held back: %v", b.Stats().Refused)
			}
			// Nothing went from one relay to the other, and the media works for both families.
			if b.count("from_peer") != 0 {
				t.Error("another's relay was reached")
			}
			for i, socket := range media.sockets {
				family := []byte{1, 2}[i]
				c := b.dial(t, name, password)
				if code := c.allocate(requestedFamily(family)); code != 0 {
					t.Fatalf("family %d: %d", family, code)
				}
				if code := c.bind(0x4001, peerAttr(net.UDPAddrFromAddrPort(media.addrs[i]))); code != 0 {
					t.Fatal(code)
				}
				c.sendChannel(0x4001, "to the media")
				data := make([]byte, 100)
				n, from, err := socket.ReadFromUDPAddrPort(data)
				if err != nil || string(data[:n]) != "to the media" {
					t.Fatalf("the media got %q: %v", data[:n], err)
				}
				if _, err := socket.WriteToUDPAddrPort([]byte("from the media"), from); err != nil {
					t.Fatal(err)
				}
				c.expect("from the media")
			}
		})
	}
}

// TestHolesAreFound has the walker walk through servers that are open: a run that finds nothing must mean something.
func TestHolesAreFound(t *testing.T) {
	media := newRealMedia(t)
	for name, permission := range map[string]pion.PermissionHandler{
		"the library's handler": pion.DefaultPermissionHandler,
		"a check of the IP": func(_ net.Addr, ip net.IP) bool {
			return slices.ContainsFunc(media.addrs, func(a netip.AddrPort) bool { return a.Addr() == netip.MustParseAddr(ip.String()) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			open, err := pion.NewServer(pion.ServerConfig{
				Realm: "open",
				AuthHandler: func(r *pion.RequestAttributes) (string, []byte, bool) {
					return r.Username, pion.GenerateAuthKey(r.Username, r.Realm, "password"), true
				},
				ListenerConfigs: []pion.ListenerConfig{{Listener: l, PermissionHandler: permission, RelayAddressGenerator: &pion.RelayAddressGeneratorStatic{
					RelayAddress: net.IPv4(127, 0, 0, 1), Address: "127.0.0.1"}}},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer open.Close()
			canary, ears := newCanary(t)
			targets := []walk.Target{{Class: "other port of the media", Addr: netip.AddrPortFrom(media.addrs[0].Addr(), canary.Port())}}
			report, err := walk.Walk(walk.Server{Network: "tcp", Addr: l.Addr().String(), Username: "user", Password: "password"}, targets, ears, "default")
			if err != nil {
				t.Fatal(err)
			}
			reached := map[string]bool{}
			for _, f := range report.Found {
				reached[f.Method] = reached[f.Method] || f.Reached
			}
			if !reached["permission"] || !reached["channel"] || !reached["connect"] {
				t.Errorf("found %v on %v", report.Found, report.Families)
			}
			if canary.Heard == 0 {
				t.Error("the canary heard nothing")
			}
		})
	}
}

// TestHoleOfOursIsFound makes a hole in the check of addresses and ports that is made for each packet.
func TestHoleOfOursIsFound(t *testing.T) {
	media := newRealMedia(t)
	canary, ears := newCanary(t)
	hole := netip.AddrPortFrom(media.addrs[0].Addr(), canary.Port())
	b := start(t, func(c *Config) { c.Relay, c.Media = media.relay, append(slices.Clone(media.addrs), hole) })
	name, password := b.Issue("walker")
	report, err := walk.Walk(walk.Server{Network: "tcp", Addr: b.addr, Username: name, Password: password}, media.targets(canary.Port()), ears)
	if err != nil || len(report.Found) == 0 || canary.Heard == 0 {
		t.Errorf("%d heard, %v: %v", canary.Heard, err, report.Found)
	}
}
