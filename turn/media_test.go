package turn

import (
	"bytes"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	mediaAddr = &net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 7443}
	otherPort = &net.UDPAddr{IP: mediaAddr.IP, Port: 7444}
)

// media stands for the SFU's hub; unlike it, it lets every address through, so that what
// this package holds to is seen.
type media struct {
	got  chan datagram // from relays
	last atomic.Int32
	long bool // its sockets have no shortcut

	mu     sync.Mutex
	relays []*socket
}

type datagram struct {
	data []byte
	addr net.Addr
}

type socket struct {
	media *media
	addr  *net.UDPAddr
	in    chan datagram
	done  chan struct{}

	waiting atomic.Int64
	take    atomic.Pointer[func([]byte, netip.AddrPort) bool]
	read    atomic.Int64 // datagrams that took the long way

	mu     sync.Mutex
	closed bool
}

// direct is a socket with a shortcut.
type direct struct{ *socket }

func (s direct) Deliver(take func([]byte, netip.AddrPort) bool) { s.take.Store(&take) }

func (s direct) Send(p []byte, to netip.AddrPort) (int, error) {
	return s.WriteTo(p, net.UDPAddrFromAddrPort(to))
}

func newMedia() *media { return &media{got: make(chan datagram, 4096)} }

func (m *media) open(six bool) (net.PacketConn, error) {
	addr := &net.UDPAddr{IP: net.IPv4(198, 18, 0, 1), Port: 50000 + int(m.last.Add(1))}
	if six {
		addr.IP = net.ParseIP("2001:2::1")
	}
	s := &socket{media: m, addr: addr, in: make(chan datagram, 16), done: make(chan struct{})}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.relays = append(m.relays, s)
	if m.long {
		return s, nil
	}
	return direct{s}, nil
}

func (m *media) relay(t *testing.T, addr net.Addr) *socket {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.relays {
		if s.addr.String() == addr.String() {
			return s
		}
	}
	t.Fatalf("no relay %v", addr)
	return nil
}

// expect returns the next datagram that reached the media socket.
func (m *media) expect(t *testing.T, want string) {
	t.Helper()
	select {
	case d := <-m.got:
		if string(d.data) != want || d.addr.String() != mediaAddr.String() {
			t.Fatalf("media got %q for %v, want %q", d.data, d.addr, want)
		}
	case <-time.After(patient):
		t.Fatalf("media did not get %q", want)
	}
}

// send blocks until the relay takes the datagram: a stalled reader fails the test.
func (s *socket) send(t *testing.T, from net.Addr, data string) {
	t.Helper()
	if take := s.take.Load(); take != nil {
		if addr, _ := addrPort(from); (*take)([]byte(data), addr) {
			return
		}
	}
	select {
	case s.in <- datagram{[]byte(data), from}:
	case <-s.done:
	case <-time.After(patient):
		t.Fatal("relay does not read")
	}
}

func (s *socket) ReadFrom(p []byte) (int, net.Addr, error) {
	select {
	case d := <-s.in:
		s.read.Add(1)
		return copy(p, d.data), d.addr, nil
	case <-s.done:
		return 0, nil, net.ErrClosed
	}
}

func (s *socket) WriteTo(p []byte, to net.Addr) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, net.ErrClosed
	}
	select {
	case s.media.got <- datagram{bytes.Clone(p), to}:
	default:
	}
	return len(p), nil
}

func (s *socket) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.done)
	}
	return nil
}

func (s *socket) Waiting(bytes int)                { s.waiting.Store(int64(bytes)) }
func (s *socket) LocalAddr() net.Addr              { return s.addr }
func (s *socket) SetDeadline(time.Time) error      { return nil }
func (s *socket) SetReadDeadline(time.Time) error  { return nil }
func (s *socket) SetWriteDeadline(time.Time) error { return nil }
