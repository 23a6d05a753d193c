package sfu

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"jalsa/sfu/udp"
)

// pair connects two clients, the first publishing to the second, and returns the seat.
func pair(t *testing.T, s *SFU, rids ...string) (a, b *testClient, seat int) {
	t.Helper()
	r := s.Room(t.Name())
	a = newClient(t, r, 1, func(o *clientOptions) { o.rids = rids })
	b = newClient(t, r, 2, func(o *clientOptions) { o.rids = rids })
	a.connect()
	b.connect()
	until(t, "connected", func() bool { return a.connected() && b.connected() })
	until(t, "seated", func() bool { return b.seatOf(1) >= 0 })
	return a, b, b.seatOf(1)
}

// pump sends a frame on each layer, key frames when asked. It returns the number of the frame.
func (c *testClient) pump() uint32 {
	c.mu.Lock()
	asked := c.plis > 0
	c.plis = 0
	c.mu.Unlock()
	c.frames++
	for _, rid := range []string{"", "l", "h"} {
		if c.layers[rid] != nil {
			c.show(rid, c.frames, asked || c.frames == 1)
		}
	}
	return c.frames
}

// TestRepairFromPublisher: what is lost on the way to the SFU is asked for again and reaches the receiver.
func TestRepairFromPublisher(t *testing.T) {
	conn := newLossy(t)
	s := testSFU(t, conn)
	a, b, seat := pair(t, s, "l", "h")
	until(t, "flow", func() bool { a.pump(); return len(b.line("video", seat).packets) > 3 })
	repaired(t, conn, s, a, b, seat, func() { conn.in.Store(every(9, 120)) })
	if st := s.Stats(); st.Recovered == 0 || st.NACKed == 0 {
		t.Errorf("%+v", st)
	}
}

// TestRepairToReceiver: what is lost on the way to the receiver comes from the SFU's cache, on the repair stream.
func TestRepairToReceiver(t *testing.T) {
	conn := newLossy(t)
	s := testSFU(t, conn)
	a, b, seat := pair(t, s, "l", "h")
	until(t, "flow", func() bool { a.pump(); return len(b.line("video", seat).packets) > 3 })
	repaired(t, conn, s, a, b, seat, func() { conn.out.Store(every(9, 120)) })
	if st := s.Stats(); st.Repaired == 0 || st.Recovered != 0 {
		t.Errorf("%+v", st)
	}
	if b.line("video", seat).repairs == 0 {
		t.Error("nothing came on the repair stream")
	}
}

func repaired(t *testing.T, conn *lossy, s *SFU, a, b *testClient, seat int, begin func()) {
	t.Helper()
	layer := byte('h')
	until(t, "upper layer", func() bool { n := a.pump(); return b.has("video", seat, mark{1, 'h', n - 1}) })
	begin()
	first := a.frames + 1
	for range 60 {
		a.pump()
	}
	last := a.frames
	until(t, "loss", func() bool { return conn.lost.Load() > 0 })
	until(t, "every frame in spite of loss", func() bool {
		a.pump() // Pion's client looks for repairs when the next packet comes
		for n := first; n <= last; n++ {
			if !b.has("video", seat, mark{1, layer, n}) {
				return false
			}
		}
		return true
	})
	if g := b.line("video", seat); g.broken > 0 {
		t.Errorf("%d broken payloads", g.broken)
	}
}

// TestKeyframeRequestsCoalesce: however often a receiver asks, the publisher is asked twice a second at most.
func TestKeyframeRequestsCoalesce(t *testing.T) {
	s := testSFU(t, nil)
	a, b, seat := pair(t, s, "l")
	until(t, "flow", func() bool { a.pump(); return len(b.line("video", seat).packets) > 3 })
	before := s.Stats().KeyframesAsked
	ssrc := uint32(b.line("video", seat).track.SSRC())
	start := time.Now()
	asked := 0
	until(t, "200 requests", func() bool {
		for range 10 {
			if err := b.pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: ssrc}}); err != nil {
				t.Fatal(err)
			}
			asked++
		}
		a.show("l", a.frames+1, false)
		a.frames++
		return asked >= 200 && s.Stats().KeyframesAsked > before
	})
	limit := uint64(time.Since(start)/keyframeSpace) + 1
	if got := s.Stats().KeyframesAsked - before; got > limit {
		t.Errorf("publisher was asked %d times for %d requests, want at most %d", got, asked, limit)
	}
}

// TestLayers: a receiver's wish is followed at a key frame, without a gap or a step back in what it sees.
func TestLayers(t *testing.T) {
	s := testSFU(t, nil)
	a, b, seat := pair(t, s, "l", "h")
	shown := func() byte { return b.line("video", seat).last.layer }
	until(t, "upper layer by itself", func() bool { a.pump(); return shown() == 'h' })
	b.peer.Prefer([]Preference{{Seat: seat, Height: 180}})
	until(t, "lower layer", func() bool { a.pump(); return shown() == 'l' })
	plain := func() uint32 {
		a.frames++
		a.show("h", a.frames, false)
		a.show("l", a.frames, false)
		return a.frames
	}
	last := plain()
	until(t, "no key frame under way", func() bool { return b.has("video", seat, mark{1, 'l', last}) })
	a.mu.Lock()
	a.plis = 0
	a.mu.Unlock()
	b.peer.Prefer([]Preference{{Seat: seat, Height: 360}})
	until(t, "a key frame is asked for", func() bool { a.mu.Lock(); defer a.mu.Unlock(); return a.plis > 0 })
	for range 5 { // the old layer until the new one can be decoded
		last = plain()
	}
	until(t, "old layer went on", func() bool { return b.has("video", seat, mark{1, 'l', last}) })
	if b.has("video", seat, mark{1, 'h', last}) {
		t.Error("upper layer without a key frame")
	}
	until(t, "upper layer again", func() bool { a.pump(); return shown() == 'h' })
	b.peer.Prefer([]Preference{{Seat: seat, Height: 0}})
	until(t, "nothing", func() bool {
		before := len(b.line("video", seat).packets)
		for range 5 {
			a.pump()
		}
		s.Stats()
		return len(b.line("video", seat).packets) == before
	})
	b.peer.Prefer([]Preference{{Seat: seat, Height: 360}})
	until(t, "upper layer after nothing", func() bool { n := a.pump(); return b.has("video", seat, mark{1, 'h', n - 1}) })
	continuous(t, b.line("video", seat), 90000)
	if s.Stats().Switches < 4 {
		t.Errorf("%+v", s.Stats())
	}
}

// continuous checks what a receiver of whole-frame packets saw: sequence and picture id go up by one, time goes up.
func continuous(t *testing.T, g received, clock int) {
	t.Helper()
	for i := 1; i < len(g.packets); i++ {
		p, q := g.packets[i-1], g.packets[i]
		if q.SequenceNumber != p.SequenceNumber+1 {
			t.Fatalf("sequence %d after %d", q.SequenceNumber, p.SequenceNumber)
		}
		if d := q.Timestamp - p.Timestamp; d == 0 || d > uint32(clock)*20 {
			t.Fatalf("time steps by %d", int32(d))
		}
		v, _ := parseVP8(p.Payload)
		w, _ := parseVP8(q.Payload)
		if w.picture != (v.picture+1)&0x7fff || w.tl0 != v.tl0+1 {
			t.Fatalf("picture %d tl0 %d after %d %d", w.picture, w.tl0, v.picture, v.tl0)
		}
	}
}

// TestDeadLayer: a layer that stops is replaced by the one that goes on.
func TestDeadLayer(t *testing.T) {
	s := testSFU(t, nil)
	a, b, seat := pair(t, s, "l", "h")
	until(t, "upper layer", func() bool { n := a.pump(); return b.has("video", seat, mark{1, 'h', n - 1}) })
	until(t, "lower layer once the upper is dead", func() bool {
		a.mu.Lock()
		asked := a.plis > 0
		a.plis = 0
		a.mu.Unlock()
		a.frames++
		a.show("l", a.frames, asked)
		return b.has("video", seat, mark{1, 'l', a.frames - 1})
	})
	continuous(t, b.line("video", seat), 90000)
}

// TestUnnamedLayer: a client that sends one encoding without a rid.
func TestUnnamedLayer(t *testing.T) {
	s := testSFU(t, nil)
	a, b, seat := pair(t, s, "")
	until(t, "flow", func() bool { n := a.pump(); return b.has("video", seat, mark{1, 'l', n - 1}) })
	continuous(t, b.line("video", seat), 90000)
}

// TestNothingBeforeAKeyFrameIsRepaired: no picture to come needs it, and over a thin link it would take their place.
func TestNothingBeforeAKeyFrameIsRepaired(t *testing.T) {
	p := newPath(t, 1)
	in := opened(p.publisher)
	for seq := range uint16(20) {
		_, _ = in.Write(videoPacket(t, 500+seq, seq%10 == 0, 100))
	}
	u, k := p.receivers[0].received()[0], p.sinks[0]
	newest := k.last.SequenceNumber
	for behind, want := range map[uint16]int{0: 1, 9: 1, 10: 0, 15: 0} {
		before := k.packets
		u.lost([]rtcp.NackPair{{PacketID: newest - behind}}, time.Now(), 0, &udp.Burst{})
		if got := k.packets - before; got != want {
			t.Errorf("%d behind the newest, with a key frame at 9: %d packets", behind, got)
		}
	}
}

// TestRepairOfALineThatIsClosed: nothing is sent, and that is counted.
func TestRepairOfALineThatIsClosed(t *testing.T) {
	p := newPath(t, 1)
	in := opened(p.publisher)
	_, _ = in.Write(videoPacket(t, 500, true, 100))
	u, k := p.receivers[0].received()[0], p.sinks[0]
	if err := u.Unbind(nil); err != nil {
		t.Fatal(err)
	}
	before := k.packets
	u.lost([]rtcp.NackPair{{PacketID: k.last.SequenceNumber}}, time.Now(), 0, &udp.Burst{})
	if n := p.sfu.Stats().Dropped["not_cached"]; n != 1 || k.packets != before {
		t.Errorf("%d packets sent, %d dropped", k.packets-before, n)
	}
}

// TestKeptForTheFarthest: how long packets are kept follows the receiver with the longest way, and whoever's way is not
// known yet may be far.
func TestKeptForTheFarthest(t *testing.T) {
	var later atomic.Int64
	clock := func() time.Time { return t0.Add(time.Duration(later.Load())) }
	p := newPathAt(t, 2, clock)
	s := newStream(p.publisher.camera, "h", 5555)
	p.publisher.camera.publish(s)
	b := make([]byte, maxPayload)
	seq := uint16(0)
	had := func() time.Duration { // since when the oldest packet is there
		for range 600 {
			later.Add(int64(10 * time.Millisecond))
			seq++
			s.receive(&incoming{head: head{sequence: seq}, payload: make([]byte, 400), at: clock()}, false)
		}
		n := uint16(0)
		for ; n < 599; n++ {
			if _, _, ok := s.cached(seq-n, b); !ok {
				break
			}
		}
		return time.Duration(n) * 10 * time.Millisecond
	}
	const piece = 300 * time.Millisecond // of packets, are given back at once
	for _, c := range []struct{ near, far, want time.Duration }{
		{0, 0, mostKept},
		{20 * time.Millisecond, 0, mostKept},
		{20 * time.Millisecond, 60 * time.Millisecond, waitKept + 180*time.Millisecond},
		{20 * time.Millisecond, 700 * time.Millisecond, waitKept + 2100*time.Millisecond},
		{20 * time.Millisecond, 5 * time.Second, mostKept},
	} {
		p.receivers[0].rtt.Store(int64(c.near))
		p.receivers[1].rtt.Store(int64(c.far))
		p.publisher.remember()
		if got := had(); got < c.want || got > c.want+piece {
			t.Errorf("round trips of %v and %v: kept for %v, want %v", c.near, c.far, got, c.want)
		}
	}
}
