package lab

import (
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"jalsa/booking"
	"jalsa/signaling"
)

// P05: the time of an appointment, at every door.

// dial is a clock that goes as fast as the real one and can be set.
type dial struct{ ahead atomic.Int64 }

func (d *dial) now() time.Time { return time.Now().Add(time.Duration(d.ahead.Load())) }

func (d *dial) set(at time.Time) { d.ahead.Store(int64(time.Until(at))) }

// gated is an appointment around a change of clocks, and its people.
type gated struct {
	*inside
	clock   dial
	id      string // of the appointment
	invites []booking.Invite
	secrets []string // of sessions, by which people tried their devices the day before
}

func newGated(t *testing.T, begin time.Time, local, zone string) *gated {
	t.Helper()
	g := &gated{}
	g.clock.set(begin.Add(-24 * time.Hour))
	g.inside = newInside(t, g.clock.now)
	g.invites = g.bookAt(local, zone, "host", "party", "witness")
	if at := g.invites[0].Participant; at.Role != "host" {
		t.Fatalf("the first is a %s", at.Role)
	}
	for _, one := range g.invites {
		secret, a, _, err := g.store.RedeemRehearsal(one.Ticket)
		if err != nil {
			t.Fatal(err)
		}
		g.id, g.secrets = a.ID, append(g.secrets, secret)
	}
	return g
}

// jump sets the clock while people are in a hearing, whose media goes on. To the server their sockets were silent for all
// that time, so that each opens another; only then the clock is set again, or they would be thought to be gone for good.
func (g *gated) jump(t *testing.T, h *hearing, at time.Time) {
	t.Helper()
	before := make([]int, len(h.people))
	for i, one := range h.people {
		before[i] = one.opened()
	}
	forward := at.After(g.clock.now())
	g.clock.set(at)
	for i, one := range h.people {
		until(t, "another socket", func() bool { return !forward || one.opened() > before[i] })
	}
	h.untilFlowing(time.Now())
}

// opened is how many sockets led in so far.
func (p *person) opened() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.admits
}

// person is one of them with their link, at a new device.
func (g *gated) person(t *testing.T, i int, path string) *person {
	one := g.invites[i]
	return newPerson(t, g.url, g.url+"/j/"+one.Ticket, one.Participant.Number, string(one.Participant.Role), path)
}

// withCookie is somebody whose browser has a session from the day before.
func (g *gated) withCookie(t *testing.T, i int) *person {
	t.Helper()
	p := g.person(t, i, "direct")
	p.id = g.invites[i].Participant.ID
	address, err := url.Parse(g.url)
	if err != nil {
		t.Fatal(err)
	}
	p.web.Jar.SetCookies(address, []*http.Cookie{{Name: booking.SessionCookie, Value: g.secrets[i], Path: "/"}})
	return p
}

// closed tries every door for one of the people, and wants to hear why it is shut and nothing else.
func (g *gated) closed(t *testing.T, i int, word booking.Reason) {
	t.Helper()
	visitor := g.person(t, i, "direct")
	if status := visitor.open(); visitor.id != "" {
		t.Errorf("%s: the link leads in, with %d", word, status)
	}
	p := g.withCookie(t, i)
	p.start()
	until(t, "a word", func() bool { return p.dismissed() != "" })
	p.mu.Lock()
	if len(p.frames) != 1 || p.bye != string(word) {
		t.Errorf("%s: the socket said %q, with %d messages", word, p.bye, len(p.frames))
	}
	p.mu.Unlock()
	name, password := g.turn.Issue(p.id) // as if it had been handed out
	relay := signaling.Relay{URLs: []string{"turn:" + g.url[len("http://"):] + "?transport=tcp"}, Username: name, Credential: password}
	if code := newTurnProbe(t, relay).allocate(); code == 0 {
		t.Errorf("%s: the relay lets in", word)
	}
	g.turn.Revoke(p.id)
}

// TestTimeGate is P05 in a time that only the test moves: days on which clocks change, and clocks that are put back and
// forward. Nobody is let in, or told anything, before the hour that was meant; those who were let in are not cut by the end
// of it, and 14 hours later by all means.
func TestTimeGate(t *testing.T) {
	for _, c := range []struct{ name, local, zone, start string }{
		{"clocks go back", "2026-10-25T03:30", "Europe/Paris", "2026-10-25T02:30:00Z"}, // open from the second 02:30 on
		{"clocks go forward", "2027-03-28T03:30", "Europe/Paris", "2027-03-28T01:30:00Z"},
		{"clocks that are not changed any more", "2026-10-25T03:30", "Africa/Casablanca", "2026-10-25T03:30:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			alongside(t)
			start, err := time.Parse(time.RFC3339, c.start)
			if err != nil {
				t.Fatal(err)
			}
			g := newGated(t, start, c.local, c.zone)
			opens, end := start.Add(-time.Hour), start.Add(time.Hour)
			for _, early := range []time.Duration{-time.Hour - time.Minute, -time.Minute} {
				g.clock.set(opens.Add(early))
				g.closed(t, 0, booking.ReasonTooEarly)
			}
			g.clock.set(opens)
			host, party := g.person(t, 0, "direct"), g.person(t, 1, "relay")
			h := &hearing{t: t, people: []*person{host, party}}
			for _, one := range h.people {
				one.enter()
				h.admit(one)
			}
			h.untilFlowing(time.Time{})
			credential := host.winner().credential()

			waiting := g.person(t, 2, "direct")
			waiting.enter()
			until(t, "the witness waits", waiting.isWaiting)
			g.jump(t, h, opens.Add(-time.Minute)) // somebody puts the clock back
			until(t, "the witness is sent away", func() bool { return waiting.dismissed() == string(booking.ReasonTooEarly) })
			h.untilFlowing(time.Now())
			g.closed(t, 2, booking.ReasonTooEarly)
			g.jump(t, h, end.Add(-time.Minute))
			g.extend(t, h, 15)
			g.jump(t, h, end.Add(14*time.Minute))
			late := g.person(t, 2, "direct")
			late.enter()
			until(t, "the late one waits", late.isWaiting)
			late.close()
			g.jump(t, h, end.Add(16*time.Minute))
			g.closed(t, 2, booking.ReasonTooLate)
			g.ends(t, h, credential)
		})
	}
}

// extend has the host ask for more time, which costs nobody a packet.
func (g *gated) extend(t *testing.T, h *hearing, minutes int) {
	t.Helper()
	kept := check(h.people)
	before, err := g.store.Appointment(g.id)
	if err != nil {
		t.Fatal(err)
	}
	h.host().send(signaling.Extend{Minutes: minutes})
	until(t, "it is longer", func() bool {
		a, err := g.store.Appointment(g.id)
		return err == nil && a.End().Equal(before.End().Add(time.Duration(minutes)*time.Minute))
	})
	pass(100 * time.Millisecond)
	kept.complete(t)
}

// ends lets the longest time pass that a hearing may take.
func (g *gated) ends(t *testing.T, h *hearing, ice iceCredential) {
	t.Helper()
	a, err := g.store.Appointment(g.id)
	if err != nil || a.Started.IsZero() {
		t.Fatalf("not started: %v", err)
	}
	last := a.Started.Add(14 * time.Hour)
	g.jump(t, h, last.Add(-15*time.Second))
	if !checkConnectivity(t, int(g.sfu.Media()[0].Port()), ice) {
		t.Error("the credential of ICE does not work before; this proves nothing")
	}
	for _, one := range h.people {
		one.cable.deaf.Store(true)
	}
	g.clock.set(last.Add(-time.Second))
	over := time.Now().Add(time.Second)
	pass(time.Until(over.Add(revokedWithin + 200*time.Millisecond)))
	for _, one := range h.people {
		if at := one.cable.lastReceived(); at.After(over.Add(revokedWithin)) || at.Before(over.Add(-revokedWithin)) {
			t.Errorf("%s: the last packet came %v after the end", one.role, at.Sub(over))
		}
		until(t, "a word", func() bool { return one.dismissed() == string(booking.ReasonTooLate) })
	}
	if checkConnectivity(t, int(g.sfu.Media()[0].Port()), ice) {
		t.Error("the media port answers an old credential")
	}
	g.closed(t, 0, booking.ReasonTooLate)
}
