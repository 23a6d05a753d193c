package booking

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// What the staff sets up (institutions, services, counters, closures, accounts) is stored alike: a JSON value by id
// with a version, so that two people who edit the same page do not undo one another.

// putRecord validates and writes v in a transaction of its own; see writeRecord.
func putRecord[T interface{ validate() error }](s *Store, b bucket, kind string, v *T, id *string, version *uint64, actor string, check func(*tx, *T) error) error {
	if err := (*v).validate(); err != nil {
		return err
	}
	return s.update(actor, func(t *tx) error { return writeRecord(t, b, kind, v, id, version, check) })
}

// writeRecord writes v: *id "" makes a new one, else *version must be the stored one. check, which may be nil, sees the
// stored value (nil for a new one) before the write and may complete v. The journal gets kind with "_made" or "_changed".
func writeRecord[T any](t *tx, b bucket, kind string, v *T, id *string, version *uint64, check func(*tx, *T) error) error {
	var old *T
	if *id != "" {
		old = new(T)
		var stored struct{ Version uint64 }
		found, err := t.getJSON(b, *id, old)
		if err == nil && found {
			_, err = t.getJSON(b, *id, &stored)
		}
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("%s %w", kind, ErrNotFound)
		}
		if stored.Version != *version {
			return ErrStale
		}
	}
	if check != nil {
		if err := check(t, old); err != nil {
			return err
		}
	}
	what := kind + "_changed"
	if old == nil {
		*id, *version, what = newID(), 0, kind+"_made"
	}
	*version++
	t.putJSON(b, *id, v)
	t.log(Entry{Kind: what, Subject: *id})
	return nil
}

func getRecord[T any](s *Store, b bucket, id string) (v T, err error) {
	err = s.view(func(t *tx) error {
		found, err := t.getJSON(b, id, &v)
		if err == nil && !found {
			err = fmt.Errorf("%s %w", b, ErrNotFound)
		}
		return err
	})
	return v, err
}

// listRecords reads a whole bucket, which for these kinds holds hundreds at most.
func listRecords[T any](s *Store, b bucket, want func(T) bool, by func(T) string) (all []T, err error) {
	err = s.view(func(t *tx) (err error) {
		all, err = records(t, b, want, by)
		return err
	})
	return all, err
}

func records[T any](t *tx, b bucket, want func(T) bool, by func(T) string) ([]T, error) {
	var all []T
	for id, data := range t.list(b, "") {
		var v T
		if err := json.Unmarshal(data, &v); err != nil {
			return nil, fmt.Errorf("read %s %s: %w", b, id, err)
		}
		if want(v) {
			all = append(all, v)
		}
	}
	slices.SortStableFunc(all, func(a, b T) int { return strings.Compare(by(a), by(b)) })
	return all, nil
}

func (t *tx) mustExist(b bucket, id, what string) error {
	if id == "" || t.get(b, id) == nil {
		return fmt.Errorf("%s %w", what, ErrNotFound)
	}
	return nil
}
