package udp

import (
	"net/netip"
	"sync"
	"sync/atomic"
)

// MTU is the largest datagram that the hub carries between relays and the muxes.
const MTU = 1600

type packet struct {
	n    int
	from netip.AddrPort
	data [MTU]byte
}

// ring is a bounded row of packets. A full one refuses the newest, one that is closed all. Guarded by what it is in.
type ring struct {
	slots  []*packet
	head   int
	count  int
	closed bool
}

func newRing(size int) ring { return ring{slots: make([]*packet, size)} }

// push reports whether there was room.
func (r *ring) push(p *packet) bool {
	if r.closed || r.count == len(r.slots) {
		return false
	}
	r.slots[(r.head+r.count)%len(r.slots)] = p
	r.count++
	return true
}

// pop takes the oldest packet out; nil: there is none.
func (r *ring) pop() *packet {
	if r.count == 0 {
		return nil
	}
	p := r.slots[r.head]
	r.slots[r.head] = nil
	r.head = (r.head + 1) % len(r.slots)
	r.count--
	return p
}

// close empties it for good.
func (r *ring) close(pool *sync.Pool) {
	r.closed = true
	for p := r.pop(); p != nil; p = r.pop() {
		pool.Put(p)
	}
}

// copied is a copy of b in memory of the pool's.
func copied(pool *sync.Pool, b []byte, from netip.AddrPort) *packet {
	p := pool.Get().(*packet)
	p.n, p.from = copy(p.data[:], b), from
	return p
}

// queue is a ring that somebody waits for.
type queue struct {
	pool *sync.Pool // of *packet, the hub's

	mu    sync.Mutex
	ring  ring
	ready chan struct{} // 1: somebody pushed, or closed
}

func newQueue(size int, pool *sync.Pool) *queue {
	return &queue{pool: pool, ring: newRing(size), ready: make(chan struct{}, 1)}
}

// push copies b. It reports whether there was room.
func (q *queue) push(b []byte, from netip.AddrPort) bool {
	p := copied(q.pool, b, from)
	q.mu.Lock()
	ok := q.ring.push(p)
	q.mu.Unlock()
	if !ok {
		q.pool.Put(p)
		return false
	}
	q.wake()
	return true
}

// pop copies the oldest packet into b.
func (q *queue) pop(b []byte) (n int, from netip.AddrPort, ok bool) {
	q.mu.Lock()
	p := q.ring.pop()
	q.mu.Unlock()
	if p == nil {
		return 0, netip.AddrPort{}, false
	}
	n, from = copy(b, p.data[:p.n]), p.from
	q.pool.Put(p)
	return n, from, true
}

func (q *queue) close() {
	q.mu.Lock()
	q.ring.close(q.pool)
	q.mu.Unlock()
	q.wake()
}

func (q *queue) wake() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// lane is the way between one relay and one socket: what the relay has waiting for the mux, guarded by turns.mu, and whom
// it takes the socket for.
type lane struct {
	reader *Reader // who takes what the relay sends

	peer atomic.Pointer[netip.AddrPort] // of the announced addresses, that last written to: what replies seem to come from

	ring    ring
	waiting bool  // in the row of turns
	next    *lane // in that row
}

// turns are the lanes of all relays to one reader of a socket. Lanes with packets take turns, so that a relay that floods
// delays itself.
type turns struct {
	pool *sync.Pool // of *packet

	mu          sync.Mutex
	first, last *lane // row of the lanes that have packets
}

// push copies b. It reports whether the lane had room.
func (t *turns) push(l *lane, b []byte, from netip.AddrPort) bool {
	p := copied(t.pool, b, from)
	t.mu.Lock()
	ok := l.ring.push(p)
	if ok && !l.waiting {
		t.queueLocked(l)
	}
	t.mu.Unlock()
	if !ok {
		t.pool.Put(p)
	}
	return ok
}

func (t *turns) queueLocked(l *lane) {
	l.waiting = true
	if t.last == nil {
		t.first = l
	} else {
		t.last.next = l
	}
	t.last = l
}

// pop takes the oldest packet of the next lane, which goes back to the pool after use; nil if there is none.
func (t *turns) pop() (p *packet) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for p == nil && t.first != nil {
		l := t.first
		t.first, l.next, l.waiting = l.next, nil, false
		if t.first == nil {
			t.last = nil
		}
		p = l.ring.pop() // none: closed meanwhile
		if l.ring.count > 0 {
			t.queueLocked(l)
		}
	}
	return p
}

func (t *turns) empty() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.first == nil
}

// close empties a lane for good.
func (t *turns) close(l *lane) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l.ring.close(t.pool)
}
