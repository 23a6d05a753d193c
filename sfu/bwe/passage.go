package bwe

import (
	"math"
	"time"
)

const (
	passageLeast = 3                     // packets
	passageLost  = 1.0 / 3               // of them at most
	passageSlack = 20 * time.Millisecond // beside the noise; so much less may the time of arriving truly be
)

// passage is the rate at which neighbouring packets went through, between bounds, in bit/s: a link that is slower than
// they are sent draws them apart, and is seen by that.
type passage struct {
	low, high float64
	seen      bool
}

// passage measures the packets from first to last, asked to be sent at a rate; false when too few arrived. Packets that
// do not belong to the probe but went between count too: they took their time. The times of arrival may be wrong by
// noise.
func (h *history) passage(first, last int64, asked float64, noise time.Duration) (passage, bool) {
	var early, late *sent
	bytes, lost, n := 0, 0, 0
	begin, end := time.Duration(math.MaxInt64), time.Duration(math.MinInt64)
	for number := first; number <= last && number-first < mostSent; number++ {
		s := h.known(number)
		switch {
		case s == nil || s.fate == forgotten:
			continue
		case s.fate != arrived:
			lost++
			continue
		case early == nil:
			early = s
		}
		late = s
		n++
		bytes += int(s.size)
		begin, end = min(begin, s.arrival), max(end, s.arrival)
	}
	if n < passageLeast || float64(lost) > passageLost*float64(n+lost) {
		return passage{}, false
	}
	sending := asked
	if late.at > early.at {
		sending = min(1.5*asked, speed(bytes-int(late.size), late.at-early.at))
	}
	arriving := speed(bytes-int(early.size), end-begin)
	if arriving > 2*sending { // bunched on the way
		return passage{}, false
	}
	sure := speed(bytes-int(early.size), end-begin+2*noise)
	high := speed(bytes-int(early.size), end-begin-2*noise-passageSlack)
	if arriving < 0.9*sending { // the link is seen
		return passage{min(0.95*arriving, sure), high, true}, true
	}
	return passage{min(sending, arriving, sure), high, false}, true
}

// speed is +Inf when there is no span.
func speed(bytes int, span time.Duration) float64 {
	if span <= 0 {
		return math.Inf(1)
	}
	return float64(8*bytes) / span.Seconds()
}
