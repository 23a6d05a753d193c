package bwe

import "time"

const (
	throughLeast = 200 * time.Millisecond // of arrivals tell a rate,
	throughMost  = time.Second            // and no more than so much of them
	throughFew   = 8                      // packets beside the first
)

// through measures the rate at which packets come while all of them wait: that of the link, however little is sent.
type through struct {
	first, last time.Duration // arrivals
	packets     int           // after the first,
	bits        int           // and what they bring
	waits       bool          // the newest packet did
	before      float64       // bit/s of the throughMost before first; 0: there are none
}

// add takes an arrival, and whether it waited.
func (t *through) add(at time.Duration, size int, waited bool) {
	switch {
	case !waited || !t.waits || at < t.last:
		*t = through{first: at, last: at, waits: waited}
		return
	case t.last-t.first > throughMost:
		*t = through{first: t.last, last: t.last, waits: true, before: t.rate()}
	}
	t.last = at
	t.packets++
	t.bits += 8 * size
}

// rate is in bit/s, 0 if no queue stands, or not for long enough.
func (t *through) rate() float64 {
	span := t.last - t.first
	switch {
	case !t.waits:
		return 0
	case span < throughLeast || t.packets < throughFew:
		return t.before
	}
	return float64(t.bits) / span.Seconds()
}
