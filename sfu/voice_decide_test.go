package sfu

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"pgregory.net/rapid"
)

// TestHush: two packets of silence, one that says that nothing is said, and again one in 400 ms; and speech at once.
func TestHush(t *testing.T) {
	var h hush
	now := t0
	var got [4]int
	hear := func(n, size int, level uint8) (last verdict) {
		got = [4]int{}
		for range n {
			last = h.hear(size, level, now)
			got[last]++
			now = now.Add(20 * time.Millisecond)
		}
		return last
	}
	want := func(what string, said, still, cuts, again int) {
		t.Helper()
		if w := [4]int{voiceSaid: said, voiceStill: still, voiceCut: cuts, voiceAgain: again}; got != w {
			t.Errorf("%s: %v, want %v", what, got, w)
		}
	}
	hear(50, 60, 30)
	want("speech", 50, 0, 0, 0)
	hear(50, 60, 90)
	want("a quiet room", 50, 0, 0, 0)
	hear(103, 60, 127)
	want("two seconds of digital silence", 3, 5, 95, 0)
	if hear(1, 60, 30) != voiceAgain {
		t.Error("no talk spurt after silence")
	}
	hear(2, 60, 127)
	want("a short silence", 2, 0, 0, 0)
	hear(1, 60, 30)
	want("speech after a short silence", 1, 0, 0, 0)
	hear(23, 1, 0xff)
	want("packets that say that nothing is said", 3, 1, 19, 0)
}

// voices is a receiver that chooses n voices in virtual time.
type voices struct {
	loudest
	n   int
	now time.Time
}

// hear has each seat say packets of its level at 20 ms for a time, and returns how many of each were chosen.
func (v *voices) hear(d time.Duration, levels ...uint8) []int {
	got := make([]int, len(levels))
	for end := v.now.Add(d); v.now.Before(end); v.now = v.now.Add(20 * time.Millisecond) {
		for seat, level := range levels {
			if level <= 127 && v.loudest.hear(seat, level, v.n, v.now) {
				got[seat]++
			}
		}
	}
	return got
}

const absent = 200 // level of who sends nothing

func TestLoudest(t *testing.T) {
	const second = 50 // packets
	for _, c := range []struct {
		name string
		n    int
		run  func(v *voices) []int
		want []int
	}{
		{"all fit", 3, func(v *voices) []int { return v.hear(time.Second, 30, 90, 60) }, []int{second, second, second}},
		{"one fits, one speaks", 1, func(v *voices) []int {
			v.hear(time.Second, 80, 80, 80)
			return v.hear(time.Second, 80, 30, 80)
		}, []int{1, second, 0}},
		{"who speaks is not interrupted by as loud a voice", 1, func(v *voices) []int {
			v.hear(time.Second, 30, absent)
			return v.hear(time.Second, 30, 29)
		}, []int{second, 0}},
		{"a shout gets through", 1, func(v *voices) []int {
			v.hear(time.Second, 40, absent)
			v.hear(time.Second, 40, 10)
			return v.hear(time.Second, 40, 10)
		}, []int{0, second}},
		{"a pause between two words keeps the place from noise", 1, func(v *voices) []int {
			v.hear(time.Second, 30, 70)
			return v.hear(400*time.Millisecond, 90, 70)
		}, []int{20, 0}},
		{"a pause gives way to somebody who speaks", 1, func(v *voices) []int {
			v.hear(time.Second, 30, 90)
			return v.hear(400*time.Millisecond, 90, 30)
		}, []int{4, 17}},
		{"a noise without end gives way to speech", 1, func(v *voices) []int {
			v.hear(unbroken+time.Second, 0, 80)
			return v.hear(time.Second, 0, 28)
		}, []int{1, second}},
		{"who says to be as loud as can be shouts no speaker down", 1, func(v *voices) []int {
			v.hear(time.Second, 28, absent)
			return v.hear(time.Second, 28, 0)
		}, []int{second, 0}},
		{"who leaves frees the place", 1, func(v *voices) []int {
			v.hear(time.Second, 30, 80)
			v.hear(time.Second, absent, 80)
			return v.hear(time.Second, absent, 80)
		}, []int{0, second}},
		{"two fit", 2, func(v *voices) []int {
			v.hear(time.Second, 35, 90, 90)
			return v.hear(time.Second, 35, 30, 90)
		}, []int{second, second, 0}},
		{"fewer fit than did", 1, func(v *voices) []int {
			v.n = 3
			v.hear(time.Second, 50, 40, 30)
			v.n = 1
			v.hear(20*time.Millisecond, 50, 40, 30)
			return v.hear(time.Second, 50, 40, 30)
		}, []int{0, 0, second}},
	} {
		v := &voices{n: c.n, now: t0}
		if got := c.run(v); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	for target, n := range map[int64]int{0: maxLines, 20_000: 1, 44_999: 1, 60_000: 2, 100_000: 3, 149_999: 4, 150_000: maxLines} {
		if got := fitting(target); got != n {
			t.Errorf("%d voices fit %d bit/s, want %d", got, target, n)
		}
	}
}

// TestLoudestNeverTooMany, whatever they say, once each has been heard.
func TestLoudestNeverTooMany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := &voices{n: rapid.IntRange(1, 4).Draw(t, "n"), now: t0}
		for range rapid.IntRange(1, 6).Draw(t, "turns") {
			levels := rapid.SliceOfN(rapid.SampledFrom([]uint8{10, 30, 44, 46, 70, 127}), 5, 5).Draw(t, "levels")
			v.hear(40*time.Millisecond, levels...)
			v.hear(400*time.Millisecond, levels...)
			chosen := 0
			for _, p := range v.voices {
				if p.chosen {
					chosen++
				}
			}
			if chosen != v.n {
				t.Fatalf("%d chosen of 5, %d fit", chosen, v.n)
			}
		}
	})
}

// TestHeld: what was said last before a voice was chosen comes with it, oldest first; older words do not.
func TestHeld(t *testing.T) {
	var h held
	for i := range uint32(20) {
		h.keep([]byte{byte(i)}, head{sequence: uint16(i), stamp: i * 960}, t0)
	}
	var got []byte
	for w := h.next(20 * 960); w != nil; w = h.next(20 * 960) {
		got = append(got, w.payload[:w.n]...)
	}
	if !bytes.Equal(got, []byte{14, 15, 16, 17, 18, 19}) {
		t.Errorf("%v", got)
	}
	h.keep([]byte{1}, head{stamp: 960}, t0)
	h.keep([]byte{2}, head{stamp: 100_000}, t0)
	if w := h.next(100_960); w == nil || w.payload[0] != 2 || h.next(100_960) != nil {
		t.Error("words of long ago, or none")
	}
	h.keep(make([]byte, maxHeldSize+1), head{stamp: 1}, t0)
	if h.count != 0 {
		t.Error("kept a packet larger than its place")
	}
}

// TestGathering: three packets of 20 ms make one of 60; what does not continue is not taken.
func TestGathering(t *testing.T) {
	var g gathering
	packet := func(toc byte) []byte { return []byte{toc, 1, 2, 3} }
	const silk20, silk10, silk60, hybrid = 9 << 3, 8 << 3, 11 << 3, 15 << 3
	add := func(toc byte, h head) bool { t.Helper(); return g.add(packet(toc), h, t0) }
	if !g.takes(packet(silk20), head{stamp: 960}) || add(silk20, head{sequence: 7, stamp: 960}) {
		t.Fatal("full after one")
	}
	for name, c := range map[string]struct {
		payload []byte
		stamp   uint32
	}{
		"another configuration": {packet(hybrid), 1920},
		"after a gap":           {packet(silk20), 1920 + 960},
		"the same again":        {packet(silk20), 960},
		"nothing said":          {[]byte{silk20}, 1920},
		"sixty":                 {packet(silk60), 1920},
		"malformed":             {[]byte{silk20 | 3}, 1920},
		"too large":             {append([]byte{silk20}, make([]byte, maxPayload)...), 1920},
	} {
		if g.takes(c.payload, head{stamp: c.stamp}) {
			t.Errorf("takes %s", name)
		}
	}
	if add(silk20, head{sequence: 8, stamp: 1920}) || !add(silk20, head{sequence: 9, stamp: 2880}) {
		t.Error("not full after three")
	}
	var b [100]byte
	if h, n := g.head, g.take(b[:]); opusTime(b[:n]) != packedTime || h.stamp != 960 || h.sequence != 7 {
		t.Errorf("%d samples from %+v", opusTime(b[:n]), h)
	}
	for i := range uint32(6) {
		if full := add(silk10, head{stamp: i * 480}); full != (i == 5) {
			t.Errorf("full %v after %d packets of 10 ms", full, i+1)
		}
	}
	if n := g.take(b[:]); opusTime(b[:n]) != packedTime {
		t.Errorf("%d samples", opusTime(b[:n]))
	}
}

// burst feeds a second of packets, of which each one in every is followed by run lost ones.
func burst(l *losses, packets, every, run int, now time.Time) {
	for i := range packets {
		l.note(every > 0 && i%every < run, now)
	}
}

// TestLossesFarApart: of a report only the numbers are known.
func TestLossesFarApart(t *testing.T) {
	for _, c := range []struct {
		lost, of int
		share    float64
		run      float64
	}{{0, 50, 0, 0}, {5, 50, 0.1, 1}, {40, 50, 0.8, 40.0 / 11}, {50, 50, 1, 50}, {60, 50, 1, 50}, {3, 0, 0, 0}} {
		var l losses
		l.spread(c.lost, c.of, t0)
		if packets, share, run := l.over(1, t0); packets != c.of || share != c.share || run != c.run {
			t.Errorf("%+v: %d packets, %v, rows of %v", c, packets, share, run)
		}
	}
}

// TestArmour: loss above 3 % over three seconds or 1.5 % over ten brings copies, as many as a run is long; ten seconds
// without take them away.
func TestArmour(t *testing.T) {
	for _, c := range []struct {
		name       string
		every, run int
		depth      int
	}{{"none", 0, 0, 0}, {"1 %", 100, 1, 0}, {"2 %", 50, 1, 1}, {"2 % in threes", 150, 3, 3}, {"10 % alone", 10, 1, 1}, {"10 % in twos", 20, 2, 2}, {"10 % in threes", 30, 3, 3}, {"20 % in fives", 25, 5, 3}} {
		var l losses
		var a armour
		now := t0
		second := func(every, run int) int {
			burst(&l, 100, every, run, now)
			d := a.decide(&l, now)
			now = now.Add(time.Second)
			return d
		}
		depth := 0
		for range 4 {
			depth = second(c.every, c.run)
		}
		if depth != c.depth {
			t.Errorf("%s: depth %d, want %d", c.name, depth, c.depth)
		}
		off := 0
		for ; depth > 0 && off < 60; off++ {
			depth = second(0, 0)
		}
		if c.depth > 0 && (off < 10 || off > 14) {
			t.Errorf("%s: armour off after %d s without loss", c.name, off)
		}
	}
	{
		var l losses
		var a armour
		for second := range 10 {
			burst(&l, 30, map[int]int{5: 30}[second], 3, t0.Add(time.Duration(second)*time.Second))
			if got, want := a.decide(&l, t0.Add(time.Duration(second)*time.Second)), second/5; got != want {
				t.Errorf("depth %d after a single row of three", got)
			}
		}
	}
	var l losses
	var a armour
	burst(&l, fewestLosses-1, 2, 1, t0)
	if a.decide(&l, t0) != 0 {
		t.Error("armour by a handful of packets")
	}
}

func TestAffordable(t *testing.T) {
	for _, c := range []struct {
		depth, rate int
		packet      time.Duration
		target      int64
		want        int
	}{
		{3, 24_000, 20 * time.Millisecond, 0, 3},
		{3, 24_000, 20 * time.Millisecond, 1_000_000, 3},
		{3, 24_000, 20 * time.Millisecond, 160_000, 2},
		{1, 16_000, 60 * time.Millisecond, 64_000, 1},
		{2, 16_000, 60 * time.Millisecond, 64_000, 1},
		{1, 16_000, 60 * time.Millisecond, 32_000, 0},
	} {
		if got := affordable(c.depth, c.rate, c.packet, c.target); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

// TestReportedVoice: what a receiver says it lost is not what was lost before us.
func TestReportedVoice(t *testing.T) {
	var r reportedVoice
	seq := uint16(65_000)
	send := func(n int, skip func(int) bool) {
		for i := range n {
			seq++
			if skip == nil || !skip(i) {
				r.sent(seq)
			}
		}
	}
	report := func(fraction uint8) (int, int) {
		return r.lost(rtcp.ReceptionReport{FractionLost: fraction, LastSequenceNumber: 1<<16 | uint32(seq)})
	}
	send(10, nil)
	report(0)
	send(100, nil)
	if lost, of := report(26); lost != 10 || of != 100 {
		t.Errorf("%d of %d lost, want 10 of 100", lost, of)
	}
	send(100, func(i int) bool { return i%10 == 5 })
	if lost, of := report(26); lost != 0 || of != 90 {
		t.Errorf("%d of %d lost, want none of 90", lost, of)
	}
	send(100, func(i int) bool { return i%10 == 5 })
	if lost, of := report(52); lost != 10 || of != 90 {
		t.Errorf("%d of %d lost, want 10 of 90", lost, of)
	}
}

// TestUnheard: three seconds without a packet, while other traffic goes on, and not before or after.
func TestUnheard(t *testing.T) {
	at := func(s float64) time.Time { return t0.Add(time.Duration(s * float64(time.Second))) }
	for _, c := range []struct {
		name              string
		before            bool
		voice, other, now time.Time
		want              bool
	}{
		{"never a packet", false, time.Time{}, at(9), at(9), false},
		{"speaks", false, at(9), at(9), at(9), false},
		{"pauses", false, at(7), at(9), at(9), false},
		{"taken away", false, at(5), at(8.5), at(9), true},
		{"the whole link is down", false, at(5), at(5.5), at(9), false},
		{"still taken away, now nothing comes", true, at(1), at(4), at(30), true},
		{"back", true, at(8.5), at(9), at(9), false},
	} {
		u := unheard{c.before}
		if is, changed := u.look(c.voice, c.other, c.now); is != c.want || changed != (c.want != c.before) {
			t.Errorf("%s: %v, changed %v", c.name, is, changed)
		}
	}
}

// TestOpusRate: one encoding for all receivers, so the thinnest decides.
func TestOpusRate(t *testing.T) {
	is := false
	for _, step := range []struct {
		target int64
		want   bool
	}{{0, false}, {46_000, false}, {44_000, true}, {59_000, true}, {60_000, false}, {50_000, false}} {
		if is = sparse(is, step.target); is != step.want {
			t.Errorf("%d: sparse %v", step.target, is)
		}
	}
	if opusRate(false, false) != 24_000 || opusRate(true, false) != 16_000 || opusRate(true, true) != 12_000 {
		t.Error("rates")
	}
}
