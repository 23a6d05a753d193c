package turn

import (
	"bytes"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	pion "github.com/pion/turn/v5"
)

func TestRelayForPionClient(t *testing.T) {
	b := start(t)
	name, password := b.Issue("p1")
	conn, err := net.Dial("tcp", b.addr)
	if err != nil {
		t.Fatal(err)
	}
	c, err := pion.NewClient(&pion.ClientConfig{TURNServerAddr: b.addr, Conn: pion.NewSTUNConn(conn), Username: name, Password: password, Realm: "hearings"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Listen(); err != nil {
		t.Fatal(err)
	}
	relayed, err := c.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	defer relayed.Close()
	socket := b.media.relay(t, relayed.LocalAddr())
	buf := make([]byte, 1500)
	// The client changes from indications to a channel on the way. (Pion holds a ChannelData frame
	// of less than 9 bytes back until the next one; no packet of WebRTC is that short.)
	for range 50 {
		if _, err := relayed.WriteTo([]byte("upward"), mediaAddr); err != nil {
			t.Fatal(err)
		}
		b.media.expect(t, "upward")
		socket.send(t, mediaAddr, "downward")
		n, from, err := relayed.ReadFrom(buf)
		if err != nil || string(buf[:n]) != "downward" || from.String() != mediaAddr.String() {
			t.Fatalf("got %q from %v, %v", buf[:n], from, err)
		}
	}
	if s := b.Stats(); s.Allocations != 1 || s.ToMedia != 50 || s.FromMedia != 50 {
		t.Errorf("stats %+v", s)
	}
}

func TestIndicationsAndChannels(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) { indicationsAndChannels(t, start(t).over(t, transport)) })
	}
}

func indicationsAndChannels(t *testing.T, b *bench) {
	c := b.enter(t, "p1")
	socket := b.media.relay(t, c.relayed)
	if code := c.permit(peerAttr(mediaAddr)); code != 0 {
		t.Fatal(code)
	}
	c.send(peerAttr(mediaAddr), "indication")
	b.media.expect(t, "indication")
	socket.send(t, mediaAddr, "hello")
	c.expect("hello")
	if code := c.bind(0x4001, peerAttr(mediaAddr)); code != 0 {
		t.Fatal(code)
	}
	for _, data := range []string{"channel", strings.Repeat("x", 1300)} {
		c.sendChannel(0x4001, data)
		b.media.expect(t, data)
		socket.send(t, mediaAddr, data)
		c.expect(data)
	}
	if code, _ := c.ask(stun.MethodRefresh); code != 0 {
		t.Fatal(code)
	}
	zero := stun.RawAttribute{Type: stun.AttrLifetime, Value: make([]byte, 4)}
	if code, _ := c.ask(stun.MethodRefresh, zero); code != 0 {
		t.Fatal(code)
	}
	if code, _ := c.ask(stun.MethodRefresh); code != 401 {
		t.Errorf("refresh without allocation: %d", code)
	}
	if code := c.allocate(); code != 0 {
		t.Errorf("allocate again: %d", code)
	}
}

func TestRefusedAtEachMethod(t *testing.T) {
	b := start(t)
	methods := map[string]func(*client) int{
		"Allocate":         func(c *client) int { return c.allocate() },
		"Refresh":          func(c *client) int { code, _ := c.ask(stun.MethodRefresh); return code },
		"CreatePermission": func(c *client) int { return c.permit(peerAttr(mediaAddr)) },
		"ChannelBind":      func(c *client) int { return c.bind(0x4000, peerAttr(mediaAddr)) },
	}
	spoil := map[string]struct {
		how    func(*client, string)
		reason string
	}{
		"wrong password": {func(c *client, _ string) { c.password += "x" }, "password"},
		"unknown user":   {func(c *client, _ string) { c.username += "x" }, "credential"},
		"other user":     {func(c *client, _ string) { c.username, c.password = b.Issue("somebody") }, "credential"},
		"other realm":    {func(c *client, _ string) { c.realm = "elsewhere" }, "credential"},
		"not allowed":    {func(_ *client, user string) { b.absent.Store(user, true) }, "absent"},
	}
	for method, call := range methods {
		for name, s := range spoil {
			if method == "Allocate" && name == "other user" {
				continue
			}
			user := method + name
			n, p := b.Issue(user)
			c := b.dial(t, n, p)
			if method != "Allocate" && c.allocate() != 0 {
				t.Fatalf("%s, %s: no allocation to begin with", method, name)
			}
			s.how(c, user)
			before := b.count(s.reason)
			if code := call(c); code != 401 {
				t.Errorf("%s, %s: %d, want 401", method, name, code)
			}
			if b.count(s.reason) == before {
				t.Errorf("%s, %s: not counted as %s", method, name, s.reason)
			}
		}
	}
}

func TestTransportsRefused(t *testing.T) {
	b := start(t)
	name, password := b.Issue("p1")
	overTCP := stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{6, 0, 0, 0}}
	even := stun.RawAttribute{Type: stun.AttrEvenPort, Value: []byte{0}}
	v6 := stun.RawAttribute{Type: stun.AttrRequestedAddressFamily, Value: []byte{2, 0, 0, 0}}
	for what, attrs := range map[string][]stun.Setter{
		"TCP": {overTCP}, "even port": {overUDP, even}, "IPv6": {overUDP, v6},
	} {
		c := b.dial(t, name, password)
		if code, _ := c.ask(stun.MethodAllocate, attrs...); code != 508 {
			t.Errorf("%s: %d, want 508", what, code)
		}
		c.conn.Close()
		until(t, "connection gone", func() bool { return b.Stats().Connections == 0 })
	}
	c := b.enter(t, "p1")
	if code, _ := c.ask(stun.MethodConnect, peerAttr(mediaAddr)); code != 401 {
		t.Errorf("Connect: %d, want 401", code)
	}
}

func TestOnlyMediaAddress(t *testing.T) {
	b := start(t)
	c := b.enter(t, "p1")
	socket := b.media.relay(t, c.relayed)
	for _, ip := range []string{
		"127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "169.254.169.254", "192.168.1.1", "172.16.0.1", "100.64.0.1",
		"192.0.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.2",
	} {
		addr := netip.AddrPortFrom(netip.MustParseAddr(ip), 7443)
		for form, peer := range map[string]stun.Setter{"v4": peerAttr(net.UDPAddrFromAddrPort(addr)), "mapped": mappedPeer(addr)} {
			if code := c.permit(peer); code != 403 {
				t.Errorf("permission for %s %s: %d, want 403", form, ip, code)
			}
			if code := c.bind(0x4100, peer); code != 401 { // Pion's choice; 403 in the RFC
				t.Errorf("channel for %s %s: %d, want 401", form, ip, code)
			}
		}
	}
	for _, ip := range []string{"::1", "::", "fe80::1", "fc00::1", "ff02::1"} {
		if code := c.permit(mappedPeer(netip.AddrPortFrom(netip.MustParseAddr(ip), 7443))); code != 443 {
			t.Errorf("permission for %s: %d, want 443", ip, code)
		}
	}
	if b.count("peer") == 0 {
		t.Error("not counted")
	}
	// A permission is by IP, so the media's covers its other ports as far as Pion knows.
	if code := c.permit(mappedPeer(mediaAddr.AddrPort())); code != 0 {
		t.Fatalf("mapped media address: %d", code)
	}
	if code := c.bind(0x4001, peerAttr(otherPort)); code != 0 {
		t.Fatal(code)
	}
	c.send(peerAttr(otherPort), "stray")
	c.sendChannel(0x4001, "stray on a channel")
	c.send(peerAttr(mediaAddr), "fine")
	b.media.expect(t, "fine")
	socket.send(t, otherPort, "stray")
	socket.send(t, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: mediaAddr.Port}, "stray")
	socket.send(t, mediaAddr, "fine too")
	c.expect("fine too")
	if out, in := b.count("to_peer"), b.count("from_peer"); out != 2 || in != 2 {
		t.Errorf("dropped %d to and %d from foreign ports, want 2 and 2", out, in)
	}
}

func TestNothingSecretIsLogged(t *testing.T) {
	b := &bench{media: newMedia()}
	var log bytes.Buffer
	var err error
	b.Server, err = New(Config{
		Realm: "hearings", Relay: b.media.open, Media: []netip.AddrPort{mediaAddr.AddrPort()}, Allowed: func(string) bool { return true }, Now: time.Now,
		Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.addr = l.Addr().String()
	served := make(chan error, 1)
	go func() { served <- b.Serve(l) }()
	c := b.enter(t, "the-user")
	c.bind(0x4001, peerAttr(mediaAddr))
	c.bind(0x4002, peerAttr(mediaAddr)) // Pion warns
	c.password += "x"
	c.ask(stun.MethodRefresh)
	b.dial(t, "unknown-name", "secret").allocate()
	b.Close()
	<-served
	if !strings.Contains(log.String(), "ChannelBind rejected") {
		t.Error("warnings do not arrive")
	}
	for _, secret := range []string{c.username, c.password, "the-user", "unknown-name", "secret"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("log holds %q:\n%s", secret, log.String())
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	whole := Config{Realm: "r", Relay: newMedia().open, Media: []netip.AddrPort{mediaAddr.AddrPort()}, Allowed: func(string) bool { return true }, Now: time.Now}
	for name, spoil := range map[string]func(*Config){
		"realm":       func(c *Config) { c.Realm = "" },
		"relay":       func(c *Config) { c.Relay = nil },
		"allowed":     func(c *Config) { c.Allowed = nil },
		"now":         func(c *Config) { c.Now = nil },
		"no address":  func(c *Config) { c.Media = nil },
		"unspecified": func(c *Config) { c.Media = []netip.AddrPort{netip.MustParseAddrPort("0.0.0.0:1")} },
		"no port":     func(c *Config) { c.Media = []netip.AddrPort{netip.AddrPortFrom(mediaAddr.AddrPort().Addr(), 0)} },
	} {
		config := whole
		spoil(&config)
		if s, err := New(config); err == nil {
			t.Errorf("%s: accepted", name)
			s.Close()
		}
	}
	whole.Media = []netip.AddrPort{netip.MustParseAddrPort("[::]:1"), mediaAddr.AddrPort()}
	s, err := New(whole)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}
