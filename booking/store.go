package booking

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
	"golang.org/x/mod/sumdb/note"
)

// Options of a Store.
type Options struct {
	Now    func() time.Time // required
	Logger *slog.Logger     // nil: silent
	// LinkKey is the secret that tickets are derived from, so that a message can carry a link whose ticket is stored as a
	// hash only. It is kept apart from the file: who has the file alone can open no place. Empty: tickets are random, and
	// no message carries a link.
	LinkKey []byte
	Mail    bool // messages can be sent; without, they are noted as not sent
	// NetworkShare is how many slots the people of one network have at a time who have not proven their contact; 0 is the
	// constant of that name.
	NetworkShare int
}

// Store is the appointments, tickets, sessions and journal in one bbolt file. Its methods may be called from
// any goroutine. Each write is one transaction that checks, changes and journals, and is on disk when it returns.
type Store struct {
	db    *bbolt.DB
	now   func() time.Time
	log   *slog.Logger
	key   []byte // of the links
	mail  bool
	share int // of a network
	feed  feed
	kept  kept

	posted  chan struct{} // see Posted
	hashing hashing
}

const (
	format      = "2"         // of the buckets; another one is refused
	lockTimeout = time.Second // how long Open waits for a process that is about to end
)

// Open opens the store at path and makes it if there is none; the folder must exist. It returns ErrLocked while
// another process holds the file, ErrDamaged when the file does not hold together, a *JournalError when the journal does
// not agree with its checkpoint, and the wrapped error of the file system when it may not read and write there.
func Open(path string, o Options) (_ *Store, err error) {
	if o.Now == nil {
		return nil, errors.New("open store: no clock")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{now: o.Now, log: o.Logger, key: o.LinkKey, mail: o.Mail, share: cmp.Or(o.NetworkShare, NetworkShare), posted: make(chan struct{}, 1), hashing: newHashing()}
	_, err = openFile(path, false, o.Logger, func(db *bbolt.DB) error {
		s.db = db
		return s.prepare(filepath.Dir(path))
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// openFile opens the database and does first with it, which may find it damaged.
func openFile(path string, readOnly bool, log *slog.Logger, first func(*bbolt.DB) error) (_ *bbolt.DB, err error) {
	options := *bbolt.DefaultOptions
	options.Timeout, options.ReadOnly = lockTimeout, readOnly
	var file *os.File
	options.OpenFile = func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
		file, err = os.OpenFile(name, flag, mode)
		return file, err
	}
	// bbolt answers a damaged page with a panic, and a file cut short is a fault of the mapped memory.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if reason := recover(); reason != nil {
			log.Error("store panicked", "reason", fmt.Sprint(reason), "err", string(debug.Stack()))
			err = errors.Join(fmt.Errorf("open store %s: %w: %v", path, ErrDamaged, reason), file.Close())
		}
	}()
	db, err := bbolt.Open(path, 0o600, &options)
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("open store %s: %w", path, ErrLocked)
	}
	if errors.Is(err, bolterrors.ErrInvalid) || errors.Is(err, bolterrors.ErrChecksum) {
		return nil, fmt.Errorf("open store %s: %w: %w", path, ErrDamaged, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	if err := first(db); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, err), db.Close())
	}
	return db, nil
}

// Close waits for transactions under way.
func (s *Store) Close() error { return s.db.Close() }

// prepare makes what a new file lacks and checks what an old one holds.
func (s *Store) prepare(folder string) error {
	return s.db.Update(func(b *bbolt.Tx) error {
		t := &tx{b: b}
		if file, err := os.Stat(s.db.Path()); err != nil {
			return err
		} else if file.Size() < b.Size() {
			return fmt.Errorf("%w: %d of %d bytes", ErrDamaged, file.Size(), b.Size())
		}
		if b.Bucket([]byte(meta)) == nil {
			if err := t.create(); err != nil {
				return err
			}
			if err := syncFolder(folder); err != nil {
				return err
			}
		}
		if err := t.upgrade(); err != nil {
			return err
		}
		size, err := t.journalSize()
		s.feed.next = size + 1
		return err
	})
}

// upgrade makes of a file of format 1, which knew appointments only, one of this format.
func (t *tx) upgrade() error {
	got := string(t.get(meta, "format"))
	if got == format {
		return t.createBuckets() // those that this format has got since
	}
	if got != "1" {
		return fmt.Errorf("format is %q, this program reads %q", got, format)
	}
	if err := t.createBuckets(); err != nil {
		return err
	}
	all, err := records(t, appointments, func(Appointment) bool { return true }, func(a Appointment) string { return a.ID })
	if err != nil {
		return err
	}
	for _, a := range all {
		a.Judicial = true // there was nothing else
		t.putJSON(appointments, a.ID, a)
		t.reindex(Appointment{}, a)
	}
	for seq, data := range t.list(journal, "") {
		var e Entry
		if err := json.Unmarshal(data, &e); err != nil {
			return fmt.Errorf("read journal: %w", err)
		}
		if e.Appointment != "" {
			t.put(history, e.Appointment+"/"+seq, nil)
		}
	}
	t.put(meta, "format", []byte(format))
	return t.err
}

func (t *tx) createBuckets() error {
	for _, name := range buckets {
		if _, err := t.b.CreateBucketIfNotExists([]byte(name)); err != nil {
			return fmt.Errorf("make bucket %s: %w", name, err)
		}
	}
	return nil
}

func (t *tx) create() error {
	if err := t.createBuckets(); err != nil {
		return err
	}
	key, _, err := note.GenerateKey(rand.Reader, "jalsa-"+newID())
	if err != nil {
		return fmt.Errorf("make journal key: %w", err)
	}
	t.put(meta, "format", []byte(format))
	t.put(meta, "key", []byte(key))
	return t.seal()
}

// syncFolder makes the name of a new file as durable as its content.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// view runs fn in a read transaction.
func (s *Store) view(fn func(*tx) error) error {
	return s.db.View(func(b *bbolt.Tx) error {
		return fn(&tx{b: b, now: s.now().UTC().Round(0), key: s.key, mail: s.mail, networkShare: s.share})
	})
}

// errUnchanged rolls back a transaction that has nothing to say.
var errUnchanged = errors.New("unchanged")

// update runs fn in a write transaction. What fn does not journal does not happen: without an entry all is rolled
// back, which makes repeated commands free.
func (s *Store) update(actor string, fn func(*tx) error) error {
	if actor != "" && !isCode(actor) {
		return &FieldError{"actor", "invalid"}
	}
	t := &tx{actor: actor, key: s.key, mail: s.mail, networkShare: s.share}
	err := s.db.Update(func(b *bbolt.Tx) (err error) {
		t.b, t.now = b, s.now().UTC().Round(0) // once it is our turn, so that the journal is in the order of time
		if t.size, err = t.journalSize(); err != nil {
			return err
		}
		if err := fn(t); err != nil {
			return err
		}
		if len(t.entries) == 0 {
			return errUnchanged
		}
		return t.seal()
	})
	if err == errUnchanged {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range t.entries {
		s.log.LogAttrs(context.Background(), slog.LevelInfo, e.Kind, e.attrs()...)
	}
	if t.posted {
		select {
		case s.posted <- struct{}{}:
		default: // told already
		}
	}
	s.feed.publish(t.entries[0].Seq, t.size, t.changed)
	return nil
}

// change runs fn on one appointment in a write transaction and writes the appointment if fn has journalled.
func (s *Store) change(id, actor string, fn func(*tx, *Appointment) error) (Appointment, error) {
	var a Appointment
	err := s.update(actor, func(t *tx) (err error) {
		if a, err = t.appointment(id); err != nil {
			return err
		}
		if err = fn(t, &a); err == nil && len(t.entries) > 0 {
			t.putAppointment(&a)
		}
		return err
	})
	if err != nil {
		return Appointment{}, err
	}
	return a, nil
}

// Appointment returns the appointment with this id or reference. ErrNotFound.
func (s *Store) Appointment(idOrReference string) (a Appointment, err error) {
	err = s.view(func(t *tx) (err error) {
		id := idOrReference
		if named := t.get(references, idOrReference); named != nil {
			id = string(named)
		}
		a, err = t.appointment(id)
		return err
	})
	return a, err
}

// Appointments returns those of all institutions, and of none, that start from a time on, by their start; of the zero time
// every one.
func (s *Store) Appointments(from time.Time) (all []Appointment, err error) {
	err = s.view(func(t *tx) error {
		for _, institution := range t.dockets() {
			there, err := t.starting(docket, institution, from, time.Time{})
			if err != nil {
				return err
			}
			all = append(all, there...)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b Appointment) int {
		return cmp.Or(a.Start.Instant.Compare(b.Start.Instant), strings.Compare(a.ID, b.ID))
	})
	return all, err
}
