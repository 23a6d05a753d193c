package bwe

import "time"

// How many sent packets wait for feedback: as many as are sent in a while, between bounds. The upper one is five seconds at
// 3 Mbit/s, the lower one five seconds of voice.
const (
	flight   = 2 * time.Second
	fewSent  = 256
	mostSent = 2048
	widening = 1.5
)

// fate is what is known of a packet that was sent.
type fate uint8

const (
	flying    fate = iota // nothing reported yet
	arrived               // reported as received
	missing               // reported as not received; may yet turn up
	forgotten             // its feedback must not count
)

// sent is a packet on its way, in 32 bytes, since there are many.
type sent struct {
	at      time.Duration
	arrival time.Duration // receiver's clock
	number  uint32        // sequence, unwrapped, as far as it fits
	again   uint32        // microseconds until it was sent a second time, 0: it was not
	target  float32       // bit/s when it was sent, or 0: we sent less than we might
	size    uint16        // bytes of the IP datagram
	cluster uint8         // probe it belongs to, as mark has it, or 0
	fate    fate
}

// mark is a probe's number in a byte.
func mark(cluster int) uint8 {
	if cluster == 0 {
		return 0
	}
	return uint8(cluster%255) + 1
}

// repeated notes that it was sent again at a time.
func (p *sent) repeated(at time.Duration) {
	p.again = uint32(min(max((at-p.at).Microseconds(), 1), 1<<32-1))
}

// between is the time between its two copies.
func (p *sent) between() time.Duration { return time.Duration(p.again) * time.Microsecond }

// history is the ring of sent packets by transport-wide sequence number, which is 16 bits on the wire.
type history struct {
	last int64 // highest number sent; valid when any
	any  bool
	ring []sent // made with the first packet, and larger when more are sent
}

// add notes a packet. A number that is still in the ring was sent twice: which of the two a report is about cannot be
// known, so it is forgotten; then add returns nil.
func (h *history) add(sequence uint16, size, cluster int, at time.Duration) *sent {
	if !h.any {
		h.any = true
		h.last = 1<<16 | int64(sequence) // so that earlier numbers stay above zero
		h.ring = make([]sent, fewSent)
	}
	number := h.unwrap(sequence)
	p := h.slot(number)
	if p.number == uint32(number) {
		p.fate = forgotten
		return nil
	}
	if number < h.last-int64(len(h.ring))/2 {
		return nil
	}
	h.last = max(h.last, number)
	for p.number != 0 && at-p.at < flight && len(h.ring) < mostSent {
		h.widen()
		p = h.slot(number)
	}
	*p = sent{number: uint32(number), at: at, size: uint16(min(size, 1<<16-1)), cluster: mark(cluster)}
	return p
}

func (h *history) slot(number int64) *sent { return &h.ring[number%int64(len(h.ring))] }

// number is that of a packet in the ring, in full.
func (h *history) number(p *sent) int64 { return h.last - int64(uint32(h.last)-p.number) }

func (h *history) widen() {
	before := h.ring
	h.ring = make([]sent, min(int(widening*float64(len(before))), mostSent))
	for i := range before {
		if p := &before[i]; p.number != 0 {
			*h.slot(h.number(p)) = *p
		}
	}
}

// find returns the packet with this number, or nil when it was never sent or has left the ring.
func (h *history) find(sequence uint16) *sent {
	if !h.any {
		return nil
	}
	return h.known(h.unwrap(sequence))
}

// known is find for a number that is unwrapped.
func (h *history) known(number int64) *sent {
	if p := h.slot(number); p.number == uint32(number) {
		return p
	}
	return nil
}

// since is how many bits were sent after a time, up to most.
func (h *history) since(at time.Duration, most int) (bits int) {
	for number := h.last; h.any && bits < most; number-- {
		p := h.known(number)
		if p == nil || p.at < at {
			break
		}
		bits += 8 * int(p.size)
	}
	return bits
}

// unwrap returns the number nearest to the last one sent.
func (h *history) unwrap(sequence uint16) int64 {
	return max(0, h.last+int64(int16(sequence-uint16(h.last))))
}
