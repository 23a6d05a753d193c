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

// Socket is one bound address, with the relays behind it. One goroutine reads it; any may send.
type Socket struct {
	// Fixed after New.
	hub       *Hub
	index     int // in Hub.sockets, and of its lane in every relay
	local     *net.UDPAddr
	announced []netip.AddrPort // where clients reach it
	system    system

	in turns

	// Owned by the reader.
	relayed int       // packets of relays in a row
	failed  int       // failures of the system in a row
	read    []*packet // by ReadFromAddrPort, in advance

	waiting atomic.Bool // the reader is in the system and must be woken for the relays
	closed  atomic.Bool
}

// ReadBurst waits for packets, of relays or of the network, and has take called with each; b is valid until take returns.
// While both have packets they alternate, so that neither waits for more than a few of the other's. After an error no more
// will come.
func (s *Socket) ReadBurst(take func(b []byte, from netip.AddrPort)) error {
	for {
		if s.takeRelayed(take) {
			return nil
		}
		var got []packet
		var err error
		if s.relayed < inRow {
			s.relayed = 0
			got, err = s.wait()
		} else {
			s.relayed = 0
			s.hub.counts.alternated.Add(1)
			got, err = s.system.receiveNow(inRow)
		}
		if err != nil {
			if err = s.fails(err); err != nil {
				return err
			}
			continue
		}
		if s.takeDirect(got, take) {
			return nil
		}
	}
}

// takeRelayed takes what relays have, until they had their row.
func (s *Socket) takeRelayed(take func(b []byte, from netip.AddrPort)) (some bool) {
	for ; s.relayed < inRow; s.relayed++ {
		p := s.in.pop()
		if p == nil {
			return some
		}
		take(p.data[:p.n], p.from)
		s.in.pool.Put(p)
		some = true
	}
	return some
}

// wait waits for the network, or for a relay to wake it.
func (s *Socket) wait() ([]packet, error) {
	// Whoever pushes after the store wakes us; whoever pushed before it is seen here.
	s.waiting.Store(true)
	defer s.waiting.Store(false)
	if !s.in.empty() {
		return nil, errEmpty
	}
	return s.system.receive()
}

// takeDirect takes what the network gave.
func (s *Socket) takeDirect(got []packet, take func(b []byte, from netip.AddrPort)) (some bool) {
	s.failed = 0
	s.hub.counts.receiveCalls.Add(1)
	s.hub.counts.received.Add(uint64(len(got)))
	for i := range got {
		p := &got[i]
		switch {
		case MadeUp(p.from.Addr()):
			s.hub.counts.spoofed.Add(1)
		case p.n > MTU:
			s.hub.counts.oversize.Add(1)
		default:
			take(p.data[:p.n], p.from)
			some = true
		}
	}
	return some
}

// fails looks at what the system said instead of giving packets. What it lacks, it may have again: only failure after
// failure is an error for the reader, which ends at it, and all media of the socket with it.
func (s *Socket) fails(err error) error {
	switch {
	case s.closed.Load():
		return net.ErrClosed
	case errors.Is(err, errEmpty):
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded): // somebody woke us
		if err = s.system.SetReadDeadline(time.Time{}); err == nil {
			return nil
		}
	}
	s.hub.counts.receiveFailed.Add(1)
	if s.failed++; s.failed < failures {
		return nil
	}
	return err
}

// ReadFromAddrPort is ReadBurst packet by packet.
func (s *Socket) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for len(s.read) == 0 {
		if err := s.ReadBurst(s.keep); err != nil {
			return 0, netip.AddrPort{}, err
		}
	}
	p := s.read[0]
	s.read = s.read[:copy(s.read, s.read[1:])]
	n, from := copy(b, p.data[:p.n]), p.from
	s.in.pool.Put(p)
	return n, from, nil
}

func (s *Socket) keep(b []byte, from netip.AddrPort) {
	p := s.in.pool.Get().(*packet)
	p.n, p.from = copy(p.data[:], b), from
	s.read = append(s.read, p)
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
	if s.closed.Load() {
		return 0, net.ErrClosed
	}
	s.count(s.system.send(b, to))
	return len(b), nil
}

// sendRuns sends those runs that are of this socket.
func (s *Socket) sendRuns(packets []outgoing, runs []run) {
	if !s.closed.Load() {
		s.count(s.system.sendRuns(s, packets, runs))
	}
}

func (s *Socket) count(sent tally) {
	c := &s.hub.counts
	c.sent.Add(sent.packets)
	c.sendMessages.Add(sent.messages)
	c.sendCalls.Add(sent.calls)
	if sent.full|sent.failed|sent.split != 0 {
		c.socketFull.Add(sent.full)
		c.sendFailed.Add(sent.failed)
		c.sendSplit.Add(sent.split)
	}
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
