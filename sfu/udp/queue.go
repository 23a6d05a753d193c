package udp

import (
	"net/netip"
	"sync"
)

// MTU is the largest datagram that the hub carries between relays and the mux.
const MTU = 1600

type packet struct {
	n    int
	from netip.AddrPort
	data [MTU]byte
}

// queue is a bounded ring of packets. When it is full, push refuses the newest.
type queue struct {
	pool *sync.Pool // of *packet, shared by the hub and its relays

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

func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.count == 0
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
