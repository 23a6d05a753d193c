package signaling

import (
	"maps"
	"sync"
)

// Stats are the counters of a Server since its start. Every map goes from a
// named reason to a count.
type Stats struct {
	Sessions int // sockets open now
	Hearings int // hearings in memory now
	Live     int // hearings that somebody is in now

	Rehearsals int // running now

	Opened  uint64            // sockets opened
	Refused map[string]uint64 // before a socket was opened: origin, capacity, closed, handshake
	Ended   map[string]uint64 // sockets by the code of their end; lost: without a word; oversize
	Errors  map[string]uint64 // Error messages sent, by code
	Dropped map[string]uint64 // journal entries: journal_full, journal_rate, journal_failed
	Panics  uint64            // each cost one participant their connection
}

// tally holds the counters that only grow.
type tally struct {
	mu                              sync.Mutex
	opened, panics                  uint64
	refused, ended, errors, dropped map[string]uint64
}

func newTally() *tally {
	return &tally{refused: map[string]uint64{}, ended: map[string]uint64{}, errors: map[string]uint64{}, dropped: map[string]uint64{}}
}

func (t *tally) open() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.opened++
}

func (t *tally) panicked() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.panics++
}

// count adds one to a reason in one of the maps.
func (t *tally) count(in map[string]uint64, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	in[reason]++
}

// fill copies the counters into a Stats.
func (t *tally) fill(s *Stats) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.Opened, s.Panics = t.opened, t.panics
	s.Refused, s.Ended = maps.Clone(t.refused), maps.Clone(t.ended)
	s.Errors, s.Dropped = maps.Clone(t.errors), maps.Clone(t.dropped)
}
