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

// queue is a bounded ring of packets. When it is full, push refuses the newest.
type queue struct {
	pool *sync.Pool // of *packet, the hub's

	mu     sync.Mutex
	ring   []*packet
	head   int
	count  int
	closed bool
	ready  chan struct{} // 1: somebody pushed, or closed
}

func newQueue(size int, pool *sync.Pool) *queue {
	return &queue{pool: pool, ring: make([]*packet, size), ready: make(chan struct{}, 1)}
}

// push copies b. It reports whether there was room.
func (q *queue) push(b []byte, from netip.AddrPort) bool {
	p := q.pool.Get().(*packet)
	p.n, p.from = copy(p.data[:], b), from
	q.mu.Lock()
	ok := !q.closed && q.count < len(q.ring)
	if ok {
		q.ring[(q.head+q.count)%len(q.ring)] = p
		q.count++
	}
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
	if q.count == 0 {
		q.mu.Unlock()
		return 0, netip.AddrPort{}, false
	}
	p := q.ring[q.head]
	q.ring[q.head] = nil
	q.head = (q.head + 1) % len(q.ring)
	q.count--
	q.mu.Unlock()
	n, from = copy(b, p.data[:p.n]), p.from
	q.pool.Put(p)
	return n, from, true
}

func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	for ; q.count > 0; q.count-- {
		q.pool.Put(q.ring[q.head])
		q.ring[q.head] = nil
		q.head = (q.head + 1) % len(q.ring)
	}
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

	ring    [relayQueue]*packet
	head    int
	count   int
	closed  bool
	waiting bool  // in the row of turns
	next    *lane // in that row
}

// turns are the lanes of all relays to one reader of a socket. A lane that is full refuses the newest packet; lanes with packets take turns, so
// that a relay that floods delays itself.
type turns struct {
	pool *sync.Pool // of *packet

	mu          sync.Mutex
	first, last *lane // row of the lanes that have packets
}

// push copies b. It reports whether the lane had room.
func (t *turns) push(l *lane, b []byte, from netip.AddrPort) bool {
	p := t.pool.Get().(*packet)
	p.n, p.from = copy(p.data[:], b), from
	t.mu.Lock()
	ok := !l.closed && l.count < len(l.ring)
	if ok {
		l.ring[(l.head+l.count)%len(l.ring)] = p
		l.count++
		if !l.waiting {
			t.queueLocked(l)
		}
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
		if l.count == 0 { // closed meanwhile
			continue
		}
		p = l.ring[l.head]
		l.ring[l.head] = nil
		l.head = (l.head + 1) % len(l.ring)
		l.count--
		if l.count > 0 {
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
	l.closed = true
	for ; l.count > 0; l.count-- {
		t.pool.Put(l.ring[l.head])
		l.ring[l.head] = nil
		l.head = (l.head + 1) % len(l.ring)
	}
}
