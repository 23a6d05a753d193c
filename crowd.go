package main

import (
	"net"
	"net/netip"
	"sync"

	"jalsa/strangers"
	"jalsa/turn"
)

const (
	// addressLimit is how many connections one address (IPv4) or network (IPv6 /64, which one subscriber has) may have open.
	// Behind one IPv4 address may be a whole consulate, or a quarter behind its provider's NAT: 250 people who are all in
	// hearings at once, each with the pages, the socket and two relayed paths, are 1000 connections. A /48 may have four times
	// as many (package strangers).
	addressLimit = 1024
	// arrivalRate is how many connections a second one address or network may open, and arrivalBurst how many at once: a hall
	// full of people who all come back after a failure, twice. A handshake takes a third of a millisecond of a core, which
	// hearings have to have too.
	arrivalRate  = 100
	arrivalBurst = 2 * addressLimit
	// crowdLimit is how many connections may be open in all, if the system allows twice as many files. Measured, one takes
	// 12 KB that says nothing, 32 KB after a handshake and 43 KB in HTTP/2; so a flood that fills this up takes 700 MB.
	crowdLimit = 16 << 10
)

// crowd counts the open connections: in all, and of each network. Refusing one more is all that it does; whoever is inside
// stays. The fewer places are left, the fewer a network may have to get one more ([strangers.Share]): so who has most goes
// short first. The same holds for the places of those who have not said yet what they come for, of which [turn.Split] ends the
// oldest when they are too many, so that few cannot end the handshakes of all. Loopback and the proxies that are configured bring many, so that they are no network of their own.
type crowd struct {
	most, each int
	silence    int          // most who are silent
	known      []netip.Addr // proxies

	mu     sync.Mutex
	inside int
	silent int // of those whom from counts
	from   *strangers.Tally
	mute   *strangers.Tally // the silent
}

func newCrowd(most, each int, known ...netip.Addr) *crowd {
	return &crowd{most: most, each: each, silence: min(most, turn.UndecidedLimit), known: known, from: strangers.NewTally(), mute: strangers.NewTally()}
}

// guest is a connection that is counted until it is closed.
type guest struct {
	layer
	crowd *crowd
	hello int // bytes that may still be read before hands are shaken; 0: no matter, less: none. Owned by the reader

	// guarded by crowd.mu
	from  strangers.Place
	alone bool // from is counted
	mute  bool // the same, of the silent
	gone  bool
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

// settle counts a guest for its network, as soon as that is known; why not: the network has its share, of all or of what is
// left.
func (c *crowd) settle(g *guest, addr net.Addr) (why doorReason, ok bool) {
	from, alone := c.placeOf(addr)
	c.mu.Lock()
	defer c.mu.Unlock()
	if g.gone || !alone {
		return doorAddress, !g.gone
	}
	switch n := c.from.Weight(from); {
	case n >= c.each:
		return doorAddress, false
	case n >= strangers.Share(c.each, c.most-c.inside), c.mute.Weight(from) >= strangers.Share(c.each, c.silence-c.silent):
		return doorFull, false
	}
	c.from.Enter(from)
	c.mute.Enter(from)
	c.silent++
	g.from, g.alone, g.mute = from, true, true
	return 0, true
}

// hear notes that a guest has said what it comes for.
func (c *crowd) hear(g *guest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spoken(g)
}

func (c *crowd) spoken(g *guest) {
	if g.mute {
		g.mute = false
		c.silent--
		c.mute.Leave(g.from)
	}
}

// placeOf is where an address is counted; false: it is nobody's own.
func (c *crowd) placeOf(addr net.Addr) (strangers.Place, bool) {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return strangers.Place{}, false
	}
	ip := tcp.AddrPort().Addr().Unmap().WithZone("")
	if !ip.IsValid() || ip.IsLoopback() || among(c.known, ip) {
		return strangers.Place{}, false
	}
	return strangers.At(ip, strangers.Address), true
}

func (c *crowd) leave(g *guest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g.gone {
		return
	}
	g.gone = true
	c.spoken(g)
	c.inside--
	if g.alone {
		c.from.Leave(g.from)
	}
}

// size is how many connections are open, and of how many networks.
func (c *crowd) size() (connections, addresses int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inside, c.from.Networks()
}

// crowdedListener lets in whom the crowd has room for.
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

// decidedListener is for those who have said what they come for, or need not.
type decidedListener struct{ net.Listener }

func (l decidedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if g := turn.Below[*guest](conn); g != nil {
		g.crowd.hear(g)
	}
	return conn, nil
}
