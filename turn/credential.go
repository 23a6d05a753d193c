package turn

import (
	"crypto/rand"

	pion "github.com/pion/turn/v5"
)

// credential lets one user allocate. It is never written to: two pointers are
// equal when it is the same credential.
type credential struct {
	user     string
	username string // random; says nothing about the user
	key      []byte // long-term key, RFC 8489 section 9.2.2; the password itself is not kept

	allowance *allowance // the user's, also after another credential replaced this one
}

// newCredential makes username and password of 128 random bits or more each.
func newCredential(user, realm string) (c *credential, password string) {
	username, password := rand.Text(), rand.Text()
	key := pion.GenerateAuthKey(username, realm, password)
	return &credential{user: user, username: username, key: key}, password
}

// credentials holds the newest credential of each user. Guarded by Server.mu.
type credentials struct {
	byUsername map[string]*credential
	byUser     map[string]*credential
}

// put replaces the user's credential, whose allowance lives on in the new one.
func (c *credentials) put(fresh *credential) {
	if old := c.byUser[fresh.user]; old != nil {
		fresh.allowance = old.allowance
	}
	c.drop(fresh.user)
	c.byUsername[fresh.username] = fresh
	c.byUser[fresh.user] = fresh
}

func (c *credentials) drop(user string) {
	if old := c.byUser[user]; old != nil {
		delete(c.byUsername, old.username)
		delete(c.byUser, user)
	}
}

func (c *credentials) newest(of *credential) bool { return c.byUser[of.user] == of }

// Issue makes a credential for a user who was just admitted, and replaces the
// user's earlier one: that can no longer allocate. Allocations made with it stay
// until they end, since media goes on while a session reconnects; [Server.Revoke]
// ends them. The password is not kept and cannot be asked for again.
func (s *Server) Issue(user string) (username, password string) {
	fresh, password := newCredential(user, s.config.Realm)
	fresh.allowance = &allowance{bucket: newBucket(s.config.Rate, s.config.Now())}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.credentials.put(fresh)
	return fresh.username, password
}

// Revoke ends a user's credential, allocations and control connections. When it
// returns nothing more is relayed either way, and what was still queued towards
// the user is discarded. It must be called for everybody who leaves: nothing else
// forgets a credential.
func (s *Server) Revoke(user string) {
	s.mu.Lock()
	s.credentials.drop(user)
	held := s.heldByLocked(user)
	for _, c := range held {
		c.credential = nil // no relay is attached from here on
	}
	s.mu.Unlock()
	for _, c := range held {
		s.hangUp(c)
	}
}
