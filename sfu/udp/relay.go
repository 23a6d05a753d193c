package udp

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/transport/v5/deadline"
)

// ErrRefused is returned for a write to anything but a media address of the relay's family.
var ErrRefused = errors.New("relay reaches the media addresses only")

// Relay is the in-memory socket that a TURN allocation relays through. Methods are those of net.PacketConn and may be
// called from any goroutine.
type Relay struct {
	hub   *Hub
	addr  netip.AddrPort
	in    *queue
	lanes []lane // one for each of Hub.sockets

	take     atomic.Pointer[func(b []byte, from netip.AddrPort) bool] // by Deliver
	waiting  atomic.Int64                                             // bytes, by Waiting
	emptied  atomic.Uint64
	deadline *deadline.Deadline
	once     sync.Once
	done     chan struct{}
}

func newRelay(h *Hub, addr netip.AddrPort, number int) *Relay {
	r := &Relay{hub: h, addr: addr, in: newQueue(relayQueue, h.pool), lanes: make([]lane, len(h.sockets)), deadline: deadline.New(), done: make(chan struct{})}
	for i, s := range h.sockets {
		r.lanes[i].reader, r.lanes[i].ring = s.readers[number%len(s.readers)], newRing(relayQueue)
		r.lanes[i].peer.Store(&s.announced[0])
	}
	return r
}

// reaches tells whether peer is of the relay's family, without which neither ICE nor TURN pairs the two.
func (r *Relay) reaches(peer netip.AddrPort) bool { return peer.Addr().Is4() == r.addr.Addr().Is4() }

// Waiting says how many bytes that were read from the relay have not yet left towards the client. A reader that writes to
// a TCP connection calls it whenever that changes.
func (r *Relay) Waiting(bytes int) {
	r.waiting.Store(int64(bytes))
	if bytes == 0 {
		r.emptied.Add(1)
	}
}

// Emptied is how often Waiting said that nothing waits.
func (r *Relay) Emptied() uint64 { return r.emptied.Load() }

// Backlog is how many bytes wait towards the client, as far as Waiting tells.
func (r *Relay) Backlog() int { return int(r.waiting.Load()) }

// Deliver has every packet to the relay offered to take, in the call that sends it; what take does not want is there to be
// read. It must neither wait nor keep the packet.
func (r *Relay) Deliver(take func(b []byte, from netip.AddrPort) bool) { r.take.Store(&take) }

// deliver hands on a packet of the SFU.
func (r *Relay) deliver(b []byte, from netip.AddrPort) {
	if take := r.take.Load(); take != nil && (*take)(b, from) {
		return
	}
	if !r.in.push(b, from) {
		r.hub.counts.relayFull.Add(1)
	}
}

// ReadFrom waits for the next packet that the SFU sends to this relay.
func (r *Relay) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		select {
		case <-r.done:
			return 0, nil, net.ErrClosed
		case <-r.deadline.Done():
			return 0, nil, os.ErrDeadlineExceeded
		default:
		}
		if n, from, ok := r.in.pop(b); ok {
			return n, net.UDPAddrFromAddrPort(from), nil
		}
		select {
		case <-r.in.ready:
		case <-r.done:
		case <-r.deadline.Done():
		}
	}
}

// WriteTo sends to a media address, and to nothing else.
func (r *Relay) WriteTo(b []byte, to net.Addr) (int, error) {
	a, ok := to.(*net.UDPAddr)
	if !ok {
		r.hub.counts.refused.Add(1)
		return 0, ErrRefused
	}
	return r.Send(b, unmap(a.AddrPort()))
}

// Send is WriteTo for an address that is unmapped.
func (r *Relay) Send(b []byte, peer netip.AddrPort) (int, error) {
	select {
	case <-r.done:
		return 0, net.ErrClosed
	default:
	}
	s, as := r.hub.socketAt(peer)
	switch {
	case s == nil || !r.reaches(peer):
		r.hub.counts.refused.Add(1)
		return 0, ErrRefused
	case len(b) > MTU:
		r.hub.counts.oversize.Add(1)
		return len(b), nil
	}
	l := &r.lanes[s.index]
	l.peer.Store(as)
	l.reader.inject(b, r)
	return len(b), nil
}

// LocalAddr is the made-up address, unique among the open relays of the hub.
func (r *Relay) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(r.addr) }

// Close ends the relay: packets to and from it are dropped from now on.
func (r *Relay) Close() error {
	r.once.Do(func() {
		r.hub.forget(r)
		close(r.done)
		r.in.close()
		for i := range r.lanes {
			l := &r.lanes[i]
			l.reader.in.close(l)
		}
	})
	return nil
}

// SetDeadline is SetReadDeadline: writes do not wait.
func (r *Relay) SetDeadline(t time.Time) error { return r.SetReadDeadline(t) }

// SetReadDeadline bounds ReadFrom; zero means forever.
func (r *Relay) SetReadDeadline(t time.Time) error {
	r.deadline.Set(t)
	return nil
}

// SetWriteDeadline does nothing: writes do not wait.
func (r *Relay) SetWriteDeadline(time.Time) error { return nil }
