package sfu

import (
	"testing"

	"jalsa/sfu/udp"
)

// TestPicturesWaitBeforeARelayIsFull: package turn takes 24 KiB of them, and drops what it has no room for.
func TestPicturesWaitBeforeARelayIsFull(t *testing.T) {
	relay := &udp.Relay{}
	for _, c := range []struct{ target, waiting int }{{64_000, 2401}, {1_000_000, 6251}, {maxTarget, 16<<10 + 1}} {
		for _, less := range []int{0, 1} {
			relay.Waiting(c.waiting - less)
			if got := (route{relay: relay}).full(c.target); got != (less == 0) {
				t.Errorf("%d bytes wait, target %d: %v", c.waiting-less, c.target, got)
			}
		}
	}
	if (route{}).full(0) {
		t.Error("a direct way is full")
	}
}
