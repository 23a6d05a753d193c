package booking

import (
	"errors"
	"reflect"
	"testing"
	"time"
)

func TestAdmittingAsksTheGate(t *testing.T) {
	s, c := newStore(t)
	a, _ := book(t, s)
	host, party, interpreter, witness := a.Participants[0].ID, a.Participants[1].ID, a.Participants[2].ID, a.Participants[3].ID

	c.now = start.Add(-time.Hour)
	_, err := s.Admit(a.ID, []string{party}, host)
	wantRefused(t, err, ReasonTooEarly)

	c.now = start
	_, err = s.Admit(a.ID, []string{party, "nobody"}, host)
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("admit an unknown: %v", err)
	}
	must(t)(s.Remove(a.ID, interpreter, host))
	got := must(t)(s.Admit(a.ID, []string{host, party, interpreter}, host))
	for i, want := range []bool{true, true, false, false} {
		if admitted := !got.Participants[i].Admitted.IsZero(); admitted != want {
			t.Errorf("participant %d admitted: %t", i, admitted)
		}
	}
	_, err = s.Admit(a.ID, []string{interpreter}, host)
	wantRefused(t, err, ReasonRemoved)

	c.now = start.Add(time.Minute)
	if again := must(t)(s.Admit(a.ID, []string{host, party}, host)); !reflect.DeepEqual(again, got) {
		t.Errorf("admitted again: %+v", again)
	}
	must(t)(s.Start(a.ID, host))
	c.now = start.Add(2 * time.Hour)
	_, err = s.Admit(a.ID, []string{witness}, host)
	wantRefused(t, err, ReasonTooLate)
	must(t)(s.End(a.ID, host))
	_, err = s.Admit(a.ID, []string{party}, host)
	wantRefused(t, err, ReasonClosed)
}

func TestDismissingTakesBackAnAdmissionOnce(t *testing.T) {
	s, _ := newStore(t)
	a, _ := book(t, s)
	witness := a.Participants[len(a.Participants)-1].ID
	must(t)(s.Admit(a.ID, []string{witness}, "host"))
	dismissed := must(t)(s.Dismiss(a.ID, witness, witness))
	if p, _ := dismissed.Participant(witness); !p.Admitted.IsZero() {
		t.Error("still admitted")
	}
	if again := must(t)(s.Dismiss(a.ID, witness, witness)); again.Version != dismissed.Version {
		t.Error("dismissing twice wrote twice")
	}
	if _, err := s.Dismiss(a.ID, "nobody", "host"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a stranger: %v", err)
	}
}

func TestStartAndEndOfAConference(t *testing.T) {
	s, c := newStore(t)
	a, _ := book(t, s)
	c.now = start.Add(-time.Hour)
	_, err := s.Start(a.ID, "host")
	wantRefused(t, err, ReasonTooEarly)
	c.now = start
	started := must(t)(s.Start(a.ID, "host"))
	c.now = start.Add(time.Hour)
	if again := must(t)(s.Start(a.ID, "host")); !again.Started.Equal(start) || again.Version != started.Version {
		t.Errorf("started again: %+v", again)
	}
	closed := must(t)(s.End(a.ID, "host"))
	c.now = start.Add(2 * time.Hour)
	if again := must(t)(s.End(a.ID, "host")); !again.Closed.Equal(start.Add(time.Hour)) || again.Version != closed.Version {
		t.Errorf("closed again: %+v", again)
	}
	_, err = s.Cancel(a.ID, Why{Code: "judge_ill"}, "clerk")
	wantRefused(t, err, ReasonClosed)
	if _, err := s.Start("nobody", "host"); !errors.Is(err, ErrNotFound) {
		t.Errorf("start of an unknown: %v", err)
	}
}

func TestCancellingByIdOrReference(t *testing.T) {
	s, _ := newStore(t)
	for _, name := range []func(Appointment) string{
		func(a Appointment) string { return a.ID },
		func(a Appointment) string { return a.Reference },
	} {
		a, tickets := book(t, s)
		other, otherTickets := book(t, s)
		secret, _, p, _ := s.Redeem(tickets[1])
		otherSecret, _, q, _ := s.Redeem(otherTickets[1])

		got := must(t)(s.Cancel(name(a), Why{Code: "judge_ill"}, "clerk"))
		if got.State != StateCancelled || got.Reason != "judge_ill" {
			t.Errorf("cancelled %+v", got)
		}
		if again := must(t)(s.Cancel(name(a), Why{Code: "other"}, "clerk")); again.Reason != "judge_ill" || again.Version != got.Version {
			t.Errorf("cancelled again %+v", again)
		}
		held, _, err := s.Session(p.ID, secret)
		if d := Admission(held, p.ID, PurposeHearing, start); err != nil || d.Reason != ReasonCancelled {
			t.Errorf("with the session of before: %+v, %v", d, err)
		}
		_, _, _, err = s.Redeem(tickets[1])
		wantRefused(t, err, ReasonCancelled)
		_, err = s.Start(a.ID, "host")
		wantRefused(t, err, ReasonCancelled)
		_, err = s.End(a.ID, "host")
		wantRefused(t, err, ReasonCancelled)
		if _, _, err := s.Lookup(tickets[1]); err != nil {
			t.Errorf("the page of a cancelled hearing: %v", err)
		}
		if _, _, err := s.Session(q.ID, otherSecret); err != nil {
			t.Errorf("session of appointment %s: %v", other.ID, err)
		}
	}
	if _, err := s.Cancel("nobody", Why{Code: "judge_ill"}, "clerk"); !errors.Is(err, ErrNotFound) {
		t.Errorf("cancel an unknown: %v", err)
	}
	if _, err := s.Cancel("nobody", Why{Code: "free text"}, "clerk"); err == nil {
		t.Error("free text reached the journal")
	}
}
