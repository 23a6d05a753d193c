package load

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// Durations are kept to a microsecond below 64 µs, and to one part in 32 above.
const (
	fineBits = 5
	buckets  = (64 - fineBits) << fineBits
)

// histogram counts durations; many may add to it at once. The zero value is ready.
type histogram struct {
	counts [buckets]atomic.Uint64
}

func bucketOf(d time.Duration) int {
	n := uint64(max(d.Microseconds(), 0))
	if n < 1<<(fineBits+1) {
		return int(n)
	}
	shift := bits.Len64(n) - fineBits - 1
	return shift<<fineBits + int(n>>shift)
}

// top is the longest duration of a bucket.
func top(bucket int) time.Duration {
	if bucket < 1<<(fineBits+1) {
		return time.Duration(bucket) * time.Microsecond
	}
	shift := bucket>>fineBits - 1
	n := uint64(bucket - shift<<fineBits)
	return time.Duration((n+1)<<shift-1) * time.Microsecond
}

func (h *histogram) add(d time.Duration) { h.counts[bucketOf(d)].Add(1) }

func (h *histogram) reset() {
	for i := range h.counts {
		h.counts[i].Store(0)
	}
}

// quantile is what a share of all durations does not exceed; 0: there is none.
func (h *histogram) quantile(share float64) time.Duration {
	var total uint64
	for i := range h.counts {
		total += h.counts[i].Load()
	}
	var sum uint64
	for i := range h.counts {
		if sum += h.counts[i].Load(); sum > 0 && float64(sum) >= share*float64(total) {
			return top(i)
		}
	}
	return 0
}

// Quantiles of some durations, in milliseconds.
type Quantiles struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func (h *histogram) quantiles() Quantiles {
	ms := func(share float64) float64 { return float64(h.quantile(share).Microseconds()) / 1000 }
	return Quantiles{P50: ms(0.5), P90: ms(0.9), P95: ms(0.95), P99: ms(0.99), Max: ms(1)}
}
