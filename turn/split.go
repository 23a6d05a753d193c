package turn

import (
	"net"
	"slices"
	"sync"
	"time"
)

const (
	firstByteLimit = 10 * time.Second
	// undecidedLimit bounds connections that have not sent a byte, or whose byte
	// has not been looked at. One more makes the oldest give way: whoever means to
	// speak has long done so, also when thousands come at once.
	undecidedLimit = 8192
	// lastSTUNByte: a STUN message type starts with two zero bits and has 14 bits, but
	// methods above 0xff do not exist; RFC 7983 section 7 keeps 0 to 3 for STUN.
	lastSTUNByte = 0x03
)

// Split shares l, plain or TLS, between HTTP and STUN: the first byte of a
// connection tells which listener returns it, and is still there to be read.
// Connections returned may be wrapped; NetConn gives the one from l. Each listener
// may be closed alone, then its connections are refused; closing the second closes
// l and waits until nothing of the split is left.
func Split(l net.Listener) (web, stun net.Listener) {
	s := newSplitter(l, firstByteLimit, undecidedLimit)
	return s.web, s.stun
}

// splitter owns the accept loop and a goroutine for each undecided connection.
type splitter struct {
	// fixed
	listener  net.Listener
	limit     time.Duration
	most      int
	web, stun *side
	done      chan struct{} // closed with the second side

	refused counters
	group   sync.WaitGroup // run, and sort for each undecided connection

	mu        sync.Mutex
	undecided []net.Conn // oldest first
	open      int        // sides not closed
}

type side struct {
	*queue
	from    *splitter
	closing sync.Once
}

func newSplitter(l net.Listener, limit time.Duration, most int) *splitter {
	s := &splitter{listener: l, limit: limit, most: most, done: make(chan struct{}), open: 2}
	s.web = &side{queue: newQueue(l.Addr()), from: s}
	s.stun = &side{queue: newQueue(l.Addr()), from: s}
	s.group.Go(s.run)
	return s
}

// Close ends this side; the second to close ends the split.
func (d *side) Close() (err error) {
	d.closing.Do(func() {
		d.queue.Close()
		err = d.from.leave()
	})
	return err
}

func (s *splitter) leave() error {
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

func (s *splitter) run() {
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
func (s *splitter) arrive(conn net.Conn) bool {
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
		s.refused.count(splitCrowded)
		oldest.Close()
	}
	return open
}

// sort waits for the first byte and hands the connection to its side.
func (s *splitter) sort(conn net.Conn) {
	late := time.AfterFunc(s.limit, func() { conn.Close() })
	var first [1]byte
	n, err := conn.Read(first[:])
	timely := late.Stop()
	s.mu.Lock()
	if i := slices.Index(s.undecided, conn); i >= 0 {
		s.undecided = slices.Delete(s.undecided, i, i+1)
	}
	s.mu.Unlock()
	if !timely {
		s.refused.count(splitLate)
	}
	if err != nil || n == 0 || !timely {
		conn.Close()
		return
	}
	to := s.web
	if first[0] <= lastSTUNByte {
		to = s.stun
	}
	if !to.offer(&peeked{Conn: conn, first: first[0], held: true}) {
		s.refused.count(splitBacklog)
	}
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

// NetConn is the connection that the split listener accepted.
func (c *peeked) NetConn() net.Conn { return c.Conn }

// CloseWrite lets net/http end a refused request so that the client still reads the answer.
func (c *peeked) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return net.ErrClosed
}
