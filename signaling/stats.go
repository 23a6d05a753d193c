package signaling

import (
	"maps"
	"sync"
)

// Stats are the counters of a Server since its start. Every map goes from a
// named reason to a count.
type Stats struct {
	Sessions   int `json:"sessions"`      // sockets open now
	Hearings   int `json:"hearings"`      // in memory now
	Live       int `json:"live_hearings"` // that somebody is in now
	Rehearsals int `json:"rehearsals"`    // running now

	Opened  uint64            `json:"sessions_opened"`
	Refused map[string]uint64 `json:"sessions_refused"` // before a socket was opened: origin, capacity, closed, handshake
	Ended   map[string]uint64 `json:"sessions_ended"`   // by the code of their end, the gate's refusals among them; lost: without a word; oversize
	Errors  map[string]uint64 `json:"errors_sent"`      // to people, by code
	Dropped map[string]uint64 `json:"entries_dropped"`  // of the journal: journal_full, journal_rate, journal_failed
	Panics  uint64            `json:"panics"`           // each cost one participant their connection
}

// tally holds the counters that only grow.
type tally struct {
	mu                              sync.Mutex
	opened, panics                  uint64
	refused, ended, errors, dropped map[string]uint64
}

func newTally() *tally {
	t := &tally{refused: zeroes("origin", "closed", "capacity", "handshake"), ended: zeroes("lost", "oversize"), errors: map[string]uint64{}, dropped: zeroes("journal_full", "journal_rate", "journal_failed")}
	for code := range closeCodes {
		t.ended[code] = 0
	}
	return t
}

// zeroes tells of what has not happened yet: whoever watches a counter sees only then that it began to grow.
func zeroes(reasons ...string) map[string]uint64 {
	all := map[string]uint64{}
	for _, r := range reasons {
		all[r] = 0
	}
	return all
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
