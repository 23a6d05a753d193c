package bwe

import (
	"math"
	"testing"
	"time"
)

// TestThroughIsTheRateOfTheLink: of packets that wait at a link of 256 kbit/s, from a fifth of a second on and however
// long it lasts; of packets that do not wait nothing is told.
func TestThroughIsTheRateOfTheLink(t *testing.T) {
	var m through
	at := time.Duration(0)
	come := func(n int, each time.Duration, waited bool) {
		for range n {
			at += each
			m.add(at, 1000, waited)
		}
	}
	come(20, 200*time.Millisecond, false)
	if got := m.rate(); got != 0 {
		t.Errorf("%.0f bit/s without a queue", got)
	}
	come(8, 31250*time.Microsecond, true)
	if got := m.rate(); got != 0 {
		t.Errorf("%.0f bit/s after 219 ms of eight packets", got)
	}
	for range 200 {
		come(1, 31250*time.Microsecond, true)
		if got := m.rate(); math.Abs(got-256_000) > 1 {
			t.Fatalf("%.0f bit/s at %v", got, at)
		}
	}
	come(1, 50*time.Millisecond, false)
	come(1, 50*time.Millisecond, true)
	if got := m.rate(); got != 0 {
		t.Errorf("%.0f bit/s once the queue was gone", got)
	}
}
