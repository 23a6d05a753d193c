package bwe

import (
	"testing"
	"time"
	"unsafe"

	"pgregory.net/rapid"
)

// TestHistoryFollowsTheRate: whatever is sent, what may still be reported is known, under its own number, and few
// packets take little memory.
func TestHistoryFollowsTheRate(t *testing.T) {
	if size := unsafe.Sizeof(sent{}); size != 32 {
		t.Errorf("a packet takes %d bytes", size)
	}
	rapid.Check(t, func(t *rapid.T) {
		var h history
		var times []time.Duration
		first := rapid.Uint16().Draw(t, "first")
		now := time.Duration(0)
		fastest := 0
		for range rapid.IntRange(1, 4).Draw(t, "phases") {
			rate := rapid.IntRange(10, 700).Draw(t, "packets a second")
			fastest = max(fastest, rate)
			for range rapid.IntRange(100, 3000).Draw(t, "packets") {
				now += time.Second / time.Duration(rate)
				h.add(first+uint16(len(times)), 1000, 0, now)
				times = append(times, now)
			}
		}
		for i, at := range times {
			p := h.find(first + uint16(i))
			young := now-at < flight && len(times)-i <= mostSent || len(times)-i <= fewSent
			if p == nil && young {
				t.Fatalf("packet %d of %d is not known after %v", i, len(times), now-at)
			}
			if p != nil && (p.at != at || h.number(p) != 1<<16|int64(first)+int64(i)) && len(times)-i < 1<<15 {
				t.Fatalf("packet %d is %+v", i, p)
			}
		}
		if room := int(widening * flight.Seconds() * float64(fastest+1)); len(h.ring) > max(fewSent, room) {
			t.Fatalf("%d places for %d packets a second", len(h.ring), fastest)
		}
	})
}
