package booking

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// appointment1 and participant1 are the records of format 1.
type appointment1 struct {
	ID, Reference               string
	Institution, Service        Text
	Prepare                     []Text
	State                       State
	Reason                      string
	Start                       Civil
	Duration, EarlyEntry, Grace time.Duration
	Delay                       time.Duration
	Started, Closed             time.Time
	Participants                []participant1
	Version                     uint64
}

type participant1 struct {
	ID                   string
	Number               uint32
	Role                 Role
	Name, Language, Link string
	Issue                uint32
	Admitted, Removed    time.Time
}

// makeOld turns the file of a store that knows nothing but hearings made by commands into one of format 1.
func makeOld(t *testing.T, path string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(b *bbolt.Tx) error {
		t := &tx{b: b}
		var ids []string
		for id := range t.list(appointments, "") {
			ids = append(ids, id)
		}
		for _, id := range ids {
			var a appointment1 // reads of the record what format 1 had
			if _, err := t.getJSON(appointments, id, &a); err != nil {
				return err
			}
			t.putJSON(appointments, id, a)
		}
		old := []bucket{appointments, references, holders, tickets, sessions, journal, hashes, meta}
		for _, name := range buckets {
			if !slices.Contains(old, name) {
				if err := b.DeleteBucket([]byte(name)); err != nil {
					return err
				}
			}
		}
		t.put(meta, "format", []byte("1"))
		return t.err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A server of the format before goes on where it was: links, sessions, hearings and journal are as good as they were, and
// everything that is found by something is found.
func TestAStoreOfFormatOneIsUpgraded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jalsa.db")
	c := &clock{start}
	s := openStore(t, path, c)
	a, links := book(t, s)
	secret, _, p, err := s.Redeem(links[1])
	if err != nil {
		t.Fatal(err)
	}
	a = must(t)(s.Admit(a.ID, []string{p.ID}, "host"))
	off, _ := book(t, s)
	must(t)(s.Cancel(off.ID, Why{Code: "by_service"}, "clerk"))
	before, entries, err := s.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	makeOld(t, path)

	for range 2 { // and opening it again upgrades nothing
		s = openStore(t, path, c)
		if after, n, err := s.Checkpoint(); err != nil || after != before || n != entries {
			t.Fatalf("the journal is another one: %d entries, were %d, %v", n, entries, err)
		}
		if _, err := s.Verify(before); err != nil {
			t.Error(err)
		}
		if got := must(t)(s.Appointment(a.Reference)); got.Version != a.Version || got.Participants[1].Admitted.IsZero() || got.State != StateConfirmed || !got.Judicial {
			t.Errorf("read back: %+v", got)
		}
		if _, _, err := s.Session(p.ID, secret); err != nil {
			t.Errorf("session: %v", err)
		}
		if all, err := s.Appointments(start.Add(-time.Hour)); err != nil || len(all) != 2 {
			t.Errorf("%d appointments are found by their time, %v", len(all), err)
		}
		events, err := s.History(a.ID)
		var kinds []string
		for _, e := range events {
			kinds = append(kinds, e.Kind)
		}
		if want := []string{"booked", "invited", "invited", "invited", "invited", "redeemed", "admitted"}; err != nil || !slices.Equal(kinds, want) {
			t.Errorf("history: %v, %v", kinds, err)
		}
		if err := s.Sweep(); err != nil {
			t.Errorf("sweep: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s = openStore(t, path, c)
	if _, err := s.PutInstitution(Institution{Name: Text{"fr": "Tribunal"}, Zone: "Africa/Casablanca"}, "admin"); err != nil {
		t.Errorf("what format 1 did not know: %v", err)
	}
	if _, _, _, err := s.Redeem(links[3]); err != nil {
		t.Errorf("a link that was sent before: %v", err)
	}
}

// A file of this format made before it had all of its buckets gets the rest.
func TestAStoreGetsBucketsItLacks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jalsa.db")
	c := &clock{start}
	s := openStore(t, path, c)
	a, _ := book(t, s)
	if err := s.db.Update(func(b *bbolt.Tx) error {
		for _, name := range []bucket{tasks, tasked} {
			if err := b.DeleteBucket([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, path, c)
	if got := must(t)(s.Appointment(a.ID)); got.Sitting != (Sitting{}) || got.Observers != "" {
		t.Errorf("read back: %+v", got)
	}
	if _, err := s.OpenTask(a.ID, a.Participants[1].ID, TaskHelp, a.Participants[1].ID); err != nil {
		t.Error(err)
	}
}
