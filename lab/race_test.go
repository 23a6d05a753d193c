package lab

import (
	"fmt"
	"os/exec"
	"testing"
	"time"
)

// spray sends ClientHellos to the media port from a thousand others, until it is ended.
func (p *program) spray(t *testing.T) (end func()) {
	t.Helper()
	path, err := flooder()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("chrt", "-i", "0", path, "-hellos", "-for", "1h", "-media", fmt.Sprintf("127.0.0.1:%d", p.media))
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	before := p.figures().SFU.Dropped["stranger_dtls"]
	until(t, "the spray arrives", func() bool { return p.figures().SFU.Dropped["stranger_dtls"] > before })
	return func() {
		_ = c.Process.Kill()
		_ = c.Wait() // killed
		t.Logf("%d ClientHellos of strangers were dropped", p.figures().SFU.Dropped["stranger_dtls"]-before)
	}
}

// TestSetUpsUnderClientHellos is P10 on the program: all calls are set up while ClientHellos, also of no encryption and in
// pieces, come from other ports. The race that is lost is in sfu/hostile_test.go.
func TestSetUpsUnderClientHellos(t *testing.T) {
	alongside(t)
	p := newProgram(t)
	var quiet, sprayed quantiles
	for range rounds(1, 4) {
		h := newHearing(t, p, time.Hour, "host", "party", "representative", "expert", "interpreter")
		quiet = append(quiet, h.setUps(t, rounds(1, 10))...)
		end := p.spray(t)
		sprayed = append(sprayed, h.setUps(t, rounds(2, 10))...)
		end()
		h.close()
	}
	t.Logf("quiet: %v; sprayed: %v; %.2f× at the median", quiet, sprayed, float64(sprayed.at(.5))/float64(quiet.at(.5)))
}

// setUps has each of the people make n more PeerConnections, one after the other, and takes the time until each is up.
func (h *hearing) setUps(t *testing.T, n int) (times quantiles) {
	t.Helper()
	for range n {
		for _, one := range h.people {
			before, began := one.winner(), time.Now()
			one.connect()
			until(t, one.role+" is up", func() bool { return one.winner() != before && one.isUp() })
			times = append(times, time.Since(began))
		}
	}
	return times
}
