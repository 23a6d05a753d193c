package sfu

// cache keeps the newest packets of a stream for retransmission. Payloads lie one after another in one ring of bytes,
// allocated with the first packet; an entry is gone when its slot or its bytes are overwritten.
type cache struct {
	entries []entry
	bytes   []byte
	written uint64 // bytes ever written, counting skipped ends of the ring

	slots, size int
}

// entry is a cached packet. seq is the publisher's.
type entry struct {
	valid  bool
	seq    uint16
	stamp  uint32
	marker bool
	vp8    vp8
	at     uint64 // position in the endless sequence of written bytes
	length int
}

func (c *cache) put(e entry, payload []byte) {
	if c.entries == nil {
		c.entries, c.bytes = make([]entry, c.slots), make([]byte, c.size)
	}
	if len(payload) > len(c.bytes) {
		return
	}
	position := int(c.written % uint64(len(c.bytes)))
	if rest := len(c.bytes) - position; rest < len(payload) {
		c.written += uint64(rest)
		position = 0
	}
	e.valid, e.at, e.length = true, c.written, len(payload)
	copy(c.bytes[position:], payload)
	c.written += uint64(len(payload))
	c.entries[int(e.seq)%len(c.entries)] = e
}

// get copies the payload into b and returns its entry.
func (c *cache) get(seq uint16, b []byte) (entry, int, bool) {
	if c.entries == nil {
		return entry{}, 0, false
	}
	e := c.entries[int(seq)%len(c.entries)]
	if !e.valid || e.seq != seq || c.written-e.at > uint64(len(c.bytes)) || e.length > len(b) {
		return entry{}, 0, false
	}
	position := int(e.at % uint64(len(c.bytes)))
	return e, copy(b, c.bytes[position:position+e.length]), true
}
