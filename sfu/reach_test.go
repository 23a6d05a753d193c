package sfu

import (
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"
)

// meet brings two clients together, and has each see the other.
func meet(t *testing.T, a, b *testClient) {
	t.Helper()
	a.connect()
	b.connect()
	until(t, "connected", func() bool { return a.connected() && b.connected() })
	for _, d := range []struct{ from, to *testClient }{{a, b}, {b, a}} {
		until(t, "flow", func() bool {
			n := d.from.pump()
			seat := d.to.seatOf(d.from.number)
			return seat >= 0 && d.to.has("video", seat, mark{d.from.number, 'h', n - 1})
		})
	}
}

// over makes a client send by one socket alone.
func over(t *testing.T, s *SFU, conn net.PacketConn, families ...webrtc.NetworkType) clientOption {
	t.Helper()
	mux := ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: conn, Logger: s.engine.log.NewLogger("ice")})
	t.Cleanup(func() { _ = mux.Close() })
	return func(o *clientOptions) {
		o.setting = func(e *webrtc.SettingEngine) {
			e.SetICEUDPMux(mux)
			e.SetIPFilter(func(net.IP) bool { return true })
			e.SetNetworkTypes(families)
		}
	}
}

// TestRelay: a client whose only way is a relay in memory takes part like others, whichever family it is of.
func TestRelay(t *testing.T) {
	for _, c := range []struct {
		media, made string
		family      webrtc.NetworkType
	}{{"127.0.0.1:0", "198.18.", webrtc.NetworkTypeUDP4}, {"[::1]:0", "[2001:2::", webrtc.NetworkTypeUDP6}} {
		s := testSFU(t, nil, func(o *Config) { o.Media = []string{"127.0.0.1:0", c.media} })
		relay, err := s.Relay(c.family == webrtc.NetworkTypeUDP6)
		if err != nil {
			t.Fatal(err)
		}
		r := s.Room("relay")
		a, b := newClient(t, r, 1, over(t, s, relay, c.family)), newClient(t, r, 2)
		meet(t, a, b)
		if got := localAddress(t, a); !strings.HasPrefix(got, c.made) {
			t.Errorf("client is at %s", got)
		}
		route := func() route {
			c := a.peer.congestion.Load()
			c.mu.Lock()
			defer c.mu.Unlock()
			return c.route
		}()
		if route.relay != relay || route.overhead != overheadTCP {
			t.Errorf("its packets are thought to go by %+v", route)
		}
	}
}

// TestEachAddress: people meet who reach the server at different addresses of its own, and nobody else's.
func TestEachAddress(t *testing.T) {
	s := testSFU(t, nil, func(o *Config) { o.Media = []string{"127.0.0.1:0", "127.0.0.2:0", "[::1]:0"} })
	if len(s.Media()) != 3 {
		t.Fatalf("media at %v", s.Media())
	}
	if each := min(runtime.GOMAXPROCS(0), readersMost); runtime.GOOS == "linux" && len(s.readers) != 3*each {
		t.Errorf("%d readers of 3 addresses, want %d of each", len(s.readers), each)
	}
	listen := func(address string) net.PacketConn {
		conn, err := net.ListenPacket("udp", address)
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	r := s.Room("addresses")
	four := &onlyTo{PacketConn: listen("127.0.0.3:0"), peer: s.Media()[1]}
	six := &onlyTo{PacketConn: listen("[::1]:0"), peer: s.Media()[2]}
	meet(t, newClient(t, r, 1, over(t, s, four, webrtc.NetworkTypeUDP4)), newClient(t, r, 2, over(t, s, six, webrtc.NetworkTypeUDP6)))
}

// onlyTo is a socket behind a firewall that lets through what goes to one address, and the answers of that address.
type onlyTo struct {
	net.PacketConn
	peer netip.AddrPort
}

func (o *onlyTo) WriteTo(b []byte, to net.Addr) (int, error) {
	if to.(*net.UDPAddr).AddrPort() != o.peer {
		return len(b), nil
	}
	return o.PacketConn.WriteTo(b, to)
}

func (o *onlyTo) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := o.PacketConn.ReadFrom(b)
		if err != nil {
			return n, from, err
		}
		if a := from.(*net.UDPAddr).AddrPort(); netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) == o.peer {
			return n, from, nil
		}
	}
}

// TestPublic: candidates are what the operator says.
func TestPublic(t *testing.T) {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Conn: conn, Public: []netip.Addr{netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("127.0.0.1")}, Now: time.Now, Logger: testSFU(t, nil).log})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := newClient(t, s.Room("x"), 1)
	answer, err := c.peer.Answer(c.offer(), LevelLarge)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{" 192.0.2.7 ", " 127.0.0.1 ", "a=ice-lite", "a=setup:passive", "maxaveragebitrate=24000"} {
		if !strings.Contains(answer, want) {
			t.Errorf("answer lacks %q", want)
		}
	}
	if n := strings.Count(answer, " 1 udp "); n != 2 {
		t.Errorf("%d candidates", n)
	}
	if s.Media()[0].String() != fmt.Sprintf("192.0.2.7:%d", conn.LocalAddr().(*net.UDPAddr).Port) {
		t.Errorf("local address %v", s.Media())
	}
	c.accept(answer)
	until(t, "connected", c.connected)
}
