package booking

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/tlog"
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
	err := s.VerifyJournal()
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
	must(t)(s.Start(a.ID, host))
	must(t)(s.Postpone(a.ID, 20*time.Minute, host))
	must(t)(s.Remove(a.ID, party, host))
	if _, err := s.Reissue(party, "clerk"); err != nil {
		t.Fatal(err)
	}
	must(t)(s.End(a.ID, host))
	other, _ := book(t, s)
	must(t)(s.Cancel(other.ID, "judge_ill", "clerk"))

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
10 1s host started a
11 1s host postponed a 20m0s
12 1s host removed a party
13 1s clerk reissued a party
14 1s host closed a
15 1s clerk booked other
20 1s clerk cancelled other judge_ill`
	if got := strings.Join(lines, "\n"); got != want || err != nil {
		t.Errorf("journal, %v:\n%s", err, got)
	}
	if err := s.VerifyJournal(); err != nil {
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

// smallJournal has 9 entries: a hearing of four, and its life until the host removes one.
func smallJournal(t *testing.T) *Store {
	s, _ := newStore(t)
	s.db.NoSync = true // these tests commit thousands of times, and lose nothing that matters
	a, tickets := book(t, s)
	if _, _, _, err := s.Redeem(tickets[1]); err != nil {
		t.Fatal(err)
	}
	must(t)(s.Admit(a.ID, []string{a.Participants[1].ID}, "host"))
	must(t)(s.Start(a.ID, "host"))
	must(t)(s.Remove(a.ID, a.Participants[3].ID, "host"))
	if n := len(content(t, s, journal)); n != 9 {
		t.Fatalf("%d entries", n)
	}
	return s
}

func TestAnyFlippedByteIsFoundAndNamed(t *testing.T) {
	s := smallJournal(t)
	entryOf := func(b bucket, key string) int { // whose entry a stored byte belongs to
		var n uint64
		for _, c := range []byte(key) {
			n = n<<8 | uint64(c)
		}
		switch b {
		case journal:
			return int(n)
		case hashes:
			level, i := tlog.SplitStoredHashIndex(int64(n))
			return int((i + 1) << level)
		}
		return 0
	}
	flips := 0
	for _, b := range []bucket{journal, hashes, meta} {
		for key, value := range content(t, s, b) {
			if key == "format" {
				continue
			}
			for i := range len(value) {
				for _, mask := range []byte{1, 0x80} {
					flipped := []byte(value)
					flipped[i] ^= mask
					corrupt(t, s, func(x *tx) { x.put(b, key, flipped) })
					if got := firstBad(t, s); got != entryOf(b, key) {
						t.Fatalf("%s %x: byte %d of %q flipped, named %d", b, key, i, value, got)
					}
					flips++
				}
			}
			corrupt(t, s, func(x *tx) { x.put(b, key, []byte(value)) })
		}
	}
	if got := firstBad(t, s); got != -1 || flips < 2000 {
		t.Errorf("%d flips, all mended, and still %d", flips, got)
	}
}

func TestLosingSwappingAndAddingIsFoundAndNamed(t *testing.T) {
	s := smallJournal(t)
	copies := map[bucket]map[string]string{}
	for _, b := range []bucket{journal, hashes, meta} {
		copies[b] = content(t, s, b)
	}
	entry := func(n uint64) []byte { return []byte(copies[journal][number(n)]) }
	rewrite := func(x *tx, first, last uint64) { // gives these entries the hashes of their content
		for size := first - 1; size < last; size++ {
			tree, err := tlog.StoredHashes(int64(size), x.get(journal, number(size+1)), tlog.HashReaderFunc(x.readHashes))
			if err != nil {
				t.Fatal(err)
			}
			for j, h := range tree {
				x.put(hashes, number(uint64(tlog.StoredHashIndex(0, int64(size))+int64(j))), h[:])
			}
		}
	}
	edited := func(n uint64, edit func(*Entry)) []byte {
		var e Entry
		if err := json.Unmarshal(entry(n), &e); err != nil {
			t.Fatal(err)
		}
		edit(&e)
		data, _ := json.Marshal(e)
		return data
	}
	for _, c := range []struct {
		what string
		want int
		do   func(*tx)
	}{
		{"first lost", 1, func(x *tx) { x.delete(journal, number(1)) }},
		{"middle lost", 5, func(x *tx) { x.delete(journal, number(5)) }},
		{"last lost", 9, func(x *tx) { x.delete(journal, number(9)) }},
		{"last two lost with their hashes", 8, func(x *tx) {
			x.delete(journal, number(9))
			x.delete(journal, number(8))
			for i := tlog.StoredHashCount(7); i < tlog.StoredHashCount(9); i++ {
				x.delete(hashes, number(uint64(i)))
			}
		}},
		{"everything lost", 1, func(x *tx) {
			for b, all := range copies {
				for key := range all {
					if b != meta {
						x.delete(b, key)
					}
				}
			}
		}},
		{"two swapped", 3, func(x *tx) {
			x.put(journal, number(3), entry(4))
			x.put(journal, number(4), entry(3))
		}},
		{"two swapped and renumbered", 3, func(x *tx) {
			x.put(journal, number(3), edited(4, func(e *Entry) { e.Seq = 3 }))
			x.put(journal, number(4), edited(3, func(e *Entry) { e.Seq = 4 }))
		}},
		{"one written twice", 6, func(x *tx) { x.put(journal, number(6), entry(5)) }},
		{"one added", 10, func(x *tx) { x.put(journal, number(10), edited(9, func(e *Entry) { e.Seq = 10 })) }},
		{"one added with its hashes", 10, func(x *tx) {
			x.put(journal, number(10), edited(9, func(e *Entry) { e.Seq = 10 }))
			rewrite(x, 10, 10)
		}},
		{"a hash added", 10, func(x *tx) { x.put(hashes, number(uint64(tlog.StoredHashCount(9))), make([]byte, 32)) }},
		{"one put before all", 1, func(x *tx) { x.put(journal, number(0), entry(1)) }},
		{"one under an odd key", 4, func(x *tx) { x.put(journal, number(3)+"x", entry(3)) }},
		{"a hash lost", 6, func(x *tx) { x.delete(hashes, number(uint64(tlog.StoredHashIndex(0, 5)))) }},
		{"a hash cut short", 6, func(x *tx) {
			x.put(hashes, number(uint64(tlog.StoredHashIndex(0, 5))), make([]byte, 31))
		}},
		{"a hash with a tail", 6, func(x *tx) {
			key := number(uint64(tlog.StoredHashIndex(0, 5)))
			x.put(hashes, key, []byte(copies[hashes][key]+"x"))
		}},
		{"an entry changed with its hashes", 0, func(x *tx) {
			x.put(journal, number(5), edited(5, func(e *Entry) { e.Actor = "nobody" }))
			rewrite(x, 5, 9)
		}},
		{"an entry changed in its spelling", 5, func(x *tx) { x.put(journal, number(5), append(entry(5), ' ')) }},
		{"checkpoint lost", 0, func(x *tx) { x.delete(meta, "checkpoint") }},
		{"key lost", 0, func(x *tx) { x.delete(meta, "key") }},
		{"checkpoint of another size", 0, func(x *tx) {
			x.put(meta, "checkpoint", []byte(strings.Replace(copies[meta]["checkpoint"], "\n9\n", "\n8\n", 1)))
		}},
	} {
		corrupt(t, s, c.do)
		if got := firstBad(t, s); got != c.want {
			t.Errorf("%s: named %d, want %d (%v)", c.what, got, c.want, s.VerifyJournal())
		}
		for b, all := range copies {
			now := content(t, s, b)
			corrupt(t, s, func(x *tx) {
				for key := range now {
					x.delete(b, key)
				}
				for key, value := range all {
					x.put(b, key, []byte(value))
				}
			})
		}
		if got := firstBad(t, s); got != -1 {
			t.Fatalf("%s: mended, and still %d", c.what, got)
		}
	}
}

func TestAnEntryBeyondTheCheckpointIsNotWrittenOver(t *testing.T) {
	s := smallJournal(t)
	corrupt(t, s, func(x *tx) { x.put(journal, number(10), []byte("evidence")) })
	var bad *JournalError
	if err := s.Record(Entry{Kind: "connected"}); !errors.As(err, &bad) {
		t.Errorf("written over: %v", err)
	}
}

// Signing on top of a rewritten history would make it true.
func TestAJournalThatDoesNotHoldTakesNoEntry(t *testing.T) {
	s := smallJournal(t)
	path, c := s.db.Path(), &clock{start}
	all, _ := s.Appointments()
	corrupt(t, s, func(x *tx) {
		data := []byte(strings.Replace(string(x.get(journal, number(9))), "removed", "praised", 1))
		tree, _ := tlog.StoredHashes(8, data, tlog.HashReaderFunc(x.readHashes))
		x.put(journal, number(9), data)
		x.put(hashes, number(uint64(tlog.StoredHashIndex(0, 8))), tree[0][:])
	})
	var bad *JournalError
	if _, err := s.End(all[0].ID, "host"); !errors.As(err, &bad) {
		t.Errorf("a decision on top: %v", err)
	}
	if err := s.Record(Entry{Kind: "connected"}); !errors.As(err, &bad) {
		t.Errorf("an entry on top: %v", err)
	}
	s.Close()
	if _, err := Open(path, Options{Now: c.Now}); !errors.As(err, &bad) {
		t.Errorf("opened: %v", err)
	}
}
