package turn

import (
	"sync"
	"time"
)

const (
	// DefaultRate is what one person causes at most, with some to spare: 6 Mbit/s towards them (package sfu), and camera,
	// screen and voice from them, repairs and headers included.
	DefaultRate = 1_500_000 // bytes/s
	// DefaultAllocations costs some 200 MB if every client stops reading.
	DefaultAllocations = 2000

	burstTime = 500 * time.Millisecond // of the rate may be relayed at once: a page with much text
	voiceSize = 600                    // bytes; sound, feedback, STUN and DTLS are hardly ever longer, pictures hardly ever shorter
)

// bucket is what may be relayed for one user. Its lower half is a warning, on which the SFU holds pictures back; its last
// quarter is for small packets, so that an excess of pictures takes no sound with it.
type bucket struct {
	rate  float64 // bytes/s
	level float64 // bytes
	at    time.Time
}

func newBucket(rate int, now time.Time) bucket {
	return bucket{rate: float64(rate), level: float64(rate) * burstTime.Seconds(), at: now}
}

func (b *bucket) size() float64 { return b.rate * burstTime.Seconds() }

func (b *bucket) fill(now time.Time) {
	if passed := now.Sub(b.at); passed > 0 {
		b.level, b.at = min(b.level+b.rate*passed.Seconds(), b.size()), now
	}
}

// take pays for n bytes; false: there is too little left, and nothing is paid.
func (b *bucket) take(n int, now time.Time) bool {
	b.fill(now)
	left := b.level - float64(n)
	if left < 0 || n > voiceSize && left < b.size()/4 {
		return false
	}
	b.level = left
	return true
}

// low tells whether less than half is left.
func (b *bucket) low(now time.Time) bool {
	b.fill(now)
	return b.level < b.size()/2
}

// spent tells whether pictures find nothing any more.
func (b *bucket) spent(now time.Time) bool {
	b.fill(now)
	return b.level-voiceSize < b.size()/4
}

// allowance is one user's bucket, shared by all that is relayed for them.
type allowance struct {
	mu     sync.Mutex // held for arithmetic
	bucket bucket
}

// take is bucket.take; low is bucket.low afterwards.
func (a *allowance) take(n int, now time.Time) (ok, low bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ok = a.bucket.take(n, now)
	return ok, a.bucket.low(now)
}

func (a *allowance) spent(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.bucket.spent(now)
}
