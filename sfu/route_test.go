package sfu

import (
	"testing"
	"time"

	"jalsa/sfu/udp"
)

// TestPicturesWaitBeforeARelayIsFull: package turn takes 24 KiB of them, and drops what it has no room for.
func TestPicturesWaitBeforeARelayIsFull(t *testing.T) {
	relay, now := &udp.Relay{}, time.Unix(1e9, 0)
	for _, c := range []struct{ target, waiting int }{{64_000, 1301}, {1_000_000, 6251}, {maxTarget, 16<<10 + 1}} {
		for _, less := range []int{0, 1} {
			relay.Waiting(c.waiting - less)
			if got := (&route{relay: relay}).full(c.target, now); got != (less == 0) {
				t.Errorf("%d bytes wait, target %d: %v", c.waiting-less, c.target, got)
			}
		}
	}
	if (&route{}).full(0, now) {
		t.Error("a direct way is full")
	}
}

// TestPicturesWaitForARelayThatNeverEmpties, however little waits: its link carries less than is believed.
func TestPicturesWaitForARelayThatNeverEmpties(t *testing.T) {
	relay, now := &udp.Relay{}, time.Unix(1e9, 0)
	r := &route{relay: relay}
	full := func() bool { return r.full(1_000_000, now) }
	relay.Waiting(200)
	if full() {
		t.Error("full at once")
	}
	now = now.Add(backlogTime)
	if full() {
		t.Error("full after a while that is allowed")
	}
	now = now.Add(time.Millisecond)
	if relay.Waiting(100); !full() {
		t.Error("not full, though something has waited all the time")
	}
	relay.Waiting(0)
	if full() {
		t.Error("full, though nothing waits")
	}
	for range 3 { // nobody looked when it was empty
		now = now.Add(backlogTime)
		relay.Waiting(0)
		relay.Waiting(100)
		if full() {
			t.Error("full, though it has been empty")
		}
	}
}
