package udp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"
)

const (
	inRow    = 8   // packets from relays, and then from the system, while both have some
	failures = 100 // of the system, without a packet between them, before the socket is taken for dead
)

// Socket is one bound address, with the relays behind it. Its methods are those of net.PacketConn and of Pion's
// AddrPortReaderWriter. Exactly one goroutine (that of the address's mux) reads.
type Socket struct {
	// Fixed after New.
	hub       *Hub
	index     int // in Hub.sockets, and of its lane in every relay
	local     *net.UDPAddr
	announced []netip.AddrPort // where clients reach it
	system    system

	in turns

	// Owned by the reader.
	relayed int // packets of relays in a row
	direct  int // packets of the system in a row, after those
	failed  int // failures of the system in a row
	room    [MTU]byte

	waiting atomic.Bool // the reader is in the system and must be woken for the relays
	closed  atomic.Bool
}

// ReadBurst waits for packets, of relays or of the network, and has take called with each; b is valid until take returns.
// While both have packets they alternate. An error means that no more will come.
func (s *Socket) ReadBurst(take func(b []byte, from netip.AddrPort)) error {
	n, from, err := s.ReadFromAddrPort(s.room[:])
	if err != nil {
		return err
	}
	take(s.room[:n], from)
	return nil
}

// ReadFromAddrPort returns the next packet of a relay or of the network. While both have packets they alternate, so that
// neither waits for more than a few of the other's.
func (s *Socket) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		if s.relayed < inRow {
			if n, from, ok := s.in.pop(b); ok {
				s.relayed++
				return n, from, nil
			}
			s.relayed = 0
			if n, from, err, done := s.took(s.wait(b)); done {
				return n, from, err
			}
			continue
		}
		n, from, err := s.system.receiveNow(b)
		if s.direct++; s.direct == inRow || errors.Is(err, errEmpty) {
			s.hub.counts.alternated.Add(1)
			s.relayed, s.direct = 0, 0
		}
		if n, from, err, done := s.took(n, from, err); done {
			return n, from, err
		}
	}
}

// wait waits for the network or for a relay to wake it.
func (s *Socket) wait(b []byte) (int, netip.AddrPort, error) {
	// Whoever pushes after the store wakes us; whoever pushed before it is seen here.
	s.waiting.Store(true)
	defer s.waiting.Store(false)
	if !s.in.empty() {
		return 0, netip.AddrPort{}, errEmpty
	}
	return s.system.receive(b)
}

// took looks at what the system gave; done is false if there is nothing for the mux.
func (s *Socket) took(n int, from netip.AddrPort, err error) (_ int, _ netip.AddrPort, _ error, done bool) {
	switch {
	case err == nil && MadeUp(from.Addr()):
		s.hub.counts.spoofed.Add(1)
		return 0, netip.AddrPort{}, nil, false
	case err == nil:
		s.failed = 0
		return n, from, nil, true
	case s.closed.Load():
		return 0, netip.AddrPort{}, net.ErrClosed, true
	case errors.Is(err, errEmpty):
		return 0, netip.AddrPort{}, nil, false
	case errors.Is(err, os.ErrDeadlineExceeded): // somebody woke us
		if err = s.system.SetReadDeadline(time.Time{}); err == nil {
			return 0, netip.AddrPort{}, nil, false
		}
	}
	// Pion's mux would end at the first error, and all media with it; what the system lacks, it may have again.
	s.hub.counts.receiveFailed.Add(1)
	s.failed++
	return 0, netip.AddrPort{}, err, s.failed == failures
}

// inject hands a relay's packet to the reader.
func (s *Socket) inject(b []byte, r *Relay) {
	if !s.in.push(&r.lanes[s.index], b, r.addr) {
		s.hub.counts.hubFull.Add(1)
		return
	}
	if s.waiting.CompareAndSwap(true, false) {
		// An error means that the socket is closed; then the reader ends anyway.
		_ = s.system.SetReadDeadline(time.Unix(1, 0))
	}
}

// WriteToAddrPort sends to a relay or to the network. A dropped packet is counted, not reported: for RTP, RTCP, STUN
// and DTLS alike a loss is ordinary, and an error would make Pion log or close.
func (s *Socket) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	if MadeUp(to.Addr()) {
		s.hub.deliver(b, to, s)
		return len(b), nil
	}
	err := s.system.send(b, to)
	switch {
	case err == nil:
	case s.closed.Load():
		return 0, net.ErrClosed
	case errors.Is(err, errFull):
		s.hub.counts.socketFull.Add(1)
	default:
		s.hub.counts.sendFailed.Add(1)
	}
	return len(b), nil
}

// ReadFrom is ReadFromAddrPort with an allocation.
func (s *Socket) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := s.ReadFromAddrPort(b)
	if err != nil {
		return n, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// WriteTo is WriteToAddrPort for a *net.UDPAddr.
func (s *Socket) WriteTo(b []byte, to net.Addr) (int, error) {
	a, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, fmt.Errorf("write to %T, want UDP address", to)
	}
	return s.WriteToAddrPort(b, unmap(a.AddrPort()))
}

// LocalAddr is the bound address.
func (s *Socket) LocalAddr() net.Addr { return s.local }

// Announced are the addresses at which clients reach the socket.
func (s *Socket) Announced() []netip.AddrPort { return s.announced }

// Close ends the reader. Relays stay until Hub.Close.
func (s *Socket) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	return s.system.Close()
}

// SetDeadline does nothing: the socket uses the read deadline itself, and writes do not wait.
func (s *Socket) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing, see SetDeadline.
func (s *Socket) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing, see SetDeadline.
func (s *Socket) SetWriteDeadline(time.Time) error { return nil }
