package lab

import (
	mathrand "math/rand/v2"
	"testing"
	"time"
)

// TestCrash kills the server in a running hearing of four and starts it again
// on the same data: everybody is back in their place with media, and nobody
// has to be let in again, not even the witness.
func TestCrash(t *testing.T) {
	alongside(t)
	p := newProgram(t)
	h := newHearing(t, p, time.Hour, "host", "party", "witness", "interpreter/relay")
	crash(t, h, rounds(1, 20))
}

// TestCrashInOvertime does the same after the time for newcomers is over.
func TestCrashInOvertime(t *testing.T) {
	alongside(t)
	p := newProgram(t)
	const open = 4 * time.Second
	booked := time.Now()
	h := newHearing(t, p, open, "host", "party", "witness", "interpreter/relay", "representative/absent")
	pass(time.Until(booked.Add(open + 2*time.Second)))
	crash(t, h, rounds(1, 5))

	late := h.guest(5)
	if late.redeem(); late.id != "" {
		late.start()
		until(t, "the newcomer is told", func() bool { return late.dismissed() != "" })
	}
	if word := late.dismissed(); late.isWaiting() || late.isAdmitted() || late.id != "" && word != "too_late" {
		t.Errorf("a newcomer in overtime was told %q", word)
	}
}

// crash kills and restarts the server n times, a random while later each time,
// as a supervisor would.
func crash(t *testing.T, h *hearing, n int) {
	t.Helper()
	var times quantiles
	for range n {
		before := make(map[*person]int)
		for _, p := range h.people {
			before[p] = p.entries()
		}
		h.program.kill()
		pass(mathrand.N(2 * time.Second)) // down
		restarted := time.Now()
		h.program.start()
		h.untilFlowing(restarted)
		times = append(times, time.Since(restarted))
		for _, p := range h.people {
			if p.isWaiting() || p.dismissed() != "" || p.entries() != before[p]+1 {
				t.Errorf("%s: waiting %v, dismissed %q, let in %d times after the crash", p.role, p.isWaiting(), p.dismissed(), p.entries()-before[p])
			}
			until(t, "the roster shows all in their places", func() bool {
				for _, other := range h.people {
					if p.placeOf(other.number) != "in_hearing" {
						return false
					}
				}
				return true
			})
		}
		c := check(h.people)
		pass(200 * time.Millisecond)
		c.complete(t)
	}
	t.Logf("kill -9, from restart to media on every pair: %v", times)
	if inLab && times.at(.95) > 5*time.Second {
		t.Errorf("p95 %v, want 5s", times.at(.95))
	}
}

// entries is how often the person was told that they are in.
func (p *person) entries() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.admits
}
