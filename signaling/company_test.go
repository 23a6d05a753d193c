package signaling

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"jalsa/booking"
)

// company is a hearing whose people are in it and connected, by name.
type company struct {
	*rig
	appointment booking.Appointment
	clients     map[string]*client
	callers     map[string]*caller
	pcs         int
}

// meet books a hearing, lets everybody in who is named by their role, and connects
// them: all speak and film.
func (r *rig) meet(change func(*booking.Draft), people ...booking.Participant) *company {
	r.t.Helper()
	c := &company{rig: r, clients: map[string]*client{}, callers: map[string]*caller{}}
	c.appointment = r.add("m-", change, people...)
	c.clients["host"] = r.join("m-host")
	expect[Admitted](c.clients["host"])
	for _, p := range people[1:] {
		name := string(p.Role)
		c.clients[name] = r.join("m-" + name)
		expect[Waiting](c.clients[name])
	}
	for _, p := range people[1:] {
		c.clients["host"].send(Admit{Number: c.number(string(p.Role))})
	}
	for _, p := range people[1:] {
		expect[Admitted](c.clients[string(p.Role)])
	}
	c.call(slices.Collect(maps.Keys(c.clients))...)
	return c
}

// number is that of a name in the hearing.
func (c *company) number(name string) uint32 { return c.people["m-"+name].Number }

// call connects people in the room that they are in now.
func (c *company) call(names ...string) {
	c.t.Helper()
	c.pcs++
	for _, name := range names {
		a := c.clients[name].prepare(c.pcs, latestOf[Admitted](c.clients[name]).Seats.Audio)
		a.loud.Store(true)
		a.films.Store(true)
		a.offerAt("large") // a link on which nothing is held back
		c.callers[name] = a
	}
	for _, name := range names {
		c.callers[name].connected()
	}
}

// flow says who hears or sees whom: "host>party".
type flow map[string]bool

func (f flow) String() string { return strings.Join(slices.Sorted(maps.Keys(f)), " ") }

// among is everybody to everybody else of some.
func among(names ...string) flow {
	f := flow{}
	for _, from := range names {
		for _, to := range names {
			if from != to {
				f[from+">"+to] = true
			}
		}
	}
	return f
}

func (f flow) without(pairs ...string) flow {
	f = maps.Clone(f)
	for _, p := range pairs {
		delete(f, p)
	}
	return f
}

// flows holds that from now on exactly this passes between those who are named,
// in sound and in pictures. What was on its way when it was called may still come:
// what should not pass must stay away in one of three looks.
func (c *company) flows(sound, pictures flow, names ...string) {
	c.t.Helper()
	var heard, seen flow
	for range 3 {
		if heard, seen = c.look(sound, pictures, names); maps.Equal(heard, sound) && maps.Equal(seen, pictures) {
			return
		}
	}
	c.t.Errorf("heard %v\nwant  %v\nseen  %v\nwant  %v", heard, sound, seen, pictures)
}

// look waits until all that should pass has passed for a while, and returns all
// that did meanwhile.
func (c *company) look(sound, pictures flow, names []string) (heard, seen flow) {
	c.t.Helper()
	before := c.counts(names)
	passed := func(bytes int) (heard, seen flow) {
		heard, seen = flow{}, flow{}
		for _, to := range names {
			now := c.callers[to].count()
			for _, from := range names {
				n := c.number(from)
				if now.sound[n]-before[to].sound[n] > bytes {
					heard[from+">"+to] = true
				}
				if now.pictures[n]-before[to].pictures[n] > bytes {
					seen[from+">"+to] = true
				}
			}
		}
		return heard, seen
	}
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		heard, seen := passed(1000)
		if heard.covers(sound) && seen.covers(pictures) {
			return passed(0)
		}
		select {
		case <-again.C:
		case <-deadline.C:
			c.t.Fatalf("heard %v\nwant  %v\nseen  %v\nwant  %v", heard, sound, seen, pictures)
		}
	}
}

func (f flow) covers(part flow) bool {
	for p := range part {
		if !f[p] {
			return false
		}
	}
	return true
}

// ever waits until a client has received such a message, before or after.
func ever[M Message](c *client, fits func(M) bool) {
	c.r.t.Helper()
	c.r.until(c.name+" received it", func() bool {
		return slices.ContainsFunc(c.received(), func(frame []byte) bool {
			m, _ := DecodeServer(frame)
			found, ok := m.(M)
			return ok && fits(found)
		})
	})
}

// settled waits until a client's command has been followed.
func (c *company) settled(name string, m ClientMessage) {
	c.t.Helper()
	c.clients[name].send(m)
	c.followed(c.clients[name])
}

// mentions returns the frames of a client that have a text in them.
func (c *client) mentions(text string) (frames []string) {
	c.sync()
	for _, frame := range c.received() {
		if bytes.Contains(frame, []byte(text)) {
			frames = append(frames, string(frame))
		}
	}
	return frames
}

// silent holds that nothing reaches anybody, while their packets go on coming to
// the server.
func (c *company) silent(names ...string) {
	c.t.Helper()
	var before, after map[string]received
	for range 3 {
		before = c.counts(names)
		packets := c.sfu.Stats().Received
		c.until("more came to the server", func() bool { return c.sfu.Stats().Received > packets+100 })
		if after = c.counts(names); reflect.DeepEqual(before, after) {
			return
		}
	}
	c.t.Errorf("received %v, then %v", before, after)
}

func (c *company) counts(names []string) map[string]received {
	all := map[string]received{}
	for _, name := range names {
		all[name] = c.callers[name].count()
	}
	return all
}
