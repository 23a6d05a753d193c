package udp

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
)

const relayQueue = 256 // packets from one relay to one mux, and from all of them to one relay

// ErrFamily is returned for a relay of a family that no media address has.
var ErrFamily = errors.New("no media address of this family")

// Stats are counters since the hub was made, over all sockets.
type Stats struct {
	Relays        int64  `json:"relays"`           // open now
	Received      uint64 `json:"packets_received"` // from the network
	ReceiveCalls  uint64 `json:"receive_calls"`    // of the system, that brought them
	ReceiveFailed uint64 `json:"receive_failed"`   // times that the system could not say what came
	Sent          uint64 `json:"packets_sent"`     // to the network
	SendMessages  uint64 `json:"send_messages"`    // that they were sent in: one is several packets to one destination, where the system takes that
	SendCalls     uint64 `json:"send_calls"`       // of the system, that took those
	SendSplit     uint64 `json:"send_split"`       // messages of several packets that the system refused, and that were sent singly
	Alternated    uint64 `json:"alternated"`       // times that relays had sent 8 packets in a row and the network went first
	Drops         `json:"packets_dropped"`
}

// Drops are the packets that a hub dropped, or the system before or behind it, by reason.
type Drops struct {
	SocketFull uint64 `json:"socket_full"` // the socket's send buffer was full
	SendFailed uint64 `json:"send_failed"` // the system refused the packet for another reason
	Unread     uint64 `json:"unread"`      // by the system, where it tells: more came than was read, or it was torn
	HubFull    uint64 `json:"hub_full"`    // a relay sends more than the socket's reader reads
	RelayFull  uint64 `json:"relay_full"`  // a relay's reader is too slow
	RelayGone  uint64 `json:"relay_gone"`  // addressed to a relay that is closed
	Refused    uint64 `json:"refused"`     // a relay was asked to reach something else than a media address of its family
	Oversize   uint64 `json:"oversize"`    // larger than MTU, to or from a relay, or from the network
	Spoofed    uint64 `json:"spoofed"`     // came from the network with a relay's address
}

type counters struct {
	relays                                     atomic.Int64
	received, receiveCalls                     atomic.Uint64
	sent, sendMessages, sendCalls, sendSplit   atomic.Uint64
	socketFull, sendFailed, hubFull, relayFull atomic.Uint64
	relayGone, refused, oversize, spoofed      atomic.Uint64
	alternated, receiveFailed                  atomic.Uint64
}

// Binding is a socket to take over, and where clients reach it: addresses of its own family, the one a relay is first
// told of in front. More are sockets bound to the same address (Listen), so that each of so many goroutines reads its own.
type Binding struct {
	Conn      net.PacketConn
	More      []net.PacketConn
	Announced []netip.AddrPort
	Single    bool // packets to one destination are never sent as one message, though the system says that it would cut it apart
}

// newReader makes the socket's next.
func (s *Socket) newReader(conn net.PacketConn, whole bool) {
	r := &Reader{socket: s, system: systemOf(conn, whole), in: turns{pool: s.hub.pool}}
	r.give, r.pause = r.direct, r.paused
	s.readers = append(s.readers, r)
}

// Hub joins the sockets and the relays.
type Hub struct {
	// Fixed after New.
	sockets []*Socket
	pool    *sync.Pool // of *packet

	relays atomic.Pointer[map[netip.AddrPort]*Relay] // replaced whole under mu
	counts counters
	bursts atomic.Uint32

	mu        sync.Mutex
	closed    bool
	made      int // relays
	four, six block
}

// New takes over the sockets, and only Hub.Close ends them: where the system's own calls are used, their Conn is closed
// when it returns. No two may be announced by one address. After an error they are still the caller's.
func New(bindings ...Binding) (*Hub, error) {
	if len(bindings) == 0 {
		return nil, errors.New("no media socket")
	}
	pool := &sync.Pool{New: func() any { return new(packet) }}
	h := &Hub{pool: pool, four: block{prefix: prefixFour}, six: block{prefix: prefixSix}}
	h.relays.Store(&map[netip.AddrPort]*Relay{})
	for _, b := range bindings {
		local, ok := b.Conn.LocalAddr().(*net.UDPAddr)
		if !ok {
			return nil, fmt.Errorf("media socket has address %T, want UDP", b.Conn.LocalAddr())
		}
		if len(b.Announced) == 0 {
			return nil, fmt.Errorf("media socket %v is announced nowhere", local)
		}
		for _, a := range b.Announced {
			if other, _ := h.socketAt(a); other != nil || a.Addr().Is4() != b.Announced[0].Addr().Is4() {
				return nil, fmt.Errorf("media socket %v cannot be announced as %v", local, a)
			}
		}
		h.sockets = append(h.sockets, &Socket{hub: h, index: len(h.sockets), local: local, announced: slices.Clone(b.Announced)})
	}
	for i, b := range bindings {
		h.sockets[i].newReader(b.Conn, !b.Single)
		for _, c := range b.More {
			h.sockets[i].newReader(c, !b.Single)
		}
	}
	return h, nil
}

// Sockets are what the muxes read, in the order of the bindings.
func (h *Hub) Sockets() []*Socket { return slices.Clone(h.sockets) }

// socketAt is the socket that clients reach at addr, and addr among those it is announced by; nil if there is none.
func (h *Hub) socketAt(addr netip.AddrPort) (*Socket, *netip.AddrPort) {
	for _, s := range h.sockets {
		for i := range s.announced {
			if s.announced[i] == addr {
				return s, &s.announced[i]
			}
		}
	}
	return nil, nil
}

// Relay opens an in-memory socket with an address of IPv4, or of IPv6 if six.
func (h *Hub) Relay(six bool) (*Relay, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, net.ErrClosed
	}
	made := &h.four
	if six {
		made = &h.six
	}
	old := *h.relays.Load()
	r := newRelay(h, made.unused(old), h.made)
	h.made++
	if !slices.ContainsFunc(h.sockets, func(s *Socket) bool { return r.reaches(s.announced[0]) }) {
		return nil, ErrFamily
	}
	relays := maps.Clone(old)
	relays[r.addr] = r
	h.relays.Store(&relays)
	h.counts.relays.Add(1)
	return r, nil
}

// RelayAt is the open relay with a made-up address, nil if there is none.
func (h *Hub) RelayAt(addr netip.AddrPort) *Relay { return (*h.relays.Load())[addr] }

// deliver hands a packet of from to the relay with a made-up address.
func (h *Hub) deliver(b []byte, to netip.AddrPort, from *Socket) {
	r := h.RelayAt(to)
	switch {
	case r == nil:
		h.counts.relayGone.Add(1)
	case len(b) > MTU:
		h.counts.oversize.Add(1)
	default:
		r.deliver(b, *r.lanes[from.index].peer.Load())
	}
}

func (h *Hub) forget(r *Relay) {
	h.mu.Lock()
	defer h.mu.Unlock()
	old := *h.relays.Load()
	if old[r.addr] != r {
		return
	}
	relays := maps.Clone(old)
	delete(relays, r.addr)
	h.relays.Store(&relays)
	h.counts.relays.Add(-1)
}

// Stats returns the counters.
func (h *Hub) Stats() Stats {
	c := &h.counts
	var unread uint64
	for _, s := range h.sockets {
		for _, r := range s.readers {
			unread += r.system.unread()
		}
	}
	return Stats{
		Relays: c.relays.Load(), Received: c.received.Load(), ReceiveCalls: c.receiveCalls.Load(), ReceiveFailed: c.receiveFailed.Load(),
		Sent: c.sent.Load(), SendMessages: c.sendMessages.Load(), SendCalls: c.sendCalls.Load(), SendSplit: c.sendSplit.Load(), Alternated: c.alternated.Load(),
		Drops: Drops{
			SocketFull: c.socketFull.Load(), SendFailed: c.sendFailed.Load(), Unread: unread, HubFull: c.hubFull.Load(),
			RelayFull: c.relayFull.Load(), RelayGone: c.relayGone.Load(), Refused: c.refused.Load(), Oversize: c.oversize.Load(), Spoofed: c.spoofed.Load(),
		},
	}
}

// Close closes every relay, and the sockets.
func (h *Hub) Close() error {
	h.mu.Lock()
	h.closed = true
	relays := *h.relays.Load()
	h.mu.Unlock()
	for _, r := range relays {
		_ = r.Close() // never fails
	}
	var errs []error
	for _, s := range h.sockets {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}
