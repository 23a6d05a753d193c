package signaling

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"jalsa/booking"
	"jalsa/signaling/conference"
)

// The order of a hearing on real sockets and real books.

// latest is the last message of a kind that a client received.
func latestOf[M Message](c *client) (last M) {
	for _, frame := range c.received() {
		if m, _ := DecodeServer(frame); m != nil {
			if found, ok := m.(M); ok {
				last = found
			}
		}
	}
	return last
}

// Two hosts who command at once, each without waiting for the other, see the same
// in the end, and so do the people and the books; the journal tells no step that
// was impossible after the one before.
func TestTwoHostsActOnOneTruth(t *testing.T) {
	r := newRig(t)
	a := r.add("m-", func(*booking.Draft) {}, booking.Participant{Role: booking.RoleHost}, booking.Participant{Role: booking.RoleHost},
		booking.Participant{Role: booking.RoleParty}, booking.Participant{Role: booking.RoleClerk})
	hosts := []*client{r.join("m-host"), r.join("m-host2")}
	expect[Admitted](hosts[0])
	expect[Admitted](hosts[1])
	others := []*client{r.join("m-party"), r.join("m-clerk")}
	expect[Waiting](others[0])
	expect[Waiting](others[1])
	hosts[0].send(AdmitAll{})
	hosts[1].send(AdmitAll{})
	for _, c := range others {
		expect[Admitted](c)
	}

	commands := []ClientMessage{
		Pause{}, Resume{}, Suspend{Reason: "legal"}, Resume{}, Deliberate{}, Resume{}, Lock{On: true}, Lock{}, AdmitAll{},
		Mute{Number: 3, Lock: true}, Unlock{}, Spotlight{Number: 3}, Spotlight{}, Layout{Layout: "speaker"}, Layout{Layout: "grid"},
		Sharing{Open: true}, Sharing{}, Dismiss{Number: 3}, Admit{Number: 3}, Lower{},
	}
	var both sync.WaitGroup
	for i, host := range hosts {
		random := rand.New(rand.NewPCG(6, uint64(i)))
		both.Go(func() {
			for range 40 {
				host.send(commands[random.IntN(len(commands))])
			}
		})
	}
	both.Wait()
	for _, host := range hosts {
		r.followed(host)
	}

	var want Roster
	state := func() (is conference.State) {
		done := make(chan struct{})
		r.sessionOf(r.people["m-host"].ID).hearing.post("", func() { is = r.sessionOf(r.people["m-host"].ID).hearing.state; close(done) })
		<-done
		return is
	}
	r.until("both hosts see what is", func() bool {
		roster, in := state().Roster(r.people["m-host"].ID)
		if !in {
			return false
		}
		data, err := Encode(rosterOf(roster))
		must(t, err)
		m, err := DecodeServer(data)
		must(t, err)
		want = m.(Roster)
		want.Company = nil // each may call the other
		for _, host := range hosts {
			seen := latestOf[Roster](host)
			if seen.Company = nil; !reflect.DeepEqual(seen, want) {
				return false
			}
		}
		return true
	})
	r.until("the books show it", func() bool {
		written, err := r.store.Appointment(a.ID)
		must(t, err)
		is := state().Phase()
		order := map[conference.Phase]string{
			conference.Paused: booking.OrderPaused, conference.Suspended: booking.OrderSuspended, conference.Deliberation: booking.OrderDeliberation,
		}[is]
		return written.Sitting.Order == order && written.Sitting.Locked == want.Locked
	})

	order, locked := "", false
	must(t, r.store.Journal(func(e booking.Entry) error {
		if e.Appointment != a.ID {
			return nil
		}
		switch e.Kind {
		case "paused", "suspended", "deliberation":
			if order == e.Kind {
				t.Errorf("%s twice", e.Kind)
			}
			order = e.Kind
		case "resumed":
			if order == "" {
				t.Error("resumed what went on")
			}
			order = ""
		case "locked", "unlocked":
			if locked == (e.Kind == "locked") {
				t.Errorf("%s twice", e.Kind)
			}
			locked = e.Kind == "locked"
		}
		return nil
	}))
	if want.Locked != locked {
		t.Errorf("locked %v, and the journal ends with %v", want.Locked, locked)
	}
}

// A crash in deliberation lets nobody in who was sent out.
func TestDeliberationOutlivesTheServer(t *testing.T) {
	r := newRig(t)
	r.add("m-", func(*booking.Draft) {}, booking.Participant{Role: booking.RoleHost}, booking.Participant{Role: booking.RolePanel},
		booking.Participant{Role: booking.RoleParty}, booking.Participant{Role: booking.RoleWitness})
	names := []string{"m-panel", "m-party", "m-witness"}
	come := func() map[string]*client {
		clients := map[string]*client{}
		for _, name := range names {
			clients[name] = r.join(name)
		}
		return clients
	}
	host := r.join("m-host")
	expect[Admitted](host)
	clients := come()
	for _, name := range names {
		expect[Waiting](clients[name])
		host.send(Admit{Number: r.people[name].Number})
		expect[Admitted](clients[name])
	}
	host.send(Deliberate{})
	expect(host, inState("deliberation"))
	for _, name := range []string{"m-party", "m-witness"} {
		expect(clients[name], func(w Waiting) bool { return w.State == "deliberation" })
	}
	expect(clients["m-panel"], inState("deliberation"))

	r.close()
	r.open()
	clients = come() // before any host
	for _, name := range []string{"m-party", "m-witness"} {
		expect(clients[name], func(w Waiting) bool { return w.State == "deliberation" })
	}
	expect[Admitted](clients["m-panel"])
	host = r.join("m-host")
	expect(host, inState("deliberation"))
	host.send(Admit{Number: r.people["m-party"].Number})
	expect(host, func(e Error) bool { return e.Re == "admit" && e.Code == conference.WrongState })
	for _, name := range []string{"m-party", "m-witness"} {
		clients[name].sync()
		if r.live.Present(r.people[name].ID) || len(clients[name].mentions(`"admitted"`)) > 0 {
			t.Errorf("%s is in", name)
		}
	}

	host.send(Resume{})
	expect(host, inState("in_session"))
	expect[Admitted](clients["m-party"])
	clients["m-witness"].sync()
	if told := clients["m-witness"].mentions(`"admitted"`); len(told) > 0 {
		t.Errorf("the witness received %v", told)
	}
}

// Who waits learns of the queue, of those whom they may call, and of what is said
// to them, in every byte that they ever receive.
func TestOneWhoWaitsLearnsOfTheirOwnPeopleOnly(t *testing.T) {
	r := newRig(t)
	r.add("m-", func(d *booking.Draft) { d.Observers = booking.ObserversNames },
		booking.Participant{Role: booking.RoleHost}, booking.Participant{Role: booking.RoleParty},
		booking.Participant{Role: booking.RoleRepresentative}, booking.Participant{Role: booking.RoleClerk},
		booking.Participant{Role: booking.RoleWitness}, booking.Participant{Role: booking.RoleObserver})
	host := r.join("m-host")
	expect[Admitted](host)
	party := r.join("m-party")
	expect(party, func(w Waiting) bool { return len(w.Company) == 1 && w.Company[0].Number == 3 })
	others := []*client{r.join("m-representative"), r.join("m-clerk"), r.join("m-witness"), r.join("m-observer")}
	for i, c := range others {
		expect[Waiting](c)
		if i == 0 {
			continue // the lawyer waits along
		}
		host.send(Admit{Number: r.people[c.name].Number})
		expect[Admitted](c)
		c.send(Devices{Microphone: true, Camera: true})
		c.send(Hand{Up: true})
	}
	host.send(Say{To: "all", Text: "on-the-floor"})
	host.send(Start{})
	host.send(Announce{Text: "Encore cinq minutes."})
	expect(party, func(n Notice) bool { return n == Notice{From: "hosts", Text: "Encore cinq minutes."} })
	if !r.live.Tell(r.appointmentOf("m-party"), r.people["m-party"].ID, "Nous vous aidons.") {
		t.Error("not told")
	}
	others[0].send(Consult{Numbers: []uint32{2}})
	call := expect[Invitation](party)
	party.send(Decline{Room: call.Room})
	expect[InvitationOver](party)
	party.sync()

	names := []string{"host", "clerk", "witness", "observer"}
	for _, frame := range party.received() {
		m, err := DecodeServer(frame)
		must(t, err)
		switch m.(type) {
		case Waiting, Notice, Invitation, InvitationOver, Error, Pong:
		default:
			t.Errorf("received %s", frame)
		}
		for _, secret := range append([]string{"on-the-floor", "secret-relay", "v=0"}, names...) {
			if strings.Contains(string(frame), "Name-of-m-"+secret) || !slices.Contains(names, secret) && strings.Contains(string(frame), secret) {
				t.Errorf("received %s", frame)
			}
		}
	}
}

// A hearing that takes longer delays the next of its host's list, where somebody
// waits already; and the host who asks for it is told the way before this one ends.
func TestAHostGoesOnToTheNextOfTheList(t *testing.T) {
	r := newRig(t)
	town, err := r.store.PutInstitution(booking.Institution{Name: booking.Text{"fr": "Tribunal"}, Zone: "Africa/Casablanca"}, "test")
	must(t, err)
	judge, err := r.store.PutAccount(booking.Account{
		Institution: town.ID, Login: "judge@court.example", Name: "Judge", Role: booking.StaffMagistrate,
	}, "a long enough passphrase", "test")
	must(t, err)
	at := func(clock string) func(*booking.Draft) {
		start, err := booking.NewCivil("2026-11-23T"+clock, "Africa/Casablanca")
		must(t, err)
		return func(d *booking.Draft) { d.InstitutionID, d.Start, d.EarlyEntry = town.ID, start, 2*time.Hour }
	}
	host := booking.Participant{Role: booking.RoleHost, Staff: judge.ID}
	r.add("a-", at("10:00"), host, booking.Participant{Role: booking.RoleParty})
	second := r.add("b-", at("11:00"), host, booking.Participant{Role: booking.RoleParty})

	now, next := r.join("a-host"), r.join("b-party")
	expect[Admitted](now)
	expect(next, func(w Waiting) bool { return w.DelayMinutes == 0 })
	party := r.join("a-party")
	expect[Waiting](party)
	now.send(Admit{Number: 2})
	expect[Admitted](party)
	now.send(Extend{Minutes: 15})
	expect(next, func(w Waiting) bool { return w.DelayMinutes == 15 })

	want := NextHearing{Appointment: second.ID, Path: "/staff/attend/" + second.ID, Reference: second.Reference, People: 1}
	now.send(Next{})
	if got := expect[NextHearing](now); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	expect(party, inState("paused"))
	now.send(Next{Close: true})
	if got := expect[NextHearing](now); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	now.expectEnd(4411, "closed")
	party.expectEnd(4411, "closed")

	last := r.join("b-host")
	expect[Admitted](last)
	last.send(Next{})
	if got := expect[NextHearing](last); got != (NextHearing{}) {
		t.Errorf("after the last: %+v", got)
	}
}

// appointmentOf is the id of the appointment of a person.
func (r *rig) appointmentOf(name string) string { return r.sessionOf(r.people[name].ID).hearing.id }
