package sfu

import (
	"encoding/binary"
	"errors"
)

// errRedundant is a payload that RFC 2198 does not allow.
var errRedundant = errors.New("redundant audio")

const (
	maxRedundancy   = 4       // copies of earlier packets beside a packet
	maxRedundantLag = 1 << 14 // samples that a copy may be older: 14 bits
	maxRedundant    = 1 << 10 // bytes of a copy: 10 bits
	maxRedBlocks    = 10      // that are read of a packet: each that was lost is a packet to every receiver
	redHeader       = 4       // bytes before each copy's own; the packet itself has one
)

// redundancy makes payloads of audio/red (RFC 2198): each packet takes copies of the packets just before it with it. The
// zero value is ready.
type redundancy struct {
	past  []redundant // maxRedundancy, made with the first packet
	next  int
	count int
}

// redundant is a packet that may be sent again beside a later one.
type redundant struct {
	stamp   uint32
	payload []byte // fewer than maxRedundant; its memory is used again
}

// add remembers a packet that was sent, redundantly or not. One that is too large to be a copy ends the row: copies have
// no holes, so that the receiver knows their numbers.
func (r *redundancy) add(payload []byte, stamp uint32) {
	if len(payload) >= maxRedundant {
		r.count = 0
		return
	}
	if r.past == nil {
		r.past = make([]redundant, maxRedundancy)
	}
	e := &r.past[r.next]
	e.stamp, e.payload = stamp, append(e.payload[:0], payload...)
	r.next = (r.next + 1) % maxRedundancy
	r.count = min(r.count+1, maxRedundancy)
}

// encode writes a packet with at most depth copies of earlier ones into b, each of format, which is the payload type of
// what is copied. It returns the length, and 0 if b does not even hold the packet alone.
func (r *redundancy) encode(b, payload []byte, stamp uint32, depth int, format uint8) int {
	room := len(b) - len(payload) - 1
	if room < 0 {
		return 0
	}
	copies := 0
	for copies < min(depth, r.count) {
		e := r.back(copies + 1)
		lag := stamp - e.stamp
		if lag == 0 || lag >= maxRedundantLag || room < redHeader+len(e.payload) {
			break
		}
		room -= redHeader + len(e.payload)
		copies++
	}
	n := 0
	for i := copies; i > 0; i-- { // the oldest first
		e := r.back(i)
		binary.BigEndian.PutUint32(b[n:], 1<<31|uint32(format)<<24|(stamp-e.stamp)<<10|uint32(len(e.payload)))
		n += redHeader
	}
	b[n] = format & 0x7f
	n++
	for i := copies; i > 0; i-- {
		e := r.back(i)
		n += copy(b[n:], e.payload)
	}
	return n + copy(b[n:], payload)
}

// back is the i-th packet before the newest; the newest is 1.
func (r *redundancy) back(i int) *redundant {
	return &r.past[(r.next-i+2*maxRedundancy)%maxRedundancy]
}

// redPacket is a payload of audio/red as its parts, the oldest copy first and the packet itself last. They lie in the
// payload that was parsed.
type redPacket struct {
	count  int
	blocks [maxRedBlocks]redBlock
}

type redBlock struct {
	format  uint8
	lag     uint32 // samples before the packet itself
	payload []byte
}

// parse takes a payload apart.
func (r *redPacket) parse(b []byte) error {
	r.count = 0
	var sizes [maxRedBlocks]int
	for {
		if len(b) == 0 || r.count == maxRedBlocks {
			return errRedundant
		}
		block := redBlock{format: b[0] & 0x7f}
		if b[0]&0x80 == 0 {
			r.blocks[r.count] = block
			r.count++
			b = b[1:]
			break
		}
		if len(b) < redHeader {
			return errRedundant
		}
		head := binary.BigEndian.Uint32(b)
		block.lag = head >> 10 & (maxRedundantLag - 1)
		r.blocks[r.count], sizes[r.count] = block, int(head&(maxRedundant-1))
		r.count++
		b = b[redHeader:]
	}
	last := r.count - 1
	for i := range last {
		if sizes[i] > len(b) {
			return errRedundant
		}
		r.blocks[i].payload, b = b[:sizes[i]], b[sizes[i]:]
	}
	r.blocks[last].payload = b
	return nil
}

// numbered gives the sequence number and timestamp of a block by those of the packet. Senders of audio/red copy the
// packets just before without a hole; a block that does not look so, since it is not older than the next, has none.
func (r *redPacket) numbered(i int, h head) (head, bool) {
	behind := r.count - 1 - i
	if behind > 0 && r.blocks[i].lag <= r.blocks[i+1].lag {
		return head{}, false
	}
	return head{sequence: h.sequence - uint16(behind), stamp: h.stamp - r.blocks[i].lag}, true
}
