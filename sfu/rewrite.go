package sfu

// segment maps one stream's packets to what the receiver sees: every field is shifted by a constant. A subscription's
// packets are a row of segments; each begins where the one before ended.
type segment struct {
	stream *stream
	number uint32 // participant, for the CSRC
	begin  uint16 // first outgoing sequence number
	first  uint16 // first that can still be led back
	order  uint16 // counts segments
	era    uint32 // of the line, when the segment was looked up

	sequence uint16 // added to the publisher's
	stamp    uint32
	picture  uint16 // modulo 2^15
	tl0      uint8
}

// cut is a row of packets of a segment that are left out on purpose. What follows closes up, so that the receiver sees
// no gap in sequence numbers or picture ids; TL0PICIDX counts what is never left out.
type cut struct {
	order       uint16 // of its segment
	first, next uint16 // publisher's numbers: left out from first on, up to before next
	out         uint16 // what the receiver knows next by

	// Added to the publisher's from next on, as in segment.
	sequence uint16
	picture  uint16
}

const (
	segments = 8  // remembered for retransmission
	cuts     = 64 // the same
)

// outgoing is what the receiver sees of a packet.
type outgoing struct {
	sequence uint16
	stamp    uint32
	picture  uint16
	tl0      uint8
}

// rewriter keeps sequence number, timestamp, picture id and TL0PICIDX continuous for a receiver while layers and
// occupants change. Its size is bounded. A packet that was before the beginning of its segment is refused, since its
// number belongs to the segment before; a loss inside a segment stays a gap and can be asked for, but for one that is
// known to lie in a frame that is left out.
type rewriter struct {
	// The newest packet sent.
	stamp    uint32
	sequence uint16
	picture  uint16
	tl0      uint8

	started  bool
	left     bool   // what was seen was left out
	seen     head   // newest packet of the segment, in its publisher's terms
	key      uint16 // the newest packet sent that begins a key frame
	count    int    // of past
	cutCount int    // of cuts

	past [segments]segment // newest first: with what is above it is all that most packets need
	cut  int               // the newest of cuts
	cuts []cut             // ring of so many; made with the first one
}

// head is what a rewriter needs to know of an incoming packet.
type head struct {
	sequence uint16
	stamp    uint32
	marker   bool
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
	order := r.past[0].order + 1
	copy(r.past[1:], r.past[:])
	r.count = min(r.count+1, segments)
	r.past[0] = segment{
		stream:   s,
		number:   number,
		begin:    r.sequence + 1,
		first:    r.sequence + 1,
		order:    order,
		sequence: r.sequence + 1 - p.sequence,
		stamp:    r.stamp + uint32(advance) - p.stamp,
		picture:  (r.picture + 1 - p.vp8.picture) & 0x7fff,
		tl0:      r.tl0 + 1 - p.vp8.tl0,
	}
	r.sequence, r.stamp = r.sequence+1, r.stamp+uint32(advance)
	r.seen, r.left, r.key = p, false, r.sequence
	r.note(&r.past[0], p)
}

// abandon ends all segments: nothing that was sent is led back any more. What is sent next begins another.
func (r *rewriter) abandon() { r.count = 0 }

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
	g := &r.past[0]
	stamp := p.stamp + g.stamp
	if !r.started || stamp == r.stamp || stamp-r.stamp >= 1<<31 {
		return outgoing{}, false
	}
	r.sequence, r.stamp = r.sequence+1, stamp
	g.first, g.sequence = r.sequence, r.sequence-p.sequence
	return outgoing{sequence: r.sequence, stamp: stamp}, true
}

// note advances the newest picture id and TL0PICIDX by p, to which g applies.
func (r *rewriter) note(g *segment, p head) {
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

// newer tells whether p is beyond all that the current segment has seen.
func (r *rewriter) newer(p head) bool {
	ahead := p.sequence - r.seen.sequence
	return ahead != 0 && ahead < 1<<15
}

// apply maps a packet of the current segment; false: it is older than the segment, or of a frame that was left out.
func (r *rewriter) apply(p head) (outgoing, bool) {
	if r.newer(p) {
		r.close(p)
		r.seen, r.left = p, false
	}
	g, ok := r.at(p.sequence)
	if !ok {
		return outgoing{}, false
	}
	o := g.out(p)
	if ahead := o.sequence - r.sequence; ahead != 0 && ahead < 1<<15 {
		if r.sequence = o.sequence; p.vp8.keyframe {
			r.key = o.sequence
		}
		r.shorten()
		if o.stamp-r.stamp < 1<<31 {
			r.stamp = o.stamp
		}
	} else if o.sequence-g.first >= 1<<15 || !r.inOrder(o) {
		return outgoing{}, false
	}
	r.note(&g, p)
	return o, true
}

// shorten keeps the beginning of a long segment comparable; nobody asks for what is older.
func (r *rewriter) shorten() {
	g := &r.past[0]
	if r.sequence-g.begin > 1<<14 {
		g.begin = r.sequence - window
	}
	if r.sequence-g.first > 1<<14 {
		g.first = r.sequence - window
	}
}

// inOrder guards against a number so old that it wrapped around.
func (r *rewriter) inOrder(o outgoing) bool { return r.sequence-o.sequence < window }

// leftOut tells whether p is of a frame that was left out.
func (r *rewriter) leftOut(p head) bool {
	if r.cutCount == 0 {
		return false
	}
	_, sent := r.at(p.sequence)
	return !sent
}

// skip leaves out p, which is newer than all before, and with it what is missing of its frame.
func (r *rewriter) skip(p head) {
	g, _ := r.at(r.seen.sequence + 1)
	same := p.stamp == r.seen.stamp
	next := r.seen.sequence + 1
	joins := p.sequence == next || same || r.consecutive(p) && (r.seen.marker || r.left && p.vp8.start)
	if r.cuts == nil {
		r.cuts = make([]cut, cuts)
	}
	c := &r.cuts[r.cut]
	if !joins {
		next = p.sequence
	}
	if !r.left || !joins {
		r.cut = (r.cut + 1) % cuts
		if r.cutCount < cuts {
			r.cutCount++
		} else {
			r.forget(&r.cuts[r.cut])
		}
		c = &r.cuts[r.cut]
		*c = cut{order: g.order, first: next, sequence: g.sequence, picture: g.picture}
	}
	if !r.left || !same {
		c.picture = (c.picture - 1) & 0x7fff
	}
	c.sequence -= p.sequence + 1 - next
	c.next = p.sequence + 1
	c.out = c.next + c.sequence
	r.seen, r.left = p, true
}

// close counts what is missing between a frame that was left out and p as the end of that frame, if it must be.
func (r *rewriter) close(p head) {
	if missing := p.sequence - r.seen.sequence - 1; missing > 0 && r.left && r.consecutive(p) && p.vp8.start {
		c := &r.cuts[r.cut]
		c.sequence -= missing
		c.next = p.sequence
		c.out = c.next + c.sequence
	}
}

// consecutive tells that no frame lies between the newest packet and p.
func (r *rewriter) consecutive(p head) bool {
	return p.vp8.hasPicture && r.seen.vp8.hasPicture && p.vp8.picture == (r.seen.vp8.picture+1)&0x7fff
}

// forget makes an old cut part of its segment: what came before it cannot be led back any more.
func (r *rewriter) forget(c *cut) {
	for i := range r.count {
		if g := &r.past[i]; g.order == c.order {
			g.sequence, g.picture, g.first = c.sequence, c.picture, c.out
		}
	}
}

// at is the mapping of a packet of the current segment; false: it was left out.
func (r *rewriter) at(sequence uint16) (segment, bool) {
	g := r.past[0]
	for i := range r.cutCount {
		c := &r.cuts[(r.cut-i+cuts)%cuts]
		if c.order != g.order {
			break
		}
		if sequence-c.next < 1<<15 {
			g.sequence, g.picture = c.sequence, c.picture
			return g, true
		}
		if sequence-c.first < 1<<15 {
			return g, false
		}
	}
	return g, true
}

func (g *segment) out(p head) outgoing {
	return outgoing{
		sequence: p.sequence + g.sequence,
		stamp:    p.stamp + g.stamp,
		picture:  (p.vp8.picture + g.picture) & 0x7fff,
		tl0:      p.vp8.tl0 + g.tl0,
	}
}

// over tells whether a packet was sent before the newest key frame: no picture to come needs it.
func (r *rewriter) over(sequence uint16) bool { return sequence-r.key >= 1<<15 }

// find returns the mapping with which sequence was sent, and the publisher's number of the packet.
func (r *rewriter) find(sequence uint16) (segment, uint16, bool) {
	if !r.started || r.sequence-sequence >= window {
		return segment{}, 0, false
	}
	for i := range r.count {
		g := r.past[i]
		if sequence-g.begin >= 1<<15 {
			continue
		}
		for k := range r.cutCount {
			c := &r.cuts[(r.cut-k+cuts)%cuts]
			if c.order == g.order && sequence-c.out < 1<<15 {
				g.sequence, g.picture = c.sequence, c.picture
				break
			}
		}
		return g, sequence - g.sequence, sequence-g.first < 1<<15
	}
	return segment{}, 0, false
}
