package sfu

import (
	"testing"

	"pgregory.net/rapid"
)

// source is a publisher's stream as a model: frames of one to four packets, lossy and out of order.
type source struct {
	stream *stream
	head   head
}

type sent struct {
	in  head
	out outgoing
	seg int
}

// TestRewriteContinues checks, over any row of layer and occupant switches with loss and reordering: a number is used
// once; a segment begins right after the one before and shifts all its packets alike, so that a gap stays a gap of the
// same size; time, picture id and TL0PICIDX go on; a receiver's number leads back to the packet.
func TestRewriteContinues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sources := make([]*source, 3)
		for i := range sources {
			sources[i] = &source{&stream{}, head{
				sequence: rapid.Uint16().Draw(t, "sequence"), stamp: rapid.Uint32().Draw(t, "stamp"),
				vp8: vp8{hasPicture: true, wide: true, hasTL0: true, picture: rapid.Uint16Max(0x7fff).Draw(t, "picture"), tl0: rapid.Uint8().Draw(t, "tl0")},
			}}
		}
		m := &receiver{used: map[uint16]bool{}}
		m.top = outgoing{sequence: rapid.Uint16().Draw(t, "seed"), stamp: rapid.Uint32().Draw(t, "seedStamp"), picture: rapid.Uint16Max(0x7fff).Draw(t, "seedPicture")}
		for segment := range rapid.IntRange(1, 12).Draw(t, "segments") {
			m.take(t, rapid.SampledFrom(sources).Draw(t, "source"), segment)
		}
		m.findAll(t)
	})
}

// receiver is what a receiver saw, as a model.
type receiver struct {
	rewriter rewriter
	used     map[uint16]bool
	log      []sent
	top      outgoing // newest
}

// take sends a segment and checks its packets.
func (m *receiver) take(t *rapid.T, from *source, segment int) {
	packets, old := from.run(t)
	base := m.top
	m.rewriter.begin(from.stream, uint32(segment), packets[0], int64(rapid.IntRange(-5, 90000).Draw(t, "advance")), m.top)
	for i, p := range packets {
		o, ok := m.rewriter.apply(p)
		if before := p.sequence-packets[0].sequence >= 1<<15; before {
			if ok {
				t.Fatalf("packet before the switch was sent as %d", o.sequence)
			}
			continue
		}
		switch {
		case !ok:
			t.Fatalf("packet %d refused", p.sequence)
		case m.used[o.sequence]:
			t.Fatalf("sequence %d used twice", o.sequence)
		case i == 0 && o.sequence != base.sequence+1:
			t.Fatalf("segment begins at %d after %d", o.sequence, base.sequence)
		case i == 0 && o.picture != (base.picture+1)&0x7fff:
			t.Fatalf("picture %d after %d", o.picture, base.picture)
		case o.stamp-base.stamp == 0 || o.stamp-base.stamp >= 1<<31:
			t.Fatalf("timestamp %d after %d", o.stamp, base.stamp)
		case o.sequence-base.sequence != p.sequence-packets[0].sequence+1:
			t.Fatalf("gap changed: %d", o.sequence-base.sequence)
		case o.picture != (base.picture+1+p.vp8.picture-packets[0].vp8.picture)&0x7fff:
			t.Fatalf("picture gap changed")
		}
		m.used[o.sequence] = true
		m.log = append(m.log, sent{p, o, segment})
		if o.sequence-m.top.sequence < 1<<15 {
			m.top = o
		}
	}
	for _, p := range old {
		if _, ok := m.rewriter.apply(p); ok {
			t.Fatal("late packet of before the switch was sent")
		}
	}
	delete(m.used, base.sequence-2000)
}

// findAll leads what can be asked for back to its packet.
func (m *receiver) findAll(t *rapid.T) {
	for _, s := range m.log[max(0, len(m.log)-200):] {
		g, theirs, ok := m.rewriter.find(s.out.sequence)
		if m.top.sequence-s.out.sequence >= window || s.seg+segments <= m.log[len(m.log)-1].seg {
			continue
		}
		if !ok || theirs != s.in.sequence || g.number != uint32(s.seg) || g.out(s.in) != s.out {
			t.Fatalf("sequence %d leads to %d of segment %d, want %d of %d", s.out.sequence, theirs, g.number, s.in.sequence, s.seg)
		}
	}
}

// run makes a segment's packets in order of arrival, the key frame's first packet first, and some from before it.
func (s *source) run(t *rapid.T) (packets, old []head) {
	for i := range 3 {
		h := s.head
		h.sequence -= uint16(i + 1)
		old = append(old, h)
	}
	for range rapid.IntRange(1, 30).Draw(t, "frames") {
		for range rapid.IntRange(1, 4).Draw(t, "packets") {
			if len(packets) == 0 || rapid.IntRange(0, 9).Draw(t, "lost") > 0 {
				packets = append(packets, s.head)
			}
			s.head.sequence++
		}
		s.head.stamp += 6000
		s.head.vp8.picture = (s.head.vp8.picture + 1) & 0x7fff
		s.head.vp8.tl0++
	}
	for i := 2; i < len(packets); i++ {
		if rapid.IntRange(0, 9).Draw(t, "swap") == 0 {
			packets[i], packets[i-1] = packets[i-1], packets[i]
		}
	}
	return packets, old
}

// TestRewriteLong sends more than all sequence numbers in one segment, which must not confuse old with new.
func TestRewriteLong(t *testing.T) {
	var r rewriter
	s := &stream{}
	p := head{sequence: 65000, stamp: 5}
	r.begin(s, 1, p, 1, outgoing{sequence: 10})
	for range 200_000 {
		o, ok := r.apply(p)
		if !ok {
			t.Fatalf("refused %d", p.sequence)
		}
		if _, theirs, ok := r.find(o.sequence); !ok || theirs != p.sequence {
			t.Fatalf("find %d", o.sequence)
		}
		p.sequence++
		p.stamp += 960
	}
	if _, _, ok := r.find(r.sequence - window); ok {
		t.Error("found a packet that is too old")
	}
	if _, ok := r.apply(head{sequence: p.sequence - 3000}); ok {
		t.Error("sent a packet that is too old")
	}
}
