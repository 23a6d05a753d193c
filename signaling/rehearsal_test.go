package signaling

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"jalsa/booking"
)

// rehearseFrom opens a role's rehearsal from a network and joins.
func (r *rig) rehearseFrom(network, role string) *client {
	r.t.Helper()
	url := strings.TrimSuffix(r.url(role), "ws") + "rehearsal/ws"
	c, response, err := r.dialAt(url, role, http.Header{
		"Origin": {origin}, "Cookie": {booking.SessionCookie + "=" + r.cookies[role]}, "Network": {network},
	})
	if err != nil {
		r.t.Fatalf("dial as %s: %v %v", role, err, response)
	}
	c.send(Join{Version: 1, Device: "device-of-" + role})
	return c
}

func (r *rig) rehearse(role string) *client { return r.rehearseFrom("home of "+role, role) }

// relayUsers are those of the relay by prefix, issued and not revoked.
func (r *rig) relayUsers(prefix string) (users []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for user, n := range r.issued {
		if strings.HasPrefix(user, prefix) && r.revoked[user] < n {
			users = append(users, user)
		}
	}
	return users
}

func TestARehearsalEchoesDaysBefore(t *testing.T) {
	r := newRig(t)
	r.later(-72 * time.Hour)
	r.join("witness").expectEnd(4425, "too_early")
	c := r.rehearse("witness")
	welcome := expect[Admitted](c)
	if welcome.Number != 5 || welcome.Host || len(welcome.Relay) != 1 || welcome.Seats != (SeatCount{1, 1}) {
		t.Errorf("welcome %+v", welcome)
	}
	user := r.relayUsers("rehearsal-")
	if len(user) != 1 || !r.live.Present(user[0]) || r.live.Present(r.people["witness"].ID) {
		t.Errorf("present: %v", user)
	}
	call := c.call(1, 1)
	expect(c, func(s Seats) bool { return slices.Contains(s.Seats, Seat{Seat: 0, Number: 5}) })
	r.until("own voice", func() bool { return call.heard.Load() > 20 })
	c.send(Drop{PC: 1})
	second := c.call(2, 1) // as over the relay
	r.until("own voice again", func() bool { return second.heard.Load() > 20 })
	c.send(Leave{})
	c.expectEnd(1000, "left")
	r.until("all is over", func() bool {
		s := r.live.Stats()
		return s.Rehearsals == 0 && s.Sessions == 0 && len(r.relayUsers("rehearsal-")) == 0 && r.sfu.Stats().Peers == 0
	})
	if r.live.Present(user[0]) {
		t.Error("present after the end")
	}
}

// Nothing of a hearing learns of a rehearsal, of whoever sits in it even.
func TestARehearsalLeavesTheHearingAlone(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	before, err := r.store.History(r.appointment.ID)
	if err != nil {
		t.Fatal(err)
	}
	c := r.rehearse("representative")
	expect[Admitted](c)
	for _, m := range []ClientMessage{Admit{Number: 5}, Remove{Number: 1}, End{}, Devices{Microphone: true}, picture(webpFile(300)), Report{PC: 1, Path: "direct"}} {
		c.send(m)
		expect(c, func(e Error) bool { return e.Code == errNotAdmitted && e.Re == m.Type() })
	}
	c.conn.Close()
	r.until("rehearsal over", func() bool { return r.live.Stats().Rehearsals == 0 })
	host.sync()
	lawyer.sync()
	if len(r.relayUsers(r.people["representative"].ID)) != 1 || !r.live.Present(r.people["representative"].ID) {
		t.Error("the relay of the hearing ended with the rehearsal")
	}
	after, err := r.store.History(r.appointment.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(after) != len(before) {
		t.Errorf("the journal grew by %+v", after[len(before):])
	}
	if strings.Contains(c.heard(), "Name-of-") {
		t.Error("somebody's name came to a rehearsal")
	}
}

func TestARehearsalEndsWithTheRightToIt(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(r *rig, c *client) error
		code int
		bye  string
	}{
		"cancelled": {func(r *rig, _ *client) error {
			_, err := r.store.Cancel(r.appointment.ID, booking.Why{Code: "ill"}, "test")
			return err
		}, 4410, "cancelled"},
		"removed": {func(r *rig, _ *client) error {
			_, err := r.store.Remove(r.appointment.ID, r.people["witness"].ID, "test")
			return err
		}, 4403, "removed"},
		"a new link": {func(r *rig, _ *client) error {
			_, err := r.store.Reissue(r.people["witness"].ID, "test")
			return err
		}, 4401, "unknown_link"},
		"time": {func(r *rig, c *client) error { r.pass(rehearsalFor, c); return nil }, 1000, "left"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			client := r.rehearse("witness")
			expect[Admitted](client)
			client.call(1, 1)
			if err := c.end(r, client); err != nil {
				t.Fatal(err)
			}
			client.expectEnd(c.code, c.bye)
			r.until("nothing left", func() bool { return r.sfu.Stats().Peers == 0 && len(r.relayUsers("rehearsal-")) == 0 })
		})
	}
}

func TestTheGateRefusesARehearsalToo(t *testing.T) {
	r := newRig(t)
	if _, err := r.store.Remove(r.appointment.ID, r.people["witness"].ID, "test"); err != nil {
		t.Fatal(err)
	}
	r.rehearse("witness").expectEnd(4403, "removed")
	r.cookies["interpreter"] = strings.Repeat("a", 26)
	r.rehearse("interpreter").expectEnd(4401, "unknown_link")
	r.live.Drain()
	r.rehearse("party").expectEnd(4503, "capacity")
}

func TestFewRehearseAtOnce(t *testing.T) {
	r := newRig(t)
	first := r.rehearseFrom("village", "party")
	expect[Admitted](first)
	expect[Admitted](r.rehearseFrom("village", "interpreter"))
	r.rehearseFrom("village", "representative").expectEnd(4503, "capacity")
	again := r.rehearseFrom("village", "party") // a page that was loaded again takes its own place
	expect[Admitted](again)
	first.expectEnd(4413, "replaced")
	again.send(Leave{})
	again.expectEnd(1000, "left")
	r.until("a free place", func() bool { return r.live.Stats().Rehearsals == 1 })
	expect[Admitted](r.rehearseFrom("village", "representative"))
}

func TestRehearsalsAreBoundedTogether(t *testing.T) {
	all := rehearsals{all: map[string]*rehearsal{}}
	var running []*rehearsal
	for i := range rehearsalsAtOnce {
		r := &rehearsal{session: &session{participant: fmt.Sprint("p", i)}, network: fmt.Sprint("n", i/rehearsalsEach)}
		if _, ok := all.enter(r); !ok {
			t.Fatalf("rehearsal %d refused", i)
		}
		running = append(running, r)
	}
	one := &rehearsal{session: &session{participant: "one more"}, network: "elsewhere"}
	if _, ok := all.enter(one); ok {
		t.Error("one too many")
	}
	all.leave(running[3])
	if _, ok := all.enter(one); !ok || all.count() != rehearsalsAtOnce {
		t.Error("a free place is not taken")
	}
}
