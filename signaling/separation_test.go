package signaling

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"jalsa/booking"
	"jalsa/signaling/conference"
)

// Who hears and sees whom, counted in bytes that reached real PeerConnections, and
// who learns of whom, in every byte of every message.

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
		a := c.clients[name].prepare(c.pcs, 4)
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

func TestScreenedPeopleNeverMeet(t *testing.T) {
	r := newRig(t)
	c := r.meet(func(d *booking.Draft) { d.Screens = [][2]int{{1, 2}} },
		booking.Participant{Role: booking.RoleHost}, booking.Participant{Role: booking.RoleParty},
		booking.Participant{Role: booking.RoleRepresentative}, booking.Participant{Role: booking.RoleClerk})
	all := among("host", "party", "representative", "clerk").without("party>representative", "representative>party")
	c.flows(all, all, "host", "party", "representative", "clerk")

	for _, name := range []string{"party", "representative"} {
		c.settled(name, Devices{Microphone: true, Camera: true})
		c.settled(name, Say{To: "all", Text: "words-of-" + name})
		c.settled(name, Hand{Up: true})
		c.settled(name, picture(webpFile(300)))
		c.settled(name, Help{On: true})
	}
	c.settled("party", Say{To: "one", Number: c.number("representative"), Text: "words-for-one"})
	ever(c.clients["party"], func(e Error) bool { return e.Re == "chat" })
	c.settled("party", Consult{Numbers: []uint32{c.number("representative")}})
	ever(c.clients["party"], func(e Error) bool { return e.Re == "consult" })
	c.settled("host", Spotlight{Number: c.number("representative")})
	ever(c.clients["host"], func(m Chat) bool { return m.Text == "words-of-representative" })
	ever(c.clients["clerk"], func(m Chat) bool { return m.Text == "words-of-representative" })
	ever(c.clients["host"], func(s Speaking) bool {
		return slices.Contains(s.Numbers, c.number("party")) && slices.Contains(s.Numbers, c.number("representative"))
	})
	r.pass(20*time.Second, slices.Collect(maps.Values(c.clients))...) // words of the links
	ever(c.clients["host"], func(q Quality) bool { return len(q.Participants) == 4 })

	for name, other := range map[string]string{"party": "representative", "representative": "party"} {
		c.clients[name].sync()
		for _, frame := range c.clients[name].received() {
			for _, secret := range []string{"Name-of-m-" + other, "words-of-" + other, "words-for-one", fmt.Sprintf(`"number":%d,`, c.number(other))} {
				own := strings.Contains(string(frame), `"type":"admitted"`)
				if bytes.Contains(frame, []byte(secret)) && !own {
					t.Errorf("%s received %s", name, frame)
				}
			}
			if m, _ := DecodeServer(frame); m != nil {
				if s, ok := m.(Speaking); ok && slices.Contains(s.Numbers, c.number(other)) {
					t.Errorf("%s received %s", name, frame)
				}
				if s, ok := m.(Roster); ok && s.Spotlight == c.number(other) {
					t.Errorf("%s received %s", name, frame)
				}
			}
		}
	}
	c.flows(all, all, "host", "party", "representative", "clerk")
}

// A consultation is a room of its own: nobody else receives a byte of it, and who
// is in it receives none of the hearing.
func TestAConsultationIsApart(t *testing.T) {
	r := newRig(t)
	c := r.meet(func(*booking.Draft) {},
		booking.Participant{Role: booking.RoleHost}, booking.Participant{Role: booking.RoleParty, Link: "x"},
		booking.Participant{Role: booking.RoleInterpreter, Link: "x"}, booking.Participant{Role: booking.RoleRepresentative},
		booking.Participant{Role: booking.RoleClerk})
	everybody := []string{"host", "party", "interpreter", "representative", "clerk"}
	apart := []string{"party", "interpreter", "representative"}
	c.flows(among(everybody...), among(everybody...), everybody...)

	c.clients["party"].send(Consult{Numbers: []uint32{c.number("representative")}})
	room := expect(c.clients["party"], func(a Admitted) bool { return a.Room != "" }).Room
	expect(c.clients["interpreter"], func(a Admitted) bool { return a.Room == room }) // who is linked shares the move
	call := expect[Invitation](c.clients["representative"])
	if call.Room != room || call.From != (Inviter{Number: 2, Name: "Name-of-m-party", Role: "party"}) {
		t.Errorf("%+v", call)
	}
	c.clients["representative"].send(Accept{Room: room})
	inside := expect(c.clients["representative"], func(a Admitted) bool { return a.Room == room })
	if len(inside.PCs) != 0 || inside.Relay[0].Username == "u1" {
		t.Errorf("what was for the hearing serves in the room: %+v", inside)
	}
	if !r.live.Present(r.people["m-representative"].ID) {
		t.Error("not present for the relay")
	}
	expect(c.clients["host"], has(4, "in_consultation"))

	c.call(apart...)
	both := among(apart...)
	maps.Copy(both, among("host", "clerk"))
	c.flows(both, both, everybody...)
	if place := r.live.Presence(c.appointment.ID)[r.people["m-party"].ID]; place != "in_consultation" {
		t.Errorf("the desk sees %q", place)
	}

	c.settled("party", Say{To: "all", Text: "between-us"})
	expect(c.clients["representative"], func(m Chat) bool { return m.Text == "between-us" })
	c.settled("host", Say{To: "all", Text: "on-the-floor"})
	expect(c.clients["clerk"], func(m Chat) bool { return m.Text == "on-the-floor" })
	c.settled("clerk", Knock{Room: room})
	expect(c.clients["party"], func(k Knocked) bool { return k.Number == 5 })
	c.settled("host", Accept{Room: room}) // not for who was not invited
	ever(c.clients["host"], func(e Error) bool { return e.Re == "accept" && e.Code == conference.WrongState })
	for _, name := range []string{"host", "clerk"} {
		if told := c.clients[name].mentions("between-us"); len(told) > 0 {
			t.Errorf("%s received %v", name, told)
		}
	}
	for _, name := range apart {
		if told := c.clients[name].mentions("on-the-floor"); len(told) > 0 {
			t.Errorf("%s received %v", name, told)
		}
	}

	for _, name := range []string{"party", "representative"} {
		c.clients[name].send(Return{})
		expect(c.clients[name], func(a Admitted) bool { return a.Room == "" })
	}
	expect(c.clients["interpreter"], func(a Admitted) bool { return a.Room == "" })
	c.call(apart...)
	c.flows(among(everybody...), among(everybody...), everybody...)
	r.until("the room is gone", func() bool { return r.sfu.Stats().Rooms == 1 })
}

// A consultation outlives the socket of one who is in it, with their media; on
// another device they begin anew, in the same room.
func TestAConsultationOutlivesTheSocket(t *testing.T) {
	r := newRig(t)
	c := r.meet(func(*booking.Draft) {},
		booking.Participant{Role: booking.RoleHost}, booking.Participant{Role: booking.RoleParty}, booking.Participant{Role: booking.RoleRepresentative})
	pair := []string{"party", "representative"}
	c.clients["party"].send(Consult{Numbers: []uint32{3}})
	room := expect(c.clients["party"], func(a Admitted) bool { return a.Room != "" }).Room
	c.clients["representative"].send(Accept{Room: expect[Invitation](c.clients["representative"]).Room})
	expect(c.clients["representative"], func(a Admitted) bool { return a.Room == room })

	// What was begun for the hearing does not go on in the room, nor does its number.
	stale := c.clients["party"].prepare(1, 4)
	offer, err := stale.pc.CreateOffer(nil)
	must(t, err)
	c.clients["party"].send(Offer{PC: 1, Path: "direct", SDP: offer.SDP})
	expect(c.clients["party"], func(e Error) bool { return e.Re == "offer" && e.Code == errUnknownPC })

	c.call(pair...)
	c.flows(among(pair...), among(pair...), pair...)
	c.clients["party"].conn.Close()
	expect(c.clients["representative"], has(2, "reconnecting"))
	c.flows(among(pair...), among(pair...), pair...)
	c.clients["party"] = r.joinFrom("m-party", "device-of-m-party", false)
	if a := expect[Admitted](c.clients["party"]); a.Room != room || !slices.Equal(a.PCs, []int{2}) {
		t.Errorf("%+v", a)
	}
	c.flows(among(pair...), among(pair...), pair...)

	c.clients["party"] = r.joinFrom("m-party", "telephone", true)
	if a := expect[Admitted](c.clients["party"]); a.Room != room || len(a.PCs) != 0 {
		t.Errorf("%+v", a)
	}
	c.call("party")
	c.flows(among(pair...), among(pair...), "party", "representative", "host")
}

// What is said into a language goes to those who listen to it, and the floor to all.
func TestAChannelReachesItsListenersOnly(t *testing.T) {
	r := newRig(t)
	c := r.meet(func(*booking.Draft) {},
		booking.Participant{Role: booking.RoleHost}, booking.Participant{Role: booking.RoleParty},
		booking.Participant{Role: booking.RoleInterpreter}, booking.Participant{Role: booking.RoleRepresentative})
	everybody := []string{"host", "party", "interpreter", "representative"}
	all := among(everybody...)
	c.settled("interpreter", Channel{Language: "fr"})
	c.flows(all.without("interpreter>host", "interpreter>party", "interpreter>representative"), all, everybody...)
	c.settled("party", Listen{Language: "fr"})
	ever(c.clients["party"], func(m Roster) bool { return m.Listening == "fr" && slices.Equal(m.Channels, []string{"fr"}) })
	c.flows(all.without("interpreter>host", "interpreter>representative"), all, everybody...)
	c.settled("representative", Listen{Language: "es"})
	c.flows(all.without("interpreter>host", "interpreter>representative"), all, everybody...)
	c.settled("interpreter", Channel{})
	c.flows(all, all, everybody...)
	in := map[string]bool{}
	must(t, r.store.Journal(func(e booking.Entry) error {
		if e.Appointment == c.appointment.ID && e.Code == "fr" {
			in[e.Participant] = true
		}
		return nil
	}))
	for _, who := range []string{"interpreter", "party"} {
		if !in[r.people["m-"+who].ID] {
			t.Errorf("the journal does not say that %s was in a channel", who)
		}
	}
}

// Muting cuts at the server, whatever the client goes on to send.
func TestMutingCutsAtTheServer(t *testing.T) {
	r := newRig(t)
	c := r.meet(func(*booking.Draft) {},
		booking.Participant{Role: booking.RoleHost}, booking.Participant{Role: booking.RoleParty}, booking.Participant{Role: booking.RoleRepresentative})
	everybody := []string{"host", "party", "representative"}
	all := among(everybody...)
	cut := all.without("party>host", "party>representative")
	c.settled("party", Devices{Microphone: true, Camera: true})
	c.flows(all, all, everybody...)

	c.settled("host", Mute{Number: 2})
	c.flows(cut, all, everybody...)
	c.settled("party", Devices{Microphone: true, Camera: true}) // has not switched off
	c.flows(cut, all, everybody...)
	c.settled("party", Devices{Camera: true})
	c.settled("party", Devices{Microphone: true, Camera: true})
	c.flows(all, all, everybody...)

	c.settled("host", Mute{Number: 2, Lock: true})
	c.settled("party", Devices{Camera: true})
	c.settled("party", Devices{Microphone: true, Camera: true})
	c.flows(cut, all, everybody...)
	c.settled("host", Unlock{Number: 2})
	c.settled("party", Devices{Camera: true})
	c.settled("party", Devices{Microphone: true, Camera: true})
	c.flows(all, all, everybody...)
}

func TestTheOrderOfTheHearingDecidesWhatPasses(t *testing.T) {
	r := newRig(t)
	c := r.meet(func(*booking.Draft) {},
		booking.Participant{Role: booking.RoleHost}, booking.Participant{Role: booking.RolePanel}, booking.Participant{Role: booking.RoleParty},
		booking.Participant{Role: booking.RoleObserver})
	seen := []string{"host", "panel", "party"}
	everybody := append(slices.Clone(seen), "observer")
	all := among(everybody...).without("observer>host", "observer>panel", "observer>party")
	c.flows(all, all, everybody...) // an observer receives, and that is all

	c.settled("host", Suspend{Reason: "technical"})
	c.flows(flow{}, all, everybody...)
	c.settled("host", Resume{})
	c.flows(all, all, everybody...)
	c.settled("host", Pause{})
	c.silent(everybody...)
	c.settled("host", Resume{})
	c.flows(all, all, everybody...)

	c.settled("host", Deliberate{})
	expect[Waiting](c.clients["party"])
	expect[Waiting](c.clients["observer"])
	for _, name := range []string{"party", "observer"} {
		if r.live.Present(r.people["m-"+name].ID) {
			t.Errorf("%s is present for the relay", name)
		}
	}
	c.flows(among("host", "panel"), among("host", "panel"), everybody...)
	c.settled("host", Resume{})
	expect(c.clients["party"], func(a Admitted) bool { return a.Room == "" })
	c.call("party")
	c.flows(among(seen...), among(seen...), everybody...) // the observer needs a fresh admission
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
