package sfu

// segment maps one stream's packets to what the receiver sees: every field is shifted by a constant. A subscription's
// packets are a row of segments; each begins where the one before ended.
type segment struct {
	stream *stream
	number uint32 // participant, for the CSRC
	first  uint16 // first outgoing sequence number

	sequence uint16 // added to the publisher's
	stamp    uint32
	picture  uint16 // modulo 2^15
	tl0      uint8
}

const segments = 8 // remembered for retransmission

// outgoing is what the receiver sees of a packet.
type outgoing struct {
	sequence uint16
	stamp    uint32
	picture  uint16
	tl0      uint8
}

// rewriter keeps sequence number, timestamp, picture id and TL0PICIDX continuous for a receiver while layers and
// occupants change. Its size is fixed. A packet that was before the beginning of its segment is refused, since its
// number belongs to the segment before; a loss inside a segment stays a gap and can be asked for.
type rewriter struct {
	started bool
	past    [segments]segment // ring, newest at index
	index   int
	count   int

	// The newest packet sent.
	sequence uint16
	stamp    uint32
	picture  uint16
	tl0      uint8
}

// head is what a rewriter needs to know of an incoming packet.
type head struct {
	sequence uint16
	stamp    uint32
	vp8      vp8
}

// begin starts a segment with p as its first packet. advance is the time, in clock units, from the newest packet sent
// to p; it is at least one unit so that no two frames share a timestamp. seed starts the very first segment.
func (r *rewriter) begin(s *stream, number uint32, p head, advance int64, seed outgoing) {
	if !r.started {
		r.started = true
		r.sequence, r.stamp, r.picture, r.tl0 = seed.sequence, seed.stamp, seed.picture, seed.tl0
	}
	advance = max(advance, 1)
	r.index = (r.index + 1) % segments
	r.count = min(r.count+1, segments)
	r.past[r.index] = segment{
		stream:   s,
		number:   number,
		first:    r.sequence + 1,
		sequence: r.sequence + 1 - p.sequence,
		stamp:    r.stamp + uint32(advance) - p.stamp,
		picture:  (r.picture + 1 - p.vp8.picture) & 0x7fff,
		tl0:      r.tl0 + 1 - p.vp8.tl0,
	}
	r.sequence, r.stamp = r.sequence+1, r.stamp+uint32(advance)
	r.note(p)
}

// beginWithheld starts a segment whose first packet is not sent, or not yet: resume tells which one is.
func (r *rewriter) beginWithheld(s *stream, number uint32, p head, advance int64, seed outgoing) {
	advance = max(advance, 1)
	r.begin(s, number, p, advance, seed)
	r.sequence--
	r.stamp -= uint32(advance)
}

// resume gives p the number that follows the newest packet sent, whatever was not sent in between, at the time that it
// has in the segment; false: it is not later than the newest packet.
func (r *rewriter) resume(p head) (outgoing, bool) {
	g := &r.past[r.index]
	stamp := p.stamp + g.stamp
	if !r.started || stamp == r.stamp || stamp-r.stamp >= 1<<31 {
		return outgoing{}, false
	}
	r.sequence, r.stamp = r.sequence+1, stamp
	g.first, g.sequence = r.sequence, r.sequence-p.sequence
	return outgoing{sequence: r.sequence, stamp: stamp}, true
}

// note advances the newest picture id and TL0PICIDX; the current segment is p's.
func (r *rewriter) note(p head) {
	g := &r.past[r.index]
	if p.vp8.hasPicture {
		if picture := (p.vp8.picture + g.picture) & 0x7fff; (picture-r.picture)&0x7fff < 1<<14 {
			r.picture = picture
		}
	}
	if p.vp8.hasTL0 {
		if tl0 := p.vp8.tl0 + g.tl0; tl0-r.tl0 < 1<<7 {
			r.tl0 = tl0
		}
	}
}

// apply maps a packet of the current segment; false: it is older than the segment.
func (r *rewriter) apply(p head) (outgoing, bool) {
	g := &r.past[r.index]
	o := g.out(p)
	if ahead := o.sequence - r.sequence; ahead != 0 && ahead < 1<<15 {
		r.sequence = o.sequence
		if r.sequence-g.first > 1<<14 {
			g.first = r.sequence - window // nobody asks for older ones; keeps the distance comparable
		}
		if o.stamp-r.stamp < 1<<31 {
			r.stamp = o.stamp
		}
	} else if o.sequence-g.first >= 1<<15 || !r.inOrder(o) {
		return outgoing{}, false
	}
	r.note(p)
	return o, true
}

// inOrder guards against a number so old that it wrapped around.
func (r *rewriter) inOrder(o outgoing) bool { return r.sequence-o.sequence < window }

func (g *segment) out(p head) outgoing {
	return outgoing{
		sequence: p.sequence + g.sequence,
		stamp:    p.stamp + g.stamp,
		picture:  (p.vp8.picture + g.picture) & 0x7fff,
		tl0:      p.vp8.tl0 + g.tl0,
	}
}

// find returns the segment in which sequence was sent, newest first, and the publisher's number of the packet.
func (r *rewriter) find(sequence uint16) (segment, uint16, bool) {
	if !r.started || r.sequence-sequence >= window {
		return segment{}, 0, false
	}
	for i := range r.count {
		g := r.past[(r.index-i+segments)%segments]
		if sequence-g.first < 1<<15 {
			return g, sequence - g.sequence, true
		}
	}
	return segment{}, 0, false
}
