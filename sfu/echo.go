package sfu

import "time"

// An echo is a room whose peers are their own others: somebody rehearses alone, and sees and hears what the server got of
// them. Seats, layers, repair and congestion control are those of a hearing. It holds nobody to a level, so what a peer
// may send there is bounded instead.
const (
	echoRate  = 500_000  // bit/s of RTP, all lines of a peer together
	echoBurst = 32 << 10 // bytes at once: a key frame of 360 lines
)

// allowance is a bucket of bytes that fills at echoRate. Owned by Pion's SRTP reader of the peer.
type allowance struct {
	left  int // bytes
	since time.Time
}

// take reports whether a packet of this size may pass, and takes it from the bucket if so.
func (a *allowance) take(size int, now time.Time) bool {
	if a.since.IsZero() {
		a.left, a.since = echoBurst, now
	}
	earned := int(min(max(now.Sub(a.since), 0), time.Second) * echoRate / 8 / time.Second)
	if a.left += earned; a.left < echoBurst {
		a.since = a.since.Add(time.Duration(earned) * 8 * time.Second / echoRate) // what is left of a byte counts later
	} else {
		a.left, a.since = echoBurst, now
	}
	if size > a.left {
		return false
	}
	a.left -= size
	return true
}
