package turn

import (
	"net"
	"sync"
	"time"
)

// backlog is how many connections may wait for Accept: when thousands come at
// once, those that wait have been read from already.
const backlog = 4096

// queue is a net.Listener fed by offer and put.
type queue struct {
	addr   net.Addr
	conns  chan net.Conn
	done   chan struct{}
	ending sync.Once
	err    error // written before done is closed
}

func newQueue(addr net.Addr) *queue {
	return &queue{addr: addr, conns: make(chan net.Conn, backlog), done: make(chan struct{})}
}

// Accept waits for the next connection, or returns why there will be none.
func (q *queue) Accept() (net.Conn, error) {
	select {
	case <-q.done:
		return nil, q.err
	default:
	}
	select {
	case conn := <-q.conns:
		return conn, nil
	case <-q.done:
		return nil, q.err
	}
}

// Addr is the address of the listener behind the queue.
func (q *queue) Addr() net.Addr { return q.addr }

// Close ends Accept with net.ErrClosed and closes the connections that wait.
func (q *queue) Close() error {
	q.end(net.ErrClosed)
	return nil
}

func (q *queue) end(err error) {
	q.ending.Do(func() {
		q.err = err
		close(q.done)
	})
	q.empty()
}

// offer queues conn, or closes it if the queue is full or ended.
func (q *queue) offer(conn net.Conn) bool {
	select {
	case q.conns <- conn:
		return q.settle()
	default:
		conn.Close()
		return false
	}
}

// put queues conn when there is room, or closes it if the queue has ended.
func (q *queue) put(conn net.Conn) bool {
	select {
	case q.conns <- conn:
		return q.settle()
	case <-q.done:
		conn.Close()
		return false
	}
}

// settle leaves nothing in a queue that has ended meanwhile.
func (q *queue) settle() bool {
	select {
	case <-q.done:
		q.empty()
		return false
	default:
		return true
	}
}

func (q *queue) empty() {
	for {
		select {
		case conn := <-q.conns:
			conn.Close()
		default:
			return
		}
	}
}

// accept retries errors that pass, such as a lack of file descriptors, after a
// growing pause that done cuts short.
func accept(l net.Listener, done <-chan struct{}) (net.Conn, error) {
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		conn, err := l.Accept()
		if err == nil {
			return conn, nil
		}
		if passing, ok := err.(interface{ Temporary() bool }); !ok || !passing.Temporary() {
			return nil, err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-done:
			timer.Stop()
			return nil, net.ErrClosed
		}
	}
}
