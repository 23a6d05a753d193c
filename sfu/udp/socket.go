package udp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

// Socket is one bound address, with the relays behind it. Any goroutine may send by it. Its methods are those of
// net.PacketConn, as far as they are about sending.
type Socket struct {
	// Fixed after New.
	hub       *Hub
	index     int // in Hub.sockets, and of its lane in every relay
	local     *net.UDPAddr
	announced []netip.AddrPort // where clients reach it
	readers   []*Reader        // each has a socket of the system, of the same address

	closed atomic.Bool
}

// Readers are those that have to be read: all, since none gets another's packets.
func (s *Socket) Readers() []*Reader { return s.readers }

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
	s.count(s.readers[0].system.send(b, to))
	return len(b), nil
}

// sendRuns sends those runs that are of this socket.
func (s *Socket) sendRuns(packets []outgoing, runs []run, way int) {
	if !s.closed.Load() {
		s.count(s.readers[way%len(s.readers)].system.sendRuns(s, packets, runs))
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

// Close ends the readers. It may wait until they have taken what they have in hand, so whoever calls it must hold nothing
// that they wait for. Relays stay until Hub.Close.
func (s *Socket) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	var errs []error
	for _, r := range s.readers {
		errs = append(errs, r.system.Close())
	}
	return errors.Join(errs...)
}

// SetDeadline does nothing: readers use the read deadline themselves, and writes do not wait.
func (s *Socket) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing, see SetDeadline.
func (s *Socket) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing, see SetDeadline.
func (s *Socket) SetWriteDeadline(time.Time) error { return nil }
