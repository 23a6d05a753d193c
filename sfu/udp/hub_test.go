package udp

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// listen binds an address, which announces itself.
func listen(t testing.TB, address string) Binding {
	t.Helper()
	c, err := net.ListenPacket("udp", address)
	if err != nil {
		t.Fatal(err)
	}
	return Binding{Conn: c, Announced: []netip.AddrPort{addressOf(c)}}
}

func addressOf(c net.PacketConn) netip.AddrPort {
	return unmap(c.LocalAddr().(*net.UDPAddr).AddrPort())
}

func hubOf(t testing.TB, bindings ...Binding) *Hub {
	t.Helper()
	h, err := New(bindings...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// newHub has one socket.
func newHub(t testing.TB) (*Hub, *Socket, netip.AddrPort) {
	t.Helper()
	h := hubOf(t, listen(t, "127.0.0.1:0"))
	return h, h.sockets[0], h.sockets[0].announced[0]
}

func relayOf(t testing.TB, h *Hub, six bool) *Relay {
	t.Helper()
	r, err := h.Relay(six)
	if err == nil {
		err = r.SetReadDeadline(time.Now().Add(5 * time.Second))
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

type arrival struct {
	data string
	from netip.AddrPort
	err  error
}

// readAll reads a socket as its reader would, until it is closed.
func readAll(s *Socket) <-chan arrival {
	ch := make(chan arrival, 4096)
	go func() {
		defer close(ch)
		for {
			if err := readBurst(s, func(b []byte, from netip.AddrPort) { ch <- arrival{string(b), from, nil} }); err != nil {
				ch <- arrival{err: err}
				return
			}
		}
	}()
	return ch
}

func next(t *testing.T, ch <-chan arrival) arrival {
	t.Helper()
	select {
	case a := <-ch:
		return a
	case <-time.After(5 * time.Second):
		t.Fatal("nothing came")
		return arrival{}
	}
}

func TestSocketAndRelaysJoin(t *testing.T) {
	h, s, media := newHub(t)
	ch := readAll(s)
	outside, err := net.Dial("udp4", media.String())
	if err != nil {
		t.Fatal(err)
	}
	defer outside.Close()
	one := relayOf(t, h, false)
	two := relayOf(t, h, false)
	if one.LocalAddr().String() == two.LocalAddr().String() {
		t.Fatal("two relays with one address")
	}
	// Alternating, so that each kind wakes the reader from waiting for the other.
	for range 200 {
		for _, c := range []struct {
			send func([]byte) error
			from string
		}{
			{func(b []byte) error { _, err := outside.Write(b); return err }, outside.LocalAddr().String()},
			{func(b []byte) error { _, err := one.WriteTo(b, net.UDPAddrFromAddrPort(media)); return err }, one.LocalAddr().String()},
			{func(b []byte) error { _, err := two.WriteTo(b, net.UDPAddrFromAddrPort(media)); return err }, two.LocalAddr().String()},
		} {
			if err := c.send([]byte(c.from)); err != nil {
				t.Fatal(err)
			}
			if a := next(t, ch); a.data != c.from || a.from.String() != c.from || a.err != nil {
				t.Fatalf("got %+v, want %s", a, c.from)
			}
		}
	}
	// And back.
	b := make([]byte, 2000)
	for _, r := range []*Relay{one, two} {
		if _, err := s.WriteToAddrPort([]byte("to "+r.addr.String()), r.addr); err != nil {
			t.Fatal(err)
		}
		n, from, err := r.ReadFrom(b)
		if err != nil || string(b[:n]) != "to "+r.addr.String() || from.String() != media.String() {
			t.Fatalf("%q from %v: %v", b[:n], from, err)
		}
	}
	if _, err := s.WriteTo([]byte("out"), outside.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	if n, err := outside.Read(b); err != nil || string(b[:n]) != "out" {
		t.Fatalf("%q %v", b[:n], err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	for a := range ch {
		if a.err != nil && !errors.Is(a.err, net.ErrClosed) {
			t.Error(a.err)
		}
	}
}

// TestRelayReachesMediaOnly: IP and port, in both directions.
func TestRelayReachesMediaOnly(t *testing.T) {
	h, _, media := newHub(t)
	r := relayOf(t, h, false)
	other := relayOf(t, h, false)
	victim, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer victim.Close()
	for _, to := range []net.Addr{
		victim.LocalAddr(),
		&net.UDPAddr{IP: net.IPv4(127, 0, 0, 2), Port: int(media.Port())},
		&net.UDPAddr{IP: media.Addr().AsSlice(), Port: int(media.Port()) + 1},
		other.LocalAddr(), r.LocalAddr(),
		&net.TCPAddr{IP: media.Addr().AsSlice(), Port: int(media.Port())},
	} {
		if _, err := r.WriteTo([]byte("x"), to); !errors.Is(err, ErrRefused) {
			t.Errorf("write to %v: %v", to, err)
		}
	}
	if got := h.Stats().Refused; got != 6 {
		t.Errorf("%d refused", got)
	}
	mapped := &net.UDPAddr{IP: media.Addr().AsSlice(), Port: int(media.Port())}
	mapped.IP = mapped.IP.To16()
	if _, err := r.WriteTo([]byte("x"), mapped); err != nil {
		t.Errorf("media address in 16 bytes: %v", err)
	}
}

// TestDelivered: what take wants is not there to be read, what it does not want is.
func TestDelivered(t *testing.T) {
	h, s, media := newHub(t)
	r := relayOf(t, h, false)
	var taken []string
	r.Deliver(func(b []byte, from netip.AddrPort) bool {
		if from != media {
			t.Errorf("from %v, want %v", from, media)
		}
		taken = append(taken, string(b))
		return string(b) != "unwanted"
	})
	for _, data := range []string{"one", "unwanted", "two"} {
		if _, err := s.WriteToAddrPort([]byte(data), r.addr); err != nil {
			t.Fatal(err)
		}
	}
	b := make([]byte, 100)
	n, _, err := r.ReadFrom(b)
	if err != nil || string(b[:n]) != "unwanted" || r.in.ring.count != 0 {
		t.Errorf("read %q, %v", b[:n], err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	_, _ = s.WriteToAddrPort([]byte("late"), r.addr)
	if len(taken) != 3 || h.Stats().RelayGone != 1 {
		t.Errorf("taken %q, %+v", taken, h.Stats())
	}
}

func TestRelayEnds(t *testing.T) {
	h, s, media := newHub(t)
	r := relayOf(t, h, false)
	if err := r.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 10)
	if _, _, err := r.ReadFrom(b); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after the deadline: %v", err)
	}
	if err := r.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { _, _, err := r.ReadFrom(b); ended <- err }()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("reader: %v", err)
	}
	if _, err := r.WriteTo(b, net.UDPAddrFromAddrPort(media)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("writer: %v", err)
	}
	if _, err := s.WriteToAddrPort(b, r.addr); err != nil || h.Stats().RelayGone != 1 || h.Stats().Relays != 0 {
		t.Errorf("%v %+v", err, h.Stats())
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Relay(false); !errors.Is(err, net.ErrClosed) {
		t.Errorf("relay of a closed hub: %v", err)
	}
}

// TestFullQueuesDrop: nobody waits for a reader that does not read.
func TestFullQueuesDrop(t *testing.T) {
	h, s, media := newHub(t)
	r := relayOf(t, h, false)
	b := bytes.Repeat([]byte{7}, 1200)
	for range relayQueue + 10 {
		if _, err := r.WriteTo(b, net.UDPAddrFromAddrPort(media)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.WriteToAddrPort(b, r.addr); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.WriteTo(make([]byte, MTU+1), net.UDPAddrFromAddrPort(media)); err != nil {
		t.Fatal(err)
	}
	st := h.Stats()
	if st.HubFull != 10 || st.RelayFull != 10 || st.Oversize != 1 {
		t.Errorf("%+v", st)
	}
}

// TestSocketFullDrops: sending to a full socket is a drop. The smallest send buffer holds a packet or two while the
// loopback's receiver takes them, so the socket itself is checked with a send that cannot succeed.
func TestSocketFullDrops(t *testing.T) {
	h, s, _ := newHub(t)
	s.readers[0].system = full{s.readers[0].system}
	if n, err := s.WriteToAddrPort([]byte("x"), netip.MustParseAddrPort("127.0.0.1:9")); n != 1 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	if h.Stats().SocketFull != 1 {
		t.Errorf("%+v", h.Stats())
	}
}

type full struct{ system }

func (full) send([]byte, netip.AddrPort) tally { return tally{full: 1} }

func TestSpoofedRelayAddress(t *testing.T) {
	for _, from := range []string{"198.18.0.1:49152", "[2001:2::1]:49152"} {
		h, s, media := newHub(t)
		s.readers[0].system = &liar{system: s.readers[0].system, from: netip.MustParseAddrPort(from)}
		ch := readAll(s)
		outside, err := net.Dial("udp4", media.String())
		if err != nil {
			t.Fatal(err)
		}
		defer outside.Close()
		for _, text := range []string{"spoofed", "honest"} {
			if _, err := outside.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		if a := next(t, ch); a.data != "honest" {
			t.Errorf("%+v", a)
		}
		if h.Stats().Spoofed != 1 {
			t.Errorf("%+v", h.Stats())
		}
	}
}

// liar makes the first packet come from a relay's address.
type liar struct {
	system
	from netip.AddrPort
	told bool
}

func (l *liar) receive(give func(got []packet) (on, follows bool), rest func() (more bool)) error {
	return l.system.receive(func(got []packet) (on, follows bool) {
		if !l.told {
			l.told = true
			got[0].from = l.from
		}
		return give(got)
	}, rest)
}

// TestEachAddressAnswersForItself: what comes to one address is answered from it, whatever the system's routes say, and
// relays of a family reach the sockets of that family.
func TestEachAddressAnswersForItself(t *testing.T) {
	h := hubOf(t, listen(t, "127.0.0.1:0"), listen(t, "127.0.0.2:0"), listen(t, "[::1]:0"))
	four, six := relayOf(t, h, false), relayOf(t, h, true)
	if !prefixFour.Contains(four.addr.Addr()) || !prefixSix.Contains(six.addr.Addr()) {
		t.Errorf("relays at %v and %v", four.addr, six.addr)
	}
	outside := map[bool]*net.UDPConn{}
	for is4, address := range map[bool]string{true: "127.0.0.3:0", false: "[::1]:0"} {
		c, err := net.ListenPacket("udp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		outside[is4] = c.(*net.UDPConn)
	}
	b := make([]byte, 2000)
	for _, s := range h.sockets {
		ch, media := readAll(s), s.announced[0]
		is4 := media.Addr().Is4()
		relay, foreign := map[bool]*Relay{true: four, false: six}[is4], map[bool]*Relay{true: six, false: four}[is4]
		if _, err := outside[is4].WriteToUDPAddrPort([]byte("ask"), media); err != nil {
			t.Fatal(err)
		}
		if _, err := s.WriteToAddrPort([]byte("answer"), next(t, ch).from); err != nil {
			t.Fatal(err)
		}
		if n, from, err := outside[is4].ReadFromUDPAddrPort(b); err != nil || unmap(from) != media || string(b[:n]) != "answer" {
			t.Errorf("%q from %v (%v), want the answer of %v", b[:n], from, err, media)
		}
		if _, err := relay.WriteTo([]byte("ask"), net.UDPAddrFromAddrPort(media)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.WriteToAddrPort([]byte("answer"), next(t, ch).from); err != nil {
			t.Fatal(err)
		}
		if n, from, err := relay.ReadFrom(b); err != nil || from.(*net.UDPAddr).AddrPort() != media || string(b[:n]) != "answer" {
			t.Errorf("%q from %v (%v), want the answer of %v", b[:n], from, err, media)
		}
		if _, err := foreign.WriteTo([]byte("ask"), net.UDPAddrFromAddrPort(media)); !errors.Is(err, ErrRefused) {
			t.Errorf("relay at %v to %v: %v", foreign.addr, media, err)
		}
	}
}

// TestRelayAnsweredAsAsked: one socket under two addresses, as behind two NATs.
func TestRelayAnsweredAsAsked(t *testing.T) {
	b := listen(t, "127.0.0.1:0")
	b.Announced = append(b.Announced, netip.MustParseAddrPort("203.0.113.7:443"))
	h := hubOf(t, b)
	r, ch := relayOf(t, h, false), readAll(h.sockets[0])
	buffer := make([]byte, 100)
	for _, media := range []netip.AddrPort{b.Announced[1], b.Announced[0], b.Announced[1]} {
		if _, err := r.WriteTo([]byte("ask"), net.UDPAddrFromAddrPort(media)); err != nil {
			t.Fatal(err)
		}
		if _, err := h.sockets[0].WriteToAddrPort([]byte("answer"), next(t, ch).from); err != nil {
			t.Fatal(err)
		}
		if _, from, err := r.ReadFrom(buffer); err != nil || from.(*net.UDPAddr).AddrPort() != media {
			t.Errorf("answer from %v (%v), want %v", from, err, media)
		}
	}
}

// TestBindings: what cannot be told apart is refused.
func TestBindings(t *testing.T) {
	one, two := listen(t, "127.0.0.1:0"), listen(t, "127.0.0.2:0")
	defer one.Conn.Close()
	defer two.Conn.Close()
	if _, err := New(); err == nil {
		t.Error("no sockets")
	}
	for name, announced := range map[string][]netip.AddrPort{
		"nowhere": nil, "another's address": one.Announced, "two families": {two.Announced[0], netip.MustParseAddrPort("[2001:db8::1]:443")},
	} {
		if _, err := New(one, Binding{Conn: two.Conn, Announced: announced}); err == nil {
			t.Errorf("announced at %s: no error", name)
		}
	}
	h := hubOf(t, listen(t, "127.0.0.1:0"))
	if _, err := h.Relay(true); !errors.Is(err, ErrFamily) {
		t.Errorf("IPv6 relay to IPv4 media: %v", err)
	}
}

// TestMadeUpAddresses are not handed out twice until all have been, nor are those that look like a network's own.
func TestMadeUpAddresses(t *testing.T) {
	for _, prefix := range []netip.Prefix{prefixFour, prefixSix} {
		b, seen := block{prefix: prefix}, map[netip.AddrPort]bool{}
		for range 1 << 16 {
			a := b.unused(nil)
			if seen[a] || !prefix.Contains(a.Addr()) || !MadeUp(a.Addr()) {
				t.Fatalf("%v of %v", a, prefix)
			}
			seen[a] = true
		}
	}
	for _, a := range []string{"198.17.255.255", "198.20.0.0", "2001:2:1::1", "2001:1:ffff::", "::ffff:198.18.0.1"} {
		if MadeUp(netip.MustParseAddr(a)) {
			t.Errorf("%s is taken for a relay's", a)
		}
	}
}

// failing is a socket whose system has no memory, so many times before each packet.
type failing struct {
	net.PacketConn
	times, left int
}

func (f *failing) ReadFrom(b []byte) (int, net.Addr, error) {
	if f.left > 0 {
		f.left--
		return 0, nil, syscall.ENOBUFS
	}
	f.left = f.times
	return f.PacketConn.ReadFrom(b)
}

// TestFailuresOfTheSystemPass: they end the socket only if nothing else comes any more.
func TestFailuresOfTheSystemPass(t *testing.T) {
	for times, ends := range map[int]bool{failures - 1: false, failures: true} {
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		media := unmap(c.LocalAddr().(*net.UDPAddr).AddrPort())
		h, err := New(Binding{Conn: &failing{c, times, times}, Announced: []netip.AddrPort{media}})
		if err != nil {
			t.Fatal(err)
		}
		outside, err := net.Dial("udp4", media.String())
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			_, _ = outside.Write([]byte("x"))
			n := 0
			if err := readBurst(h.sockets[0], func([]byte, netip.AddrPort) { n++ }); (err != nil) != ends || n == 1 == ends {
				t.Errorf("%d failures: %d packets, %v", times, n, err)
			}
			if ends {
				break
			}
		}
		if n := h.Stats().ReceiveFailed; n == 0 || n%uint64(times) != 0 {
			t.Errorf("%d failures of %d are counted", n, times)
		}
		_ = outside.Close()
		_ = h.Close()
	}
}
