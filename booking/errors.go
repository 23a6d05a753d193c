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
	// ErrStale is returned for a change of something that somebody else has changed meanwhile: look again, then decide.
	ErrStale = errors.New("changed meanwhile")
	// ErrSlotTaken is returned when a slot was free on the page and is no longer: choose another one.
	ErrSlotTaken = errors.New("slot is taken")
	// ErrTooMany is returned to a browser or network that holds or requests more than its share.
	ErrTooMany = errors.New("too many at once")
	// ErrCutoff is returned to a citizen who may no longer change the appointment alone.
	ErrCutoff = errors.New("too late to change")
	// ErrAttended is returned to who would note somebody as absent who was in the hearing, as the journal tells.
	ErrAttended = errors.New("was there")
	// ErrWrongCode is returned for a code that is wrong, used, too old or tried too often; which of these is not told.
	ErrWrongCode = errors.New("wrong code")
	// ErrWrongLogin is returned for an unknown account, a wrong password and a disabled account alike.
	ErrWrongLogin = errors.New("wrong login")
	// ErrUnknownZone is returned for a time zone that the embedded data do not hold.
	ErrUnknownZone = errors.New("unknown time zone")
)

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
