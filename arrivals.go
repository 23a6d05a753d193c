package main

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

const (
	// arrivalRate is how many connections a second one address or network may open, and arrivalBurst how many at once: a hall
	// full of people who all come back after a failure, twice. A handshake takes a third of a millisecond of a core, which
	// hearings have to have too.
	arrivalRate  = 100
	arrivalBurst = 2 * addressLimit

	arrivalShares = 1 << 12
)

// arrivals bounds how often somebody comes, as crowd bounds how many stay. Those whose addresses have one hash share a
// share: so there is nothing to forget, and nothing to fill up.
type arrivals struct {
	// fixed
	rate, burst float64
	seed        maphash.Seed

	mu     sync.Mutex
	shares [arrivalShares]arrivalShare
}

type arrivalShare struct {
	taken float64   // of the burst
	at    time.Time // when it was last looked at
}

func newArrivals(rate, burst float64) *arrivals {
	return &arrivals{rate: rate, burst: burst, seed: maphash.MakeSeed()}
}

// take counts one who comes; false: it is one too many, and not counted.
func (a *arrivals) take(from netip.Prefix, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := &a.shares[maphash.Comparable(a.seed, from)%arrivalShares]
	if passed := now.Sub(s.at); passed > 0 {
		s.taken, s.at = max(0, s.taken-a.rate*passed.Seconds()), now
	}
	if s.taken+1 > a.burst {
		return false
	}
	s.taken++
	return true
}
