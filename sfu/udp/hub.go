package udp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	relayQueue = 256 // packets from one relay to the mux, and from the mux to one relay
	inRow      = 8   // packets from relays, and then from the socket, while both have some
)

// BufferSize is what the socket asks for, in bytes each way. The kernel gives less if its own limit is lower, and then
// drops earlier.
const BufferSize = 4 << 20

// Prefix and Prefix6 hold the made-up addresses of relays (RFC 2544, section C.2.2, and RFC 5180, section 8: never routed).
var (
	Prefix  = netip.MustParsePrefix("198.18.0.0/15")
	Prefix6 = netip.MustParsePrefix("2001:2::/48")
)

// made tells whether an address is a relay's.
func made(a netip.Addr) bool { return Prefix.Contains(a) || Prefix6.Contains(a) }

// Stats are counters since the hub was made.
type Stats struct {
	Relays     int64  // open now
	SocketFull uint64 // dropped: the socket's send buffer was full
	SendFailed uint64 // dropped: the system refused the packet for another reason
	HubFull    uint64 // dropped: a relay sends more than the mux reads
	Alternated uint64 // times that relays had sent 8 packets in a row and the socket went first
	RelayFull  uint64 // dropped: a relay's reader is too slow
	RelayGone  uint64 // dropped: addressed to a relay that is closed
	Refused    uint64 // dropped: a relay was asked to reach something else than the media address
	Oversize   uint64 // dropped: larger than MTU, to or from a relay
	Spoofed    uint64 // dropped: came from the network with a relay's address
}

type counters struct {
	relays                                     atomic.Int64
	socketFull, sendFailed, hubFull, relayFull atomic.Uint64
	relayGone, refused, oversize, spoofed      atomic.Uint64
	alternated                                 atomic.Uint64
}

// socket is a UDP socket without net.Addr allocations. Send never blocks where the system allows.
type socket interface {
	receive(b []byte) (int, netip.AddrPort, error)
	receiveNow(b []byte) (int, netip.AddrPort, error) // errEmpty: nothing there; does not wait, or hardly
	send(b []byte, to netip.AddrPort) error
	SetReadDeadline(time.Time) error
	Close() error
}

// errFull is what socket.send returns when the send buffer is full.
var errFull = errors.New("send buffer full")

// errEmpty is what socket.receiveNow returns when there is no packet.
var errEmpty = errors.New("nothing to receive")

// Hub joins the socket and the relays. Its methods are those of net.PacketConn and of Pion's AddrPortReaderWriter.
// Exactly one goroutine (the mux's) reads.
type Hub struct {
	// Fixed after New.
	local  *net.UDPAddr
	media  []netip.AddrPort
	socket socket
	in     turns
	pool   *sync.Pool

	// Owned by the reader.
	relayed int // packets of relays in a row
	direct  int // packets of the socket in a row, after those

	waiting atomic.Bool // the reader is in the socket and must be woken for the queue
	closed  atomic.Bool
	relays  atomic.Pointer[map[netip.AddrPort]*Relay] // replaced whole under mu
	counts  counters

	mu   sync.Mutex
	next uint32 // last made-up address, as an offset into Prefix and Prefix6
}

// New takes over conn. media are the addresses at which clients reach it; the first one is a relay's default peer.
func New(conn net.PacketConn, media []netip.AddrPort) (*Hub, error) {
	local, ok := conn.LocalAddr().(*net.UDPAddr)
	if !ok {
		return nil, fmt.Errorf("media socket has address %T, want UDP", conn.LocalAddr())
	}
	if len(media) == 0 {
		return nil, errors.New("no media address")
	}
	pool := &sync.Pool{New: func() any { return new(packet) }}
	h := &Hub{local: local, media: media, socket: socketOf(conn), in: turns{pool: pool}, pool: pool}
	h.relays.Store(&map[netip.AddrPort]*Relay{})
	return h, nil
}

// ReadFromAddrPort returns the next packet of a relay or of the socket. While both have packets they alternate, so that
// neither waits for more than a few of the other's.
func (h *Hub) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		if h.relayed < inRow {
			if n, from, ok := h.in.pop(b); ok {
				h.relayed++
				return n, from, nil
			}
			h.relayed = 0
			if n, from, err, done := h.took(h.wait(b)); done {
				return n, from, err
			}
			continue
		}
		n, from, err := h.socket.receiveNow(b)
		if h.direct++; h.direct == inRow || errors.Is(err, errEmpty) {
			h.counts.alternated.Add(1)
			h.relayed, h.direct = 0, 0
		}
		if n, from, err, done := h.took(n, from, err); done {
			return n, from, err
		}
	}
}

// wait waits for the socket or for a relay to wake it.
func (h *Hub) wait(b []byte) (int, netip.AddrPort, error) {
	// Whoever pushes after the store wakes us; whoever pushed before it is seen here.
	h.waiting.Store(true)
	defer h.waiting.Store(false)
	if !h.in.empty() {
		return 0, netip.AddrPort{}, errEmpty
	}
	return h.socket.receive(b)
}

// took looks at what the socket gave; done is false if there is nothing for the mux.
func (h *Hub) took(n int, from netip.AddrPort, err error) (_ int, _ netip.AddrPort, _ error, done bool) {
	switch {
	case err == nil && made(from.Addr()):
		h.counts.spoofed.Add(1)
		return 0, netip.AddrPort{}, nil, false
	case err == nil:
		return n, from, nil, true
	case h.closed.Load():
		return 0, netip.AddrPort{}, net.ErrClosed, true
	case errors.Is(err, errEmpty):
		return 0, netip.AddrPort{}, nil, false
	case errors.Is(err, os.ErrDeadlineExceeded): // somebody woke us
		err = h.socket.SetReadDeadline(time.Time{})
	}
	return 0, netip.AddrPort{}, err, err != nil
}

// inject hands a relay's packet to the reader.
func (h *Hub) inject(b []byte, r *Relay) {
	if !h.in.push(&r.out, b, r.addr) {
		h.counts.hubFull.Add(1)
		return
	}
	if h.waiting.CompareAndSwap(true, false) {
		// An error means that the socket is closed; then the reader ends anyway.
		_ = h.socket.SetReadDeadline(time.Unix(1, 0))
	}
}

// WriteToAddrPort sends to a relay or to the network. A dropped packet is counted, not reported: for RTP, RTCP, STUN
// and DTLS alike a loss is ordinary, and an error would make Pion log or close.
func (h *Hub) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	if made(to.Addr()) {
		h.deliver(b, to)
		return len(b), nil
	}
	err := h.socket.send(b, to)
	switch {
	case err == nil:
	case h.closed.Load():
		return 0, net.ErrClosed
	case errors.Is(err, errFull):
		h.counts.socketFull.Add(1)
	default:
		h.counts.sendFailed.Add(1)
	}
	return len(b), nil
}

func (h *Hub) deliver(b []byte, to netip.AddrPort) {
	r := (*h.relays.Load())[to]
	switch {
	case r == nil:
		h.counts.relayGone.Add(1)
	case len(b) > MTU:
		h.counts.oversize.Add(1)
	case !r.in.push(b, *r.peer.Load()):
		h.counts.relayFull.Add(1)
	}
}

// ReadFrom is ReadFromAddrPort with an allocation.
func (h *Hub) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := h.ReadFromAddrPort(b)
	if err != nil {
		return n, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// WriteTo is WriteToAddrPort for a *net.UDPAddr.
func (h *Hub) WriteTo(b []byte, to net.Addr) (int, error) {
	a, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, fmt.Errorf("write to %T, want UDP address", to)
	}
	return h.WriteToAddrPort(b, unmap(a.AddrPort()))
}

// Relay opens an in-memory socket with an address of IPv4, or of IPv6 if six.
func (h *Hub) Relay(six bool) (*Relay, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed.Load() {
		return nil, net.ErrClosed
	}
	old := *h.relays.Load()
	addr := h.unusedLocked(old, six)
	r := &Relay{hub: h, addr: addr, in: newQueue(relayQueue, h.pool)}
	r.open(h.firstOf(six))
	relays := make(map[netip.AddrPort]*Relay, len(old)+1)
	for a, o := range old {
		relays[a] = o
	}
	relays[addr] = r
	h.relays.Store(&relays)
	h.counts.relays.Add(1)
	return r, nil
}

// RelayAt is the open relay with a made-up address, nil if there is none.
func (h *Hub) RelayAt(addr netip.AddrPort) *Relay { return (*h.relays.Load())[addr] }

// firstOf is where a relay of that family is taken to come from until it has written.
func (h *Hub) firstOf(six bool) netip.AddrPort {
	for _, m := range h.media {
		if m.Addr().Is6() == six {
			return m
		}
	}
	return h.media[0]
}

// unusedLocked walks through all addresses of a prefix before it repeats one.
func (h *Hub) unusedLocked(used map[netip.AddrPort]*Relay, six bool) netip.AddrPort {
	for {
		h.next = (h.next + 1) % (1 << 17)
		if low := byte(h.next); low == 0 || low == 255 {
			continue
		}
		if addr := netip.AddrPortFrom(madeUp(h.next, six), 49152); used[addr] == nil {
			return addr
		}
	}
}

// madeUp is the nth address of a prefix, of its first 2^17.
func madeUp(n uint32, six bool) netip.Addr {
	if six {
		a := Prefix6.Addr().As16()
		a[13], a[14], a[15] = byte(n>>16), byte(n>>8), byte(n)
		return netip.AddrFrom16(a)
	}
	a := Prefix.Addr().As4()
	a[1] |= byte(n >> 16)
	a[2], a[3] = byte(n>>8), byte(n)
	return netip.AddrFrom4(a)
}

func (h *Hub) forget(r *Relay) {
	h.mu.Lock()
	defer h.mu.Unlock()
	old := *h.relays.Load()
	if old[r.addr] != r {
		return
	}
	relays := make(map[netip.AddrPort]*Relay, len(old))
	for a, o := range old {
		if o != r {
			relays[a] = o
		}
	}
	h.relays.Store(&relays)
	h.counts.relays.Add(-1)
}

// Reaches tells whether addr is one of the media addresses.
func (h *Hub) Reaches(addr netip.AddrPort) bool {
	for _, m := range h.media {
		if m == addr {
			return true
		}
	}
	return false
}

// Stats returns the counters.
func (h *Hub) Stats() Stats {
	c := &h.counts
	return Stats{
		Relays: c.relays.Load(), SocketFull: c.socketFull.Load(), SendFailed: c.sendFailed.Load(), HubFull: c.hubFull.Load(),
		RelayFull: c.relayFull.Load(), RelayGone: c.relayGone.Load(), Refused: c.refused.Load(),
		Oversize: c.oversize.Load(), Spoofed: c.spoofed.Load(), Alternated: c.alternated.Load(),
	}
}

// LocalAddr is the bound address of the socket.
func (h *Hub) LocalAddr() net.Addr { return h.local }

// Close closes the socket and every relay.
func (h *Hub) Close() error {
	h.mu.Lock()
	if h.closed.Swap(true) {
		h.mu.Unlock()
		return nil
	}
	relays := *h.relays.Load()
	h.mu.Unlock()
	for _, r := range relays {
		_ = r.Close() // never fails
	}
	return h.socket.Close()
}

// SetDeadline does nothing: the hub uses the read deadline itself, and writes do not wait.
func (h *Hub) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing, see SetDeadline.
func (h *Hub) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing, see SetDeadline.
func (h *Hub) SetWriteDeadline(time.Time) error { return nil }

func unmap(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }
