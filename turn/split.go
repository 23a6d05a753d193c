package turn

import (
	"cmp"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	firstByteLimit = 10 * time.Second
	// UndecidedLimit bounds connections that are being greeted, have not sent a byte,
	// or whose byte has not been looked at. One more makes the oldest give way: whoever
	// means to speak has long done so, also when thousands come at once.
	UndecidedLimit = 8192
	// lastSTUNByte: a STUN message type starts with two zero bits and has 14 bits, but
	// methods above 0xff do not exist; RFC 7983 section 7 keeps 0 to 3 for STUN.
	lastSTUNByte = 0x03
)

// Side is whose a connection is.
type Side int

// Sides of a [Splitter].
const (
	ByFirstByte Side = iota // not known before the client has spoken
	Web
	STUN
)

// Greeting is what comes before the first byte of a connection: what a proxy announces, a TLS handshake. It runs off the
// accept loop, sets limits of its own, and ends when the connection is closed. It returns what is to be read from then on,
// and whose that is if it is known by then. An error refuses the connection; what is returned with it is closed too.
type Greeting func(net.Conn) (net.Conn, Side, error)

// Splitter shares one listener between HTTP and STUN. It owns the accept loop and a goroutine for each undecided
// connection.
type Splitter struct {
	// Web and STUN return the connections. Those decided by their first byte are wrapped, with that byte still to be read;
	// NetConn gives the one from the greeting. Each may be closed alone, then its connections are refused; closing the
	// second closes the listener and waits until nothing of the split is left.
	Web, STUN net.Listener

	// fixed
	listener  net.Listener
	greet     Greeting
	limit     time.Duration
	most      int
	web, stun *side
	done      chan struct{} // closed with the second side

	late, crowded, backlog atomic.Uint64
	group                  sync.WaitGroup // run, and sort for each undecided connection

	mu        sync.Mutex
	undecided []net.Conn // oldest first
	open      int        // sides not closed
}

type side struct {
	*queue
	from    *Splitter
	closing sync.Once
}

// Split begins to accept from l. With no greeting the first byte decides at once.
func Split(l net.Listener, greet Greeting) *Splitter {
	return newSplitter(l, greet, firstByteLimit, UndecidedLimit)
}

func newSplitter(l net.Listener, greet Greeting, limit time.Duration, most int) *Splitter {
	if greet == nil {
		greet = func(conn net.Conn) (net.Conn, Side, error) { return conn, ByFirstByte, nil }
	}
	s := &Splitter{listener: l, greet: greet, limit: limit, most: most, done: make(chan struct{}), open: 2}
	s.web = &side{queue: newQueue(l.Addr()), from: s}
	s.stun = &side{queue: newQueue(l.Addr()), from: s}
	s.Web, s.STUN = s.web, s.stun
	s.group.Go(s.run)
	return s
}

// Refused counts the connections that were closed before they reached a side, by reason.
func (s *Splitter) Refused() map[string]uint64 {
	return map[string]uint64{
		"late":    s.late.Load(),    // no first byte in time
		"crowded": s.crowded.Load(), // the oldest undecided one gave way to a new one
		"backlog": s.backlog.Load(), // its side did not accept in time, or is closed
	}
}

// Close closes both sides.
func (s *Splitter) Close() error {
	return errors.Join(s.web.Close(), s.stun.Close())
}

// Close ends this side; the second to close ends the split.
func (d *side) Close() (err error) {
	d.closing.Do(func() {
		d.queue.Close()
		err = d.from.leave()
	})
	return err
}

func (s *Splitter) leave() error {
	s.mu.Lock()
	s.open--
	last := s.open == 0
	undecided := slices.Clone(s.undecided)
	s.mu.Unlock()
	if !last {
		return nil
	}
	close(s.done)
	err := s.listener.Close()
	for _, conn := range undecided {
		conn.Close()
	}
	s.group.Wait()
	return err
}

func (s *Splitter) run() {
	for {
		conn, err := accept(s.listener, s.done)
		if err != nil {
			s.web.end(err)
			s.stun.end(err)
			return
		}
		if s.arrive(conn) {
			s.group.Go(func() { s.sort(conn) })
		}
	}
}

// arrive notes an undecided connection, and closes the oldest if there are too many.
func (s *Splitter) arrive(conn net.Conn) bool {
	var oldest net.Conn
	s.mu.Lock()
	open := s.open > 0
	if open {
		s.undecided = append(s.undecided, conn)
		if len(s.undecided) > s.most {
			oldest = s.undecided[0]
			s.undecided = slices.Delete(s.undecided, 0, 1)
		}
	}
	s.mu.Unlock()
	if !open {
		conn.Close()
	}
	if oldest != nil {
		s.crowded.Add(1)
		oldest.Close()
	}
	return open
}

// sort greets, waits for the first byte where that decides, and hands the connection to its side.
func (s *Splitter) sort(conn net.Conn) {
	ready, whose, err := s.greet(conn)
	if err == nil && whose == ByFirstByte {
		ready, whose, err = s.peek(ready)
	}
	s.mu.Lock()
	if i := slices.Index(s.undecided, conn); i >= 0 {
		s.undecided = slices.Delete(s.undecided, i, i+1)
	}
	s.mu.Unlock()
	if err != nil {
		if ready != nil {
			ready.Close()
		}
		conn.Close()
		return
	}
	to := s.web
	if whose == STUN {
		to = s.stun
	}
	if !to.offer(ready) {
		s.backlog.Add(1)
	}
}

// peek reads the first byte, and tells from it whose the connection is. It returns the connection in any case.
func (s *Splitter) peek(conn net.Conn) (net.Conn, Side, error) {
	late := time.AfterFunc(s.limit, func() { conn.Close() })
	var first [1]byte
	n, err := conn.Read(first[:])
	if !late.Stop() {
		s.late.Add(1)
		return conn, ByFirstByte, os.ErrDeadlineExceeded
	}
	if err != nil || n == 0 {
		return conn, ByFirstByte, cmp.Or(err, io.ErrNoProgress)
	}
	whose := Web
	if first[0] <= lastSTUNByte {
		whose = STUN
	}
	return &peeked{Conn: conn, first: first[0], held: true}, whose, nil
}

// peeked gives the first byte back.
type peeked struct {
	net.Conn
	first byte
	held  bool // owned by the reader
}

func (c *peeked) Read(p []byte) (int, error) {
	if !c.held || len(p) == 0 {
		return c.Conn.Read(p)
	}
	p[0], c.held = c.first, false
	return 1, nil
}

// NetConn is the connection that was greeted.
func (c *peeked) NetConn() net.Conn { return c.Conn }

// CloseWrite lets net/http end a refused request so that the client still reads the answer.
func (c *peeked) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return net.ErrClosed
}
