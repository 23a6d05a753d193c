package lab

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/pion/transport/v5"
	"github.com/pion/webrtc/v4"

	emulate "jalsa/lab/link"
)

// wide is the rate of a narrow connection before it narrows, in bit/s.
const wide = 2_000_000

// cable carries all packets of one person. A pulled cable loses datagrams and
// holds what TCP would send again, as a dead network does.
type cable struct {
	deaf     atomic.Bool  // incoming DTLS is lost, so that no close_notify is heard
	received atomic.Int64 // latest media packet at the socket, Unix nanoseconds
	talk     atomic.Int64 // media packets that left the socket

	// Set before any is opened.
	thin   *emulate.Params               // the link that datagrams travel, both ways; nil: none
	where  func(open func() error) error // runs what opens a socket on the person's machine; nil: this one
	narrow *atomic.Int64                 // bit/s at which the relay's connection is read, may change; nil: as it comes
	names  map[string]string             // the person's DNS
	proxy  string                        // HOST:PORT by which alone TCP gets out (CONNECT); empty: directly

	mu     sync.Mutex
	at     []netip.Addr           // of the machine: where datagrams come and go
	pulled chan struct{}          // closed when plugged in again; nil: plugged in
	held   map[bool]chan struct{} // reading: true of the relay, false of the rest
	open   map[*tcpEnd]struct{}
	taped  *bytes.Buffer // all that TCP brought, if recorded
	kept   [][]byte      // the latest media that left the socket, for who replays it
}

func newCable() *cable {
	return &cable{
		open: make(map[*tcpEnd]struct{}), held: make(map[bool]chan struct{}),
		where: func(open func() error) error { return open() }, at: []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})},
	}
}

// hold stops reading from the relay, or from all other TCP connections.
func (c *cable) hold(relay bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held[relay] = make(chan struct{})
}

// release reads on.
func (c *cable) release(relay bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held[relay] != nil {
		close(c.held[relay])
		delete(c.held, relay)
	}
}

// record keeps every byte that TCP brings from now on.
func (c *cable) record() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taped = new(bytes.Buffer)
}

func (c *cable) recorded() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Clone(c.taped.Bytes())
}

func (c *cable) tape(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.taped != nil {
		c.taped.Write(b)
	}
}

// keptMost is more than the replay window of SRTP, and less than a second of it.
const keptMost = 100

func (c *cable) keep(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kept) == keptMost {
		c.kept = c.kept[1:]
	}
	c.kept = append(c.kept, bytes.Clone(b))
}

// overheard is the latest media that left the socket.
func (c *cable) overheard() [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.kept)
}

func (c *cable) pull() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pulled == nil {
		c.pulled = make(chan struct{})
	}
}

func (c *cable) plug() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pulled != nil {
		close(c.pulled)
		c.pulled = nil
	}
}

func (c *cable) dead() chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pulled
}

// reset ends every TCP connection without a word (RST).
func (c *cable) reset() {
	for _, t := range c.connections() {
		_ = t.Conn.(*net.TCPConn).SetLinger(0)
		_ = t.Close()
	}
}

func (c *cable) connections() []*tcpEnd {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]*tcpEnd, 0, len(c.open))
	for t := range c.open {
		all = append(all, t)
	}
	return all
}

// lastReceived is when the latest media packet came, over UDP or the relay.
func (c *cable) lastReceived() time.Time { return time.Unix(0, c.received.Load()) }

// isMedia tells SRTP from STUN, DTLS (RFC 7983) and SRTCP (RFC 5761).
func isMedia(b []byte) bool {
	return len(b) > 12 && b[0]>>6 == 2 && (b[1]&0x7f < 64 || b[1]&0x7f > 95)
}

func (c *cable) note(b []byte) {
	if isMedia(b) {
		c.received.Store(time.Now().UnixNano())
	}
}

// move gives the machine other addresses.
func (c *cable) move(at ...netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// families are what the machine has addresses of.
func (c *cable) families() (all []webrtc.NetworkType) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.at {
		if kind := map[bool]webrtc.NetworkType{true: webrtc.NetworkTypeUDP4, false: webrtc.NetworkTypeUDP6}[a.Is4()]; !slices.Contains(all, kind) {
			all = append(all, kind)
		}
	}
	return all
}

// listen opens the UDP sockets of one PeerConnection, one at each address.
func (c *cable) listen() (sockets []net.PacketConn, err error) {
	c.mu.Lock()
	at := c.at
	c.mu.Unlock()
	err = c.where(func() error {
		for _, a := range at {
			conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, 0)))
			if err != nil {
				return err
			}
			if err := conn.SetReadBuffer(1 << 20); err != nil {
				return err
			}
			if c.thin != nil {
				sockets = append(sockets, &udpEnd{PacketConn: emulate.Wrap(conn, *c.thin, *c.thin, 1), cable: c})
				continue
			}
			sockets = append(sockets, &udpEnd{PacketConn: conn, cable: c})
		}
		return nil
	})
	return sockets, err
}

type udpEnd struct {
	net.PacketConn
	cable *cable
}

func (u *udpEnd) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := u.PacketConn.ReadFrom(b)
		if err != nil {
			return n, from, err
		}
		if u.cable.dead() != nil {
			continue
		}
		u.cable.note(b[:n])
		if n > 0 && b[0] >= 20 && b[0] < 64 && u.cable.deaf.Load() {
			continue
		}
		return n, from, nil
	}
}

func (u *udpEnd) WriteTo(b []byte, to net.Addr) (int, error) {
	if u.cable.dead() != nil {
		return len(b), nil
	}
	if isMedia(b) {
		u.cable.talk.Add(1)
		u.cable.keep(b)
	}
	return u.PacketConn.WriteTo(b, to)
}

// dialContext opens a TCP connection for pages and the socket.
func (c *cable) dialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if c.dead() != nil {
		return nil, context.DeadlineExceeded
	}
	conn, err := c.connect(ctx, address)
	if err != nil {
		return nil, err
	}
	t := &tcpEnd{Conn: conn, cable: c, frames: relayed{cable: c}, closed: make(chan struct{})}
	c.mu.Lock()
	c.open[t] = struct{}{}
	c.mu.Unlock()
	return t, nil
}

// connect goes by the proxy, if there is one, and by the person's DNS.
func (c *cable) connect(ctx context.Context, address string) (conn net.Conn, err error) {
	to := address
	if c.proxy != "" {
		to = c.proxy
	}
	network := "tcp4" // localhost
	if name, port, err := net.SplitHostPort(to); err == nil && c.names[name] != "" {
		network, to = "tcp", net.JoinHostPort(c.names[name], port)
	}
	// What a dead network cannot deliver must not all fit into our own buffer.
	buffer := 32 << 10
	if c.narrow != nil {
		buffer = 2 << 10 // the system doubles it
	}
	d := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) (err error) {
		control := raw.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, buffer)
			if c.narrow != nil { // loopback's segments are larger than that buffer
				err = errors.Join(err, syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, 500))
			}
		})
		return errors.Join(control, err)
	}}
	err = c.where(func() error {
		conn, err = d.DialContext(ctx, network, to)
		return err
	})
	if err != nil || c.proxy == "" {
		return conn, err
	}
	if err := tunnel(conn, address); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// trusting takes any certificate: those of the lab are nobody's.
var trusting = &tls.Config{InsecureSkipVerify: true}

// relayDialer opens a TCP connection for the relay; it is a proxy.Dialer for Pion, which leaves TLS to it.
type relayDialer struct {
	cable  *cable
	secure bool
}

// Dial implements proxy.Dialer.
func (d relayDialer) Dial(network, address string) (net.Conn, error) {
	conn, err := d.cable.dialContext(context.Background(), network, address)
	if err != nil {
		return nil, err
	}
	if d.secure {
		return &secureEnd{Conn: tls.Client(conn, trusting), relayed: relayed{cable: d.cable}}, nil
	}
	conn.(*tcpEnd).relay = true
	return conn, nil
}

// tunnel asks an HTTP proxy for the way to an address (RFC 9110, section 9.3.6).
func tunnel(conn net.Conn, address string) error {
	if _, err := fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", address, address); err != nil {
		return err
	}
	answer, err := http.ReadResponse(bufio.NewReaderSize(oneByte{conn}, 16), nil)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("proxy: %s", answer.Status)
	}
	return err
}

// oneByte keeps a reader from taking what is behind the head.
type oneByte struct{ io.Reader }

func (o oneByte) Read(b []byte) (int, error) { return o.Reader.Read(b[:1]) }

type tcpEnd struct {
	net.Conn
	cable  *cable
	relay  bool
	once   sync.Once
	closed chan struct{}
	frames relayed   // owned by the reader
	free   time.Time // when a narrow link has room again; owned by the reader
}

func (t *tcpEnd) Read(b []byte) (int, error) {
	t.wait()
	if t.relay && t.cable.narrow != nil {
		b = t.narrowed(b)
	}
	n, err := t.Conn.Read(b)
	t.wait()
	t.waitHeld()
	t.cable.tape(b[:n])
	if t.relay {
		t.frames.split(b[:n])
	}
	return n, err
}

func (t *tcpEnd) Write(b []byte) (int, error) {
	t.wait()
	return t.Conn.Write(b)
}

// narrowed waits until as much as it returns has crossed a link of the cable's rate.
func (t *tcpEnd) narrowed(b []byte) []byte {
	const piece = 256 // bytes
	b = b[:min(len(b), piece)]
	if now := time.Now(); t.free.Before(now) {
		t.free = now
	}
	t.free = t.free.Add(time.Duration(len(b)*8) * time.Second / time.Duration(t.cable.narrow.Load()))
	select {
	case <-time.After(time.Until(t.free)):
	case <-t.closed:
	}
	return b
}

func (t *tcpEnd) wait() {
	if dead := t.cable.dead(); dead != nil {
		select {
		case <-dead:
		case <-t.closed:
		}
	}
}

func (t *tcpEnd) waitHeld() {
	t.cable.mu.Lock()
	held := t.cable.held[t.relay]
	t.cable.mu.Unlock()
	if held != nil {
		select {
		case <-held:
		case <-t.closed:
		}
	}
}

func (t *tcpEnd) Close() error {
	t.once.Do(func() {
		close(t.closed)
		t.cable.mu.Lock()
		delete(t.cable.open, t)
		t.cable.mu.Unlock()
	})
	return t.Conn.Close()
}

// relayed looks for media in what a relay sends: ChannelData, or the Data
// indication before a channel is bound (RFC 8656 §11, §12).
type relayed struct {
	cable *cable
	rest  []byte // of a frame that is not whole yet
}

func (r *relayed) split(b []byte) {
	r.rest = append(r.rest, b...)
	for len(r.rest) >= 4 {
		length := int(binary.BigEndian.Uint16(r.rest[2:]))
		channel := r.rest[0]>>6 == 1
		size := 20 + length
		if channel {
			size = 4 + (length+3)&^3
		}
		if len(r.rest) < size {
			return
		}
		if channel {
			r.cable.note(r.rest[4 : 4+length])
		} else if binary.BigEndian.Uint16(r.rest) == 0x0017 {
			r.cable.note(dataOf(r.rest[20:size]))
		}
		r.rest = r.rest[size:]
	}
}

// datagram is split for one that came over UDP, where padding may be missing (RFC 8656 §12.5).
func (r *relayed) datagram(b []byte) {
	r.rest = r.rest[:0]
	r.split(append(bytes.Clone(b), 0, 0, 0)[:(len(b)+3)&^3])
}

// secureEnd is the relay's connection under TLS, looked at above it.
type secureEnd struct {
	*tls.Conn
	relayed relayed
}

func (s *secureEnd) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	s.relayed.split(b[:n])
	return n, err
}

// relayNet opens the UDP sockets on which people speak with a relay.
type relayNet struct {
	transport.Net
	cable *cable
}

// ListenPacket implements transport.Net.
func (r relayNet) ListenPacket(network, address string) (net.PacketConn, error) {
	conn, err := r.Net.ListenPacket(network, address)
	if err != nil {
		return nil, err
	}
	return &relayEnd{PacketConn: conn, relayed: relayed{cable: r.cable}}, nil
}

type relayEnd struct {
	net.PacketConn
	relayed relayed
}

func (e *relayEnd) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := e.PacketConn.ReadFrom(b)
	if err == nil {
		e.relayed.datagram(b[:n])
	}
	return n, from, err
}

// dataOf returns the DATA attribute.
func dataOf(attributes []byte) []byte {
	for len(attributes) >= 4 {
		kind, length := binary.BigEndian.Uint16(attributes), int(binary.BigEndian.Uint16(attributes[2:]))
		if len(attributes) < 4+length {
			return nil
		}
		if kind == 0x0013 {
			return attributes[4 : 4+length]
		}
		attributes = attributes[min(len(attributes), 4+(length+3)&^3):]
	}
	return nil
}
