package booking

import (
	"errors"
	"path/filepath"
	"testing"
	"time"
)

// clock is the time of a test, moved by hand.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func openStore(t *testing.T, path string, c *clock) *Store {
	t.Helper()
	return openWith(t, path, Options{Now: c.Now})
}

// openWith opens a store that leaves its writes to the page cache, which outlives any process here: what the rules do is
// the same, and the tests do not wait for a disk. What a power cut leaves is a matter of lab/power_test.go.
func openWith(t *testing.T, path string, o Options) *Store {
	t.Helper()
	s, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	s.db.NoSync = true
	t.Cleanup(func() { s.Close() })
	return s
}

func newStore(t *testing.T) (*Store, *clock) {
	t.Helper()
	c := &clock{start}
	return openStore(t, filepath.Join(t.TempDir(), "jalsa.db"), c), c
}

func draft(t *testing.T) Draft {
	t.Helper()
	at, err := NewCivil("2026-11-23T10:00", "Africa/Casablanca")
	if err != nil {
		t.Fatal(err)
	}
	return Draft{
		Institution: Text{"fr": "Tribunal de première instance", "ar": "المحكمة الابتدائية"},
		Service:     Text{"fr": "Audience familiale", "ar": "جلسة الأسرة"},
		Prepare:     []Text{{"fr": "Votre pièce d'identité"}},
		Start:       at, Duration: time.Hour, EarlyEntry: 15 * time.Minute, Grace: 15 * time.Minute,
		Participants: []Participant{
			{Role: RoleHost, Name: "Amina El Fassi", Language: "ar"},
			{Role: RoleParty, Name: "Youssef Bennani", Language: "fr", Link: "a"},
			{Role: RoleInterpreter, Name: "Ines Haddad", Link: "a"},
			{Role: RoleWitness, Name: "Karim Alaoui"},
		},
	}
}

// book books the draft and returns the tickets by position.
func book(t *testing.T, s *Store) (Appointment, []string) {
	t.Helper()
	a, invites, err := s.Book(draft(t), "clerk")
	if err != nil {
		t.Fatal(err)
	}
	var issued []string
	for _, i := range invites {
		issued = append(issued, i.Ticket)
	}
	return a, issued
}

// must fails the test unless the write went well, and returns what it wrote.
func must(t *testing.T) func(Appointment, error) Appointment {
	return func(a Appointment, err error) Appointment {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
}

// verify recomputes the whole journal.
func verify(s *Store) error {
	_, err := s.Verify("")
	return err
}

func wantRefused(t *testing.T, err error, want Reason) {
	t.Helper()
	var refused *Refused
	if !errors.As(err, &refused) || refused.Decision.Reason != want {
		t.Errorf("%v, want refused: %s", err, want)
	}
}

// delay announces that a begins late, and returns it as it is then.
func delay(t *testing.T, s *Store, a Appointment, by time.Duration) Appointment {
	t.Helper()
	changed, err := s.Delay([]string{a.ID}, by, "host")
	if err != nil || len(changed) != 1 {
		t.Fatalf("delayed %d, %v", len(changed), err)
	}
	return changed[0]
}
