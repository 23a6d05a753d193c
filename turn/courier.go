package turn

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"time"
)

// courtesy is how often a courier lets others go first before it writes: as many goroutines as a packet passes on its way
// in, so that the rest of a burst arrives meanwhile and leaves with it. A write is a TLS record of 22 bytes, a TCP segment
// of 52, and ten times the work of a packet in it. It costs no time when nobody else has anything to do.
const courtesy = 4

var errKept = errors.New("turn: too much waits for the client")

// courier writes to many clients, and so never waits for one: what the system has no room for is left to the
// connection's own goroutine. One that comes for the first client of a burst finds the others' there too.
type courier struct {
	wake chan struct{} // 1: somebody is due
	done chan struct{} // the server's

	mu  sync.Mutex
	due []*control // each at most once
}

func newCourier(done chan struct{}) *courier {
	return &courier{wake: make(chan struct{}, 1), done: done}
}

// call has the courier come to c soon. It never waits.
func (k *courier) call(c *control) {
	k.mu.Lock()
	k.due = append(k.due, c)
	first := len(k.due) == 1
	k.mu.Unlock()
	if !first {
		return
	}
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

func (k *courier) run() {
	var round []*control
	for {
		select {
		case <-k.wake:
		case <-k.done:
			return
		}
		for range courtesy {
			runtime.Gosched()
		}
		k.mu.Lock()
		round, k.due = k.due, round[:0]
		k.mu.Unlock()
		for _, c := range round {
			c.carry()
		}
		clear(round) // connections that are gone are not held
	}
}

// carry writes what waits. It is called by one goroutine at a time.
func (c *control) carry() {
	defer c.server.survive(&c.tuple)
	batch := c.leave()
	defer c.server.spares.give(batch)
	if len(batch) == 0 { // aborted
		return
	}
	if _, err := c.Conn.Write(batch); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, errKept) {
			c.server.refused.count(closedStuck)
		}
		c.abort()
		return
	}
	if c.prompt != nil && c.prompt.rests() {
		c.nudge()
		return
	}
	c.carried()
}

// leave takes what waits as the batch that leaves.
func (c *control) leave() (batch []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	batch, c.queued = c.queued, nil
	c.leaving = len(batch)
	return batch
}

// spares are batches that have left, for those to come: of many connections few have something waiting at an instant.
type spares struct {
	mu   sync.Mutex
	free [][]byte // at most mostSpares
}

const mostSpares = 32

// take returns an empty one, nil if there is none.
func (s *spares) take() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.free) - 1
	if last < 0 {
		return nil
	}
	batch := s.free[last]
	s.free = s.free[:last]
	return batch
}

func (s *spares) give(batch []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cap(batch) > 0 && len(s.free) < mostSpares {
		s.free = append(s.free, batch[:0])
	}
}

// carried is told when the system has all of a batch.
func (c *control) carried() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leaving = 0
	c.tell(len(c.queued))
	c.called = false
	c.callLocked()
}

// callLocked has somebody write, if something waits and nobody is about it.
func (c *control) callLocked() {
	if c.called || len(c.queued) == 0 {
		return
	}
	c.called = true
	if c.prompt != nil {
		c.courier.call(c)
		return
	}
	c.nudge()
}

// nudge wakes drain.
func (c *control) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// drain writes where that may take time: what a courier left, or everything if the connection knows no other way.
func (c *control) drain() {
	defer c.server.survive(&c.tuple)
	for {
		select {
		case <-c.wake:
		case <-c.done:
			return
		}
		_ = c.Conn.SetWriteDeadline(c.server.config.Now().Add(stallLimit)) // fails if it is closed
		if c.prompt == nil {
			c.carry()
			continue
		}
		if err := c.prompt.finish(); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				c.server.refused.count(closedStuck)
			}
			c.abort()
			return
		}
		_ = c.Conn.SetWriteDeadline(time.Time{})
		c.carried()
	}
}
