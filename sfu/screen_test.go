package sfu

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

func offersScreen(o *clientOptions) { o.screen, o.seats = true, 4 }

// TestScreen: a screen has a seat of its own where it may be seen, without sound and beside its owner's, and nowhere else;
// its owner is to send it only then.
func TestScreen(t *testing.T) {
	var later atomic.Int64
	s := testSFU(t, nil)
	s.now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	r := s.Room(t.Name())
	faces := func(receiver, source uint32) Pass { return PassVoice | PassCamera }
	r.SetPolicy(faces)
	a, b, c := newClient(t, r, 1, offersScreen), newClient(t, r, 2, offersScreen), newClient(t, r, 3)
	all := []*testClient{a, b, c}
	for _, x := range all {
		x.connect()
	}
	wants := func(x *testClient) bool { x.mu.Lock(); defer x.mu.Unlock(); return x.wanted != nil && x.wanted.Screen }
	send := func() {
		a.pump()
		a.say(a.frames, 20)
		a.present()
	}
	flows := func(to *testClient) bool {
		seat := to.seatOf(1)
		return seat >= 0 && to.has("video", seat, mark{1, 'h', a.frames - 1})
	}
	until(t, "faces", func() bool { send(); return flows(b) && flows(c) })
	if wants(a) || b.screenOf(1) >= 0 || wants(b) {
		t.Error("a screen is shown, or wanted, though nobody may see it")
	}
	r.SetPolicy(func(receiver, source uint32) Pass {
		if source == 1 && receiver != 3 {
			return PassAll
		}
		return faces(receiver, source)
	})
	until(t, "the screen is wanted", func() bool { return wants(a) })
	until(t, "page and face", func() bool {
		send()
		seat := b.screenOf(1)
		return seat >= 0 && b.has("video", seat, mark{1, 's', a.shown - 1}) && flows(b) && flows(c)
	})
	seat := b.screenOf(1)
	if g := b.line("audio", seat); len(g.packets) > 0 || seat == b.seatOf(1) {
		t.Errorf("%d packets of voice beside a screen in seat %d, its owner in %d", len(g.packets), seat, b.seatOf(1))
	}
	for _, x := range []*testClient{b, c} {
		for k := range 4 {
			for m := range x.line("video", k).marks {
				if page := m.layer == 's'; page && (x != b || k != seat) || !page && k == seat {
					t.Fatalf("%d got %+v in seat %d", x.number, m, k)
				}
			}
		}
	}
	for _, p := range b.line("video", seat).packets {
		if !slices.Equal(p.CSRC, []uint32{1}) {
			t.Fatalf("CSRC %v in the seat of a screen", p.CSRC)
		}
	}
	if c.screenOf(1) >= 0 || a.screenOf(1) >= 0 {
		t.Error("a screen sits where it may not be seen, or before its owner")
	}
	r.SetPolicy(faces)
	before := len(b.line("video", seat).packets)
	until(t, "no seat for the screen", func() bool { send(); return b.screenOf(1) < 0 })
	until(t, "it is not wanted any more", func() bool { later.Add(int64(unwanted / 10)); return !wants(a) })
	if n := len(b.line("video", seat).packets) - before; n > 1 {
		t.Errorf("%d packets of a screen that may not be seen", n)
	}
}
