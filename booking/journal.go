package booking

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Entry is one line of the journal: what happened, to whom, by whom. It holds ids and codes only, never a name or
// free text, so that these can be erased without breaking the journal.
type Entry struct {
	Seq         uint64    `json:"seq"` // 1, 2, 3 …
	Time        time.Time `json:"time"`
	Kind        string    `json:"kind"`
	Appointment string    `json:"appointment,omitempty"`
	Participant string    `json:"participant,omitempty"`
	Subject     string    `json:"subject,omitempty"` // what else it is about: an institution, service, counter, account
	Actor       string    `json:"actor,omitempty"`   // "": the server itself
	Code        string    `json:"code,omitempty"`
}

// attrs are what the log tells of an entry.
func (e Entry) attrs() (told []slog.Attr) {
	for _, a := range []slog.Attr{
		slog.String("appointment", e.Appointment), slog.String("participant", e.Participant), slog.String("subject", e.Subject),
		slog.String("actor", e.Actor), slog.String("reason", e.Code),
	} {
		if a.Value.String() != "" {
			told = append(told, a)
		}
	}
	return told
}

// Record journals a transition that changes nothing in the store: waiting, connected, disconnected, refused …
// The store gives number and time. A *FieldError tells what is neither id nor code.
func (s *Store) Record(e Entry) error {
	if e.Kind == "" {
		return &FieldError{"kind", "missing"}
	}
	for _, f := range []struct{ field, value string }{
		{"kind", e.Kind}, {"appointment", e.Appointment}, {"participant", e.Participant}, {"subject", e.Subject}, {"code", e.Code},
	} {
		if f.value != "" && !isCode(f.value) {
			return &FieldError{f.field, "invalid"}
		}
	}
	return s.update(e.Actor, func(t *tx) error {
		t.log(e)
		return nil
	})
}

// Journal calls fn with every entry in order, outside of any transaction, until fn returns an error, which it passes on.
func (s *Store) Journal(fn func(Entry) error) error {
	return s.JournalLines(func(seq uint64, line []byte) error {
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return &JournalError{seq, "unreadable"}
		}
		return fn(e)
	})
}

// JournalLines is Journal with the bytes of each entry as they are hashed: one line of JSON.
func (s *Store) JournalLines(fn func(seq uint64, line []byte) error) error {
	const page = 256
	for first := uint64(1); ; first += page {
		var lines [][]byte
		err := s.view(func(t *tx) error {
			for seq := first; seq < first+page; seq++ {
				line := t.get(journal, number(seq))
				if line == nil {
					return nil
				}
				lines = append(lines, bytes.Clone(line))
			}
			return nil
		})
		if err != nil {
			return err
		}
		for i, line := range lines {
			if err := fn(first+uint64(i), line); err != nil {
				return err
			}
		}
		if len(lines) < page {
			return nil
		}
	}
}

// isCode reports whether s may stand in the journal: an id or a code, 1 to 64 bytes.
func isCode(s string) bool {
	return s != "" && len(s) <= 64 &&
		strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:") == ""
}

// log adds an entry to those that seal will append.
func (t *tx) log(e Entry) {
	e.Actor = t.actor
	t.entries = append(t.entries, e)
}

// logWhy is log with words for people, which are stored beside the journal and can be erased without breaking it.
func (t *tx) logWhy(e Entry, why Why) {
	e.Code = why.Code
	t.log(e)
	if why.Text != "" {
		if t.words == nil {
			t.words = map[int]string{}
		}
		t.words[len(t.entries)-1] = why.Text
	}
}

// seal appends the entries and signs the checkpoint over them; the last thing that a write transaction does.
func (t *tx) seal() error {
	for i := range t.entries {
		e := &t.entries[i]
		e.Seq, e.Time = t.size+1, t.now
		data, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("write journal: %w", err)
		}
		tree, err := tlog.StoredHashes(int64(t.size), data, tlog.HashReaderFunc(t.readHashes))
		if err != nil {
			return fmt.Errorf("write journal: %w", err)
		}
		t.put(journal, number(e.Seq), data)
		if words := t.words[i]; words != "" {
			t.put(remarks, number(e.Seq), []byte(words))
		}
		if subject := cmp.Or(e.Appointment, e.Subject); subject != "" {
			t.put(history, subject+"/"+number(e.Seq), nil)
		}
		for j, h := range tree {
			t.put(hashes, number(uint64(tlog.StoredHashIndex(0, int64(t.size))+int64(j))), h[:])
		}
		t.size++
	}
	checkpoint, err := t.checkpoint(t.size)
	if err != nil {
		return err
	}
	t.put(meta, "checkpoint", checkpoint)
	return t.err
}

// journalSize returns the size that the checkpoint attests, having checked its signature and the tree below it.
// A journal that does not hold takes no further entry: signing on top of it would bless what happened to it.
func (t *tx) journalSize() (uint64, error) {
	stored := t.get(meta, "checkpoint")
	size, ok := t.attested(stored)
	if !ok {
		return 0, &JournalError{0, "not signed by the key of this store"}
	}
	want, err := t.checkpoint(size)
	if err != nil {
		return 0, &JournalError{0, err.Error()}
	}
	if !bytes.Equal(stored, want) || t.get(journal, number(size+1)) != nil {
		return 0, &JournalError{0, "does not agree with the entries"}
	}
	return size, nil
}

func (t *tx) readHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		h := t.get(hashes, number(uint64(index)))
		if len(h) != tlog.HashSize {
			return nil, fmt.Errorf("hash %d is missing", index)
		}
		copy(out[i][:], h)
	}
	return out, nil
}

func (t *tx) verifyJournal() error {
	size := uint64(0)
	for key, data := range t.list(journal, "") {
		if detail := t.verifyEntry(size, key, data); detail != "" {
			return &JournalError{size + 1, detail}
		}
		size++
	}
	stored := int64(0)
	for range t.list(hashes, "") {
		stored++
	}
	if stored > tlog.StoredHashCount(int64(size)) {
		return &JournalError{size + 1, "missing, its hashes are there"}
	}
	checkpoint := t.get(meta, "checkpoint")
	switch attested, ok := t.attested(checkpoint); {
	case !ok:
		return &JournalError{0, "not signed by the key of this store"}
	case attested > size:
		return &JournalError{size + 1, "missing, the checkpoint counts it"}
	case attested < size:
		return &JournalError{attested + 1, "added without the checkpoint"}
	}
	if want, err := t.checkpoint(size); err != nil || !bytes.Equal(want, checkpoint) {
		return &JournalError{0, "signed over other entries"}
	}
	return nil
}

// verifyEntry checks the entry after the first size ones, which hold, and returns what is wrong with it or "".
func (t *tx) verifyEntry(size uint64, key string, data []byte) string {
	if key != number(size+1) {
		return "missing"
	}
	first := tlog.StoredHashIndex(0, int64(size))
	want, err := tlog.StoredHashes(int64(size), data, tlog.HashReaderFunc(t.readHashes))
	if err != nil {
		return err.Error()
	}
	indexes := make([]int64, len(want))
	for i := range indexes {
		indexes[i] = first + int64(i)
	}
	if got, err := t.readHashes(indexes); err != nil || !slices.Equal(got, want) {
		return "does not agree with its hashes"
	}
	return ""
}

func (w Why) validate() error {
	var bad FieldErrors
	if !isCode(w.Code) {
		bad.add("reason", "invalid")
	}
	bad.add("text", noteFault(w.Text))
	return bad.err()
}
