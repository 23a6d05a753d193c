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

// ErrRefused is returned for a write to anything but the media address.
var ErrRefused = errors.New("relay reaches the media address only")

// Relay is the in-memory socket that a TURN allocation relays through. Methods are those of net.PacketConn and may be
// called from any goroutine.
type Relay struct {
	hub  *Hub
	addr netip.AddrPort
	in   *queue
	out  lane

	waiting  atomic.Int64                   // bytes, by Waiting
	peer     atomic.Pointer[netip.AddrPort] // the media address last written to: what replies seem to come from
	deadline *deadline.Deadline
	once     sync.Once
	done     chan struct{}
}

func (r *Relay) open(peer netip.AddrPort) {
	r.peer.Store(&peer)
	r.deadline, r.done = deadline.New(), make(chan struct{})
}

// Waiting says how many bytes that were read from the relay have not yet left towards the client. A reader that writes to
// a TCP connection calls it whenever that changes.
func (r *Relay) Waiting(bytes int) { r.waiting.Store(int64(bytes)) }

// Backlog is how many bytes wait towards the client, as far as Waiting tells.
func (r *Relay) Backlog() int { return int(r.waiting.Load()) }

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

// WriteTo sends to the media address, and to nothing else.
func (r *Relay) WriteTo(b []byte, to net.Addr) (int, error) {
	a, ok := to.(*net.UDPAddr)
	if !ok {
		r.hub.counts.refused.Add(1)
		return 0, ErrRefused
	}
	peer := unmap(a.AddrPort())
	select {
	case <-r.done:
		return 0, net.ErrClosed
	default:
	}
	switch {
	case !r.hub.Reaches(peer):
		r.hub.counts.refused.Add(1)
		return 0, ErrRefused
	case len(b) > MTU:
		r.hub.counts.oversize.Add(1)
		return len(b), nil
	}
	if *r.peer.Load() != peer {
		r.peer.Store(&peer)
	}
	r.hub.inject(b, r)
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
		r.hub.in.close(&r.out)
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
