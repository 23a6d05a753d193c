package sfu

import (
	"crypto/hmac"
	"crypto/sha1"
	"hash"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// What one peer's ICE and DTLS may take. Browsers send 50 checks a second at most while they look for a path, and hardly
// any later; a handshake is a dozen datagrams, sent again after 50 ms at the soonest, and nothing is said after it. Each is
// work for Pion, which queues without bound. Each address that checks come from is kept by Pion until the peer ends or
// restarts ICE.
const (
	checkRate    = 100 // checks a second
	checkBurst   = 200
	recordRate   = 100 // datagrams of DTLS a second
	recordBurst  = 200
	addressBurst = 32 // addresses; a NAT that forgets gives another every few minutes
	addressEvery = 30 * time.Second
	addressHeld  = 3 * time.Second // since the peer there was heard, in which nobody else has an address: who writes another's on a packet of theirs would have what that one sends
)

// guard stands before all that is done for those who proved nothing, by us or by Pion. It lets in the connectivity checks
// of who knows the password of an answer of ours (RFC 8445, section 7.3), and all else only from addresses that such
// checks came from, as packets of the peer whose password it was. What it drops costs no allocation, is counted by name,
// and is told to nobody. Its methods may be called from any goroutine.
type guard struct {
	now   func() time.Time
	drops drops

	sounding atomic.Pointer[sounding] // nil until an operator asks for one

	mu     sync.RWMutex
	keys   map[string]*iceKey         // by the name that an answer of ours gave it
	proven map[netip.AddrPort]*iceKey // which of them was shown last from there
}

func newGuard(now func() time.Time, d drops) *guard {
	return &guard{now: now, drops: d, keys: map[string]*iceKey{}, proven: map[netip.AddrPort]*iceKey{}}
}

// iceKey is what one answer of ours asks checks to be signed with.
type iceKey struct {
	name string
	peer *Peer // who got the answer

	mu     sync.Mutex
	mac    hash.Hash
	head   [4]byte // of a packet, as it was signed
	sum    [sha1.Size]byte
	checks *rate.Limiter

	records *rate.Limiter
	aside   atomic.Int32 // packets that wait for Pion

	addresses *rate.Limiter    // guarded by guard.mu
	from      []netip.AddrPort // guarded by guard.mu
}

// expect takes checks from now on that name a key and are signed with its password, as those of a peer.
func (g *guard) expect(name, password string, p *Peer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.keys[name] = &iceKey{
		name: name, peer: p, mac: hmac.New(sha1.New, []byte(password)),
		checks:    rate.NewLimiter(checkRate, checkBurst),
		records:   rate.NewLimiter(recordRate, recordBurst),
		addresses: rate.NewLimiter(rate.Every(addressEvery), addressBurst),
	}
}

// forget shuts out who came with a key.
func (g *guard) forget(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	k := g.keys[name]
	if k == nil {
		return
	}
	delete(g.keys, name)
	for _, a := range k.from {
		if g.proven[a] == k {
			delete(g.proven, a)
		}
	}
}

// admits tells whose a packet is; nobody's is counted.
func (g *guard) admits(b []byte, kind kind, from netip.AddrPort) *iceKey {
	k, why := g.consider(b, kind, from)
	if why != "" {
		g.drops.add(why)
		return nil
	}
	return k
}

func (g *guard) consider(b []byte, kind kind, from netip.AddrPort) (*iceKey, drop) {
	switch kind {
	case kindSTUN:
		return g.check(b, from)
	case kindNoise:
		return nil, dropNoise
	}
	k := g.whose(from)
	switch {
	case k == nil && kind == kindDTLS:
		return nil, dropStrangeDTLS
	case k == nil:
		return nil, dropStrangeMedia
	case kind == kindDTLS && !wellMeant(b):
		return nil, dropPlaintext
	case kind == kindDTLS && !k.records.AllowN(g.now(), 1):
		return nil, dropRecords
	}
	return k, ""
}

// check is consider for STUN. Nothing else than a signed request is ever of use: a lite agent asks nothing, and so is
// answered nothing (RFC 8445, section 6.1.1).
func (g *guard) check(b []byte, from netip.AddrPort) (*iceKey, drop) {
	c, ok := readCheck(b)
	if !ok {
		return nil, dropNoCheck
	}
	g.mu.RLock()
	k := g.keys[string(c.name)]
	known := k != nil && g.proven[from] == k
	g.mu.RUnlock()
	if k == nil {
		return nil, dropUnknownKey
	}
	if !k.signed(b, c) {
		return nil, dropForged
	}
	now := g.now()
	if !k.checks.AllowN(now, 1) || !known && !g.learn(k, from, now) {
		return nil, dropChecks
	}
	return k, ""
}

// signed compares in constant time.
func (k *iceKey) signed(b []byte, c check) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.mac.Reset()
	// The length counts up to the signature (RFC 8489, section 14.5).
	length := c.signed - stunHeader + stunAttribute + sha1.Size
	k.head = [...]byte{b[0], b[1], byte(length >> 8), byte(length)}
	k.mac.Write(k.head[:])
	k.mac.Write(b[len(k.head):c.signed])
	return hmac.Equal(k.mac.Sum(k.sum[:0]), c.mac)
}

// learn notes that a key was shown from an address; false: it comes from too many, or somebody else is there.
func (g *guard) learn(k *iceKey, from netip.AddrPort, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.keys[k.name] != k || g.proven[from].holds(k, now) {
		return false
	}
	if !slices.Contains(k.from, from) {
		if !k.addresses.AllowN(now, 1) {
			return false
		}
		k.from = append(k.from, from)
	}
	g.proven[from] = k
	return true
}

// holds tells whether an address of k's is not for another key.
func (k *iceKey) holds(other *iceKey, now time.Time) bool {
	return k != nil && k.peer != other.peer && k.peer != nil && now.UnixNano()-k.peer.heard.Load() < int64(addressHeld)
}

// whose is the key that was shown last from an address, nil if none was.
func (g *guard) whose(from netip.AddrPort) *iceKey {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.proven[from]
}
