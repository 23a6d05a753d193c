package booking

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestATicketIsRedeemedAgainAndAgain(t *testing.T) {
	s, _ := newStore(t)
	a, tickets := book(t, s)
	seen := map[string]bool{}
	for range 3 {
		secret, got, p, err := s.Redeem(tickets[1])
		if err != nil || p != a.Participants[1] || !reflect.DeepEqual(got, a) {
			t.Fatalf("%+v %+v, %v", got, p, err)
		}
		if seen[secret] || len(secret) != 26 {
			t.Errorf("secret %q", secret)
		}
		seen[secret] = true
	}
	for secret := range seen {
		if got, p, err := s.Session(a.Participants[1].ID, secret); err != nil || p != a.Participants[1] || got.ID != a.ID {
			t.Errorf("session: %+v %+v, %v", got, p, err)
		}
	}
}

func TestATicketThatOpensNothingTellsNothing(t *testing.T) {
	s, _ := newStore(t)
	a, tickets := book(t, s)
	revoked := tickets[0]
	if _, err := s.Reissue(a.Participants[0].ID, "clerk"); err != nil {
		t.Fatal(err)
	}
	for _, ticket := range []string{
		"", "x", a.ID, a.Participants[1].ID, a.Reference, revoked, newSecret(),
		strings.ToUpper(tickets[1]), tickets[1][:25], tickets[1] + "a", " " + tickets[1],
		digest(tickets[1]), strings.Repeat("a", 1<<20), "\x00", "../" + tickets[1],
	} {
		if _, _, err := s.Lookup(ticket); err != ErrUnknownLink {
			t.Errorf("look up %.40q: %v", ticket, err)
		}
		if _, _, _, err := s.Redeem(ticket); err != ErrUnknownLink {
			t.Errorf("redeem %.40q: %v", ticket, err)
		}
	}
}

func TestASessionBelongsToOneParticipant(t *testing.T) {
	s, _ := newStore(t)
	a, tickets := book(t, s)
	party, witness := a.Participants[1].ID, a.Participants[3].ID
	secret, _, _, err := s.Redeem(tickets[1])
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{
		{witness, secret}, {"", secret}, {party, ""}, {party, tickets[1]}, {party, digest(secret)},
		{"nobody", secret}, {party + "/", secret}, {party, secret + "a"},
	} {
		if _, _, err := s.Session(c[0], c[1]); err != ErrUnknownSession {
			t.Errorf("session %q: %v", c, err)
		}
	}
}

func TestRedeemingAsksTheGate(t *testing.T) {
	s, c := newStore(t)
	_, tickets := book(t, s)
	for after, want := range map[time.Duration]Reason{
		-16 * time.Minute: ReasonTooEarly,
		75 * time.Minute:  ReasonTooLate,
	} {
		c.now = start.Add(after)
		_, a, p, err := s.Redeem(tickets[1])
		wantRefused(t, err, want)
		if a.ID == "" || p.ID == "" {
			t.Error("the page of a refusal needs to know whose it is")
		}
		var refused *Refused
		if errors.As(err, &refused) && refused.Decision != Admission(a, p.ID, PurposeHearing, c.now) {
			t.Errorf("refused with %+v", refused.Decision)
		}
	}
	if err := verify(s); err != nil {
		t.Error(err)
	}
}

func TestTheNinthSessionEndsTheOldest(t *testing.T) {
	s, _ := newStore(t)
	a, tickets := book(t, s)
	var secrets []string
	for range maxSessions + 2 {
		secret, _, _, err := s.Redeem(tickets[1])
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, secret)
	}
	for i, secret := range secrets {
		_, _, err := s.Session(a.Participants[1].ID, secret)
		if alive := err == nil; alive != (i >= 2) {
			t.Errorf("session %d alive: %t", i, alive)
		}
	}
}

func TestASessionInUseIsNeverEvicted(t *testing.T) {
	s, _ := newStore(t)
	a, tickets := book(t, s)
	p := a.Participants[1].ID
	redeem := func(n int) (last string) {
		for range n {
			secret, _, _, err := s.Redeem(tickets[1])
			if err != nil {
				t.Fatal(err)
			}
			last = secret
		}
		return last
	}
	live := redeem(1)
	release, again := s.Keep(p, live), s.Keep(p, live)
	redeem(3 * maxSessions)
	again()
	again() // twice is once
	latest := redeem(maxSessions)
	for _, secret := range []string{live, latest} {
		if _, _, err := s.Session(p, secret); err != nil {
			t.Errorf("in use: %v", err)
		}
	}
	if n := len(content(t, s, sessions)); n != maxSessions {
		t.Errorf("%d sessions", n)
	}
	release()
	redeem(1)
	if _, _, err := s.Session(p, live); err != ErrUnknownSession {
		t.Errorf("the oldest, no longer in use: %v", err)
	}
	if len(s.kept.keys) != 0 {
		t.Errorf("%d still kept", len(s.kept.keys))
	}
	defer s.Keep(p, latest)()
	if _, err := s.Reissue(p, "clerk"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Session(p, latest); err != ErrUnknownSession {
		t.Errorf("in use, but revoked: %v", err)
	}
}

func TestSessionsOfOldHearingsAreDeleted(t *testing.T) {
	s, c := newStore(t)
	a, tickets := book(t, s)
	secret, _, p, err := s.Redeem(tickets[1])
	if err != nil {
		t.Fatal(err)
	}
	must(t)(s.End(a.ID, "host"))
	c.now = start.Add(sessionLife - time.Second)
	if got, _, err := s.Session(p.ID, secret); err != nil || Admission(got, p.ID, PurposeHearing, c.now).Reason != ReasonClosed {
		t.Errorf("who was there is not told that it is closed: %v", err)
	}
	d := draft(t)
	d.Start, _ = NewCivil("2026-11-26T14:00", "Africa/Casablanca")
	_, invites, err := s.Book(d, "clerk")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		at   time.Duration
		left int
	}{{sessionLife - time.Second, 2}, {sessionLife, 2}} { // the old and a new one; two new ones
		c.now = start.Add(step.at)
		_, _, err := s.Session(p.ID, secret)
		if alive := err == nil; alive != (step.at < sessionLife) {
			t.Errorf("alive %t after %v", alive, step.at)
		}
		if _, _, _, err := s.Redeem(invites[1].Ticket); err != nil {
			t.Fatal(err)
		}
		if err := s.Sweep(); err != nil {
			t.Fatal(err)
		}
		if n := len(content(t, s, sessions)); n != step.left {
			t.Errorf("%d sessions after %v", n, step.at)
		}
	}
}

func TestTheRemovedReadWhyAndReissuingStartsAnew(t *testing.T) {
	s, c := newStore(t)
	a, tickets := book(t, s)
	p := a.Participants[1]
	secret, _, _, _ := s.Redeem(tickets[1])
	otherSecret, _, other, _ := s.Redeem(tickets[3])
	must(t)(s.Admit(a.ID, []string{p.ID}, "host"))

	c.now = start.Add(time.Minute)
	removed := must(t)(s.Remove(a.ID, p.ID, "host"))
	if q, _ := removed.Participant(p.ID); !q.Removed.Equal(c.now) || !q.Admitted.IsZero() {
		t.Errorf("removed %+v", q)
	}
	if again := must(t)(s.Remove(a.ID, p.ID, "host")); again.Version != removed.Version {
		t.Error("removing twice wrote twice")
	}
	held, _, err := s.Session(p.ID, secret)
	if d := Admission(held, p.ID, PurposeHearing, c.now); err != nil || d.Reason != ReasonRemoved {
		t.Errorf("with the session of before: %+v, %v", d, err)
	}
	_, _, _, err = s.Redeem(tickets[1])
	wantRefused(t, err, ReasonRemoved)

	invite, err := s.Reissue(p.ID, "clerk")
	if err != nil || invite.Ticket == tickets[1] || !invite.Participant.Removed.IsZero() || p.Issue != 1 || invite.Participant.Issue != 2 {
		t.Fatalf("reissued %+v, %v", invite.Participant, err)
	}
	if _, _, err := s.Session(p.ID, secret); err != ErrUnknownSession {
		t.Errorf("session of before the reissue: %v", err)
	}
	if _, _, err := s.Lookup(tickets[1]); err != ErrUnknownLink {
		t.Errorf("old ticket: %v", err)
	}
	secret, got, _, err := s.Redeem(invite.Ticket)
	if err != nil {
		t.Fatal(err)
	}
	if d := Admission(got, p.ID, PurposeHearing, c.now); d.Verdict != Wait {
		t.Errorf("the returned person: %+v", d)
	}

	// A second reissue, of somebody not removed, ends the sessions as well and tells watchers.
	told := 0
	defer s.Watch(func(Appointment) { told++ })()
	if _, err := s.Reissue(p.ID, "clerk"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Session(p.ID, secret); err != ErrUnknownSession || told != 1 {
		t.Errorf("session after reissue: %v, told %d times", err, told)
	}
	if _, _, err := s.Session(other.ID, otherSecret); err != nil {
		t.Errorf("somebody else's session: %v", err)
	}
	if _, err := s.Reissue("nobody", "clerk"); !errors.Is(err, ErrNotFound) {
		t.Errorf("reissue for an unknown: %v", err)
	}
	if _, err := s.Remove(a.ID, "nobody", "host"); !errors.Is(err, ErrNotFound) {
		t.Errorf("remove an unknown: %v", err)
	}
}
