package booking

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// smallJournal has 9 entries: a hearing of four, and its life until the host removes one.
func smallJournal(t *testing.T) *Store {
	s, _ := newStore(t)
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

// stored is a copy of all that a journal is, to tamper with and to put back.
type stored map[bucket]map[string]string

func copyJournal(t *testing.T, s *Store) stored {
	t.Helper()
	all := stored{}
	for _, b := range []bucket{journal, hashes, meta} {
		all[b] = content(t, s, b)
	}
	return all
}

func (c stored) putBack(t *testing.T, s *Store) {
	t.Helper()
	for b, all := range c {
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
}

func (c stored) entry(n uint64) []byte { return []byte(c[journal][number(n)]) }

// edited is an entry told differently.
func (c stored) edited(n uint64, edit func(*Entry)) []byte {
	var e Entry
	if err := json.Unmarshal(c.entry(n), &e); err != nil {
		panic(err)
	}
	edit(&e)
	data, _ := json.Marshal(e)
	return data
}

// rehash gives the entries from first to last the hashes of their content.
func (t *tx) rehash(first, last uint64) {
	for size := first - 1; size < last; size++ {
		tree, err := tlog.StoredHashes(int64(size), t.get(journal, number(size+1)), tlog.HashReaderFunc(t.readHashes))
		if err != nil {
			t.err = err
			return
		}
		for j, h := range tree {
			t.put(hashes, number(uint64(tlog.StoredHashIndex(0, int64(size))+int64(j))), h[:])
		}
	}
}

// tampering is what was done to the 9 entries of smallJournal, and the entry that must be named; 0 is the checkpoint.
type tampering struct {
	what string
	want int
	do   func(*tx, stored)
}

func renumbered(seq uint64) func(*Entry) { return func(e *Entry) { e.Seq = seq } }

var losing = []tampering{
	{"first lost", 1, func(x *tx, _ stored) { x.delete(journal, number(1)) }},
	{"middle lost", 5, func(x *tx, _ stored) { x.delete(journal, number(5)) }},
	{"last lost", 9, func(x *tx, _ stored) { x.delete(journal, number(9)) }},
	{"last two lost with their hashes", 8, func(x *tx, _ stored) {
		x.delete(journal, number(9))
		x.delete(journal, number(8))
		for i := tlog.StoredHashCount(7); i < tlog.StoredHashCount(9); i++ {
			x.delete(hashes, number(uint64(i)))
		}
	}},
	{"everything lost", 1, func(x *tx, c stored) {
		for _, b := range []bucket{journal, hashes} {
			for key := range c[b] {
				x.delete(b, key)
			}
		}
	}},
	{"a hash lost", 6, func(x *tx, _ stored) { x.delete(hashes, number(uint64(tlog.StoredHashIndex(0, 5)))) }},
	{"a hash cut short", 6, func(x *tx, _ stored) {
		x.put(hashes, number(uint64(tlog.StoredHashIndex(0, 5))), make([]byte, 31))
	}},
	{"checkpoint lost", 0, func(x *tx, _ stored) { x.delete(meta, "checkpoint") }},
	{"key lost", 0, func(x *tx, _ stored) { x.delete(meta, "key") }},
}

var swapping = []tampering{
	{"two swapped", 3, func(x *tx, c stored) {
		x.put(journal, number(3), c.entry(4))
		x.put(journal, number(4), c.entry(3))
	}},
	{"two swapped and renumbered", 3, func(x *tx, c stored) {
		x.put(journal, number(3), c.edited(4, renumbered(3)))
		x.put(journal, number(4), c.edited(3, renumbered(4)))
	}},
	{"an entry changed with its hashes", 0, func(x *tx, c stored) {
		x.put(journal, number(5), c.edited(5, func(e *Entry) { e.Actor = "nobody" }))
		x.rehash(5, 9)
	}},
	{"an entry changed in its spelling", 5, func(x *tx, c stored) { x.put(journal, number(5), append(c.entry(5), ' ')) }},
	{"checkpoint of another size", 0, func(x *tx, c stored) {
		x.put(meta, "checkpoint", []byte(strings.Replace(c[meta]["checkpoint"], "\n9\n", "\n8\n", 1)))
	}},
}

var adding = []tampering{
	{"one written twice", 6, func(x *tx, c stored) { x.put(journal, number(6), c.entry(5)) }},
	{"one added", 10, func(x *tx, c stored) { x.put(journal, number(10), c.edited(9, renumbered(10))) }},
	{"one added with its hashes", 10, func(x *tx, c stored) {
		x.put(journal, number(10), c.edited(9, renumbered(10)))
		x.rehash(10, 10)
	}},
	{"a hash added", 10, func(x *tx, _ stored) {
		x.put(hashes, number(uint64(tlog.StoredHashCount(9))), make([]byte, 32))
	}},
	{"one put before all", 1, func(x *tx, c stored) { x.put(journal, number(0), c.entry(1)) }},
	{"one under an odd key", 4, func(x *tx, c stored) { x.put(journal, number(3)+"x", c.entry(3)) }},
	{"a hash with a tail", 6, func(x *tx, c stored) {
		key := number(uint64(tlog.StoredHashIndex(0, 5)))
		x.put(hashes, key, []byte(c[hashes][key]+"x"))
	}},
}

func TestLosingSwappingAndAddingIsFoundAndNamed(t *testing.T) {
	s := smallJournal(t)
	whole := copyJournal(t, s)
	for _, c := range slices.Concat(losing, swapping, adding) {
		corrupt(t, s, func(x *tx) { c.do(x, whole) })
		if got := firstBad(t, s); got != c.want {
			t.Errorf("%s: named %d, want %d (%v)", c.what, got, c.want, verify(s))
		}
		whole.putBack(t, s)
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
	all, _ := s.Appointments(time.Time{})
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
