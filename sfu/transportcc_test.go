package sfu

import (
	"slices"
	"testing"
	"time"

	"github.com/pion/interceptor/pkg/twcc"
	"pgregory.net/rapid"

	"jalsa/sfu/bwe"
)

// TestFeedbackIsReadAsWritten reads what Pion's recorder writes of any arrivals: which came, and how far apart.
func TestFeedbackIsReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		recorder := twcc.NewRecorder(1)
		sequence, at := rapid.Uint16().Draw(t, "first"), int64(rapid.IntRange(0, 1<<40).Draw(t, "begin"))
		came := map[uint16]int64{}
		for range rapid.IntRange(1, 200).Draw(t, "packets") {
			if len(came) == 0 || rapid.IntRange(0, 4).Draw(t, "lost") > 0 {
				recorder.Record(777, sequence, at)
				came[sequence] = at
			}
			sequence += uint16(rapid.SampledFrom([]int{1, 1, 1, 2, 20}).Draw(t, "step"))
			at += int64(rapid.SampledFrom([]int{0, 250, 5000, 90_000}).Draw(t, "wait"))
		}
		var clock remoteClock
		var got []bwe.Arrival
		for _, packet := range recorder.BuildFeedbackPacket() {
			b, err := packet.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			if !isTransportFeedback(b) {
				t.Fatal("not feedback")
			}
			if got, err = parseFeedback(b, got, &clock); err != nil {
				t.Fatal(err)
			}
		}
		agrees(t, got, came)
	})
}

func agrees(t *rapid.T, got []bwe.Arrival, came map[uint16]int64) {
	reported := 0
	var first *bwe.Arrival
	for i, a := range got {
		micros, ok := came[a.Sequence]
		if a.Received != ok {
			t.Fatalf("packet %d: received %v, want %v", a.Sequence, a.Received, ok)
		}
		if !ok {
			continue
		}
		reported++
		if first == nil {
			first = &got[i]
		}
		want := time.Duration(micros-came[first.Sequence]) * time.Microsecond
		if d := a.At - first.At - want; d < -time.Millisecond || d > time.Millisecond {
			t.Fatalf("packet %d is %v off", a.Sequence, d)
		}
	}
	if reported != len(came) {
		t.Fatalf("%d of %d packets reported", reported, len(came))
	}
}

// TestReferenceTimeWraps after 24 bits, in either direction.
func TestReferenceTimeWraps(t *testing.T) {
	var c remoteClock
	var got []time.Duration
	for _, reference := range []uint32{0xfffffe, 1, 0xffffff, 3} {
		got = append(got, c.extend(reference))
	}
	base := time.Duration(0xfffffe) * referenceUnit
	if want := []time.Duration{base, base + 3*referenceUnit, base + referenceUnit, base + 5*referenceUnit}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestFeedbackCountsOnce, whichever SSRC it names, and not without bound.
func TestFeedbackCountsOnce(t *testing.T) {
	p := newPaced(t, 300_000, true)
	c := p.receiver.congestion.Load()
	say := func(media uint32, first uint16) (heard bool) {
		b := []byte{0x8f, 205, 0, 6, 0, 0, 0, 1, byte(media >> 24), byte(media >> 16), byte(media >> 8), byte(media), byte(first >> 8), byte(first), 0, 3, 0, 0, 1, 0, 0x20, 3, 4, 4, 4, 0, 0, 0}
		c.arrivals = c.arrivals[:0]
		_, _ = told(p.receiver).Write(b)
		return len(c.arrivals) == 3
	}
	for _, ssrc := range []uint32{777, 778, 0, 123456} { // ours, its repairs', none, one that we never used
		if !say(ssrc, 5) {
			t.Errorf("feedback that names %d is not heard", ssrc)
		}
	}
	heard := 0
	for range 10 * mostFeedback {
		if say(777, 5) {
			heard++
		}
	}
	if heard > mostFeedback || p.receiver.sfu.Stats().Dropped[string(dropFeedback)] == 0 {
		t.Errorf("%d messages heard at once", heard)
	}
	p.now = p.now.Add(time.Second)
	if !say(777, 5) {
		t.Error("deaf for good")
	}
}

// FuzzFeedback: no message makes us report more than it may, or read beyond it.
func FuzzFeedback(f *testing.F) {
	f.Add([]byte{0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 5, 0, 3, 0, 0, 1, 0, 0x20, 3, 4, 4, 4, 0, 0, 0})
	f.Add([]byte{0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 5, 0xff, 0xff, 0, 0, 1, 0, 0x3f, 0xff, 0x3f, 0xff, 4, 0, 0, 0})
	f.Add([]byte{0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 5, 0, 9, 0, 0, 1, 0, 0x00, 0x00, 0xd0, 0xff, 4, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		isTransportFeedback(b)
		var clock remoteClock
		arrivals, err := parseFeedback(b, nil, &clock)
		if len(arrivals) > mostReported {
			t.Fatalf("%d packets", len(arrivals))
		}
		if err == nil && len(arrivals) != int(b[14])<<8|int(b[15]) {
			t.Fatalf("%d packets, the message says %d", len(arrivals), int(b[14])<<8|int(b[15]))
		}
	})
}
