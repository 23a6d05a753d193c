package sfu

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"
)

// TestRelay: a client whose only way is a relay in memory takes part like others.
func TestRelay(t *testing.T) {
	s := testSFU(t, nil)
	relay, err := s.Relay(false)
	if err != nil {
		t.Fatal(err)
	}
	mux := ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: relay, Logger: s.engine.log.NewLogger("ice")})
	t.Cleanup(func() { _ = mux.Close() })
	r := s.Room("relay")
	a := newClient(t, r, 1, func(o *clientOptions) {
		o.setting = func(e *webrtc.SettingEngine) { e.SetICEUDPMux(mux); e.SetIPFilter(func(net.IP) bool { return true }) }
	})
	b := newClient(t, r, 2)
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
	if got := localAddress(t, a); !strings.HasPrefix(got, "198.18.") {
		t.Errorf("client is at %s", got)
	}
	c := a.peer.congestion.Load()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.route.relay != relay || c.route.overhead != overheadTCP {
		t.Errorf("its packets are thought to go by %+v", c.route)
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
