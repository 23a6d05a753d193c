package pacer

import (
	"testing"
	"time"
)

// BenchmarkPass is a packet that leaves at once, as nearly all do on a good link.
func BenchmarkPass(b *testing.B) {
	b.ReportAllocs()
	q, now, frame := New[int](100_000_000, t0), t0, uint32(0)
	for b.Loop() {
		frame++
		now = now.Add(time.Millisecond)
		if !q.Enter(Packet[int]{Class: Video, Size: 1100, Frame: frame}, now) {
			b.Fatal("it waits")
		}
	}
}

// BenchmarkWait is a packet that waits for the beat after it came.
func BenchmarkWait(b *testing.B) {
	b.ReportAllocs()
	q, now, frame := New[int](2_000_000, t0), t0, uint32(0)
	left := 0
	for b.Loop() {
		frame++
		now = now.Add(5 * time.Millisecond)
		q.Hold(true)
		q.Enter(Packet[int]{Class: Video, Size: 1100, Frame: frame}, now)
		q.Hold(false)
		for _, ok := next(q, now); ok; _, ok = next(q, now) {
			left++
		}
		for _, ok := q.Dropped(); ok; _, ok = q.Dropped() {
			b.Fatal("dropped")
		}
	}
	if held, _ := q.Held(); left+held < b.N {
		b.Errorf("%d left, %d wait, of %d", left, held, b.N)
	}
}
