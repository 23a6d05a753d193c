package udp

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newHub(t testing.TB) (*Hub, netip.AddrPort) {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	media := c.LocalAddr().(*net.UDPAddr).AddrPort()
	h, err := New(c, []netip.AddrPort{netip.AddrPortFrom(media.Addr().Unmap(), media.Port())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h, h.media[0]
}

type arrival struct {
	data string
	from netip.AddrPort
	err  error
}

// readAll reads the hub as the mux would, until it is closed.
func readAll(h *Hub) <-chan arrival {
	ch := make(chan arrival, 4096)
	go func() {
		defer close(ch)
		b := make([]byte, 2000)
		for {
			n, from, err := h.ReadFromAddrPort(b)
			ch <- arrival{string(b[:n]), from, err}
			if err != nil {
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
	h, media := newHub(t)
	ch := readAll(h)
	outside, err := net.Dial("udp4", media.String())
	if err != nil {
		t.Fatal(err)
	}
	defer outside.Close()
	one, err := h.Relay(false)
	if err != nil {
		t.Fatal(err)
	}
	two, err := h.Relay(true)
	if err != nil {
		t.Fatal(err)
	}
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
		if _, err := h.WriteToAddrPort([]byte("to "+r.addr.String()), r.addr); err != nil {
			t.Fatal(err)
		}
		n, from, err := r.ReadFrom(b)
		if err != nil || string(b[:n]) != "to "+r.addr.String() || from.String() != media.String() {
			t.Fatalf("%q from %v: %v", b[:n], from, err)
		}
	}
	if _, err := h.WriteTo([]byte("out"), outside.LocalAddr()); err != nil {
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
	h, media := newHub(t)
	r, err := h.Relay(false)
	if err != nil {
		t.Fatal(err)
	}
	other, err := h.Relay(false)
	if err != nil {
		t.Fatal(err)
	}
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

func TestRelayEnds(t *testing.T) {
	h, media := newHub(t)
	r, err := h.Relay(false)
	if err != nil {
		t.Fatal(err)
	}
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
	if _, err := h.WriteToAddrPort(b, r.addr); err != nil || h.Stats().RelayGone != 1 || h.Stats().Relays != 0 {
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
	h, media := newHub(t)
	r, err := h.Relay(false)
	if err != nil {
		t.Fatal(err)
	}
	b := bytes.Repeat([]byte{7}, 1200)
	for range relayQueue + 10 {
		if _, err := r.WriteTo(b, net.UDPAddrFromAddrPort(media)); err != nil {
			t.Fatal(err)
		}
		if _, err := h.WriteToAddrPort(b, r.addr); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.WriteTo(make([]byte, MTU+1), net.UDPAddrFromAddrPort(media)); err != nil {
		t.Fatal(err)
	}
	s := h.Stats()
	if s.HubFull != 10 || s.RelayFull != 10 || s.Oversize != 1 {
		t.Errorf("%+v", s)
	}
}

// TestSocketFullDrops: sending to a full socket is a drop. The smallest send buffer holds a packet or two while the
// loopback's receiver takes them, so the socket itself is checked with a send that cannot succeed.
func TestSocketFullDrops(t *testing.T) {
	h, _ := newHub(t)
	h.socket = full{h.socket}
	if n, err := h.WriteToAddrPort([]byte("x"), netip.MustParseAddrPort("127.0.0.1:9")); n != 1 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	if h.Stats().SocketFull != 1 {
		t.Errorf("%+v", h.Stats())
	}
}

type full struct{ socket }

func (full) send([]byte, netip.AddrPort) error { return errFull }

func TestSpoofedRelayAddress(t *testing.T) {
	h, media := newHub(t)
	h.socket = &liar{socket: h.socket, from: netip.MustParseAddrPort("198.18.0.1:49152")}
	ch := readAll(h)
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

// liar makes the first packet come from a relay's address.
type liar struct {
	socket
	from netip.AddrPort
	told bool
}

func (l *liar) receive(b []byte) (int, netip.AddrPort, error) {
	n, from, err := l.socket.receive(b)
	if err == nil && !l.told {
		l.told = true
		from = l.from
	}
	return n, from, err
}

func TestDualStackSocket(t *testing.T) {
	c, err := net.ListenPacket("udp", "[::]:0")
	if err != nil {
		t.Skip("no IPv6 here:", err)
	}
	port := c.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	h, err := New(c, []netip.AddrPort{netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	ch := readAll(h)
	outside, err := net.Dial("udp4", net.JoinHostPort("127.0.0.1", c.LocalAddr().(*net.UDPAddr).AddrPort().String()[len("[::]:"):]))
	if err != nil {
		t.Fatal(err)
	}
	defer outside.Close()
	if _, err := outside.Write([]byte("four")); err != nil {
		t.Fatal(err)
	}
	a := next(t, ch)
	if a.data != "four" || !a.from.Addr().Is4() {
		t.Fatalf("%+v", a)
	}
	if _, err := h.WriteToAddrPort([]byte("back"), a.from); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 10)
	if n, err := outside.Read(b); err != nil || string(b[:n]) != "back" {
		t.Fatalf("%q %v", b[:n], err)
	}
}

func TestSendAllocatesNothing(t *testing.T) {
	h, media := newHub(t)
	r, err := h.Relay(false)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1200)
	in := make([]byte, 1600)
	if n := testing.AllocsPerRun(100, func() {
		_, _ = h.WriteToAddrPort(b, media) // to itself
		_, _, _ = h.ReadFromAddrPort(in)
		_, _ = h.WriteToAddrPort(b, r.addr)
		r.in.pop(in)
	}); n >= 1 {
		t.Errorf("%v allocations", n)
	}
}
