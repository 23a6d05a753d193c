package strangers

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

const paceShares = 1 << 12 // of each width

// Paces bounds how often somebody comes: each network so many times at once and so often a second later, each /48 Wide times as
// often. Those whose networks have one hash share a share: so there is nothing to forget, and nothing to fill up.
// Its methods may be called from any goroutine.
type Paces struct {
	// fixed
	burst, rate float64 // of one network; rate a second
	seed        maphash.Seed

	mu        sync.Mutex
	near, far [paceShares]pace
}

// NewPaces lets each network come burst times at once, and rate times a second.
func NewPaces(burst, rate float64) *Paces {
	return &Paces{burst: burst, rate: rate, seed: maphash.MakeSeed()}
}

// Take counts one who comes from a place; false: it is one too many, and not counted. What is invalid of a place is not asked.
func (p *Paces) Take(from Place, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	near, far := p.of(&p.near, from.Near), p.of(&p.far, from.Far)
	if !near.room(p.burst, p.rate, now) || !far.room(Wide*p.burst, Wide*p.rate, now) {
		return false
	}
	near.take()
	far.take()
	return true
}

// of is nil for what is invalid.
func (p *Paces) of(shares *[paceShares]pace, n netip.Prefix) *pace {
	if !n.IsValid() {
		return nil
	}
	return &shares[maphash.Comparable(p.seed, n)%paceShares]
}

// pace is one share.
type pace struct {
	taken float64   // of the burst
	at    time.Time // when it was last looked at
}

func (p *pace) room(burst, rate float64, now time.Time) bool {
	if p == nil {
		return true
	}
	if passed := now.Sub(p.at); passed > 0 {
		p.taken, p.at = max(0, p.taken-rate*passed.Seconds()), now
	}
	return p.taken+1 <= burst
}

func (p *pace) take() {
	if p != nil {
		p.taken++
	}
}
