package main

import (
	"net"
	"sync"
	"time"
)

const (
	longPath    = 400 * time.Millisecond // of a handshake: mostly a thin link too
	gentleRate  = 8_000                  // bytes a second at first
	gentleBytes = 48 << 10               // that are spread out; by then the kernel knows the path
	gentlePiece = 1_400                  // bytes: at most one segment
)

// gaits are those of all who are far away.
type gaits struct {
	far time.Duration // from this round trip on; fixed

	mu     sync.Mutex
	byHost map[string]*gait // the last begun for each; while they have connections
}

// browserMost is how many connections a browser opens to one server; more from one address are several people.
const browserMost = 6

// gently writes slowly at first to who is far away. A system sends ten segments at once into a path that it does not know
// (RFC 6928), which is more than a link of 64 kbit/s has room for. The last of them are lost, and as nothing follows them
// their loss is noticed seconds later: for the certificate, the page, its style and its script. What a browser asks for on
// several connections comes over one link: they share a gait.
func (all *gaits) gently(c net.Conn) net.Conn {
	if p, ok := pathOf(c); ok && p.now >= all.far {
		return all.join(c)
	}
	return c
}

// join lets a connection walk with others of the same host.
func (all *gaits) join(c net.Conn) *gentleConn {
	host, _, _ := net.SplitHostPort(c.RemoteAddr().String())
	all.mu.Lock()
	defer all.mu.Unlock()
	g := all.byHost[host]
	if g == nil || g.walking == browserMost {
		g = &gait{rate: gentleRate}
		if all.byHost == nil {
			all.byHost = map[string]*gait{}
		}
		all.byHost[host] = g
	}
	g.walking++
	return &gentleConn{layer: layer{c}, gait: g, left: gentleBytes, leave: sync.OnceFunc(func() { all.leave(host, g) })}
}

func (all *gaits) leave(host string, g *gait) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if g.walking--; g.walking == 0 && all.byHost[host] == g {
		delete(all.byHost, host)
	}
}

// trip is the way of a connection and back: how long it takes now, 0 while there is no news of it, and the least that it took.
type trip struct{ now, least time.Duration }

// gentleConn lies below TLS: net/http wants the *tls.Conn itself.
type gentleConn struct {
	layer
	gait  *gait
	leave func()

	mu   sync.Mutex    // one Write at a time, as the kernel would have it
	left int           // bytes to be spread out
	mean time.Duration // of the round trips, when it was last looked at
}

// hurry ends the slow start.
func (c *gentleConn) hurry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = 0
}

// Close makes room in the gait.
func (c *gentleConn) Close() error {
	c.leave()
	return c.layer.Close()
}

// Write pauses before a piece for as long as those before it take at the first rate, 175 ms for each connection of the gait
// at most: so long may a Close or a deadline go unnoticed.
func (c *gentleConn) Write(b []byte) (n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.left > 0 && n < len(b) {
		piece := b[n:min(len(b), n+gentlePiece)]
		c.left -= len(piece)
		time.Sleep(c.gait.step(len(piece), c.look(), time.Now()))
		m, err := c.Conn.Write(piece)
		n += m
		if err != nil {
			return n, err
		}
	}
	if n == len(b) {
		return n, nil
	}
	m, err := c.Conn.Write(b[n:])
	return n + m, err
}

// look tells how the way is now.
func (c *gentleConn) look() trip {
	p, _ := pathOf(c.Conn)
	before := c.mean
	c.mean = p.now
	return trip{latest(before, p.now), p.least}
}

// latest is the round trip by which a mean of them has moved, 0 if it has not. The kernel shows a mean in which the latest
// has an eighth (RFC 6298 §2.3); it would take seconds to tell of a queue.
func latest(before, mean time.Duration) time.Duration {
	if before == 0 || mean == before {
		return 0
	}
	return before + 8*(mean-before)
}

// gait is how fast the first bytes leave: twice as fast after each round trip of a stream that no queue has made longer.
type gait struct {
	walking int // connections; under gaits.mu

	mu    sync.Mutex
	rate  int       // bytes a second
	free  time.Time // what left before is through the link by then
	begun time.Time // when the stream at this rate began
}

// step tells how long n bytes are to wait.
func (g *gait) step(n int, p trip, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	wait := max(g.free.Sub(now), 0)
	switch {
	case wait == 0: // what is sent now and then says nothing
		g.begun = now
	case p.now > 0 && now.Sub(g.begun) >= p.least && p.now < p.least*11/10:
		g.rate, g.begun = 2*g.rate, now
	}
	g.free = now.Add(wait + time.Duration(n)*time.Second/time.Duration(g.rate))
	return wait
}
