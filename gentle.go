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

// gently writes slowly at first to who is far away. A system sends ten segments at once into a path that it does not know
// (RFC 6928), which is more than a link of 64 kbit/s has room for. The last of them are lost, and as nothing follows them
// their loss is noticed seconds later: for the certificate, the page, its style and its script.
func gently(c net.Conn) net.Conn {
	if p, ok := pathOf(c); ok && p.now >= longPath {
		return &gentleConn{layer: layer{c}, gait: gait{rate: gentleRate, left: gentleBytes}}
	}
	return c
}

// trip is what the kernel knows of the way of a connection.
type trip struct{ now, least time.Duration } // round trips

// gentleConn lies below TLS: net/http wants the *tls.Conn itself.
type gentleConn struct {
	layer

	mu   sync.Mutex // one Write at a time, as the kernel would have it
	gait gait
}

// hurry ends the slow start.
func (c *gentleConn) hurry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gait.left = 0
}

// Write pauses before a piece for as long as the one before takes at the first rate, 175 ms at most: so long may a Close or
// a deadline go unnoticed.
func (c *gentleConn) Write(b []byte) (n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.gait.left > 0 && n < len(b) {
		piece := b[n:min(len(b), n+gentlePiece)]
		p, _ := pathOf(c.Conn)
		time.Sleep(c.gait.step(len(piece), p, time.Now()))
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

// gait is how fast the first bytes leave: twice as fast after each round trip of a stream that no queue has made longer.
type gait struct {
	rate  int       // bytes a second
	left  int       // bytes to be spread out
	free  time.Time // what left before is through the link by then
	begun time.Time // when the stream at this rate began
}

// step tells how long n bytes are to wait.
func (g *gait) step(n int, p trip, now time.Time) time.Duration {
	g.left -= n
	wait := max(g.free.Sub(now), 0)
	switch {
	case wait == 0: // what is sent now and then says nothing
		g.begun = now
	case now.Sub(g.begun) >= p.least && p.now < p.least*11/10:
		g.rate, g.begun = 2*g.rate, now
	}
	g.free = now.Add(wait + time.Duration(n)*time.Second/time.Duration(g.rate))
	return wait
}
