package booking

import (
	"errors"
	"testing"
	"time"
)

var found = Rehearsal{Fitness: FitGood, Path: "direct", Up: 312, Down: 287, Loss: 1, RTT: 84}

func TestARehearsalIsKeptWithItsParticipant(t *testing.T) {
	s, c := newStore(t)
	a, _ := book(t, s)
	c.now = start.AddDate(0, 0, -5)
	party := a.Participants[1].ID
	if err := s.Rehearse(party, found); err != nil {
		t.Fatal(err)
	}
	want := Rehearsal{At: c.now, Fitness: FitGood, Path: "direct", Up: 310, Down: 290, Loss: 1, RTT: 80}
	now := must(t)(s.Appointment(a.ID))
	if got := now.Participants[1].Rehearsal; got != want {
		t.Errorf("kept %+v, want %+v", got, want)
	}
	for i, p := range now.Participants {
		if i != 1 && p.Rehearsal != (Rehearsal{}) {
			t.Errorf("participant %d has a rehearsal: %+v", i, p.Rehearsal)
		}
	}
	if now.Sequence != a.Sequence || now.Started != a.Started || !now.Participants[1].Admitted.IsZero() {
		t.Error("a rehearsal changed the hearing")
	}
	events, err := s.History(a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if last := events[len(events)-1]; last.Kind != "rehearsed" || last.Participant != party || last.Actor != party || last.Code != "good" {
		t.Errorf("journal: %+v", last)
	}
}

func TestNothingElseIsTakenForARehearsal(t *testing.T) {
	s, _ := newStore(t)
	a, _ := book(t, s)
	for field, spoil := range map[string]func(*Rehearsal){
		"fitness": func(r *Rehearsal) { r.Fitness = "Votre connexion est bonne" },
		"path":    func(r *Rehearsal) { r.Path = "carrier pigeon" },
		"up":      func(r *Rehearsal) { r.Up = -1 },
		"down":    func(r *Rehearsal) { r.Down = maxRehearsalRate + 1 },
		"loss":    func(r *Rehearsal) { r.Loss = 101 },
		"rtt":     func(r *Rehearsal) { r.RTT = maxRehearsalRTT + 1 },
	} {
		r := found
		spoil(&r)
		var bad *FieldError
		if err := s.Rehearse(a.Participants[1].ID, r); !errors.As(err, &bad) || bad.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, r := range []Rehearsal{{Fitness: FitNone, Path: "relay"}, {Fitness: FitVoice}} {
		if s.Rehearse(a.Participants[1].ID, r) == nil {
			t.Errorf("taken: %+v", r)
		}
	}
	if err := s.Rehearse("nobody", found); !errors.Is(err, ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
	if must(t)(s.Appointment(a.ID)).Version != a.Version {
		t.Error("something was written")
	}
}

func TestARehearsalAsksTheGate(t *testing.T) {
	s, c := newStore(t)
	a, tickets := book(t, s)
	c.now = start.AddDate(0, 0, -5)
	_, _, _, err := s.Redeem(tickets[1])
	wantRefused(t, err, ReasonTooEarly)
	secret, _, p, err := s.RedeemRehearsal(tickets[1])
	if err != nil || p.ID != a.Participants[1].ID {
		t.Fatalf("redeemed for %s: %v", p.ID, err)
	}
	if _, _, err := s.Session(p.ID, secret); err != nil {
		t.Errorf("session: %v", err)
	}
	must(t)(s.Remove(a.ID, p.ID, "host"))
	_, _, _, err = s.RedeemRehearsal(tickets[1])
	wantRefused(t, err, ReasonRemoved)
	wantRefused(t, s.Rehearse(p.ID, found), ReasonRemoved)
	c.now = start.Add(3 * time.Hour)
	_, _, _, err = s.RedeemRehearsal(tickets[3])
	wantRefused(t, err, ReasonTooLate)
}

func TestARehearsalIsErasedWithThePerson(t *testing.T) {
	s, c := newStore(t)
	d := draft(t)
	d.Keep = 30
	a, invites, err := s.Book(d, "clerk")
	if err != nil {
		t.Fatal(err)
	}
	party := a.Participants[1].ID
	if err := s.Rehearse(party, found); err != nil {
		t.Fatal(err)
	}
	c.now = start.AddDate(0, 0, 32)
	if err := s.Sweep(); err != nil {
		t.Fatal(err)
	}
	if p := must(t)(s.Appointment(a.ID)).Participants[1]; p.Name != erasedName || p.Rehearsal != (Rehearsal{}) {
		t.Errorf("after the time of keeping: %+v", p)
	}
	if err := s.Rehearse(party, found); !errors.Is(err, ErrNotFound) {
		t.Errorf("who is erased rehearses: %v", err)
	}
	if _, _, _, err := s.RedeemRehearsal(invites[1].Ticket); !errors.Is(err, ErrUnknownLink) {
		t.Errorf("the link of who is erased: %v", err)
	}
}
