package booking

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A checkpoint is a signed note on the journal: how many entries, and the root of the tree over them. One that was kept
// elsewhere tells, against the journal of today, whether history was replaced as a whole.

// Checkpoint returns the signed note on the journal as it is now, and how many entries it attests. Kept elsewhere, it
// proves later that none of them was changed.
func (s *Store) Checkpoint() (signed string, entries uint64, err error) {
	err = s.view(func(t *tx) (err error) {
		signed = string(t.get(meta, "checkpoint"))
		entries, err = t.journalSize()
		return err
	})
	return signed, entries, err
}

// JournalKey returns the public key of the checkpoints in the form of golang.org/x/mod/sumdb/note, for a second tool.
func (s *Store) JournalKey() (key string, err error) {
	err = s.view(func(t *tx) (err error) {
		key, err = verifierKey(string(t.get(meta, "key")))
		return err
	})
	return key, err
}

// verifierKey is the public half of a signing key "PRIVATE+KEY+<name>+<hash>+<base64 of algorithm and seed>".
func verifierKey(signing string) (string, error) {
	parts := strings.SplitN(signing, "+", 5)
	if len(parts) != 5 {
		return "", errors.New("read journal key: malformed")
	}
	seed, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(seed) != 1+ed25519.SeedSize {
		return "", errors.New("read journal key: malformed")
	}
	return note.NewEd25519VerifierKey(parts[2], ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey))
}

// Proof is what a journal was found to be.
type Proof struct {
	Entries uint64 // that hold
	Kept    uint64 // of them attested by the checkpoint given
}

// Verify recomputes every hash from the entries, and the checkpoint from the hashes, and compares them with what is stored;
// and checks that a checkpoint of another day ("" for none) attests the beginning of the journal: nothing of what it counts
// was changed, taken away or made anew since. A *JournalError names the first entry that does not hold.
func (s *Store) Verify(checkpoint string) (p Proof, err error) {
	err = s.view(func(t *tx) (err error) {
		p, err = t.verify(checkpoint)
		return err
	})
	return p, err
}

// VerifyFile is Verify on a file that no server has open, changing nothing: also when the journal is so bad that Open
// refuses it. ErrLocked, ErrDamaged, *JournalError.
func VerifyFile(path, checkpoint string) (p Proof, err error) {
	db, err := openFile(path, true, slog.New(slog.DiscardHandler), func(db *bbolt.DB) error {
		return db.View(func(b *bbolt.Tx) (err error) {
			p, err = (&tx{b: b}).verify(checkpoint)
			return err
		})
	})
	if err != nil {
		return Proof{}, err
	}
	return p, db.Close()
}

func (t *tx) verify(checkpoint string) (p Proof, err error) {
	if checkpoint == "" {
		err = t.verifyJournal()
	} else {
		p.Kept, err = t.verifyCheckpoint(checkpoint)
	}
	if err != nil {
		return Proof{}, err
	}
	p.Entries, err = t.journalSize()
	return p, err
}

// verifyCheckpoint returns how many entries the checkpoint given counts.
func (t *tx) verifyCheckpoint(signed string) (uint64, error) {
	if err := t.verifyJournal(); err != nil {
		return 0, err
	}
	kept := []byte(strings.TrimSpace(strings.ReplaceAll(signed, "\r\n", "\n")) + "\n")
	entries, ok := t.attested(kept)
	if !ok {
		return 0, &JournalError{0, "the one given is not signed by the key of this store: it is of another store, it was made anew, or it was altered"}
	}
	size, err := t.journalSize()
	if err != nil {
		return 0, err
	}
	if entries > size {
		return 0, &JournalError{size + 1, "missing, the checkpoint given counts it: an older copy was put back"}
	}
	if want, err := t.checkpoint(entries); err != nil || !bytes.Equal(want, kept) {
		return 0, &JournalError{0, "the one given was signed over other entries: history was made anew"}
	}
	return entries, nil
}

// checkpoint is the signed note (C2SP tlog-checkpoint) on the first size entries, from the stored hashes.
func (t *tx) checkpoint(size uint64) ([]byte, error) {
	root, err := tlog.TreeHash(int64(size), tlog.HashReaderFunc(t.readHashes))
	if err != nil {
		return nil, fmt.Errorf("hash journal: %w", err)
	}
	signer, err := note.NewSigner(string(t.get(meta, "key")))
	if err != nil {
		return nil, fmt.Errorf("read journal key: %w", err)
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", signer.Name(), size, root)
	return note.Sign(&note.Note{Text: text}, signer)
}

// attested returns the size written in a checkpoint if our key has signed it. Ed25519 is deterministic, so signing
// again must give the same bytes.
func (t *tx) attested(checkpoint []byte) (uint64, bool) {
	text, _, _ := strings.Cut(string(checkpoint), "\n\n")
	signer, err := note.NewSigner(string(t.get(meta, "key")))
	if err != nil {
		return 0, false
	}
	signed, err := note.Sign(&note.Note{Text: text + "\n"}, signer)
	if err != nil || !bytes.Equal(signed, checkpoint) {
		return 0, false
	}
	lines := strings.Split(text, "\n")
	if len(lines) != 3 {
		return 0, false
	}
	size, err := strconv.ParseUint(lines[1], 10, 62)
	return size, err == nil
}
