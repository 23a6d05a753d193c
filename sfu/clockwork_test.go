package sfu

import (
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"jalsa/sfu/udp"
)

// TestInstantsAreShared: rooms that were made, or ticked, at different times tick at the same ones, and never at once.
func TestInstantsAreShared(t *testing.T) {
	for late := range 100 * time.Millisecond / time.Millisecond {
		now := t0.Add(late * time.Millisecond)
		for _, every := range []time.Duration{tickEvery, windowEvery} {
			c := newClockwork()
			patience := c.wind(every, now)
			wait := c.due.Sub(now)
			if c.due.UnixNano()%int64(every) != 0 || wait < every/4 || wait > every*5/4 {
				t.Fatalf("due %v after %v, every %v", wait, now.Sub(t0), every)
			}
			net := now.Add(patience)
			if every == tickEvery && patience != wait+tickEvery {
				t.Errorf("waits %v for packets, %v in all", patience-wait, patience)
			}
			if every == windowEvery && (net.UnixNano()%int64(quietEvery) != 0 || patience < wait+windowEvery/2 || patience > wait+2*quietEvery) {
				t.Errorf("waits %v for packets, %v in all", patience-wait, patience)
			}
		}
	}
}

// TestTurns: ten windows in a second however late each tick is, and no two at once.
func TestTurns(t *testing.T) {
	var last time.Time
	count := 0
	for i := range 200 {
		late := time.Duration(i*7%20) * time.Millisecond
		if turns(&last, windowEvery, t0.Add(time.Duration(i)*windowEvery+late)) {
			count++
		}
	}
	if count != 200 {
		t.Errorf("%d windows in 20 s", count)
	}
	if last = t0.Add(windowEvery - 1); turns(&last, windowEvery, t0.Add(windowEvery)) {
		t.Error("two windows at once")
	}
}

// TestPacketsBringTheTick: of the packets that come when the tick is due, one has the room's goroutine called, after its
// burst has left; none before.
func TestPacketsBringTheTick(t *testing.T) {
	s := newStraight(t, 2, srtp.ProtectionProfileAeadAes128Gcm)
	b := make([]byte, udp.MTU)
	seq := uint16(0)
	burst := func(due time.Time) (before, after bool) {
		s.room.due.Store(due.UnixNano())
		for range 3 {
			seq++
			s.reader.take(s.seal(t, b, &rtp.Header{}, videoPacket(t, seq, seq == 1, 100)), s.from)
		}
		before = len(s.room.called) > 0
		s.reader.rest()
		after = len(s.room.called) > 0
		if after {
			<-s.room.called
		}
		return before, after
	}
	if before, after := burst(time.Now().Add(time.Minute)); before || after {
		t.Error("called before the tick is due")
	}
	if before, after := burst(time.Now()); before || !after {
		t.Errorf("called before the burst left: %v; after it: %v", before, after)
	}
	if s.room.brings(time.Now().UnixNano()) {
		t.Error("called twice")
	}
	c := newClockwork()
	if !s.room.ripe(c, time.Now()) {
		t.Error("not due")
	}
	s.room.turn(c, time.NewTimer(time.Hour))
	if s.room.due.Load() != c.due.UnixNano() || c.window.IsZero() {
		t.Error("did not tick, or packets do not bring the next one")
	}
	s.room.due.Store(never)
	if s.room.ripe(c, c.due.Add(-1)) || s.room.due.Load() != c.due.UnixNano() {
		t.Error("due again at once, or not called any more")
	}
}
