package turn

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"

	pion "github.com/pion/turn/v5"
)

var (
	errForeignPeer = errors.New("turn: not a media address")
	errTransport   = errors.New("turn: relay transport not served")
	errRevoked     = errors.New("turn: credential ended")
)

// waiter is what a socket may be besides: it is told how many bytes that came from it still wait for the client, so that
// less urgent media can be held back where it is known as such. Waiting must not block.
type waiter interface{ Waiting(bytes int) }

// relay is the relayed transport address of one allocation: the SFU's in-memory
// socket, held to the media addresses, IP and port, in both directions.
type relay struct {
	net.PacketConn
	waiter  waiter // nil: the socket does not care
	control *control
	server  *Server
	closed  atomic.Bool
	closing sync.Once
}

// WriteTo hands a client's datagram to the SFU.
func (r *relay) WriteTo(p []byte, to net.Addr) (int, error) {
	if r.closed.Load() {
		return 0, net.ErrClosed
	}
	if !r.server.media.include(to) {
		r.server.refused.count(droppedToPeer)
		return 0, errForeignPeer
	}
	r.server.toMedia.Add(1)
	return r.PacketConn.WriteTo(p, to)
}

// ReadFrom returns the next datagram from a media address. If the socket fails
// by itself the control connection ends too, so that the client learns of it.
func (r *relay) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		n, from, err := r.PacketConn.ReadFrom(p)
		switch {
		case r.closed.Load():
			return 0, nil, net.ErrClosed
		case err != nil:
			r.control.abort()
			return 0, nil, err
		case r.server.media.include(from):
			r.server.fromMedia.Add(1)
			return n, from, nil
		}
		r.server.refused.count(droppedFromPeer)
	}
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
func (g generator) AllocatePacketConn(c pion.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	if c.UserID == "" || c.Network != g.media.network() {
		g.refused.count(refusedTransport)
		return nil, nil, errTransport
	}
	conn, err := g.config.Relay(c.Network == "udp6")
	if err != nil {
		return nil, nil, fmt.Errorf("open relay: %w", err)
	}
	r := &relay{PacketConn: conn, server: g.Server}
	r.waiter, _ = conn.(waiter)
	if !g.attach(r, c.UserID) {
		conn.Close()
		return nil, nil, errRevoked
	}
	g.allocated.Add(1)
	return r, conn.LocalAddr(), nil
}

// AllocateListener refuses TCP allocations (RFC 6062).
func (g generator) AllocateListener(pion.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	g.refused.count(refusedTransport)
	return nil, nil, errTransport
}

// AllocateConn refuses TCP connections to peers (RFC 6062).
func (g generator) AllocateConn(pion.AllocateConnConfig) (net.Conn, error) {
	g.refused.count(refusedTransport)
	return nil, errTransport
}
