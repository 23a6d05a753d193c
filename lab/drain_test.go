package lab

import (
	"slices"
	"strings"
	"testing"
	"time"

	"jalsa/signaling"
)

// TestDrain asks the server to end while a hearing runs: the hearing goes on
// without a loss, who was let in may come back, nobody new enters, and with the
// end of the hearing the process ends at once.
func TestDrain(t *testing.T) {
	alongside(t)
	p := newProgram(t, "--drain", "1m")
	h := newHearing(t, p, time.Hour, "host", "party", "witness/relay", "representative/absent")
	newcomer := h.guest(4)
	newcomer.enter()
	until(t, "somebody waits", newcomer.isWaiting)
	other := p.book(time.Hour, "host")
	stranger := newPerson(t, p.url(), other.Links[0].URL, 1, "host", "direct")
	if stranger.open(); stranger.id == "" {
		t.Fatal("no session for the host of the other hearing")
	}
	newcomer.close()
	back := newcomer.another()
	if back.open(); back.id == "" {
		t.Fatal("no session for the second device")
	}

	p.terminate()
	until(t, "the server heard the signal", func() bool { return strings.Contains(p.log.String(), "may go on") })
	c := check(h.people)
	for _, outside := range []*person{back, stranger} {
		outside.start()
		until(t, "one from outside is sent away", func() bool { return outside.told("restart") })
	}
	lost := h.people[1]
	was := lost.entries()
	lost.cable.reset()
	until(t, "one who was let in comes back", func() bool { return lost.entries() > was })
	pass(500 * time.Millisecond)
	c.complete(t)
	for _, outside := range []*person{back, stranger} {
		if outside.isAdmitted() || outside.isWaiting() {
			t.Errorf("%s entered a draining server", outside.role)
		}
	}
	if p.gone() {
		t.Fatal("the server went before the hearing was over")
	}

	h.host().send(signaling.End{})
	ended := time.Now()
	until(t, "the process ends", p.gone)
	t.Logf("end of the hearing to end of the process: %v", time.Since(ended).Round(time.Millisecond))
	for _, each := range h.people {
		if word := each.dismissed(); word != "closed" {
			t.Errorf("%s was told %q", each.role, word)
		}
	}
}

// TestDrainDeadline lets the time for running hearings pass.
func TestDrainDeadline(t *testing.T) {
	alongside(t)
	const drain = 2 * time.Second
	p := newProgram(t, "--drain", drain.String())
	h := newHearing(t, p, time.Hour, "host", "party", "witness/relay")
	asked := time.Now()
	c := check(h.people)
	p.terminate()
	pass(drain / 2)
	c.complete(t)
	until(t, "the process ends", p.gone)
	t.Logf("SIGTERM with --drain %v to end of the process: %v", drain, time.Since(asked).Round(time.Millisecond))
	for _, each := range h.people {
		until(t, each.role+" is told restart", func() bool { return each.told("restart") })
		until(t, each.role+" sees 1012", func() bool { each.mu.Lock(); defer each.mu.Unlock(); return each.code == 1012 })
	}
	p.start()
	h.untilFlowing(time.Now())
}

// told reports whether a goodbye with this word came.
func (p *person) told(word string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Contains(p.byes, word)
}
