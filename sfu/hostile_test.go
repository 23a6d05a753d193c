package sfu

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"

	"jalsa/lab/forge"
)

// outlet is a client's own socket, from which a test may send what the client never would: what somebody sends who forges
// the client's address.
type outlet struct {
	net.PacketConn

	mu   sync.Mutex
	sent [][]byte // media that left it
}

func (o *outlet) WriteTo(b []byte, to net.Addr) (int, error) {
	if kindOf(b) == kindMedia {
		o.mu.Lock()
		o.sent = append(o.sent, slices.Clone(b))
		o.mu.Unlock()
	}
	return o.PacketConn.WriteTo(b, to)
}

func (o *outlet) recorded() [][]byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.sent)
}

// newOutlet is for one client.
func newOutlet(t testing.TB) (*outlet, clientOption) {
	t.Helper()
	conn := localSocket(t)
	o := &outlet{PacketConn: conn}
	return o, func(c *clientOptions) {
		c.setting = func(s *webrtc.SettingEngine) {
			mux := ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: o, Logger: s.LoggerFactory.NewLogger("ice")})
			t.Cleanup(func() { _ = mux.Close() })
			s.SetICEUDPMux(mux)
		}
	}
}

func localSocket(t testing.TB) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func mediaOf(s *SFU) net.Addr { return net.UDPAddrFromAddrPort(s.Media()[0]) }

// send fails the test if a packet cannot leave.
func send(t testing.TB, from net.PacketConn, to net.Addr, packets ...[]byte) {
	t.Helper()
	for _, b := range packets {
		if _, err := from.WriteTo(b, to); err != nil {
			t.Fatal(err)
		}
	}
}

// dropped is how many packets were dropped by that name.
func (s *SFU) dropped(why drop) uint64 { return s.drops[why].Load() }

// TestStrangersAreUnheard: of all that strangers send nothing passes the guard, each is counted by its name, and nobody
// is answered a byte.
func TestStrangersAreUnheard(t *testing.T) {
	s := testSFU(t, nil)
	a, b, seat := pair(t, s, "l", "h")
	attacker := localSocket(t)
	const each = 20
	names := map[string]drop{
		"stun": dropNoCheck, "allocate": dropNoCheck, "stun_unknown": dropUnknownKey, "stun_forged": dropForged,
		"hello": dropStrangeDTLS, "hello_broken": dropStrangeDTLS,
	}
	want := map[drop]uint64{dropStrangeMedia: each}
	for _, k := range forge.Kinds(a.peer.key) {
		for range each {
			if k.Name != "noise" { // which may look like anything
				send(t, attacker, mediaOf(s), k.Make())
				want[names[k.Name]]++
			}
		}
	}
	for range each {
		send(t, attacker, mediaOf(s), forge.Media(111, 1, 1, 40))
	}
	for why, n := range want {
		until(t, string(why), func() bool { return s.dropped(why) == n })
	}
	until(t, "flow", func() bool { n := a.pump(); return b.has("video", seat, mark{1, 'h', n - 1}) })
	must(t, attacker.SetReadDeadline(time.Now()))
	if n, _, err := attacker.ReadFrom(make([]byte, 2000)); err == nil {
		t.Errorf("answered %d bytes", n)
	}
	g := s.engine.guard
	g.mu.RLock()
	defer g.mu.RUnlock()
	if len(g.keys) != 2 || len(g.proven) != 2 {
		t.Errorf("%d keys and %d addresses are known", len(g.keys), len(g.proven))
	}
}

// TestForgedPacketsEndNoCall: what somebody sends with a client's address as its source, which is all that it takes to
// pass the guard, neither ends the call nor is forwarded (threats T9, T10).
func TestForgedPacketsEndNoCall(t *testing.T) {
	s := testSFU(t, nil)
	socket, own := newOutlet(t)
	other, others := newOutlet(t)
	r := s.Room("x")
	a, b := newClient(t, r, 1, own), newClient(t, r, 2, others)
	a.connect()
	b.connect()
	until(t, "connected", func() bool { return a.connected() && b.connected() })
	flow := func() bool {
		n := a.pump()
		seat := b.seatOf(1)
		return seat >= 0 && b.has("video", seat, mark{1, 'h', n - 1})
	}
	until(t, "flow", flow)
	plain := [][]byte{
		forge.Record(recordData, 0, 500, []byte("data")), forge.Record(recordChangeCipher, 0, 501, []byte{7}),
		forge.Record(24, 0, 502, []byte{1, 2, 3}), forge.Record(recordAlert, 0, 503, []byte{2}),
	}
	send(t, socket.PacketConn, mediaOf(s), plain...)
	until(t, "dropped", func() bool { return s.dropped(dropPlaintext) == uint64(len(plain)) })
	for _, k := range [][]byte{forge.Hello(forge.ECDSAWithGCM), forge.Hello(forge.NullWithSHA), forge.Broken(), forge.Record(recordAlert, 0, 504, []byte{2, 40})} {
		send(t, socket.PacketConn, mediaOf(s), k)
		send(t, other.PacketConn, mediaOf(s), k) // whose address is another's, and proven
	}
	before, refused := s.Stats().Received, s.dropped(dropUnsealed)
	genuine := socket.recorded()
	for i, p := range genuine {
		send(t, socket.PacketConn, mediaOf(s), p, forge.Media(p[1], uint16(i), a.peer.camera.byRID("h").ssrc, 300))
	}
	until(t, "refused", func() bool { return s.dropped(dropUnsealed) == refused+uint64(2*len(genuine)) })
	if n := s.Stats().Received; n != before {
		t.Errorf("%d forged or replayed packets were taken", n-before)
	}
	until(t, "flow", flow)
	if !a.connected() || !b.connected() {
		t.Errorf("the call ended: %v, %v", a.peer.State(), a.pc.ConnectionState())
	}
}

// credulous is a media socket of a server that does not ask where a packet of DTLS comes from: it takes each for the
// client's.
type credulous struct {
	net.PacketConn
	client atomic.Pointer[net.UDPAddr]
}

func (c *credulous) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.PacketConn.ReadFrom(b)
	if a, ok := from.(*net.UDPAddr); ok {
		switch client := c.client.Load(); kindOf(b[:n]) {
		case kindSTUN:
			c.client.Store(a)
		case kindDTLS:
			if client != nil {
				from = client
			}
		}
	}
	return n, from, err
}

// raceHellos are what P10 is run with.
func raceHellos() (all [][]byte) {
	for _, k := range forge.Hellos() {
		all = append(all, k.Make())
	}
	return all
}

// spray sends ClientHellos to the media socket as fast as it can, until the test ends it.
func spray(t testing.TB, to net.Addr, hellos func() [][]byte) (end func()) {
	t.Helper()
	from := localSocket(t)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			for _, b := range hellos() {
				select {
				case <-stop:
					return
				default:
					_, _ = from.WriteTo(b, to)
				}
			}
		}
	}()
	return func() { close(stop); <-stopped }
}

// TestClientHelloRace is P10: who connects under a spray of ClientHellos from other addresses connects. A server that does
// not look at addresses is not so lucky.
func TestClientHelloRace(t *testing.T) {
	t.Run("sprayed", func(t *testing.T) {
		s := testSFU(t, nil)
		end := spray(t, mediaOf(s), raceHellos)
		defer end()
		for n := range uint32(5) {
			c := newClient(t, s.Room("x"), n+1)
			c.connect()
			until(t, "connected", c.connected)
		}
		if s.dropped(dropStrangeDTLS) == 0 {
			t.Error("nothing was sprayed")
		}
	})
	t.Run("without a look at the source", func(t *testing.T) {
		s := testSFU(t, &credulous{PacketConn: localSocket(t)})
		end := spray(t, mediaOf(s), func() [][]byte { return [][]byte{forge.Hello(forge.NullWithSHA)} })
		defer end()
		failed := false
		for n := uint32(1); n <= 20 && !failed; n++ { // a client may be quicker
			c := newClient(t, s.Room("x"), n)
			c.connect()
			until(t, "an end", func() bool { failed = c.peer.State() == StateFailed; return failed || c.connected() })
		}
		if !failed {
			t.Error("the race is not run: everybody connects")
		}
	})
}

// canaries are addresses that a server must send nothing to.
type canaries struct {
	udp *net.UDPConn
	tcp *net.TCPListener
}

func newCanaries(t *testing.T) canaries {
	t.Helper()
	tcp, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tcp.Close() })
	return canaries{localSocket(t), tcp}
}

// in puts candidates at the canaries wherever an offer has room for some.
func (c canaries) in(offer string) string {
	udp, tcp := c.udp.LocalAddr().(*net.UDPAddr).Port, c.tcp.Addr().(*net.TCPAddr).Port
	text := strings.NewReplacer("UDP", strconv.Itoa(udp), "TCP", strconv.Itoa(tcp)).Replace(strings.Join([]string{
		"a=candidate:1 1 udp 2130706431 127.0.0.1 UDP typ host",
		"a=candidate:2 1 udp 1694498815 127.0.0.1 UDP typ srflx raddr 127.0.0.1 rport UDP",
		"a=candidate:3 1 tcp 1518280447 127.0.0.1 TCP typ host tcptype passive",
		"a=candidate:4 1 udp 2130706431 3c9b1f6e-0c1c-4a5e-9f5c-1b1a3a1f0c2d.local UDP typ host",
		"a=rtcp:UDP IN IP4 127.0.0.1",
		"a=remote-candidates:1 127.0.0.1 UDP",
	}, "\r\n"))
	var lines []string
	for l := range strings.Lines(offer) {
		lines = append(lines, strings.TrimRight(l, "\r\n"))
		if strings.HasPrefix(l, "a=mid:") {
			lines = append(lines, text)
		}
	}
	return strings.Join(lines, "\r\n") + "\r\n"
}

// heard tells whether anything came. It hardly waits.
func (c canaries) heard(t *testing.T) (packets, connections bool) {
	t.Helper()
	must(t, c.udp.SetReadDeadline(time.Now().Add(time.Millisecond)))
	_, _, err := c.udp.ReadFrom(make([]byte, 2000))
	must(t, c.tcp.SetDeadline(time.Now().Add(time.Millisecond)))
	conn, failed := c.tcp.Accept()
	if failed == nil {
		_ = conn.Close()
	}
	return err == nil, failed == nil
}

// TestCandidatesAreNeverProbed is T12: candidates of clients are sent no packet and no connection. The same offer makes
// another server of Pion's, with ICE in full, reach for all of them.
func TestCandidatesAreNeverProbed(t *testing.T) {
	s := testSFU(t, nil)
	ours, control := newCanaries(t), newCanaries(t)
	c := newClient(t, s.Room("x"), 1)
	offer := c.offer()
	answer, err := c.peer.Answer(ours.in(offer), LevelLarge)
	if err != nil {
		t.Fatal(err)
	}
	c.accept(answer)
	until(t, "connected", c.connected)

	setting := webrtc.SettingEngine{LoggerFactory: s.engine.log}
	setting.SetIncludeLoopbackCandidate(true)
	setting.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeTCP4})
	full, err := webrtc.NewAPI(webrtc.WithSettingEngine(setting)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { must(t, full.GracefulClose()) }()
	must(t, full.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: control.in(offer)}))
	theirs, err := full.CreateAnswer(nil)
	if err != nil {
		t.Fatal(err)
	}
	must(t, full.SetLocalDescription(theirs))
	packets, connections := false, false
	until(t, "the canaries hear", func() bool {
		p, c := control.heard(t)
		packets, connections = packets || p, connections || c
		return packets && connections
	})
	if packets, connections = ours.heard(t); packets || connections {
		t.Errorf("candidates of a client were reached for: packets %v, connections %v", packets, connections)
	}
}
