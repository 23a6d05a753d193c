package lab

import (
	"testing"
	"time"
)

// TestBlackout takes all network from one person for five seconds: nobody has
// to let them in again, and media flows both ways soon after, on the same
// socket and the same PeerConnection.
func TestBlackout(t *testing.T) {
	for _, path := range []string{"direct", "relay"} {
		t.Run(path, func(t *testing.T) {
			alongside(t)
			p := newProgram(t)
			h := newHearing(t, p, time.Hour, "host", "party/"+path, "witness")
			away, others := h.people[1], []*person{h.people[0], h.people[2]}
			var times quantiles
			for range rounds(1, 20) {
				kept := check(others)
				link, entries := away.winner(), away.entries()
				away.cable.pull()
				dark := time.Now()
				pass(5 * time.Second)
				if away.inbox.at(1, voice).After(dark.Add(100*time.Millisecond)) || others[0].inbox.at(away.number, voice).After(dark.Add(time.Second)) {
					t.Fatal("the network was not dark")
				}
				light := time.Now()
				away.cable.plug()
				h.untilFlowing(light)
				times = append(times, time.Since(light))
				kept.complete(t)
				if away.isWaiting() || away.dismissed() != "" || away.entries() != entries || away.winner() != link {
					t.Errorf("after the blackout: waiting %v, dismissed %q, let in %d times, same link %v",
						away.isWaiting(), away.dismissed(), away.entries()-entries, away.winner() == link)
				}
				pass(time.Second)
			}
			if inLab && times.at(1) > 2*time.Second {
				t.Errorf("media came back after %v", times.at(1))
			}
			t.Logf("five seconds dark over %s, light to media on every pair: %v", path, times)
		})
	}
}
