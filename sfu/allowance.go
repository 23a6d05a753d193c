package sfu

import "time"

// Voice passes whatever else waits, so that who sends too much of it would silence the others on every link. The bound is
// far above what we ask for: 24 kbit/s with three copies, headers and repairs are below 150.
const (
	voiceMost  = 256_000  // bit/s of what it costs a receiver, each packet that was unfolded of another included
	voiceBurst = 32 << 10 // bytes at once: what a link held back for some seconds
	thinMost   = 64_000   // bit/s on a thin link: twice what 24 kbit/s cost there
)

// allowance is a bucket of bytes, full at first. Guarded by what it is in.
type allowance struct {
	rate  int // bit/s
	burst int // bytes that it holds
	left  int
	since time.Time
}

// take reports whether a packet of this size may pass, and takes it from the bucket if so.
func (a *allowance) take(size int, now time.Time) bool {
	if a.since.IsZero() {
		a.left, a.since = a.burst, now
	}
	earned := int(min(max(now.Sub(a.since), 0), time.Second) * time.Duration(a.rate) / 8 / time.Second)
	if a.left += earned; a.left < a.burst {
		a.since = a.since.Add(time.Duration(earned) * 8 * time.Second / time.Duration(a.rate)) // what is left of a byte counts later
	} else {
		a.left, a.since = a.burst, now
	}
	if size > a.left {
		return false
	}
	a.left -= size
	return true
}
