package turn

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	pion "github.com/pion/turn/v5"
)

var (
	errForeignPeer = errors.New("turn: not a media address")
	errTransport   = errors.New("turn: relay transport not served")
	errRevoked     = errors.New("turn: credential ended")
	errFull        = errors.New("turn: too many allocations")
)

// waiter is what a socket may be besides: it is told how many bytes that came from it still wait for the client, so that
// less urgent media can be held back where it is known as such. Waiting must not block.
type waiter interface{ Waiting(bytes int) }

// relay is the relayed transport address of one allocation: the SFU's in-memory
// socket, held to the media addresses, IP and port, in both directions.
type relay struct {
	net.PacketConn
	addr      net.Addr // as Pion knows it
	waiter    waiter   // nil: the socket does not care
	shortcut  shortcut // nil: everything goes through Pion
	channels  channels
	tuple     *tuple
	server    *Server
	allowance *allowance
	closed    atomic.Bool
	closing   sync.Once

	used atomic.Int64 // when something was relayed last, or it was made; Unix nanoseconds
	low  atomic.Bool  // of the allowance less than half is left
}

// WriteTo hands a client's datagram to the SFU.
func (r *relay) WriteTo(p []byte, to net.Addr) (int, error) {
	defer r.server.survive(r.tuple)
	if r.closed.Load() {
		return 0, net.ErrClosed
	}
	if !r.server.media.include(to) {
		r.server.refused.count(droppedToPeer)
		return 0, errForeignPeer
	}
	if !r.pay(len(p)) {
		return len(p), nil
	}
	r.server.toMedia.Add(1)
	return r.PacketConn.WriteTo(p, to)
}

// ReadFrom returns the next datagram from a media address. If the socket fails
// by itself the control connection ends too, so that the client learns of it.
func (r *relay) ReadFrom(p []byte) (n int, from net.Addr, err error) {
	defer r.server.survive(r.tuple)
	for {
		err = net.ErrClosed // if it panics
		n, from, err = r.PacketConn.ReadFrom(p)
		switch {
		case r.closed.Load():
			return 0, nil, net.ErrClosed
		case err != nil:
			r.tuple.end()
			return 0, nil, err
		case r.server.media.include(from):
			r.server.fromMedia.Add(1)
			return n, from, nil
		}
		r.server.refused.count(droppedFromPeer)
	}
}

// pay takes a packet that is about to be relayed off its user's allowance; false: it is to be dropped.
func (r *relay) pay(bytes int) bool {
	now := r.server.config.Now()
	r.used.Store(now.UnixNano())
	ok, low := r.allowance.take(bytes, now)
	r.low.Store(low)
	if !ok {
		r.server.refused.count(droppedRate)
	}
	return ok
}

// unused tells whether nothing was relayed for so long that the allocation is of no use.
func (r *relay) unused(now time.Time) bool { return now.UnixNano()-r.used.Load() > int64(unusedLimit) }

// tell says how many bytes wait for the client. While the allowance is low, pictures are held back as if many did.
func (r *relay) tell(bytes int) {
	if r.waiter == nil {
		return
	}
	if r.low.Load() {
		bytes = max(bytes, queueLimit)
	}
	r.waiter.Waiting(bytes)
}

// Close ends relaying at once. Pion calls it with its own lock held.
func (r *relay) Close() error {
	r.closing.Do(func() {
		r.closed.Store(true)
		r.PacketConn.Close()
		r.server.release(r)
	})
	return nil
}

// generator makes the relayed addresses; the methods are Pion's seam.
type generator struct{ *Server }

func (generator) Validate() error { return nil }

// AllocatePacketConn opens the relay of the control connection that the quota was
// granted to. Pion also calls it, without a user, to look for an even port: refused.
func (g generator) AllocatePacketConn(c pion.AllocateListenerConfig) (_ net.PacketConn, _ net.Addr, err error) {
	err = errTransport // if it panics
	defer func() {
		if err != nil {
			g.vacate(c.UserID)
		}
	}()
	defer g.survive(nil)
	six := c.Network == "udp6"
	if c.UserID == "" || !g.media.serve(six) {
		g.refused.count(refusedTransport)
		return nil, nil, errTransport
	}
	conn, err := g.config.Relay(six)
	if err != nil {
		return nil, nil, fmt.Errorf("open relay: %w", err)
	}
	r := &relay{PacketConn: conn, addr: conn.LocalAddr(), server: g.Server}
	r.waiter, _ = conn.(waiter)
	r.used.Store(g.config.Now().UnixNano())
	if err := g.attach(r, c.UserID); err != nil {
		conn.Close()
		if errors.Is(err, errFull) {
			g.refused.count(refusedFull)
		}
		return nil, nil, err
	}
	g.allocated.Add(1)
	r.cut()
	return r, r.addr, nil
}

// AllocateListener refuses TCP allocations (RFC 6062).
func (g generator) AllocateListener(c pion.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	g.refused.count(refusedTransport)
	g.vacate(c.UserID)
	return nil, nil, errTransport
}

// AllocateConn refuses TCP connections to peers (RFC 6062).
func (g generator) AllocateConn(pion.AllocateConnConfig) (net.Conn, error) {
	g.refused.count(refusedTransport)
	return nil, errTransport
}
