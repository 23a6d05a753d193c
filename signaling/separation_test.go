package signaling

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"jalsa/booking"
	"jalsa/signaling/conference"
)

// Who hears and sees whom, counted in bytes that reached real PeerConnections, and
// who learns of whom, in every byte of every message.

func TestScreenedPeopleNeverMeet(t *testing.T) {
	r := newRig(t)
	c := r.meet(func(d *booking.Draft) { d.Screens = [][2]int{{1, 2}} },
		booking.Participant{Role: booking.RoleHost}, booking.Participant{Role: booking.RoleParty},
		booking.Participant{Role: booking.RoleRepresentative}, booking.Participant{Role: booking.RoleClerk})
	all := among("host", "party", "representative", "clerk").without("party>representative", "representative>party")
	c.flows(all, all, "host", "party", "representative", "clerk")

	for name, want := range map[string]int{"host": 5, "party": 4} { // seats: nobody learns from them that there is another
		if got := latestOf[Admitted](c.clients[name]).Seats; got != (SeatCount{want, want}) {
			t.Errorf("%s has seats %v", name, got)
		}
	}

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
	for _, name := range []string{"host", "clerk"} {
		ever(c.clients[name], func(q Quality) bool { return len(q.Participants) == 4 })
	}

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

	c.settled("party", Say{Room: room, To: "all", Text: "between-us"})
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

// A screen that is shared is seen beside the face and the voice of who shares it;
// before, and after, no packet of it passes.
func TestASharedScreenTakesNobodysVoice(t *testing.T) {
	r := newRig(t)
	c := r.meet(func(*booking.Draft) {},
		booking.Participant{Role: booking.RoleHost}, booking.Participant{Role: booking.RoleClerk}, booking.Participant{Role: booking.RoleParty})
	everybody := []string{"host", "clerk", "party"}
	all := among(everybody...)
	c.callers["host"].shows.Store(true) // sent before anybody may see it
	c.callers["clerk"].shows.Store(true)
	c.flows(all, all, everybody...)
	sitting := func(want ...Seat) func(Seats) bool {
		return func(s Seats) bool {
			var got []Seat
			for _, seat := range s.Seats {
				got = append(got, Seat{Number: seat.Number, Screen: seat.Screen})
			}
			for _, w := range want {
				if !slices.Contains(got, w) {
					return false
				}
			}
			return len(got) == len(want)
		}
	}
	faces := []Seat{{Number: 1}, {Number: 2}}
	latest := func(name string, fits func(Seats) bool) {
		t.Helper()
		r.until(name+" sees it", func() bool { return fits(latestOf[Seats](c.clients[name])) })
	}
	latest("party", sitting(faces...))

	c.settled("host", Share{On: true, Mode: "text"})
	latest("party", sitting(append(faces, Seat{Number: 1, Screen: true})...))
	c.flows(all, all, everybody...)
	c.settled("clerk", Share{On: true, Mode: "motion"}) // one at a time
	ever(c.clients["clerk"], func(e Error) bool { return e.Re == "share" && e.Code == conference.Busy })
	c.settled("host", Sharing{Open: true})
	c.settled("clerk", Share{On: true, Mode: "motion"})
	latest("party", sitting(append(faces, Seat{Number: 1, Screen: true}, Seat{Number: 2, Screen: true})...))
	c.flows(all, all, everybody...)
	c.settled("host", Share{})
	c.settled("clerk", Share{})
	latest("party", sitting(faces...))
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

// When the last host is lost nobody is thrown out, and the floor is muted soon
// after; whichever host comes lets it go on.
func TestWithoutAHostNobodyIsHeard(t *testing.T) {
	r := newRig(t)
	c := r.meet(func(*booking.Draft) {},
		booking.Participant{Role: booking.RoleHost}, booking.Participant{Role: booking.RoleParty}, booking.Participant{Role: booking.RoleRepresentative})
	pair := []string{"party", "representative"}
	c.flows(among(pair...), among(pair...), pair...)
	c.clients["host"].conn.Close()
	expect(c.clients["party"], func(m Roster) bool { return m.State == "suspended" && m.Reason == conference.NoHost })
	c.flows(among(pair...), among(pair...), pair...) // a link that breaks for a moment cuts no sentence
	r.pass(conference.HushAfter, c.clients["party"], c.clients["representative"])
	r.followed(c.clients["party"])
	c.flows(flow{}, among(pair...), pair...)
	c.clients["host"] = r.join("m-host")
	expect(c.clients["party"], inState("in_session"))
	c.flows(among(pair...), among(pair...), pair...)
}

// The countdown ends what people talk apart, and brings them in together.
func TestTheCountdownDrainsConsultations(t *testing.T) {
	r := newRig(t)
	r.add("m-", func(*booking.Draft) {}, booking.Participant{Role: booking.RoleHost},
		booking.Participant{Role: booking.RoleParty}, booking.Participant{Role: booking.RoleRepresentative}, booking.Participant{Role: booking.RoleWitness})
	host := r.join("m-host")
	expect[Admitted](host)
	party, lawyer, witness := r.join("m-party"), r.join("m-representative"), r.join("m-witness")
	expect[Waiting](party)
	expect[Waiting](lawyer)
	expect[Waiting](witness)
	party.send(Consult{Numbers: []uint32{3}})
	lawyer.send(Accept{Room: expect[Invitation](lawyer).Room})
	expect(lawyer, func(a Admitted) bool { return a.Room != "" })
	expect(party, has(3, "in_consultation"))

	host.send(Start{})
	counting := expect(host, inState("countdown"))
	until, err := time.Parse(time.RFC3339Nano, counting.Until)
	if left := until.Sub(r.now()); err != nil || left <= 0 || left > conference.CountdownFor {
		t.Errorf("until %q: %v %v", counting.Until, left, err)
	}
	party.send(Consult{Numbers: []uint32{3}})
	expect(party, func(e Error) bool { return e.Re == "consult" && e.Code == conference.WrongState })
	r.pass(conference.CountdownFor, host, party, lawyer, witness)
	for _, c := range []*client{party, lawyer} {
		expect(c, func(a Admitted) bool { return a.Room == "" })
	}
	expect(host, inState("in_session"), has(2, "in_hearing"), has(3, "in_hearing"), has(4, "waiting"))
}
