package sfu

import (
	"testing"
	"time"

	"github.com/pion/transport/v5/packetio"
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
	var n thinness
	for _, c := range []struct {
		second, target int
		limited, want  bool
	}{
		{0, 160_000, false, false},
		{1, 149_000, false, true},
		{2, 190_000, false, true},
		{10, 210_000, false, true},
		{19, 210_000, false, true},
		{20, 199_000, false, true}, // begins anew
		{21, 250_000, false, true},
		{31, 250_000, false, false},
		{32, 250_000, true, true},
		{33, 250_000, false, true},
	} {
		if n.note(c.target, c.limited, t0.Add(time.Duration(c.second)*time.Second)); n.is != c.want {
			t.Errorf("%d bit/s after %d s: %v", c.target, c.second, n.is)
		}
	}
}

// TestLinkIsMeasured: what came, what was lost of it, what went out.
func TestLinkIsMeasured(t *testing.T) {
	p := newPath(t, 1)
	in := p.publisher.buffer(packetio.RTPBufferPacket, 5555)
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
