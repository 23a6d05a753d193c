package turn

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	pion "github.com/pion/turn/v5"
)

// sweepEvery is how often clients over UDP are looked at that said nothing for long.
const sweepEvery = 5 * time.Second

// udpSocket is what is needed of a *net.UDPConn.
type udpSocket interface {
	net.PacketConn
	ReadFromUDPAddrPort([]byte) (int, netip.AddrPort, error)
	WriteToUDPAddrPort([]byte, netip.AddrPort) (int, error)
}

// datagrams is the UDP socket, between the network and Pion. Nothing is kept for an address before it holds a place, and
// no more is said to it than it has earned (sources.go).
type datagrams struct {
	// fixed
	udpSocket
	server *Server
	local  net.Addr
	done   chan struct{} // Pion reads no more
	err    error         // written before done is closed

	// owned by Pion's read loop
	sources *sources
	asking  *caller // whoever sent the request being answered and holds nothing

	mu    sync.Mutex
	known map[netip.AddrPort]*caller
}

// caller is a client at the UDP socket.
type caller struct {
	tuple
	addr  netip.AddrPort
	heard atomic.Int64 // last datagram, Unix nanoseconds
}

// ServeUDP relays for clients at conn until it fails or the server is closed, then with net.ErrClosed.
func (s *Server) ServeUDP(conn *net.UDPConn) error { return s.serveDatagrams(conn) }

func (s *Server) serveDatagrams(conn udpSocket) error {
	d := &datagrams{
		udpSocket: conn,
		server:    s,
		local:     s.seenAs(conn.LocalAddr()),
		done:      make(chan struct{}),
		sources:   newSources(),
		known:     make(map[netip.AddrPort]*caller),
	}
	s.mu.Lock()
	closed := s.closed
	if !closed {
		s.sockets[d] = struct{}{}
	}
	s.mu.Unlock()
	if closed {
		conn.Close()
		return net.ErrClosed
	}
	config := s.pionConfig(func(remote net.Addr) *tuple {
		if c := d.caller(remote); c != nil {
			return &c.tuple
		}
		return nil
	})
	config.QuotaHandler = func(_, _ string, source net.Addr) bool { return d.reserve(source) }
	config.PacketConnConfigs = []pion.PacketConnConfig{{PacketConn: d, RelayAddressGenerator: generator{s}, PermissionHandler: s.permit}}
	if _, err := pion.NewServer(config); err != nil { // its read loop ends with the socket
		conn.Close()
		return fmt.Errorf("start turn over udp: %w", err)
	}
	t := time.NewTicker(sweepEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			d.sweep(s.config.Now())
		case <-d.done:
			return fmt.Errorf("read datagrams: %w", d.err)
		}
	}
}

// LocalAddr is what Pion tells 5-tuples apart by.
func (d *datagrams) LocalAddr() net.Addr { return d.local }

// ReadFrom returns the next datagram that Pion is to see.
func (d *datagrams) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		n, from, err := d.next(p)
		if err != nil {
			d.err = err
			close(d.done)
			return 0, nil, err
		}
		if from != nil {
			return n, from, nil
		}
	}
}

// next reads one datagram; from is nil if it is dropped.
func (d *datagrams) next(p []byte) (n int, from net.Addr, err error) {
	defer d.server.survive(nil)
	d.asking = nil
	n, addr, err := d.ReadFromUDPAddrPort(p)
	if err != nil {
		return 0, nil, err
	}
	addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
	now, frame := d.server.config.Now(), p[:n]
	c := d.at(addr)
	if !sound(frame) || c == nil && !isRequest(frame) {
		d.server.refused.count(droppedStranger)
		return 0, nil, nil
	}
	if isRequest(frame) {
		purse := d.sources.of(addr.Addr())
		purse.earn(n, now)
		if c == nil && !proven(frame) && !purse.affords(leastAnswer) {
			d.server.refused.count(droppedAnswer)
			return 0, nil, nil
		}
		if c != nil && !c.requests.take(1, now) {
			d.server.refused.count(heldRequest)
			return 0, nil, nil
		}
	}
	if c == nil {
		c = d.newCaller(addr, now)
		d.asking = c
	}
	c.heard.Store(now.UnixNano())
	return n, c.remote, nil
}

func (d *datagrams) newCaller(addr netip.AddrPort, now time.Time) *caller {
	c := &caller{addr: addr}
	c.id, c.remote, c.until = d.server.lastID.Add(1), net.UDPAddrFromAddrPort(addr), now.Add(allocateLimit)
	c.from = whence(addr.Addr())
	c.requests = newBucket(requestRate, now)
	c.end = func() { d.forget(c) }
	c.idle = c.end
	return c
}

// WriteTo sends what Pion has for a client: answers, from its read loop, or what is relayed.
func (d *datagrams) WriteTo(p []byte, to net.Addr) (int, error) {
	defer d.server.survive(nil)
	addr, ok := addrPort(to)
	if !ok || len(p) == 0 || !d.mayLeave(p, addr) {
		return len(p), nil
	}
	if _, err := d.WriteToUDPAddrPort(p, addr); err != nil && !errors.Is(err, net.ErrClosed) {
		d.server.refused.count(droppedUnsent)
	}
	return len(p), nil
}

func (d *datagrams) mayLeave(p []byte, to netip.AddrPort) bool {
	if p[0] == 0x01 { // success or error response
		ok := proven(p) || d.sources.spend(to.Addr(), len(p), d.server.config.Now())
		if !ok {
			d.server.refused.count(droppedAnswer)
		}
		return ok
	}
	c := d.at(to)
	if c == nil {
		return false // the allocation has just ended
	}
	r := c.serving.Load()
	if r == nil {
		return false
	}
	ok := r.pay(len(p))
	r.tell(0)
	return ok
}

// reserve takes a place for whoever asks, who is known from then on.
func (d *datagrams) reserve(source net.Addr) bool {
	c := d.caller(source)
	if c == nil {
		return false
	}
	d.mu.Lock()
	d.known[c.addr] = c
	d.mu.Unlock()
	if !d.server.reserve(&c.tuple) {
		d.forget(c)
		return false
	}
	return true
}

// caller is who Pion knows by that address; called from its read loop.
func (d *datagrams) caller(remote net.Addr) *caller {
	if d.asking != nil && d.asking.remote == remote {
		return d.asking
	}
	addr, _ := addrPort(remote)
	return d.at(addr)
}

func (d *datagrams) at(addr netip.AddrPort) *caller {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.known[addr]
}

// sweep ends allocations whose client says nothing any more, and places that were not used.
func (d *datagrams) sweep(now time.Time) {
	defer d.server.survive(nil)
	var gone []*caller
	d.mu.Lock()
	for _, c := range d.known {
		if now.UnixNano()-c.heard.Load() > int64(idleLimit) || now.After(d.server.patience(&c.tuple)) {
			gone = append(gone, c)
		}
	}
	d.mu.Unlock()
	for _, c := range gone {
		d.server.refused.count(closedIdle)
		d.server.hangUp(&c.tuple)
	}
}

func (d *datagrams) forget(c *caller) {
	d.mu.Lock()
	if d.known[c.addr] == c {
		delete(d.known, c.addr)
	}
	d.mu.Unlock()
	d.server.mu.Lock()
	delete(d.server.tuples, c.remote)
	d.server.mu.Unlock()
}
