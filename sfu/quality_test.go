package sfu

import (
	"testing"
	"time"
)

func TestLevelOfALink(t *testing.T) {
	for _, c := range []struct {
		before Level
		bits   int
		want   Level
	}{
		{LevelUnknown, 30_000, LevelVoice},
		{LevelUnknown, 45_000, LevelStills},
		{LevelUnknown, 800_000, LevelLarge},
		{LevelSmall, 225_000, LevelSmall}, // not for so little
		{LevelSmall, 260_000, LevelMedium},
		{LevelMedium, 225_000, LevelMedium},
		{LevelMedium, 219_000, LevelSmall},
		{LevelLarge, 40_000, LevelVoice},
		{LevelVoice, 800_000, LevelLarge},
	} {
		if got := c.before.carried(c.bits); got != c.want {
			t.Errorf("%v, then %d bit/s: %v, want %v", c.before, c.bits, got, c.want)
		}
	}
}

func TestThinness(t *testing.T) {
	type note struct {
		second, target int
		limited, want  bool
	}
	for start, notes := range map[string][]note{
		"wide": {
			{0, 400_000, false, false},
			{0, 290_000, false, false},
			{1, 279_000, false, true},
			{2, 340_000, false, true},
			{10, 360_000, false, true},
			{19, 360_000, false, true},
			{20, 349_000, false, true}, // begins anew
			{21, 400_000, false, true},
			{31, 400_000, false, false},
			{32, 400_000, true, true},
			{33, 400_000, false, true},
		},
		"not known": {
			{0, LevelMedium.start(), false, true}, // until it is known to be more
			{1, 500_000, false, true},
			{11, 500_000, false, false},
		},
	} {
		var n thinness
		for _, c := range notes {
			if n.note(c.target, c.limited, t0.Add(time.Duration(c.second)*time.Second)); n.is != c.want {
				t.Errorf("%s: %d bit/s after %d s: %v", start, c.target, c.second, n.is)
			}
		}
	}
}

// TestLinkIsMeasured: what came, what was lost of it, what went out.
func TestLinkIsMeasured(t *testing.T) {
	p := newPath(t, 1)
	in := opened(p.publisher)
	for seq := range uint16(1000) {
		if seq%10 != 3 {
			_, _ = in.Write(videoPacket(t, seq, seq == 0, 956))
		}
	}
	q := p.receivers[0]
	g := gauge{at: t0, received: p.publisher.inbound.Load()}
	for s := range p.publisher.streams() {
		g.expected, g.came = s.totals()
	}
	g.sent, _ = q.congestion.Load().totals()
	got := g.since(gauge{at: t0.Add(-20 * time.Second)})
	if got.LossUp < 0.09 || got.LossUp > 0.11 {
		t.Errorf("%.3f lost on the way up", got.LossUp)
	}
	if got.Received < 368_000 || got.Received > 376_000 || got.Sent < 368_000 || got.Sent > 376_000 {
		t.Errorf("%d bit/s came, %d went", got.Received, got.Sent)
	}
	if first := g.since(gauge{}); first != (Quality{}) {
		t.Errorf("%+v of the first reading", first)
	}
}

// TestStartIsRemembered: a participant's next PeerConnection begins with what the one before found, within reason.
func TestStartIsRemembered(t *testing.T) {
	r := newRoom(testSFU(t, nil), t.Name(), false)
	peer := func(number uint32) *Peer {
		p := newPeer(r, "p", number, Events{}, t0)
		p.up.Store(int32(LevelStills))
		return p
	}
	old, other := peer(1), peer(2)
	r.peers.Store(&[]*Peer{old, other})
	if got := r.startOf(old); got != LevelStills.start() {
		t.Errorf("%d at first", got)
	}
	old.target.Store(52_000)
	if got := r.startOf(peer(1)); got != 52_000 {
		t.Errorf("%d while the other one is there", got)
	}
	r.leave(old)
	if got := r.startOf(peer(1)); got != 52_000 {
		t.Errorf("%d after it left", got)
	}
	if got := r.startOf(peer(2)); got != LevelStills.start() {
		t.Errorf("%d for somebody else", got)
	}
	other.target.Store(maxTarget)
	if got := r.startOf(peer(2)); got != LevelLarge.start() {
		t.Errorf("%d after a very good link", got)
	}
}

// TestThinLinksAreToldLess: every window and report, or about a third of them.
func TestThinLinksAreToldLess(t *testing.T) {
	for _, thin := range []bool{false, true} {
		var c cadence
		fed, reported := 0, 0
		for i := range 300 { // windows of 100 ms, a report in ten
			now := t0.Add(time.Duration(i) * windowEvery)
			if c.feedback(thin, now) {
				fed++
			}
			if i%10 == 0 && c.report(thin, now) {
				reported++
			}
		}
		if want := map[bool][2]int{false: {300, 30}, true: {100, 10}}[thin]; fed != want[0] || reported != want[1] {
			t.Errorf("thin %v: %d feedbacks and %d reports, want %v", thin, fed, reported, want)
		}
	}
}
