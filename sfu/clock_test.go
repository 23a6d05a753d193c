package sfu

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// TestSwitchKeepsTime: layers have RTP clocks of their own; after a switch, time goes on as the publisher's sender
// reports say, not as packets happened to arrive.
func TestSwitchKeepsTime(t *testing.T) {
	var later atomic.Int64 // the room's goroutine reads the clock too
	clock := func() time.Time { return t0.Add(time.Duration(later.Load())) }
	p := newPathAt(t, 1, clock)
	ssrcs := map[string]uint32{"l": 1111, "h": 2222}
	offsets := map[string]uint32{"l": 4_000_000_000, "h": 17}
	captured := 100 * time.Second // on the publisher's clock
	send := func(rid string, seq uint16, keyframe bool) {
		b := videoPacket(t, seq, keyframe, 50)
		var q rtp.Packet
		if err := q.Unmarshal(b); err != nil {
			t.Fatal(err)
		}
		q.SSRC, q.Timestamp = ssrcs[rid], offsets[rid]+uint32(captured*90000/time.Second)
		if err := q.SetExtension(3, []byte(rid)); err != nil {
			t.Fatal(err)
		}
		b, err := q.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		_, _ = opened(p.publisher).Write(b)
	}
	p.room.prefer(p.receivers[0], []Preference{{0, 180}})
	send("l", 1, true)
	send("h", 1, true)
	for s := range p.publisher.streams() {
		s.senderReport(ntpOf(captured), offsets[s.rid]+uint32(captured*90000/time.Second), clock())
	}
	p.publisher.clock.note(captured, clock().Add(40*time.Millisecond))
	u := p.receivers[0].seats[0].video
	before := p.sinks[0].last
	report, due := u.report(clock(), 0)
	if !due {
		t.Fatal("no sender report")
	}
	p.room.prefer(p.receivers[0], []Preference{{0, 360}})
	captured += 70 * time.Millisecond
	later.Store(int64(500 * time.Millisecond)) // a slow packet
	send("h", 2, true)
	after := p.sinks[0].last
	if d := after.Timestamp - before.Timestamp; d != 6300 || after.SequenceNumber != before.SequenceNumber+1 {
		t.Errorf("time went on by %d, sequence from %d to %d; want 6300 and one", d, before.SequenceNumber, after.SequenceNumber)
	}
	// Both layers tell the receiver the same time.
	again, due := u.report(clock(), 0)
	if !due {
		t.Fatal("no sender report after the switch")
	}
	if d := int32(again.RTPTime - report.RTPTime); d < 44900 || d > 45100 {
		t.Errorf("reports are %d apart after half a second", d)
	}
}
