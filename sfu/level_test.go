package sfu

import (
	"strings"
	"testing"
	"time"
)

// TestLayersOfALevel: nobody waits for a layer that a publisher's link up does not carry.
func TestLayersOfALevel(t *testing.T) {
	for level, want := range map[Level]string{
		LevelUnknown: "lmh?", LevelVoice: "", LevelStills: "", LevelSmall: "l?", LevelMedium: "lh?", LevelLarge: "lmh?",
	} {
		p, got := &Peer{}, ""
		p.up.Store(int32(level))
		for _, rid := range []string{"l", "m", "h", "?"} {
			if p.sends(rid) {
				got += rid
			}
		}
		if got != want {
			t.Errorf("%v: %q, want %q", level, got, want)
		}
	}
}

// TestLevelIsFollowedAtOnce: who sends at another level says so, stops a layer and begins another, with a key frame.
// Whoever is shown the first one goes over to the second at that key frame, and no picture is missing. A word that is
// not kept is forgotten.
func TestLevelIsFollowedAtOnce(t *testing.T) {
	g := newStage(t, 1)
	g.target(2_000_000)
	says := func(up Level, layers string) {
		g.publisher.SetLevel(up, LevelUnknown)
		g.step(3 * tickEvery) // until the camera does as it is told
		for rid := range g.works {
			g.works[rid], g.sent[rid].sends = strings.Contains(layers, rid), false // Chromium begins all layers anew
		}
	}
	longest := func(d time.Duration) (gap time.Duration) {
		last, packets := g.now(), g.sinks[0].packets
		for end := g.now().Add(d); g.now().Before(end); {
			g.step(tickEvery)
			if n := g.sinks[0].packets; n != packets {
				packets, last = n, g.now()
			}
			gap = max(gap, g.now().Sub(last))
		}
		return gap
	}
	g.within(time.Second, "h at first", func() bool { return g.shown(0) == "h" })
	for _, c := range []struct {
		up     Level
		layers string
		want   string
	}{{LevelSmall, "l", "l"}, {LevelMedium, "h", "h"}, {LevelSmall, "l", "l"}, {LevelLarge, "lh", "h"}} {
		says(c.up, c.layers)
		if c.up == LevelLarge { // more is a matter of time
			g.within(20*time.Second, c.want, func() bool { return g.shown(0) == c.want })
			continue
		}
		if gap := longest(2 * time.Second); gap > 150*time.Millisecond || g.shown(0) != c.want {
			t.Errorf("%v: shows %q, nothing for %v", c.up, g.shown(0), gap)
		}
		g.step(10 * time.Second)
	}
	g.step(10 * time.Second)
	g.publisher.SetLevel(LevelSmall, LevelUnknown)
	g.step(time.Second)
	g.within(20*time.Second, "h, which comes all the same", func() bool { return g.shown(0) == "h" })
}

// TestStoppedLayerIsLeft: a sender whose link falls stops the upper layer; the lower one is shown soon.
func TestStoppedLayerIsLeft(t *testing.T) {
	g := newStage(t, 1)
	g.target(500_000) // so that the lower layer is kept
	g.within(5*time.Second, "h", func() bool { return g.shown(0) == "h" })
	g.step(5 * time.Second)
	g.works["h"] = false
	if d := g.within(5*time.Second, "l instead of h", func() bool { return g.shown(0) == "l" }); d > stopped+500*time.Millisecond {
		t.Errorf("the lower layer is shown after %v", d)
	}
}

// TestStoppedLayerIsLeftSooner: where the lower one begins anew just then, it is sooner. A layer that begins anew with
// it and then is silent for a moment is not taken for stopped.
func TestStoppedLayerIsLeftSooner(t *testing.T) {
	g := newStage(t, 1)
	g.target(500_000)
	g.within(5*time.Second, "h", func() bool { return g.shown(0) == "h" })
	g.step(5 * time.Second)
	g.sent["l"].sends, g.sent["h"].sends = false, false // both begin anew
	g.step(5 * tickEvery)
	g.works["h"] = false
	g.step(stopped - 100*time.Millisecond)
	if s := g.camera.byRID("h"); !g.camera.comes(s, g.now()) || g.shown(0) != "h" {
		t.Errorf("shows %q after a moment of silence", g.shown(0))
	}
	g.works["h"] = true
	g.step(6 * time.Second)
	g.works["h"], g.sent["l"].sends = false, false
	if d := g.within(5*time.Second, "l instead of h", func() bool { return g.shown(0) == "l" }); d > 450*time.Millisecond {
		t.Errorf("the lower layer is shown after %v", d)
	}
}
