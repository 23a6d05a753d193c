package turn

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	pion "github.com/pion/turn/v5"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patient = 5 * time.Second

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

// bench is a served Server, with the switches that tests turn.
type bench struct {
	*Server
	media  *media
	addr   string
	absent sync.Map // user -> true

	transport string // "": tcp
	serving   int
	served    chan error
	behind    atomic.Int64 // how far the server's clock is behind
	stands    atomic.Int64 // what it shows while it stands, Unix nanoseconds; 0: it goes
}

func start(t *testing.T, change ...func(*Config)) *bench {
	t.Helper()
	b := &bench{media: newMedia()}
	b.Server = b.make(t, change...)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.addr = l.Addr().String()
	b.served = make(chan error, 8)
	b.serve(func() error { return b.Serve(Prompt(l)) })
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		for range b.serving {
			if err := <-b.served; !errors.Is(err, net.ErrClosed) {
				t.Errorf("served until %v", err)
			}
		}
	})
	return b
}

func (b *bench) make(t *testing.T, change ...func(*Config)) *Server {
	t.Helper()
	config := Config{
		Realm:   "hearings",
		Relay:   b.media.open,
		Media:   []netip.AddrPort{mediaAddr.AddrPort()},
		Allowed: func(user string) bool { _, gone := b.absent.Load(user); return !gone },
		Now:     b.now,
	}
	for _, c := range change {
		c(&config)
	}
	s, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (b *bench) serve(until func() error) {
	b.serving++
	go func() { b.served <- until() }()
}

// transports by which clients come.
var transports = []string{"tcp", "tls", "udp"}

// over begins to serve one more, and has dial and enter use it from now on.
func (b *bench) over(t *testing.T, transport string) *bench {
	t.Helper()
	switch b.transport = transport; transport {
	case "tls":
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		config := &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
		b.serve(func() error { return b.Serve(tls.NewListener(Prompt(l), config)) })
		b.addr = l.Addr().String()
	case "tcp without prompt":
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		b.serve(func() error { return b.Serve(l) })
		b.addr = l.Addr().String()
	case "udp":
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		b.serve(func() error { return b.ServeUDP(conn) })
		b.addr = conn.LocalAddr().String()
	}
	return b
}

// certificate is nobody's.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (b *bench) now() time.Time {
	if at := b.stands.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Now().Add(-time.Duration(b.behind.Load()))
}

// stop lets the server's clock stand, pass moves it on. Deadlines are still those of the sockets.
func (b *bench) stop()                { b.stands.Store(time.Now().UnixNano()) }
func (b *bench) pass(d time.Duration) { b.stands.Add(int64(d)) }

// until polls a condition that another goroutine brings about.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(patient)
	defer deadline.Stop()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for !ok() {
		select {
		case <-again.C:
		case <-deadline.C:
			t.Fatalf("never: %s", what)
		}
	}
}

func (b *bench) count(reason string) uint64 { return b.Stats().Refused[reason] }

// client speaks TURN message by message.
type client struct {
	t      *testing.T
	conn   net.Conn
	frames interface {
		ReadFrom([]byte) (int, net.Addr, error)
	}
	username, password, realm string
	nonce                     string
	relayed                   *net.UDPAddr
}

func (b *bench) dial(t *testing.T, username, password string) *client {
	t.Helper()
	c := b.reach(t, username, password)
	t.Cleanup(func() { c.conn.Close() })
	return c
}

// reach is dial for who closes the connection itself.
func (b *bench) reach(t *testing.T, username, password string) *client {
	t.Helper()
	var conn net.Conn
	var err error
	switch b.transport {
	case "udp":
		conn, err = net.Dial("udp", b.addr)
	case "tls":
		conn, err = tls.Dial("tcp", b.addr, &tls.Config{InsecureSkipVerify: true})
	default:
		conn, err = net.Dial("tcp", b.addr)
	}
	if err != nil {
		t.Fatal(err)
	}
	return clientOn(t, conn, username, password)
}

func clientOn(t *testing.T, conn net.Conn, username, password string) *client {
	c := &client{t: t, conn: conn, username: username, password: password, realm: "hearings"}
	if udp, ok := conn.(*net.UDPConn); ok {
		c.frames = udp
	} else {
		c.frames = pion.NewSTUNConn(conn)
	}
	return c
}

// enter issues a credential for user and allocates with it.
func (b *bench) enter(t *testing.T, user string) *client {
	t.Helper()
	name, password := b.Issue(user)
	c := b.dial(t, name, password)
	if code := c.allocate(); code != 0 {
		t.Fatalf("allocate: %d", code)
	}
	return c
}

func (c *client) read() (*stun.Message, []byte, error) {
	buf := make([]byte, 4096)
	c.conn.SetReadDeadline(time.Now().Add(patient))
	n, _, err := c.frames.ReadFrom(buf)
	if err != nil {
		return nil, nil, err
	}
	if buf[0] >= 0x40 {
		return nil, buf[:n], nil
	}
	m := &stun.Message{Raw: buf[:n]}
	return m, m.Raw, m.Decode()
}

func (c *client) write(setters ...stun.Setter) *stun.Message {
	c.t.Helper()
	m, err := stun.Build(append([]stun.Setter{stun.TransactionID}, setters...)...)
	if err != nil {
		c.t.Fatal(err)
	}
	c.conn.Write(m.Raw)
	return m
}

// ask sends a request, with the long-term credential, and returns the error code or 0;
// -1 if the connection ended. It answers one challenge for a nonce.
func (c *client) ask(method stun.Method, setters ...stun.Setter) (int, *stun.Message) {
	c.t.Helper()
	for challenged := c.nonce != ""; ; challenged = true {
		all := append([]stun.Setter{stun.NewType(method, stun.ClassRequest)}, setters...)
		if !challenged {
			all = append(all, stun.NewSoftware("long enough for the challenge to be no longer")) // sources.go
		}
		if challenged {
			all = append(all, stun.NewUsername(c.username), stun.NewRealm(c.realm), stun.NewNonce(c.nonce),
				stun.MessageIntegrity(pion.GenerateAuthKey(c.username, c.realm, c.password)))
		}
		m, err := c.exchange(c.write(all...))
		if err != nil {
			return -1, nil
		}
		if m.Type.Class == stun.ClassSuccessResponse {
			return 0, m
		}
		var code stun.ErrorCodeAttribute
		if err := code.GetFrom(m); err != nil {
			c.t.Fatal(err)
		}
		var nonce stun.Nonce
		if nonce.GetFrom(m) == nil {
			c.nonce = nonce.String()
		}
		if challenged {
			return int(code.Code), m
		}
	}
}

// exchange waits for the answer, and over UDP sends the request again meanwhile.
func (c *client) exchange(sent *stun.Message) (*stun.Message, error) {
	if _, datagrams := c.conn.(*net.UDPConn); datagrams {
		answered := make(chan struct{})
		defer close(answered)
		go func() {
			for again := time.NewTicker(100 * time.Millisecond); ; {
				select {
				case <-again.C:
					c.conn.Write(sent.Raw)
				case <-answered:
					again.Stop()
					return
				}
			}
		}()
	}
	for {
		m, _, err := c.read()
		if err != nil || m != nil && m.TransactionID == sent.TransactionID {
			return m, err
		}
	}
}

var overUDP = stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{17, 0, 0, 0}}

func (c *client) allocate(more ...stun.Setter) int {
	c.t.Helper()
	code, m := c.ask(stun.MethodAllocate, append([]stun.Setter{overUDP}, more...)...)
	if code == 0 {
		var addr stun.XORMappedAddress
		if err := addr.GetFromAs(m, stun.AttrXORRelayedAddress); err != nil {
			c.t.Fatal(err)
		}
		c.relayed = &net.UDPAddr{IP: addr.IP, Port: addr.Port}
	}
	return code
}

// requestedFamily is REQUESTED-ADDRESS-FAMILY: 1 is IPv4, 2 is IPv6.
func requestedFamily(family byte) stun.RawAttribute {
	return stun.RawAttribute{Type: stun.AttrRequestedAddressFamily, Value: []byte{family, 0, 0, 0}}
}

func (c *client) permit(peers ...stun.Setter) int {
	c.t.Helper()
	code, _ := c.ask(stun.MethodCreatePermission, peers...)
	return code
}

func (c *client) bind(channel uint16, peer stun.Setter) int {
	c.t.Helper()
	number := stun.RawAttribute{Type: stun.AttrChannelNumber, Value: []byte{byte(channel >> 8), byte(channel), 0, 0}}
	code, _ := c.ask(stun.MethodChannelBind, number, peer)
	return code
}

// send is a Send indication.
func (c *client) send(peer stun.Setter, data string) {
	c.t.Helper()
	c.write(stun.NewType(stun.MethodSend, stun.ClassIndication), peer, stun.RawAttribute{Type: stun.AttrData, Value: []byte(data)})
}

func (c *client) sendChannel(channel uint16, data string) {
	frame := []byte{byte(channel >> 8), byte(channel), byte(len(data) >> 8), byte(len(data))}
	frame = append(frame, data...)
	for len(frame)%4 != 0 {
		frame = append(frame, 0)
	}
	c.conn.Write(frame)
}

// expect reads the next relayed datagram, in an indication or on a channel.
func (c *client) expect(want string) {
	c.t.Helper()
	m, raw, err := c.read()
	if err != nil {
		c.t.Fatal(err)
	}
	got := string(raw[4:min(len(raw), 4+len(want))])
	if m != nil {
		data, _ := m.Get(stun.AttrData)
		got = string(data)
	}
	if got != want {
		c.t.Fatalf("client got %q, want %q", got, want)
	}
}

// peerAttr is XOR-PEER-ADDRESS.
func peerAttr(addr *net.UDPAddr) stun.Setter {
	return setter(func(m *stun.Message) error {
		return stun.XORMappedAddress{IP: addr.IP, Port: addr.Port}.AddToAs(m, stun.AttrXORPeerAddress)
	})
}

// mappedPeer is XOR-PEER-ADDRESS of the IPv6 family with an IPv4-mapped address.
func mappedPeer(addr netip.AddrPort) stun.Setter {
	return setter(func(m *stun.Message) error {
		ip := netip.AddrFrom16(addr.Addr().As16()).As16()
		value := append([]byte{0, 2, byte(addr.Port()>>8) ^ m.Raw[4], byte(addr.Port()) ^ m.Raw[5]}, ip[:]...)
		for i := range ip {
			value[4+i] ^= m.Raw[4+i]
		}
		m.Add(stun.AttrXORPeerAddress, value)
		return nil
	})
}

type setter func(*stun.Message) error

func (s setter) AddTo(m *stun.Message) error { return s(m) }
