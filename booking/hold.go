package booking

import "time"

// Hold is a temporary claim of one slot by one browser, and what was typed into the form meanwhile.
type Hold struct {
	Key         string // random, made by the page: the same key again is the same booking, never a second one
	Browser     string // SHA-256 of the cookie of the browser that holds; others do not see the hold
	Network     string // /24 or /64 it came from; erased with the hold
	Service     string // id
	Counter     string // id, chosen by the books among the free ones
	Start       Civil
	First       time.Time // when the key held for the first time
	Until       time.Time // the slot is free again from then on
	Application Application
	Appointment string // id of what it became; the hold is spent then
}

// Bounds of holding. A slot chosen is held while one fills in a form; choosing again with the same key moves the hold
// and begins the time anew, but no key holds longer than holdAtMost from its first slot.
const (
	holdFor         = 10 * time.Minute
	holdAtMost      = 30 * time.Minute
	holdsPerBrowser = 3
	holdsPerNetwork = 30
)

// Hold claims a slot of a service for a browser: one write transaction looks for a counter that is free at start and
// takes it. The same key moves its hold; the same key and slot again is the same hold. ErrNotFound for a service or
// slot that is not offered, ErrSlotTaken, ErrTooMany.
func (s *Store) Hold(key, browser, network, service string, start time.Time) (Hold, error) {
	panic("unwritten")
}

// Held returns the hold of this key and browser, also a lapsed or spent one. ErrNotFound.
func (s *Store) Held(key, browser string) (Hold, error) { panic("unwritten") }

// Fill keeps what was typed. FieldErrors, ErrNotFound.
func (s *Store) Fill(key, browser string, a Application) (Hold, error) { panic("unwritten") }

// Release gives the slot back. What was typed is forgotten. Releasing twice, or a spent hold, changes nothing.
func (s *Store) Release(key, browser string) error { panic("unwritten") }
