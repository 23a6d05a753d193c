package booking

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// wantBad fails the test unless err names this entry (0: the checkpoint) with these words.
func wantBad(t *testing.T, err error, seq uint64, words string) {
	t.Helper()
	var bad *JournalError
	if !errors.As(err, &bad) || bad.Seq != seq || !strings.Contains(bad.Detail, words) {
		t.Errorf("%v, want entry %d: %s", err, seq, words)
	}
}

func TestAKeptCheckpointIsABeginningOfTheJournal(t *testing.T) {
	s := smallJournal(t)
	kept, n, err := s.Checkpoint()
	if err != nil || n != 9 {
		t.Fatal(n, err)
	}
	book(t, s)
	for name, checkpoint := range map[string]string{"none": "", "as it was": kept, "from another system": strings.ReplaceAll(kept, "\n", "\r\n"), "without the last line end": strings.TrimSpace(kept)} {
		p, err := s.Verify(checkpoint)
		if err != nil || p.Entries != 14 || checkpoint != "" && p.Kept != 9 {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	_, err = s.Verify(strings.Replace(kept, "\n9\n", "\n8\n", 1))
	wantBad(t, err, 0, "not signed")
	_, err = s.Verify("nonsense")
	wantBad(t, err, 0, "not signed")
}

// Whoever has the file has its key, and can make another history with it. Only what was kept elsewhere tells.
func TestAHistoryMadeAnewShowsAgainstTheKeptCheckpoint(t *testing.T) {
	s := smallJournal(t)
	kept, _, _ := s.Checkpoint()
	key := content(t, s, meta)["key"]

	forged := smallJournal(t) // the same life of another hearing
	corrupt(t, forged, func(x *tx) {
		x.put(meta, "key", []byte(key))
		checkpoint, err := x.checkpoint(9)
		if err != nil {
			t.Fatal(err)
		}
		x.put(meta, "checkpoint", checkpoint)
	})
	if err := verify(forged); err != nil {
		t.Fatalf("the forgery does not hold by itself: %v", err)
	}
	_, err := forged.Verify(kept)
	wantBad(t, err, 0, "made anew")

	fresh := smallJournal(t)
	_, err = fresh.Verify(kept)
	wantBad(t, err, 0, "not signed")
}

func TestAnOlderCopyShowsAgainstTheKeptCheckpoint(t *testing.T) {
	s := smallJournal(t)
	old := copyJournal(t, s)
	book(t, s)
	kept, _, _ := s.Checkpoint()
	old.putBack(t, s)
	if err := verify(s); err != nil {
		t.Fatalf("the old copy does not hold by itself: %v", err)
	}
	_, err := s.Verify(kept)
	wantBad(t, err, 10, "older copy")
}

// What is exported is enough for a second tool: the lines give the root that the note, opened with the public key, tells.
func TestTheExportVerifiesWithoutUs(t *testing.T) {
	s := smallJournal(t)
	signed, _, _ := s.Checkpoint()
	key, err := s.JournalKey()
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(key)
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open([]byte(signed), note.VerifierList(verifier))
	if err != nil {
		t.Fatal(err)
	}
	var tree []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range indexes {
			out = append(out, tree[i])
		}
		return out, nil
	})
	size := int64(0)
	err = s.JournalLines(func(seq uint64, line []byte) error {
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil || e.Seq != seq {
			t.Errorf("line %d: %s", seq, line)
		}
		hashes, err := tlog.StoredHashes(size, line, reader)
		tree = append(tree, hashes...)
		size++
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	root, err := tlog.TreeHash(size, reader)
	if err != nil || !strings.HasSuffix(n.Text, "\n9\n"+root.String()+"\n") {
		t.Errorf("root %v of %d entries, %v; the note says %q", root, size, err, n.Text)
	}
}

func TestVerifyFileWithoutAServer(t *testing.T) {
	t.Parallel() // it waits for a lock
	s := smallJournal(t)
	path := s.db.Path()
	kept, _, _ := s.Checkpoint()
	if _, err := VerifyFile(path, ""); !errors.Is(err, ErrLocked) {
		t.Errorf("while a server has it: %v", err)
	}
	corrupt(t, s, func(x *tx) { x.put(journal, number(4), []byte("{}")) })
	s.Close()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = VerifyFile(path, kept)
	wantBad(t, err, 4, "does not agree")
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("the file was written")
	}
	if _, err := VerifyFile(filepath.Join(t.TempDir(), "none.db"), ""); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	junk := filepath.Join(t.TempDir(), "junk.db")
	if err := os.WriteFile(junk, before[:3*4096], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := VerifyFile(junk, ""); !errors.Is(err, ErrDamaged) {
		t.Errorf("a piece of a file: %v", err)
	}
}
