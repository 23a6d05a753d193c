package lab

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"jalsa/signaling"
)

// hearing is a booked appointment with everybody in it, the host first.
type hearing struct {
	t       testing.TB
	program *program
	booked  appointment
	people  []*person
}

// newHearing books people, "role" over UDP or "role/relay" over the relay, and
// brings those in who are not "role/absent". The first one must be a host.
func newHearing(t testing.TB, p *program, duration time.Duration, wanted ...string) *hearing {
	t.Helper()
	h := gather(t, p, duration, wanted...)
	h.untilFlowing(time.Time{})
	return h
}

// gather is newHearing without waiting for media. "role/relay-udp" says how the relay is reached, by udp, tcp or tls. "role/thin" is over UDP behind thinLink,
// "role/narrow" over the relay's TCP, whose rate may change and is wide at first.
func gather(t testing.TB, p *program, duration time.Duration, wanted ...string) *hearing {
	t.Helper()
	var roles, paths []string
	for _, w := range wanted {
		role, path, _ := strings.Cut(w, "/")
		roles, paths = append(roles, role), append(paths, path)
	}
	h := &hearing{t: t, program: p, booked: p.book(duration, roles...)}
	for i, l := range h.booked.Links {
		if paths[i] == "absent" {
			continue
		}
		if paths[i] == "" {
			paths[i] = "direct"
		}
		path, over, _ := strings.Cut(paths[i], "-")
		one := newPerson(t, p.url(), l.URL, l.Number, l.Role, path)
		one.over = over
		if paths[i] == "narrow" {
			one.path, one.cable.narrow = "relay", &atomic.Int64{}
			one.cable.narrow.Store(wide)
		}
		if paths[i] == "thin" {
			one.path, one.cable.thin = "direct", &thinLink
		}
		h.people = append(h.people, one)
	}
	for _, each := range h.people {
		each.enter()
		h.admit(each)
	}
	return h
}

func (h *hearing) host() *person { return h.people[0] }

// guest makes a person of somebody who is booked and absent.
func (h *hearing) guest(number uint32) *person {
	for _, l := range h.booked.Links {
		if l.Number == number {
			return newPerson(h.t, h.program.url(), l.URL, l.Number, l.Role, "direct")
		}
	}
	h.t.Fatalf("nobody has number %d", number)
	return nil
}

// admit waits until a person is at the door, and lets them in.
func (h *hearing) admit(p *person) {
	h.t.Helper()
	if p != h.host() {
		until(h.t, p.role+" waits", p.isWaiting)
		h.host().send(signaling.Admit{Number: p.number})
	}
	until(h.t, p.role+" is let in", p.isAdmitted)
}

// flowing reports whether everybody hears and sees everybody else since t.
func flowing(people []*person, t time.Time) bool { return dry(people, t) == "" }

// dry names the first pair without media since t.
func dry(people []*person, t time.Time) string {
	for _, to := range people {
		for _, from := range people {
			if to != from && !to.inbox.heardAndSeen(from.number, t) {
				return fmt.Sprintf("%s %d has nothing of %s %d", to.role, to.number, from.role, from.number)
			}
		}
	}
	return ""
}

func (h *hearing) untilFlowing(since time.Time) {
	h.t.Helper()
	deadline := time.Now().Add(within)
	for !flowing(h.people, since) {
		if time.Now().After(deadline) {
			h.t.Fatalf("no media: %s", dry(h.people, since))
		}
		pass(5 * time.Millisecond)
	}
}

// checkpoint is how far each stream has come at each receiver.
type checkpoint map[[2]*person]map[layer]uint32

func check(people []*person) checkpoint {
	c := checkpoint{}
	for _, to := range people {
		for _, from := range people {
			if to != from {
				c[[2]*person{to, from}] = map[layer]uint32{voice: to.inbox.last(from.number, voice), high: to.inbox.last(from.number, high)}
			}
		}
	}
	return c
}

// complete fails if anything that was sent since the checkpoint does not
// arrive; what is on its way, or being repaired, has a while for it. It returns
// how many packets that were.
func (c checkpoint) complete(t testing.TB) (packets int) {
	t.Helper()
	packets = c.arrived(t)
	for pair := range c {
		if broken, strange := pair[0].inbox.faults(); broken+strange > 0 {
			t.Errorf("%s received %d broken packets and %d with a wrong number", pair[0].role, broken, strange)
		}
	}
	return packets
}

// arrived is complete among those whose packets were counted, whatever others send them.
func (c checkpoint) arrived(t testing.TB) (packets int) {
	t.Helper()
	ends := map[[2]*person]map[layer]uint32{}
	for pair := range c {
		ends[pair] = map[layer]uint32{voice: pair[1].sent[voice].Load(), high: pair[1].sent[high].Load()}
	}
	for pair, from := range c {
		for y := range from {
			to := ends[pair][y]
			packets += int(to - from[y])
			deadline := time.Now().Add(3 * time.Second)
			for pair[0].inbox.missing(pair[1].number, y, from[y]+1, to) > 0 && time.Now().Before(deadline) {
				pass(5 * time.Millisecond)
			}
			if n := pair[0].inbox.missing(pair[1].number, y, from[y]+1, to); n > 0 {
				t.Errorf("%s %d lost %d of %d packets of %s %d, stream %c", pair[0].role, pair[0].number, n, to-from[y],
					pair[1].role, pair[1].number, y)
			}
		}
	}
	return packets
}
