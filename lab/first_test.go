package lab

import (
	"testing"
	"time"
)

// TestHearing is what everything else stands on: three people, one over the
// relay, who hear and see each other without a loss.
func TestHearing(t *testing.T) {
	alongside(t)
	p := newProgram(t)
	h := newHearing(t, p, time.Hour, "host", "party/relay", "witness")
	c := check(h.people)
	pass(time.Second)
	t.Logf("%d packets, all arrived", c.complete(t))
}
