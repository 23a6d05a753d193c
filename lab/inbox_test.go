package lab

import (
	"sync"
	"time"
)

// inbox is the tally of what one person received.
type inbox struct {
	mu      sync.Mutex
	flows   map[flowKey]*flow
	broken  int // payloads without a whole mark
	strange int // packets whose CSRC is not their sender's number
}

type flowKey struct {
	number uint32
	layer  layer
}

// flow is one stream as it arrived.
type flow struct {
	last uint32 // highest count
	at   time.Time
	gap  time.Duration // longest time without a packet, since it was last asked for
	seen map[uint32]struct{}
}

func (b *inbox) add(m mark, whole bool, csrc []uint32, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !whole {
		b.broken++
		return
	}
	if len(csrc) != 1 || csrc[0] != m.number {
		b.strange++
	}
	if b.flows == nil {
		b.flows = make(map[flowKey]*flow)
	}
	k := flowKey{m.number, m.layer}
	f := b.flows[k]
	if f == nil {
		f = &flow{seen: make(map[uint32]struct{})}
		b.flows[k] = f
	}
	f.seen[m.count] = struct{}{}
	if !f.at.IsZero() {
		f.gap = max(f.gap, now.Sub(f.at))
	}
	f.last, f.at = max(f.last, m.count), now
}

// at is when the latest packet of a sender's layers came; zero: never.
func (b *inbox) at(number uint32, layers ...layer) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	var latest time.Time
	for _, l := range layers {
		if f := b.flows[flowKey{number, l}]; f != nil && f.at.After(latest) {
			latest = f.at
		}
	}
	return latest
}

// heardAndSeen reports whether sound and picture of a sender came after t.
func (b *inbox) heardAndSeen(number uint32, t time.Time) bool {
	return b.at(number, voice).After(t) && b.at(number, low, high).After(t)
}

// last is the highest count of a stream, 0 for none.
func (b *inbox) last(number uint32, l layer) uint32 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f := b.flows[flowKey{number, l}]; f != nil {
		return f.last
	}
	return 0
}

// longestGap is how long a stream ever stood still since this was last asked.
func (b *inbox) longestGap(number uint32, l layer) (gap time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f := b.flows[flowKey{number, l}]; f != nil {
		gap, f.gap = f.gap, 0
	}
	return gap
}

// missing counts the packets of a stream from..to that did not come.
func (b *inbox) missing(number uint32, l layer, from, to uint32) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.flows[flowKey{number, l}]
	n := 0
	for i := from; i <= to; i++ {
		if f == nil {
			n++
		} else if _, ok := f.seen[i]; !ok {
			n++
		}
	}
	return n
}

// pictures counts those of a stream from packet from..to that came whole, and in part, where each has so many packets.
func (b *inbox) pictures(number uint32, l layer, parts int, from, to uint32) (whole, torn int) {
	for first := from + (uint32(parts)-(from-1)%uint32(parts))%uint32(parts); first+uint32(parts)-1 <= to; first += uint32(parts) {
		switch b.missing(number, l, first, first+uint32(parts)-1) {
		case 0:
			whole++
		case parts:
		default:
			torn++
		}
	}
	return whole, torn
}

// faults is what no packet should ever be.
func (b *inbox) faults() (broken, strange int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.broken, b.strange
}
