package sfu

import (
	"testing"

	"pgregory.net/rapid"
)

// frame is a picture of a stream with temporal layers, as a model.
type frame struct {
	tid     int
	sync    bool
	packets []head
}

// temporalFrames makes the course of a stream in the pattern of two layers, or three, or of none in particular.
func temporalFrames(t *rapid.T, n int) (frames []frame) {
	pattern := rapid.SampledFrom([][]int{{0, 1}, {0, 2, 1, 2}, {0}, {0, 1, 1, 0, 2}}).Draw(t, "pattern")
	sequence, stamp := rapid.Uint16().Draw(t, "sequence"), rapid.Uint32().Draw(t, "stamp")
	picture, tl0 := rapid.Uint16Max(0x7fff).Draw(t, "picture"), rapid.Uint8().Draw(t, "tl0")
	for i := range n {
		f := frame{tid: pattern[i%len(pattern)], sync: rapid.Bool().Draw(t, "sync")}
		if f.tid == 0 {
			tl0++
		}
		size := rapid.IntRange(1, 4).Draw(t, "packets")
		for k := range size {
			tail := uint8(f.tid << 6)
			if f.sync {
				tail |= 0x20
			}
			f.packets = append(f.packets, head{sequence: sequence, stamp: stamp, marker: k == size-1, vp8: vp8{
				start: k == 0, keyframe: i == 0 && k == 0, hasPicture: true, wide: true, picture: picture, hasTL0: true, tl0: tl0, hasTail: true, layered: true, tail: tail,
			}})
			sequence++
		}
		stamp, picture = stamp+6000, (picture+1)&0x7fff
		frames = append(frames, f)
	}
	return frames
}

// layered is a line that leaves out temporal layers, and what its receiver got.
type layered struct {
	rewriter rewriter
	thin     thinning
	got      map[uint16]head // by the number that the receiver knows
	out      map[uint16]outgoing
	left     map[uint16]bool // publisher's numbers of packets that came and were left out
}

func newLayered(first head) *layered {
	l := &layered{got: map[uint16]head{}, out: map[uint16]outgoing{}, left: map[uint16]bool{}}
	l.rewriter.begin(&stream{}, 1, first, 1, outgoing{sequence: 65530, picture: 0x7ffe, tl0: 250})
	return l
}

// take is what subscription.mapLocked does.
func (l *layered) take(p head) {
	switch {
	case l.rewriter.newer(p) && l.thin.skips(&p):
		l.rewriter.skip(p)
		l.left[p.sequence] = true
	case l.rewriter.leftOut(p):
		l.left[p.sequence] = true
	default:
		if o, ok := l.rewriter.apply(p); ok {
			l.got[o.sequence], l.out[o.sequence] = p, o
		}
	}
}

// TestTemporalLayersLeaveNoGap: whatever is left out, the receiver of a link without loss sees numbers that go up by
// one, whole frames, picture ids that go up by one and TL0PICIDX as the publisher counts.
func TestTemporalLayersLeaveNoGap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		frames := temporalFrames(t, rapid.IntRange(1, 250).Draw(t, "frames"))
		l := newLayered(frames[0].packets[0])
		before, sent := outgoing{sequence: 65530, picture: 0x7ffe}, 0
		top := maxTemporal
		for i, f := range frames {
			if rapid.IntRange(0, 9).Draw(t, "change") == 0 {
				l.thin.keep = rapid.IntRange(1, 3).Draw(t, "keep")
			}
			shown := 0
			for _, p := range f.packets {
				n := len(l.got)
				l.take(p)
				if len(l.got) == n {
					continue
				}
				shown++
				o := l.out[before.sequence+1]
				want := before.picture
				if shown == 1 {
					want = (want + 1) & 0x7fff
				}
				if l.got[before.sequence+1].sequence != p.sequence || o.picture != want || o.tl0-251 != p.vp8.tl0-frames[0].packets[0].vp8.tl0 {
					t.Fatalf("frame %d: %+v after %+v", i, o, before)
				}
				if g, theirs, ok := l.rewriter.find(o.sequence); !ok || theirs != p.sequence || g.out(p) != o {
					t.Fatalf("number %d leads to %d, not %d", o.sequence, theirs, p.sequence)
				}
				before = o
			}
			if shown != 0 && shown != len(f.packets) {
				t.Fatalf("%d of %d packets of a frame", shown, len(f.packets))
			}
			if shown == 0 {
				top = min(top, f.tid) // from here on only what a frame in sync allows
			} else if f.tid >= top && i > 0 {
				if !f.sync && f.tid > 0 {
					t.Fatalf("frame %d of layer %d needs what was left out", i, f.tid)
				}
				top = f.tid + 1
			}
			if keep := max(l.thin.keep, 1); l.thin.keep > 0 && shown > 0 && f.tid >= keep {
				t.Fatalf("layer %d with %d kept", f.tid, keep)
			}
			sent += shown
		}
		for number, p := range l.got { // those of long ago are refused, or right
			if _, theirs, ok := l.rewriter.find(number); ok && theirs != p.sequence {
				t.Fatalf("number %d leads to %d, not %d", number, theirs, p.sequence)
			}
		}
		if len(l.got) != sent {
			t.Fatalf("%d numbers for %d packets", len(l.got), sent)
		}
	})
}

// TestTemporalLayersLossy: with loss and reordering no number is used twice, each leads back to its packet, and what the
// receiver misses is what was lost, or was sent into the unknown: never a packet that is known to be left out.
func TestTemporalLayersLossy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		frames := temporalFrames(t, rapid.IntRange(1, 60).Draw(t, "frames"))
		l := newLayered(frames[0].packets[0])
		l.thin.keep = rapid.IntRange(1, 3).Draw(t, "keep")
		var arrive, late []head
		lost := 0
		for i, f := range frames {
			for k, p := range f.packets {
				if (i > 0 || k > 0) && rapid.IntRange(0, 9).Draw(t, "lost") == 0 {
					lost++
					if rapid.Bool().Draw(t, "repaired") {
						late = append(late, p)
					}
					continue
				}
				arrive = append(arrive, p)
			}
		}
		for i := 2; i < len(arrive); i++ {
			if rapid.IntRange(0, 9).Draw(t, "swap") == 0 {
				arrive[i], arrive[i-1] = arrive[i-1], arrive[i]
			}
		}
		used := map[uint16]uint16{}
		for _, p := range append(arrive, late...) {
			l.take(p)
		}
		for number, p := range l.got {
			if other, twice := used[p.sequence]; twice {
				t.Fatalf("packet %d is %d and %d", p.sequence, other, number)
			}
			used[p.sequence] = number
			if l.left[p.sequence] {
				t.Fatalf("packet %d was left out and sent", p.sequence)
			}
			g, theirs, ok := l.rewriter.find(number)
			if !ok || theirs != p.sequence || g.out(p) != l.out[number] {
				t.Fatalf("number %d leads to %d, not %d", number, theirs, p.sequence)
			}
		}
		if missing := int(l.rewriter.sequence-65530) - len(l.got); missing > lost {
			t.Fatalf("%d numbers are missing after %d losses", missing, lost)
		}
	})
}

// TestLostPartOfALeftOutFrame: a packet that is missing within a frame that is left out, at its end or at its beginning,
// is no gap for the receiver; one of a frame that is sent is.
func TestLostPartOfALeftOutFrame(t *testing.T) {
	packet := func(sequence uint16, picture uint16, tid int, start, marker bool) head {
		return head{sequence: sequence, stamp: uint32(picture) * 6000, marker: marker, vp8: vp8{
			start: start, hasPicture: true, wide: true, picture: picture, hasTL0: true, hasTail: true, layered: true, tail: uint8(tid << 6),
		}}
	}
	base := packet(9, 1, 0, true, true)
	for _, c := range []struct {
		name string
		then []head
		want uint16 // what the last one is numbered after the first
	}{
		{"none", []head{packet(10, 2, 1, true, false), packet(11, 2, 1, false, true), packet(12, 3, 0, true, true)}, 1},
		{"the middle", []head{packet(10, 2, 1, true, false), packet(12, 2, 1, false, true), packet(13, 3, 0, true, true)}, 1},
		{"the end", []head{packet(10, 2, 1, true, false), packet(12, 3, 0, true, true)}, 1},
		{"the beginning", []head{packet(11, 2, 1, false, true), packet(12, 3, 0, true, true)}, 1},
		{"the beginning of the next", []head{packet(10, 2, 1, true, true), packet(12, 3, 0, false, true)}, 2},
		{"all of it", []head{packet(12, 3, 0, true, true)}, 3},
	} {
		l := newLayered(base)
		l.thin.keep = 1
		l.take(base)
		for _, p := range c.then {
			l.take(p)
		}
		if got := l.rewriter.sequence - (65530 + 1); got != c.want {
			t.Errorf("%s: numbered %d after the one before, want %d", c.name, got, c.want)
		}
	}
}
