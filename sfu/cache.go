package sfu

import "time"

// cache keeps the newest packets of a stream for retransmission, for as long as somebody may ask for them; an entry is gone
// when its slot or its bytes are used again.
type cache struct {
	slots   int     // entries at most, a power of two
	entries []entry // by number; made with the first packet, and made larger as packets are more
	pieces  pieces
}

const fewestSlots = 64

// newCache makes one of so many packets and bytes at most, each to be had for a while if there is room.
func newCache(slots, bytes, piece int, keep time.Duration) cache {
	return cache{slots: slots, pieces: pieces{size: piece, most: bytes / piece, keep: keep}}
}

// entry is a cached packet. seq is the publisher's.
type entry struct {
	at     uint64 // of its payload, in pieces; 0: none
	stamp  uint32
	seq    uint16
	length uint16
	marker bool
	vp8    vp8
}

func (c *cache) put(e entry, payload []byte, now time.Time) {
	at := c.pieces.put(payload, now)
	if at == 0 {
		return
	}
	if c.entries == nil {
		c.entries = make([]entry, min(fewestSlots, c.slots))
	}
	e.at, e.length = at, uint16(len(payload))
	for o := c.slot(e.seq); o.at != 0 && o.seq != e.seq && len(c.entries) < c.slots && c.pieces.has(o.at); o = c.slot(e.seq) {
		c.widen()
	}
	*c.slot(e.seq) = e
}

func (c *cache) slot(seq uint16) *entry { return &c.entries[int(seq)%len(c.entries)] }

// widen makes room for twice as many entries.
func (c *cache) widen() {
	before := c.entries
	c.entries = make([]entry, 2*len(before))
	for _, e := range before {
		if e.at != 0 {
			*c.slot(e.seq) = e
		}
	}
}

// get copies the payload into b and returns its entry.
func (c *cache) get(seq uint16, b []byte) (entry, int, bool) {
	if c.entries == nil {
		return entry{}, 0, false
	}
	e := *c.slot(seq)
	if e.at == 0 || e.seq != seq || !c.pieces.get(e.at, b, int(e.length)) {
		return entry{}, 0, false
	}
	return e, int(e.length), true
}

// pieces is memory for payloads, one after another, in pieces that are used again once what is in them is old. So it takes
// what the rate of the stream needs, and no more than most.
type pieces struct {
	size int           // bytes of a piece: no payload is longer
	most int           // pieces
	keep time.Duration // for which a payload is to be had, if there is room

	ring   []piece // by number modulo most
	oldest uint64  // number of the oldest piece that is kept
	newest uint64  // number of that which is being filled; the first one is 1, 0: none yet
	filled int     // bytes of it
}

type piece struct {
	bytes []byte
	at    time.Time // of the newest payload
}

// put copies a payload and tells where it is; 0: it is too long.
func (p *pieces) put(payload []byte, now time.Time) (at uint64) {
	if len(payload) > p.size {
		return 0
	}
	if p.newest == 0 || p.filled+len(payload) > p.size {
		p.begin(now)
	}
	at = p.newest*uint64(p.size) + uint64(p.filled)
	current := &p.ring[p.newest%uint64(p.most)]
	p.filled += copy(current.bytes[p.filled:], payload)
	current.at = now
	return at
}

// begin goes on in another piece: the oldest, if it is old or there are no more to be had. Other old ones are given back.
func (p *pieces) begin(now time.Time) {
	if p.ring == nil {
		p.ring, p.oldest = make([]piece, p.most), 1
	}
	p.newest++
	p.filled = 0
	var free []byte
	for p.oldest < p.newest {
		old := &p.ring[p.oldest%uint64(p.most)]
		if now.Sub(old.at) <= p.keep && p.newest-p.oldest < uint64(p.most) {
			break
		}
		free, old.bytes = old.bytes, nil
		p.oldest++
	}
	if free == nil {
		free = make([]byte, p.size)
	}
	p.ring[p.newest%uint64(p.most)].bytes = free
}

// has tells whether what was put there is still to be had.
func (p *pieces) has(at uint64) bool { return at/uint64(p.size) >= p.oldest }

// get copies n bytes from there into b; false: they are gone, or b is too short.
func (p *pieces) get(at uint64, b []byte, n int) bool {
	if !p.has(at) || n > len(b) {
		return false
	}
	from := int(at % uint64(p.size))
	copy(b, p.ring[at/uint64(p.size)%uint64(p.most)].bytes[from:from+n])
	return true
}
