package sfu

import (
	"runtime"
	"sync/atomic"
)

// passage tells others whether a goroutine has packets in hand, of which it may still send some by what it read before.
// One goroutine is ever in it, from when it takes the first packet until all that came of it has left. It costs the path
// of a packet no lock.
type passage struct{ steps atomic.Uint64 } // odd: in it

func (p *passage) enter() { p.steps.Add(1) }
func (p *passage) leave() { p.steps.Add(1) }

// wait returns when who is in it now has left it: for as long as a burst takes. It must not be called from inside.
func (p *passage) wait() {
	for n := p.steps.Load(); n%2 == 1 && p.steps.Load() == n; {
		runtime.Gosched()
	}
}

// passed waits until whoever has packets in hand has sent what comes of them.
func (s *SFU) passed() {
	for _, r := range s.readers {
		r.carrying.wait()
	}
}

// passed waits until nobody has packets in hand any more that are the peer's, or go to it.
func (p *Peer) passed() {
	p.sfu.passed()
	p.room.sending.wait()
}
