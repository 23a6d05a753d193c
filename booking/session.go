package booking

import (
	"encoding/binary"
	"errors"
	"sync"
	"time"
)

// SessionCookie is the name of the cookie that carries a session secret; its path is /h/<participant id>/.
const SessionCookie = "jalsa"

const (
	// maxSessions is how many sessions of one participant live; one more ends the oldest that nobody keeps. A link stays
	// good for several devices and for mail programs that open it first.
	maxSessions = 8
	// sessionLife ends a session whatever becomes of its hearing. It is longer than any hearing can be entered: early
	// entry, the conference with its overtime, and grace. The end of the hearing itself ends no session: who comes back is told that it is closed, by the gate.
	sessionLife = 2*maxMargin + 2*overtime
)

// Redeem makes a session for the holder of a ticket and returns its secret, which is stored as SHA-256 only. Sessions
// outlive the process. ErrUnknownLink, or *Refused when the gate refuses entry to the hearing.
func (s *Store) Redeem(ticket string) (secret string, a Appointment, p Participant, err error) {
	return s.enter(PurposeHearing, func(t *tx) (Appointment, Participant, error) { return t.ticket(ticket) })
}

// enter makes a session for whom who returns, if the gate does not refuse them this purpose.
func (s *Store) enter(purpose Purpose, who func(*tx) (Appointment, Participant, error)) (secret string, a Appointment, p Participant, err error) {
	secret = newSecret()
	var doomed string
	defer func() { s.kept.spare(doomed) }()
	err = s.update("", func(t *tx) (err error) {
		if a, p, err = who(t); err != nil {
			return err
		}
		if d := a.admission(p, purpose, t.now); d.Verdict == Refuse {
			return &Refused{d}
		}
		t.actor = p.ID
		doomed = t.evictSession(p.ID, &s.kept)
		t.put(sessions, sessionKey(p.ID, secret), []byte(number(t.size+1)+number(uint64(t.now.Unix()))))
		t.log(Entry{Kind: "redeemed", Appointment: a.ID, Participant: p.ID})
		return nil
	})
	if err != nil {
		return "", a, p, err
	}
	return secret, a, p, nil
}

// Session returns the participant whose session this is, or ErrUnknownSession. It does not ask the gate. A caller that
// goes on holding the session compares Participant.Issue with that of each later version of the appointment: a greater
// one has ended it.
func (s *Store) Session(participantID, secret string) (a Appointment, p Participant, err error) {
	now, key := s.now(), sessionKey(participantID, secret)
	// Asked before the books are read: who was not doomed then, and is kept, is not chosen any more.
	if s.kept.isDoomed(key) {
		return a, p, ErrUnknownSession
	}
	err = s.view(func(t *tx) (err error) {
		made := t.get(sessions, key)
		if made == nil || expired(made, now) {
			return ErrUnknownSession
		}
		a, p, err = t.held(participantID)
		if errors.Is(err, ErrNotFound) {
			return ErrUnknownSession
		}
		return err
	})
	return a, p, err
}

// Keep holds back a session from making room for another, until release: it is in use. Only a new link ends it, or its
// age. Whether there is such a session does not matter.
func (s *Store) Keep(participantID, secret string) (release func()) {
	key := sessionKey(participantID, secret)
	s.kept.add(key, 1)
	return sync.OnceFunc(func() { s.kept.add(key, -1) })
}

// kept counts by their keys the sessions that are in use, and holds those that a transaction under way deletes.
type kept struct {
	mu     sync.Mutex
	keys   map[string]int
	doomed map[string]bool
}

// doom chooses a session to be deleted, unless it is in use.
func (k *kept) doom(key string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.keys[key] > 0 {
		return false
	}
	if k.doomed == nil {
		k.doomed = make(map[string]bool)
	}
	k.doomed[key] = true
	return true
}

// spare ends a doom: the transaction is over, and the books tell what became of it.
func (k *kept) spare(key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.doomed, key)
}

func (k *kept) isDoomed(key string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.doomed[key]
}

func (k *kept) add(key string, n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.keys == nil {
		k.keys = make(map[string]int)
	}
	if k.keys[key] += n; k.keys[key] == 0 {
		delete(k.keys, key)
	}
}

func (k *kept) has(key string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.keys[key] > 0
}

func sessionKey(participantID, secret string) string { return participantID + "/" + digest(secret) }

// expired reports whether a stored session is past its life.
func expired(value []byte, now time.Time) bool {
	return len(value) < 16 || !now.Before(time.Unix(int64(binary.BigEndian.Uint64(value[8:])), 0).Add(sessionLife))
}

// evictSession makes room for one more session, if need be at the cost of the oldest that is not in use, which it
// returns.
func (t *tx) evictSession(participantID string, kept *kept) (evicted string) {
	var oldest, least string
	count := 0
	for key, value := range t.list(sessions, participantID+"/") {
		if !kept.has(key) && (oldest == "" || string(value) < least) {
			oldest, least = key, string(value)
		}
		count++
	}
	if count < maxSessions || oldest == "" || !kept.doom(oldest) {
		return ""
	}
	t.delete(sessions, oldest)
	return oldest
}

// endSessions ends all sessions of a participant, in use or not.
func (t *tx) endSessions(participantID string) {
	var keys []string
	for key := range t.list(sessions, participantID+"/") {
		keys = append(keys, key)
	}
	for _, key := range keys {
		t.delete(sessions, key)
	}
}
