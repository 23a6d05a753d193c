package bwe

import "time"

// remembered is how many sent packets wait for feedback: five seconds at 3 Mbit/s. A power of two.
const remembered = 2048

// fate is what is known of a packet that was sent.
type fate uint8

const (
	flying    fate = iota // nothing reported yet
	arrived               // reported as received
	missing               // reported as not received; may yet turn up
	forgotten             // its feedback must not count
)

// sent is a packet on its way.
type sent struct {
	number  int64 // sequence, unwrapped
	at      time.Duration
	arrival time.Duration // receiver's clock
	again   time.Duration // when it was sent a second time, 0: it was not
	size    int32         // bytes of the IP datagram
	cluster int32         // probe it belongs to, or 0
	target  float32       // bit/s when it was sent, or 0: we sent less than we might
	fate    fate
}

// history is the ring of sent packets by transport-wide sequence number, which is 16 bits on the wire.
type history struct {
	last int64 // highest number sent; valid when any
	any  bool
	ring [remembered]sent
}

// add notes a packet. A number that is still in the ring was sent twice: which of the two a report is about cannot be
// known, so it is forgotten; then add returns nil.
func (h *history) add(sequence uint16, size, cluster int, at time.Duration) *sent {
	if !h.any {
		h.any = true
		h.last = 1<<16 | int64(sequence) // so that earlier numbers stay above zero
	}
	number := h.unwrap(sequence)
	p := &h.ring[number%remembered]
	if p.number == number {
		p.fate = forgotten
		return nil
	}
	if number < h.last-remembered/2 {
		return nil
	}
	h.last = max(h.last, number)
	*p = sent{number: number, at: at, size: int32(size), cluster: int32(cluster)}
	return p
}

// find returns the packet with this number, or nil when it was never sent or has left the ring.
func (h *history) find(sequence uint16) *sent {
	if !h.any {
		return nil
	}
	number := h.unwrap(sequence)
	if p := &h.ring[number%remembered]; p.number == number {
		return p
	}
	return nil
}

// since is how many bits were sent after a time, up to most.
func (h *history) since(at time.Duration, most int) (bits int) {
	for number := h.last; h.any && bits < most && h.last-number < remembered; number-- {
		p := &h.ring[number%remembered]
		if p.number != number || p.at < at {
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
