package booking

import (
	"errors"
	"fmt"
)

var (
	// ErrLocked is returned by Open while another process holds the store.
	ErrLocked = errors.New("store is in use by another process")
	// ErrDamaged is returned by Open for a file that is cut short or overwritten: a copy must be put back.
	ErrDamaged = errors.New("store is damaged")
	// ErrNotFound is returned for an appointment or participant that does not exist.
	ErrNotFound = errors.New("not found")
	// ErrUnknownLink is returned for a ticket that was never issued or was revoked; which of the two is not told.
	ErrUnknownLink = errors.New("unknown link")
	// ErrUnknownSession is returned for a session secret that was never issued or was revoked.
	ErrUnknownSession = errors.New("unknown session")
	// ErrUnknownZone is returned for a time zone that the embedded data do not hold.
	ErrUnknownZone = errors.New("unknown time zone")
)

// FieldError says which field of an input is bad and why, so that a form can show it there.
type FieldError struct {
	Field string // path as in "participants.2.name"
	Code  string // stable: missing, invalid, too_long, too_many, taken, unknown, gap, no_host
}

func (e *FieldError) Error() string { return fmt.Sprintf("%s: %s", e.Field, e.Code) }

// Refused is returned when the gate refuses what a write would grant.
type Refused struct{ Decision Decision }

func (e *Refused) Error() string { return "refused: " + string(e.Decision.Reason) }

// JournalError names the first entry of the journal that does not hold.
type JournalError struct {
	Seq    uint64 // 0: the checkpoint or its key, while every entry agrees with its own hashes
	Detail string
}

func (e *JournalError) Error() string {
	if e.Seq == 0 {
		return "journal checkpoint: " + e.Detail
	}
	return fmt.Sprintf("journal entry %d: %s", e.Seq, e.Detail)
}
