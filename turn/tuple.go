package turn

import (
	"cmp"
	"net"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	pion "github.com/pion/turn/v5"

	"jalsa/strangers"
)

// tuple is a client as RFC 8656 knows it, by its 5-tuple, and what it holds: a TCP or TLS connection (control.go), or an
// address at the UDP socket (datagrams.go).
type tuple struct {
	// fixed
	id     uint64   // in order of arrival
	remote net.Addr // its pointer is the identity, here and in what Pion is given
	from   strangers.Place
	end    func() // nothing more is read from the client or written to it
	idle   func() // the allocation ended by itself

	relayed func(number uint16, datagram []byte) // sends it as ChannelData, without waiting; nil: Pion does

	// owned by Pion's read loop
	asked    *credential // of the request being answered
	requests bucket      // that may be made now

	serving atomic.Pointer[relay] // of the allocation; nil: none

	// guarded by Server.mu
	credential *credential // not nil: holds one of its user's places
	relay      *relay
	until      time.Time // without a relay: ended then
	leaving    bool      // gave way to another, and gets no relay any more
}

// requestRate is how many requests a second one client may make, and half as many at once: each costs a signature and the
// question who is present. An honest one makes a few dozen at first and then one a minute.
const requestRate = 1000

// name is what Pion takes for the user of an allocation, so that it belongs to the 5-tuple that made it.
func (t *tuple) name() string { return strconv.FormatUint(t.id, 10) }

// crowdedOut is who gives way to one more: the oldest from where the most come, so that a crowd from one network is in its
// own way and in nobody else's.
func crowdedOut(waiting []*tuple) *tuple {
	here := strangers.NewTally()
	for _, t := range waiting {
		here.Enter(t.from)
	}
	return slices.MaxFunc(waiting, func(a, b *tuple) int {
		return cmp.Or(cmp.Compare(here.Weight(a.from), here.Weight(b.from)), cmp.Compare(b.id, a.id))
	})
}

// giveWay ends a tuple that waited for an allocation, unless it has got one since.
func (s *Server) giveWay(t *tuple) {
	s.mu.Lock()
	t.leaving = t.relay == nil
	leaving := t.leaving
	s.mu.Unlock()
	if leaving {
		s.refused.count(closedCrowded)
		t.end()
	}
}

// authenticate finds the key for a request. The credential must be the one that the 5-tuple's allocation was made with,
// or to allocate the user's newest; the user must be present. Pion then compares the integrity in constant time.
func (s *Server) authenticate(t *tuple, request *pion.RequestAttributes) (_ string, _ []byte, ok bool) {
	defer s.survive(t)
	if t == nil {
		s.refused.count(refusedCredential)
		return "", nil, false
	}
	s.mu.Lock()
	found, held := s.credentials.byUsername[request.Username], false
	if t.credential != nil && t.credential.username == request.Username {
		found, held = t.credential, true
	}
	s.mu.Unlock()
	if found == nil || request.Realm != s.config.Realm || !mayAsk(request.Method, held) {
		s.refused.count(refusedCredential)
		return "", nil, false
	}
	if !s.config.Allowed(found.user) {
		s.refused.count(refusedAbsent)
		return "", nil, false
	}
	t.asked = found
	return t.name(), found.key, true
}

// reserve takes one of the user's places for an authenticated Allocate. The place is the tuple's until its allocation or
// the tuple ends; one that is about to end is in the way of the next.
func (s *Server) reserve(t *tuple) (ok bool) {
	defer s.survive(t)
	now := s.config.Now()
	if t == nil || t.asked == nil {
		return false
	}
	if t.asked.allowance.spent(now) {
		s.refused.count(refusedSpent)
		return false
	}
	var evicted *tuple
	s.mu.Lock()
	ok = !s.closed && t.credential == nil && s.credentials.newest(t.asked)
	if ok {
		held := s.heldByLocked(t.asked.user)
		claims := make([]claim, len(held))
		for i, other := range held {
			claims[i] = claim{replaced: !s.credentials.newest(other.credential), unused: other.relay != nil && other.relay.unused(now)}
		}
		var evict int
		if evict, ok = place(claims); evict >= 0 {
			evicted, held[evict].credential = held[evict], nil
		}
	}
	if ok {
		t.credential = t.asked
		s.tuples[t.remote] = t
	}
	s.mu.Unlock()
	if evicted != nil {
		s.refused.count(closedEvicted)
		s.hangUp(evicted)
	}
	if !ok {
		s.refused.count(refusedQuota)
	}
	return ok
}

// attach gives the relay to the tuple with that name, unless it was revoked since or there are too many.
func (s *Server) attach(r *relay, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.namedLocked(name)
	switch {
	case t == nil || t.credential == nil || t.leaving || s.closed:
		return errRevoked
	case s.open >= s.config.Allocations:
		return errFull
	}
	s.open++
	r.tuple, r.allowance, t.relay = t, t.credential.allowance, r
	t.serving.Store(r)
	return nil
}

// vacate gives back the place of an allocation that did not come to be.
func (s *Server) vacate(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.namedLocked(name); t != nil && t.relay == nil {
		t.credential = nil
	}
}

// release frees the place of an allocation that ended. A connection may stay for another, but not long.
func (s *Server) release(r *relay) {
	now := s.config.Now()
	t := r.tuple
	s.mu.Lock()
	held := t.relay == r
	if held {
		s.open--
		t.serving.Store(nil)
		t.relay, t.credential, t.until = nil, nil, now.Add(allocateLimit)
	}
	s.mu.Unlock()
	if held && t.idle != nil {
		t.idle()
	}
}

// hangUp ends relaying for a tuple, then the tuple.
func (s *Server) hangUp(t *tuple) {
	s.mu.Lock()
	r := t.relay
	s.mu.Unlock()
	if r != nil {
		r.Close()
	}
	t.end()
}

// patience is until when the client may keep silent.
func (s *Server) patience(t *tuple) time.Time {
	idle := s.config.Now().Add(idleLimit)
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.relay != nil {
		return idle
	}
	return t.until
}

// byRemote is the tuple that Pion knows by that address.
func (s *Server) byRemote(remote net.Addr) *tuple {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tuples[remote]
}

func (s *Server) namedLocked(name string) *tuple {
	id, err := strconv.ParseUint(name, 10, 64)
	if err != nil {
		return nil
	}
	for _, t := range s.tuples {
		if t.id == id {
			return t
		}
	}
	return nil
}

// heldByLocked lists the tuples that hold a place of the user, oldest first.
func (s *Server) heldByLocked(user string) []*tuple {
	var held []*tuple
	for _, t := range s.tuples {
		if t.credential != nil && t.credential.user == user {
			held = append(held, t)
		}
	}
	slices.SortFunc(held, func(a, b *tuple) int { return cmp.Compare(a.id, b.id) })
	return held
}
