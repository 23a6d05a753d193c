package booking

import (
	"fmt"
	"slices"
	"sync"
	"testing"
)

func TestWatchersSeeWritesAndOnlyWrites(t *testing.T) {
	s, _ := newStore(t)
	var seen []string
	stop := s.Watch(func(a Appointment) { seen = append(seen, fmt.Sprintf("%d %s", a.Version, a.State)) })
	a, tickets := book(t, s)
	if _, _, _, err := s.Redeem(tickets[1]); err != nil { // no appointment is written
		t.Fatal(err)
	}
	must(t)(s.Admit(a.ID, []string{a.Participants[1].ID}, "host"))
	must(t)(s.Admit(a.ID, []string{a.Participants[1].ID}, "host")) // nothing new
	if err := s.Record(Entry{Kind: "connected", Appointment: a.ID}); err != nil {
		t.Fatal(err)
	}
	must(t)(s.Cancel(a.ID, Why{Code: "judge_ill"}, "clerk"))
	stop()
	book(t, s)
	if want := "[1 confirmed 2 confirmed 3 cancelled]"; fmt.Sprint(seen) != want {
		t.Errorf("seen %v, want %s", seen, want)
	}
}

func TestAWatcherMayUseTheStore(t *testing.T) {
	s, _ := newStore(t)
	var seen []uint64
	var stop func()
	calls := 0
	stop = s.Watch(func(a Appointment) {
		if calls++; calls != 1 {
			t.Error("called within a call")
		}
		defer func() { calls-- }()
		seen = append(seen, a.Version)
		a.Participants[0].Name = "changed by a bad watcher"
		if got, err := s.Appointment(a.ID); err != nil || got.Version != a.Version {
			t.Errorf("told of version %d, read %d, %v", a.Version, got.Version, err)
		}
		switch a.Version {
		case 1:
			must(t)(s.Admit(a.ID, []string{a.Participants[1].ID}, "host"))
		case 2:
			stop()
		}
	})
	a, _ := book(t, s)
	if a.Participants[0].Name != "Amina El Fassi" {
		t.Error("a watcher changed what the writer got")
	}
	must(t)(s.Start(a.ID, "host"))
	if !slices.Equal(seen, []uint64{1, 2}) {
		t.Errorf("seen %v", seen)
	}
}

func TestAWatcherThatPanicsDoesNotSilenceTheOthers(t *testing.T) {
	s, _ := newStore(t)
	stop := s.Watch(func(Appointment) { panic("on purpose") })
	func() {
		defer func() { recover() }()
		book(t, s)
	}()
	stop()
	told := 0
	s.Watch(func(Appointment) { told++ })
	if book(t, s); told != 1 {
		t.Errorf("told %d times", told)
	}
}

// Commits that come back out of turn are told in turn.
func TestNewsWaitForTheirTurn(t *testing.T) {
	var seen []string
	f := feed{next: 1, watchers: []*watcher{{func(a Appointment) { seen = append(seen, a.ID) }}}}
	f.publish(4, 4, []*Appointment{{ID: "third"}})
	f.publish(3, 3, nil)
	if len(seen) != 0 {
		t.Errorf("told before its turn: %v", seen)
	}
	f.publish(1, 2, []*Appointment{{ID: "first"}})
	f.publish(5, 9, []*Appointment{{ID: "fourth"}})
	if want := "[first third fourth]"; fmt.Sprint(seen) != want || len(f.pending) != 0 {
		t.Errorf("told %v, want %s; pending %v", seen, want, f.pending)
	}
}

// Many people at once: nobody is lost, admitted twice or told out of order, and the journal holds.
func TestParallelDecisions(t *testing.T) {
	s, _ := newStore(t)
	s.db.NoSync = true
	d := draft(t)
	for i := range 20 {
		d.Participants = append(d.Participants, Participant{Role: RoleObserver, Name: fmt.Sprint("Observer ", i)})
	}
	a, invites, err := s.Book(d, "clerk")
	if err != nil {
		t.Fatal(err)
	}
	var versions []uint64 // one call at a time, so no lock
	s.Watch(func(a Appointment) { versions = append(versions, a.Version) })

	var all sync.WaitGroup
	for _, invite := range invites {
		for range 2 {
			all.Go(func() {
				secret, _, p, err := s.Redeem(invite.Ticket)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := s.Admit(a.ID, []string{p.ID}, "host"); err != nil {
					t.Error(err)
				}
				if _, q, err := s.Session(p.ID, secret); err != nil || q.Admitted.IsZero() {
					t.Errorf("%+v, %v", q, err)
				}
				if err := s.Record(Entry{Kind: "connected", Appointment: a.ID, Participant: p.ID}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	if len(versions) != len(invites) || !slices.IsSorted(versions) || versions[0] != 2 {
		t.Errorf("told versions %v of %d admissions", versions, len(invites))
	}
	counts := map[string]int{}
	if err := s.Journal(func(e Entry) error { counts[e.Kind]++; return nil }); err != nil {
		t.Error(err)
	}
	if want := map[string]int{"booked": 1, "invited": 24, "redeemed": 48, "admitted": 24, "connected": 48}; fmt.Sprint(counts) != fmt.Sprint(want) {
		t.Errorf("journal %v, want %v", counts, want)
	}
	if err := verify(s); err != nil {
		t.Error(err)
	}
}
