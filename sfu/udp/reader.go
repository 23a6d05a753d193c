package udp

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"
)

const (
	inRow    = 8   // packets from relays, and then from the system, while both have some
	failures = 100 // of the system, without a packet between them, before the socket is taken for dead
)

// Reader is one of those by whom a socket is read: one goroutine owns it. The packets of one client come by one reader, in
// their order, and so do those of one relay.
type Reader struct {
	// Fixed after New.
	socket *Socket
	system system
	give   func(got []packet) (on, follows bool) // direct, made once
	pause  func() (more bool)                    // paused, made once

	in turns

	// Owned by the goroutine that reads.
	take    func(b []byte, from netip.AddrPort) (follows bool)
	rest    func() (more bool)
	stopped bool // rest said so
	some    bool // was taken since the last rest
	relayed int  // packets of relays in a row
	failed  int  // failures of the system in a row

	waiting atomic.Bool // in the system, and must be woken for the relays
}

// Run waits for packets, of relays or of the network, and has take called with each; b is valid until take returns. If take
// says of the last packet of the network's that another follows, it is worth a look. After each burst it calls rest, and
// ends without an error if that returns false. While relays and network both have packets,
// bursts alternate, so that neither waits for more than a few of the other's. After an error no more will come.
func (r *Reader) Run(take func(b []byte, from netip.AddrPort) (follows bool), rest func() (more bool)) error {
	r.take, r.rest, r.stopped = take, rest, false
	for !r.stopped {
		if err := r.burst(); err != nil {
			return err
		}
	}
	return nil
}

// burst is one of relays, or any number of the network while relays have none.
func (r *Reader) burst() (err error) {
	switch {
	case r.relays():
		r.stopped = !r.rest()
		return nil
	case r.relayed < inRow:
		err = r.wait()
	default: // the relays had their row: the network goes first
		r.socket.hub.counts.alternated.Add(1)
		var got []packet
		if got, err = r.system.receiveNow(inRow); err == nil {
			r.network(got)
			r.rested()
		}
	}
	r.relayed = 0
	if err != nil {
		return r.fails(err)
	}
	return nil
}

// relays takes what relays have, until they had their row.
func (r *Reader) relays() (some bool) {
	for ; r.relayed < inRow; r.relayed++ {
		p := r.in.pop()
		if p == nil {
			return some
		}
		r.take(p.data[:p.n], p.from)
		r.in.pool.Put(p)
		some = true
	}
	return some
}

// wait waits for the network, again and again, or for a relay to wake it.
func (r *Reader) wait() error {
	// Whoever pushes after the store wakes us; whoever pushed before it is seen here.
	r.waiting.Store(true)
	defer r.waiting.Store(false)
	if !r.in.empty() {
		return nil
	}
	return r.system.receive(r.give, r.pause)
}

// direct takes what the network gave in wait.
func (r *Reader) direct(got []packet) (on, follows bool) {
	r.waiting.Store(false)
	follows = r.network(got)
	return r.in.empty(), follows
}

// paused is when the network has no more, in wait.
func (r *Reader) paused() (more bool) {
	r.rested()
	r.waiting.Store(true)
	return !r.stopped && r.in.empty()
}

// rested has the owner rest, if something was taken.
func (r *Reader) rested() {
	if r.some {
		r.some, r.stopped = false, !r.rest()
	}
}

// network takes what the network gave.
func (r *Reader) network(got []packet) (follows bool) {
	r.failed = 0
	counts := &r.socket.hub.counts
	counts.receiveCalls.Add(1)
	counts.received.Add(uint64(len(got)))
	for i := range got {
		p := &got[i]
		switch {
		case MadeUp(p.from.Addr()):
			counts.spoofed.Add(1)
		case p.n > MTU:
			counts.oversize.Add(1)
		default:
			follows = r.take(p.data[:p.n], p.from)
			r.some = true
		}
	}
	return follows
}

// fails looks at what the system said instead of giving packets. What it lacks, it may have again: only failure after
// failure is an error for the reader, which ends at it, and all media of the socket with it.
func (r *Reader) fails(err error) error {
	switch {
	case r.socket.closed.Load():
		return net.ErrClosed
	case errors.Is(err, errEmpty):
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded): // somebody woke us
		if err = r.system.SetReadDeadline(time.Time{}); err == nil {
			return nil
		}
	}
	r.socket.hub.counts.receiveFailed.Add(1)
	if r.failed++; r.failed < failures {
		return nil
	}
	return err
}

// inject hands a relay's packet to the goroutine that reads.
func (r *Reader) inject(b []byte, from *Relay) {
	if !r.in.push(&from.lanes[r.socket.index], b, from.addr) {
		r.socket.hub.counts.hubFull.Add(1)
		return
	}
	if r.waiting.CompareAndSwap(true, false) {
		// An error means that the socket is closed; then the reader ends anyway.
		_ = r.system.SetReadDeadline(time.Unix(1, 0))
	}
}
