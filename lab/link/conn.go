package link

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/pion/transport/v5/deadline"
)

// headers are the bytes of IPv4 and UDP before the payload of a datagram.
const headers = 28

// Conn is a UDP socket at the end of an emulated link, in real time: what is written travels the one direction before the
// system sends it, what the system receives the other before it can be read. Methods are those of net.PacketConn.
type Conn struct {
	conn     net.PacketConn
	arrived  chan datagram // has left the inward direction
	deadline *deadline.Deadline
	done     chan struct{} // closed when run ended
	once     sync.Once

	mu      sync.Mutex
	out, in *Direction
	waiting time.Time // until when run waits for a datagram; zero: without end
	closed  bool
}

type datagram struct {
	data []byte
	addr net.Addr
}

const (
	largest = 2048
	unread  = 1024 // datagrams that wait for a reader; more are lost, as in a socket's buffer
)

// Wrap puts conn at the end of a link; losses and jitter follow from seed. Conn owns conn from now on.
func Wrap(conn net.PacketConn, out, in Params, seed uint64) *Conn {
	c := &Conn{
		conn: conn, out: New(out, seed), in: New(in, seed+1),
		arrived: make(chan datagram, unread), deadline: deadline.New(), done: make(chan struct{}),
	}
	go c.run()
	return c
}

// run moves packets over the link: it sleeps in the socket's read until one comes or is due.
func (c *Conn) run() {
	defer close(c.done)
	b := make([]byte, largest)
	for {
		if !c.deliver() {
			return
		}
		n, from, err := c.conn.ReadFrom(b)
		switch {
		case err == nil:
			c.mu.Lock()
			c.in.Enter(datagram{append([]byte(nil), b[:n]...), from}, n+headers, time.Now())
			c.mu.Unlock()
		case errors.Is(err, os.ErrDeadlineExceeded):
		default:
			return
		}
	}
}

// deliver passes on what is due, and sets when to look again; false: closed.
func (c *Conn) deliver() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	out, next, more := c.out.Due(now)
	for _, p := range out {
		d := p.Data.(datagram)
		_, _ = c.conn.WriteTo(d.data, d.addr) // what the system refuses is lost, as on a link
	}
	in, due, also := c.in.Due(now)
	for _, p := range in {
		select {
		case c.arrived <- p.Data.(datagram):
		default:
		}
	}
	if also && (!more || due.Before(next)) {
		next, more = due, true
	}
	if !more {
		next = time.Time{}
	}
	c.waiting = next
	return !c.closed && c.conn.SetReadDeadline(next) == nil
}

// WriteTo puts a datagram on the link. It never waits.
func (c *Conn) WriteTo(b []byte, to net.Addr) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, net.ErrClosed
	}
	now := time.Now()
	c.out.Enter(datagram{append([]byte(nil), b...), to}, len(b)+headers, now)
	c.wakeLocked(now)
	return len(b), nil
}

// wakeLocked has run look again: what entered may be due before what it waits for.
func (c *Conn) wakeLocked(now time.Time) {
	if c.waiting.IsZero() || c.waiting.After(now) {
		c.waiting = now
		_ = c.conn.SetReadDeadline(now) // fails once closed, when nobody waits
	}
}

// ReadFrom returns the next datagram that has arrived.
func (c *Conn) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case d := <-c.arrived:
		return copy(b, d.data), d.addr, nil
	case <-c.done:
		return 0, nil, net.ErrClosed
	case <-c.deadline.Done():
		return 0, nil, os.ErrDeadlineExceeded
	}
}

// Change sets the parameters of both directions from now on.
func (c *Conn) Change(out, in Params) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.out.Change(out, now)
	c.in.Change(in, now)
	c.wakeLocked(now)
}

// Counts are the totals of both directions.
func (c *Conn) Counts() (out, in Counts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Counts(), c.in.Counts()
}

// LocalAddr is that of the socket.
func (c *Conn) LocalAddr() net.Addr { return c.conn.LocalAddr() }

// Close loses what is on the link, closes the socket and waits for the goroutine.
func (c *Conn) Close() (err error) {
	c.once.Do(func() {
		c.mu.Lock()
		c.closed = true
		c.mu.Unlock()
		err = c.conn.Close()
		<-c.done
	})
	return err
}

// SetDeadline is SetReadDeadline: writes do not wait.
func (c *Conn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetReadDeadline bounds ReadFrom; zero means forever.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.deadline.Set(t)
	return nil
}

// SetWriteDeadline does nothing: writes do not wait.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }
