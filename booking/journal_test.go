package booking

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// corrupt changes the file behind the back of the rules.
func corrupt(t *testing.T, s *Store, fn func(*tx)) {
	t.Helper()
	err := s.db.Update(func(b *bbolt.Tx) error {
		x := &tx{b: b}
		fn(x)
		return x.err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// content copies a bucket.
func content(t *testing.T, s *Store, b bucket) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := s.view(func(x *tx) error {
		for k, v := range x.list(b, "") {
			all[k] = string(v)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// firstBad verifies and returns the number of the first bad entry, 0 for the checkpoint, -1 if all is well.
func firstBad(t *testing.T, s *Store) int {
	t.Helper()
	err := verify(s)
	var bad *JournalError
	switch {
	case err == nil:
		return -1
	case !errors.As(err, &bad):
		t.Fatal(err)
	}
	return int(bad.Seq)
}

func TestTheJournalOfAHearing(t *testing.T) {
	s, c := newStore(t)
	a, tickets := book(t, s)
	host, party := a.Participants[0].ID, a.Participants[1].ID
	if _, _, _, err := s.Redeem(tickets[1]); err != nil {
		t.Fatal(err)
	}
	c.now = start.Add(time.Second)
	if err := s.Record(Entry{Kind: "waiting", Appointment: a.ID, Participant: party, Seq: 99, Time: start.AddDate(1, 0, 0)}); err != nil {
		t.Fatal(err)
	}
	must(t)(s.Admit(a.ID, []string{party, a.Participants[2].ID}, host))
	delay(t, s, a, 20*time.Minute)
	must(t)(s.Start(a.ID, host))
	must(t)(s.Remove(a.ID, party, host))
	if _, err := s.Reissue(party, "clerk"); err != nil {
		t.Fatal(err)
	}
	must(t)(s.End(a.ID, host))
	other, _ := book(t, s)
	must(t)(s.Cancel(other.ID, Why{Code: "judge_ill"}, "clerk"))

	names := map[string]string{a.ID: "a", other.ID: "other", host: "host", party: "party", a.Participants[2].ID: "interpreter"}
	var lines []string
	err := s.Journal(func(e Entry) error {
		if e.Kind == "invited" {
			return nil
		}
		if n, ok := names[e.Actor]; ok {
			e.Actor = n
		}
		words := fmt.Sprintln(e.Seq, e.Time.Sub(start), e.Actor, e.Kind, names[e.Appointment], names[e.Participant], e.Code)
		lines = append(lines, strings.Join(strings.Fields(words), " "))
		return nil
	})
	want := `1 0s clerk booked a
6 0s party redeemed a party
7 1s waiting a party
8 1s host admitted a party
9 1s host admitted a interpreter
10 1s host postponed a 20m0s
11 1s host started a
12 1s host removed a party
13 1s clerk reissued a party
14 1s host closed a
15 1s clerk booked other
20 1s clerk cancelled other judge_ill`
	if got := strings.Join(lines, "\n"); got != want || err != nil {
		t.Errorf("journal, %v:\n%s", err, got)
	}
	if err := verify(s); err != nil {
		t.Error(err)
	}
	for _, record := range content(t, s, journal) {
		for _, p := range a.Participants {
			if strings.Contains(record, p.Name) {
				t.Errorf("a name in %s", record)
			}
		}
	}
}

func TestTheJournalTakesIdsAndCodesOnly(t *testing.T) {
	s, _ := newStore(t)
	for _, c := range []struct {
		want string
		e    Entry
	}{
		{"kind: missing", Entry{}},
		{"kind: invalid", Entry{Kind: "said hello"}},
		{"appointment: invalid", Entry{Kind: "k", Appointment: "a b"}},
		{"participant: invalid", Entry{Kind: "k", Participant: "Youssef Bennani"}},
		{"code: invalid", Entry{Kind: "k", Code: "يوسف"}},
		{"code: invalid", Entry{Kind: "k", Code: strings.Repeat("c", 65)}},
		{"actor: invalid", Entry{Kind: "k", Actor: "judge@example.org"}},
	} {
		if err := s.Record(c.e); err == nil || err.Error() != c.want {
			t.Errorf("%+v: %v, want %s", c.e, err, c.want)
		}
	}
	if n := len(content(t, s, journal)); n != 0 {
		t.Errorf("%d entries", n)
	}
}

func TestReadingALongJournal(t *testing.T) {
	s, _ := newStore(t)
	err := s.update("clerk", func(t *tx) error {
		for range 600 {
			t.log(Entry{Kind: "tick"})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// A reader may write meanwhile; a reader may stop.
	last, enough := uint64(0), errors.New("enough")
	err = s.Journal(func(e Entry) error {
		if last++; e.Seq != last {
			t.Fatalf("entry %d after %d", e.Seq, last-1)
		}
		if e.Seq == 10 {
			return s.Record(Entry{Kind: "read"})
		}
		if e.Seq == 601 {
			return enough
		}
		return nil
	})
	if err != enough || last != 601 {
		t.Errorf("%d entries, %v", last, err)
	}
}
