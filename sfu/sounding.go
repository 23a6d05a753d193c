package sfu

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/stun/v4"
)

// A sounding tells an operator whether the media sockets are heard from elsewhere. Nothing but ICE ever answers a
// stranger there, and an ICE-lite agent none but those of an answer; so somebody outside is given a name and a password
// of their own, by way of the operator, and a few checks that are signed with it are answered from here. Pion sees none.
//
// It is of no use for anything else: an answer is shorter than its question, which holds a longer name, there are few of
// them, and nobody without the password gets one.
type sounding struct {
	name, password string
	until          time.Time

	mu   sync.Mutex
	key  iceKey
	left int
}

const (
	soundingTime    = 10 * time.Minute
	soundingAnswers = 64
)

// Sound gives out the name and password of a sounding that is good for some more minutes: the one under way, else a new
// one, which ends the one before.
func (s *SFU) Sound() (name, password string, until time.Time) {
	g := s.engine.guard
	if old := g.sounding.Load(); old != nil && old.lasts(s.now()) {
		return old.name, old.password, old.until
	}
	next := &sounding{name: rand.Text(), password: rand.Text(), until: s.now().Add(soundingTime), left: soundingAnswers}
	next.key.mac = hmac.New(sha1.New, []byte(next.password))
	g.sounding.Store(next)
	return next.name, next.password, next.until
}

// lasts tells whether half of it is left, so that it can be given out again.
func (s *sounding) lasts(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.until.Sub(now) >= soundingTime/2 && s.left >= soundingAnswers/2
}

// answer is what a check of the sounding under way is told: from where it came (RFC 8489, section 14.2). nil: it is none.
func (g *guard) answer(b []byte, from netip.AddrPort) []byte {
	s := g.sounding.Load()
	if s == nil || kindOf(b) != kindSTUN {
		return nil
	}
	c, ok := readCheck(b)
	if !ok || string(c.name) != s.name || g.now().After(s.until) {
		return nil
	}
	return s.answer(b, c, from)
}

func (s *sounding) answer(b []byte, c check, from netip.AddrPort) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left == 0 || !s.key.signed(b, c) {
		return nil
	}
	m, err := stun.Build(stun.NewTransactionIDSetter([stun.TransactionIDSize]byte(b[8:stunHeader])), stun.BindingSuccess,
		&stun.XORMappedAddress{IP: from.Addr().AsSlice(), Port: int(from.Port())}, stun.NewShortTermIntegrity(s.password))
	if err != nil {
		return nil
	}
	s.left--
	return m.Raw
}
