package main

import (
	"net"
	"net/netip"
	"sync"
)

const (
	// addressLimit is how many connections one address (IPv4) or network (IPv6 /64, which one subscriber has) may have open.
	// Behind one IPv4 address may be a whole consulate, or a quarter behind its provider's NAT: 250 people who are all in
	// hearings at once, each with the pages, the socket and two relayed paths, are 1000 connections.
	addressLimit = 1024
	// crowdLimit is how many connections may be open in all, if the system allows twice as many files. Measured, one takes
	// 12 KB that says nothing, 32 KB after a handshake and 43 KB in HTTP/2; so a flood that fills this up takes 700 MB.
	crowdLimit = 16 << 10
)

// crowd counts the open connections: in all, and of each address. Refusing one more is all that it does; whoever is inside
// stays. Loopback and the proxies that are configured bring many, so that they are no address of their own.
type crowd struct {
	most, each int
	known      []netip.Addr // proxies

	mu     sync.Mutex
	inside int
	from   map[netip.Prefix]int // none is 0
}

func newCrowd(most, each int, known ...netip.Addr) *crowd {
	return &crowd{most: most, each: each, known: known, from: map[netip.Prefix]int{}}
}

// guest is a connection that is counted until it is closed.
type guest struct {
	layer
	crowd *crowd
	hello int // bytes that may still be read before hands are shaken; 0: no matter, less: none. Owned by the reader

	// guarded by crowd.mu
	from netip.Prefix // invalid: counted in all only
	gone bool
}

// Read implements net.Conn.
func (g *guest) Read(b []byte) (n int, err error) {
	switch {
	case g.hello == 0:
		return g.Conn.Read(b)
	case g.hello < 0:
		return 0, errLongHello
	}
	n, err = g.Conn.Read(b[:min(len(b), g.hello)])
	if g.hello -= n; g.hello == 0 {
		g.hello = -1
	}
	return n, err
}

// Close may be called several times.
func (g *guest) Close() error {
	g.crowd.leave(g)
	return g.Conn.Close()
}

// enter counts one more; false: there is no room.
func (c *crowd) enter(conn net.Conn) (*guest, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inside >= c.most {
		return nil, false
	}
	c.inside++
	return &guest{layer: layer{conn}, crowd: c}, true
}

// settle counts a guest for its address, as soon as that is known; false: the address has its share.
func (c *crowd) settle(g *guest, addr net.Addr) bool {
	from, alone := c.shareOf(addr)
	c.mu.Lock()
	defer c.mu.Unlock()
	if g.gone || !alone {
		return !g.gone
	}
	if c.from[from] >= c.each {
		return false
	}
	c.from[from]++
	g.from = from
	return true
}

// shareOf is what an address is counted as; false: it is nobody's own.
func (c *crowd) shareOf(addr net.Addr) (netip.Prefix, bool) {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}, false
	}
	ip := tcp.AddrPort().Addr().Unmap().WithZone("")
	if ip.IsLoopback() || among(c.known, ip) {
		return netip.Prefix{}, false
	}
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	from, err := ip.Prefix(bits)
	return from, err == nil
}

func (c *crowd) leave(g *guest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g.gone {
		return
	}
	g.gone = true
	c.inside--
	if !g.from.IsValid() {
		return
	}
	if c.from[g.from]--; c.from[g.from] == 0 {
		delete(c.from, g.from)
	}
}

// size is how many connections are open, and of how many addresses.
func (c *crowd) size() (connections, addresses int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inside, len(c.from)
}

// crowdedListener shares a crowd with the door, for a port beside it.
type crowdedListener struct {
	net.Listener
	admit func(net.Conn) *guest
}

// Accept returns the next connection for which there is room.
func (l crowdedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if g := l.admit(conn); g != nil {
			return g, nil
		}
	}
}
