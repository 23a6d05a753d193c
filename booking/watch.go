package booking

import (
	"slices"
	"sync"
)

// feed tells watchers of committed appointments in the order of the journal. A commit that returns out of turn
// leaves its news for the writer that closes the gap, so nobody waits and nothing is called under a lock.
type feed struct {
	mu       sync.Mutex
	watchers []*watcher
	next     uint64            // the entry whose news comes next
	pending  map[uint64]change // committed and not told, by first entry; at most one per writer under way
	telling  bool              // one goroutine is in tell
}

type watcher struct{ fn func(Appointment) }

// change is the news of one transaction: its last entry, and the appointments it wrote.
type change struct {
	last         uint64
	appointments []Appointment
}

// Watch calls fn with each appointment after its write has been committed, in order, one call at a time, under no
// lock, from the goroutine of a writer: usually the one that wrote, or one that was writing at the same time. fn may
// use the store; a write of its own is told after fn returns. A call under way may outlast stop.
func (s *Store) Watch(fn func(Appointment)) (stop func()) {
	w := &watcher{fn}
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	s.feed.watchers = append(slices.Clone(s.feed.watchers), w)
	return func() {
		s.feed.mu.Lock()
		defer s.feed.mu.Unlock()
		s.feed.watchers = slices.DeleteFunc(slices.Clone(s.feed.watchers), func(o *watcher) bool { return o == w })
	}
}

// publish takes the news of a transaction that wrote the entries first to last.
func (f *feed) publish(first, last uint64, changed []*Appointment) {
	var own []Appointment
	for _, a := range changed {
		own = append(own, *a)
		own[len(own)-1].Participants = slices.Clone(a.Participants)
	}
	f.mu.Lock()
	if f.pending == nil {
		f.pending = make(map[uint64]change)
	}
	f.pending[first] = change{last, own}
	busy := f.telling
	f.telling = true
	f.mu.Unlock()
	if !busy {
		f.tell()
	}
}

// tell tells all news that is in turn. If a watcher panics, the next writer goes on behind it.
func (f *feed) tell() {
	quit := false
	defer func() {
		if !quit {
			f.mu.Lock()
			f.telling = false
			f.mu.Unlock()
		}
	}()
	for {
		f.mu.Lock()
		c, ok := f.pending[f.next]
		if !ok {
			f.telling, quit = false, true
			f.mu.Unlock()
			return
		}
		delete(f.pending, f.next)
		f.next = c.last + 1
		watchers := f.watchers
		f.mu.Unlock()
		for _, a := range c.appointments {
			for _, w := range watchers {
				w.fn(a)
			}
		}
	}
}
