package booking

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// newPost is a store that can send messages, with an appointment whose second participant has an address.
func newPost(t *testing.T, mail bool) (*Store, *clock, Appointment) {
	t.Helper()
	c := &clock{start}
	s := openWith(t, filepath.Join(t.TempDir(), "jalsa.db"), Options{Now: c.Now, Mail: mail})
	a, _ := book(t, s)
	a = must(t)(s.change(a.ID, "clerk", func(t *tx, a *Appointment) error {
		a.InstitutionID = "court"
		a.Participants[1].Email = "youssef@example.org"
		t.log(Entry{Kind: "changed", Appointment: a.ID})
		return nil
	}))
	return s, c, a
}

// decide runs fn as a decision about a.
func decide(t *testing.T, s *Store, a Appointment, fn func(*tx)) {
	t.Helper()
	err := s.update("clerk", func(t *tx) error {
		fn(t)
		t.log(Entry{Kind: "decided", Appointment: a.ID})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func messagesOf(t *testing.T, s *Store, a Appointment) []Message {
	t.Helper()
	all, err := s.Messages(a.ID)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func dueNow(t *testing.T, s *Store) ([]Message, time.Time) {
	t.Helper()
	now, next, err := s.Due(10)
	if err != nil {
		t.Fatal(err)
	}
	return now, next
}

func TestMessageIsDueAtItsTimeAndOnce(t *testing.T) {
	s, c, a := newPost(t, true)
	p := a.Participants[1]
	decide(t, s, a, func(t *tx) {
		t.post(MessageReminder, a, p, Message{Due: c.now.Add(time.Hour)})
		t.post(MessageProof, a, p, Message{Code: "123456"})
	})
	select {
	case <-s.Posted():
	default:
		t.Error("nobody was told that something was queued")
	}
	now, next := dueNow(t, s)
	if len(now) != 1 || now[0].Kind != MessageProof || !next.Equal(c.now.Add(time.Hour)) {
		t.Fatalf("due %+v, next %v", now, next)
	}
	if m := now[0]; m.To != p.Email || m.Language != "fr" || m.Code != "123456" || m.Participant != p.ID || m.Institution != "court" || !m.Created.Equal(c.now) {
		t.Errorf("queued %+v", m)
	}
	if err := s.Sent(now[0].ID); err != nil {
		t.Fatal(err)
	}
	if again, _ := dueNow(t, s); len(again) != 0 {
		t.Errorf("due again: %+v", again)
	}
	c.now = c.now.Add(time.Hour)
	if now, next := dueNow(t, s); len(now) != 1 || now[0].Kind != MessageReminder || !next.IsZero() {
		t.Errorf("an hour later due %+v, next %v", now, next)
	}
	if m := messagesOf(t, s, a)[0]; m.State != MessageSent || m.Code != "" || m.Attempts != 1 || m.Done.IsZero() {
		t.Errorf("receipt %+v", m)
	}
}

func TestDueIsBoundedAndTellsThatThereIsMore(t *testing.T) {
	s, c, a := newPost(t, true)
	decide(t, s, a, func(t *tx) {
		for range 3 {
			t.post(MessageLink, a, a.Participants[1], Message{})
		}
	})
	now, next, err := s.Due(2)
	if err != nil || len(now) != 2 || next.IsZero() || next.After(c.now) {
		t.Errorf("%d messages, next %v, %v", len(now), next, err)
	}
}

func TestNobodyWithoutAddressOrRemovedIsWrittenTo(t *testing.T) {
	s, _, a := newPost(t, true)
	decide(t, s, a, func(t *tx) {
		t.post(MessageInvited, a, a.Participants[0], Message{})
		removed := a.Participants[1]
		removed.Removed = t.now
		t.post(MessageInvited, a, removed, Message{})
	})
	if all := messagesOf(t, s, a); len(all) != 0 {
		t.Errorf("written: %+v", all)
	}
}

func TestRolledBackDecisionPostsNothing(t *testing.T) {
	s, _, a := newPost(t, true)
	failure := errors.New("no")
	err := s.update("clerk", func(t *tx) error {
		t.post(MessageMoved, a, a.Participants[1], Message{})
		t.log(Entry{Kind: "decided", Appointment: a.ID})
		return failure
	})
	if err != failure || len(messagesOf(t, s, a)) != 0 {
		t.Errorf("%v, messages %+v", err, messagesOf(t, s, a))
	}
	select {
	case <-s.Posted():
		t.Error("told of a message that does not exist")
	default:
	}
}

func TestWithoutMailMessagesAreKeptForTheStaffToSee(t *testing.T) {
	s, _, a := newPost(t, false)
	decide(t, s, a, func(t *tx) { t.post(MessageConfirmed, a, a.Participants[1], Message{Code: "123456"}) })
	all := messagesOf(t, s, a)
	if len(all) != 1 || all[0].State != MessageOff || all[0].Code != "" {
		t.Errorf("messages %+v", all)
	}
	if now, next := dueNow(t, s); len(now) != 0 || !next.IsZero() {
		t.Errorf("due %+v, next %v", now, next)
	}
}

func TestFailedMessageIsTriedAgainThenGivenUp(t *testing.T) {
	s, c, a := newPost(t, true)
	decide(t, s, a, func(t *tx) { t.post(MessageCode, a, a.Participants[1], Message{Code: "123456"}) })
	now, _ := dueNow(t, s)
	id := now[0].ID
	if err := s.Failed(id, "timeout", c.now.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if now, next := dueNow(t, s); len(now) != 0 || !next.Equal(c.now.Add(time.Minute)) {
		t.Errorf("after a failure due %+v, next %v", now, next)
	}
	c.now = c.now.Add(time.Minute)
	if now, _ := dueNow(t, s); len(now) != 1 || now[0].Attempts != 1 || now[0].Why != "timeout" || now[0].Code != "123456" {
		t.Errorf("a minute later %+v", now)
	}
	if err := s.Failed(id, "rejected_address", time.Time{}); err != nil {
		t.Fatal(err)
	}
	m := messagesOf(t, s, a)[0]
	if m.State != MessageFailed || m.Why != "rejected_address" || m.Code != "" || m.Attempts != 2 {
		t.Errorf("given up %+v", m)
	}
	for institution, want := range map[string]int{"": 1, "court": 1, "another": 0} {
		if got, err := s.Troubles(institution, 5); err != nil || len(got) != want {
			t.Errorf("troubles of %q: %+v, %v", institution, got, err)
		}
	}
	if err := s.Sent("nothing/there"); !errors.Is(err, ErrNotFound) {
		t.Errorf("receipt of an unknown message: %v", err)
	}
	if err := s.Failed(id, "550 <youssef@example.org> unknown", time.Time{}); err != nil {
		t.Errorf("a second end of the same message: %v", err)
	}
}

func TestTroublesComeNewestFirst(t *testing.T) {
	s, c, a := newPost(t, true)
	for range 3 {
		decide(t, s, a, func(t *tx) { t.post(MessageLink, a, a.Participants[1], Message{}) })
		now, _ := dueNow(t, s)
		if err := s.Failed(now[0].ID, "refused", time.Time{}); err != nil {
			t.Fatal(err)
		}
		c.now = c.now.Add(time.Minute)
	}
	got, err := s.Troubles("", 2)
	if err != nil || len(got) != 2 || !got[0].Done.After(got[1].Done) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestJournalHoldsCodesOfMessagesOnly(t *testing.T) {
	s, c, a := newPost(t, true)
	decide(t, s, a, func(t *tx) { t.post(MessageMoved, a, a.Participants[1], Message{}) })
	now, _ := dueNow(t, s)
	if err := s.Failed(now[0].ID, "550 no such person", c.now); err == nil {
		t.Error("words of a mail server went into the journal")
	}
	if err := s.Failed(now[0].ID, "tls", c.now); err != nil {
		t.Fatal(err)
	}
	if err := s.Sent(now[0].ID); err != nil {
		t.Fatal(err)
	}
	var got []string
	err := s.Journal(func(e Entry) error {
		if e.Kind == "message_failed" || e.Kind == "message_sent" {
			got = append(got, e.Kind+" "+e.Code+" "+e.Actor)
		}
		return nil
	})
	if want := []string{"message_failed moved:tls ", "message_sent moved "}; err != nil || !slices.Equal(got, want) {
		t.Errorf("journal %q, %v", got, err)
	}
}

func TestOvertakenMessagesAreDropped(t *testing.T) {
	s, c, a := newPost(t, true)
	p := a.Participants[1]
	decide(t, s, a, func(t *tx) {
		t.post(MessageReminder, a, p, Message{Due: c.now.Add(time.Hour)})
		t.post(MessageConfirmed, a, p, Message{})
	})
	decide(t, s, a, func(t *tx) { t.dropQueued(a.ID, MessageReminder) })
	now, next := dueNow(t, s)
	if len(now) != 1 || now[0].Kind != MessageConfirmed || !next.IsZero() {
		t.Errorf("after the first drop due %+v, next %v", now, next)
	}
	decide(t, s, a, func(t *tx) { t.dropQueued(a.ID) })
	if now, _ := dueNow(t, s); len(now) != 0 {
		t.Errorf("after the second drop due %+v", now)
	}
	// The mail server had taken it already: that is what the receipt says.
	if err := s.Sent(now[0].ID); err != nil {
		t.Fatal(err)
	}
	for _, m := range messagesOf(t, s, a) {
		want := map[MessageKind]MessageState{MessageReminder: MessageDropped, MessageConfirmed: MessageSent}[m.Kind]
		if m.State != want {
			t.Errorf("%s is %s, want %s", m.Kind, m.State, want)
		}
	}
}

func TestErasedMessagesNameNobody(t *testing.T) {
	s, c, a := newPost(t, true)
	decide(t, s, a, func(t *tx) {
		t.post(MessageConfirmed, a, a.Participants[1], Message{})
		t.post(MessageReminder, a, a.Participants[1], Message{Due: c.now.Add(time.Hour)})
	})
	now, _ := dueNow(t, s)
	if err := s.Sent(now[0].ID); err != nil {
		t.Fatal(err)
	}
	decide(t, s, a, func(t *tx) { t.eraseMessages(a.ID) })
	for _, m := range messagesOf(t, s, a) {
		if m.To != "" || m.State == MessageQueued {
			t.Errorf("left: %+v", m)
		}
	}
	if _, next := dueNow(t, s); !next.IsZero() {
		t.Errorf("due at %v", next)
	}
}
