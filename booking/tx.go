package booking

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

// bucket names one kind of record; doc.go tells keys and values.
type bucket string

const (
	appointments bucket = "appointment"
	references   bucket = "reference"
	holders      bucket = "holder"
	tickets      bucket = "ticket"
	sessions     bucket = "session"
	institutions bucket = "institution"
	services     bucket = "service"
	counters     bucket = "counter"
	closures     bucket = "closure"
	accounts     bucket = "account"
	logins       bucket = "login"
	desks        bucket = "desk"
	holds        bucket = "hold"
	shares       bucket = "share"
	lapsing      bucket = "lapsing"
	codes        bucket = "code"
	messages     bucket = "message"
	due          bucket = "due"
	troubles     bucket = "trouble"
	occupied     bucket = "occupied"
	docket       bucket = "docket"
	assigned     bucket = "assigned"
	tasks        bucket = "task"
	tasked       bucket = "tasked"
	persons      bucket = "person"
	erasable     bucket = "erasable"
	expiring     bucket = "expiring"
	awaiting     bucket = "awaiting"
	missable     bucket = "missable"
	history      bucket = "history"
	remarks      bucket = "remark"
	journal      bucket = "journal"
	hashes       bucket = "hash"
	meta         bucket = "meta"
)

var buckets = [...]bucket{
	appointments, references, holders, tickets, sessions,
	institutions, services, counters, closures, accounts, logins, desks,
	holds, shares, lapsing, codes, messages, due, troubles,
	occupied, docket, assigned, tasks, tasked, persons, erasable, expiring, awaiting, missable,
	history, remarks, journal, hashes, meta,
}

// tx is all that the rules know of the database: get, put, delete and list by prefix within one transaction.
// A failed write is remembered and fails the transaction when it is sealed, so rules read straight on.
type tx struct {
	b   *bbolt.Tx
	err error
	now time.Time

	// Of the store.
	key          []byte // of the links
	mail         bool   // messages can be sent
	networkShare int

	// Of a write transaction.
	actor   string
	size    uint64         // entries in the journal, those of this transaction once sealed
	entries []Entry        // to be appended
	words   map[int]string // of entries, by position
	posted  bool           // a message was queued
	changed []*Appointment // to be told to watchers
}

// get returns the value, nil if there is none, for reading until the transaction ends.
func (t *tx) get(b bucket, key string) []byte { return t.b.Bucket([]byte(b)).Get([]byte(key)) }

func (t *tx) put(b bucket, key string, value []byte) {
	if err := t.b.Bucket([]byte(b)).Put([]byte(key), value); err != nil && t.err == nil {
		t.err = fmt.Errorf("write %s: %w", b, err)
	}
}

func (t *tx) delete(b bucket, key string) {
	if err := t.b.Bucket([]byte(b)).Delete([]byte(key)); err != nil && t.err == nil {
		t.err = fmt.Errorf("delete %s: %w", b, err)
	}
}

// list yields keys and values in the order of keys. The bucket must not be written meanwhile.
func (t *tx) list(b bucket, prefix string) iter.Seq2[string, []byte] {
	return t.listFrom(b, prefix, prefix)
}

// listFrom is list from a key on.
func (t *tx) listFrom(b bucket, prefix, from string) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		c := t.b.Bucket([]byte(b)).Cursor()
		for k, v := c.Seek([]byte(from)); k != nil && bytes.HasPrefix(k, []byte(prefix)); k, v = c.Next() {
			if !yield(string(k), v) {
				return
			}
		}
	}
}

// putJSON writes a record; getJSON reads it into a zero value, since a record leaves out times that are zero, and reports
// whether it was there.
func (t *tx) putJSON(b bucket, key string, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		t.err = fmt.Errorf("write %s: %w", b, err)
		return
	}
	t.put(b, key, data)
}

func (t *tx) getJSON(b bucket, key string, v any) (bool, error) {
	data := t.get(b, key)
	if data == nil {
		return false, nil
	}
	if err := json.Unmarshal(data, v); err != nil {
		return false, fmt.Errorf("read %s %s: %w", b, key, err)
	}
	return true, nil
}

func (t *tx) appointment(id string) (Appointment, error) {
	var a Appointment
	found, err := t.getJSON(appointments, id, &a)
	if err == nil && !found {
		err = fmt.Errorf("appointment %w", ErrNotFound)
	}
	return a, err
}

// putAppointment writes the next version of a and what it is found by.
func (t *tx) putAppointment(a *Appointment) {
	var old Appointment
	if _, err := t.getJSON(appointments, a.ID, &old); err != nil && t.err == nil {
		t.err = err
	}
	a.Version++
	t.putJSON(appointments, a.ID, a)
	t.reindex(old, *a)
	t.changed = append(slices.DeleteFunc(t.changed, func(c *Appointment) bool { return c.ID == a.ID }), a)
}

// number is n as a key that sorts by value.
func number(n uint64) string { return string(binary.BigEndian.AppendUint64(nil, n)) }
