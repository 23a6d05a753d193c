package bwe

import (
	"testing"
	"time"
)

// mean is that of a measure over the trace from begin to end.
func (r *rig) mean(begin, end time.Duration, of func(moment) float64) float64 {
	sum, n := 0.0, 0
	for _, m := range r.trace {
		if m.at > begin && m.at <= end {
			sum += of(m)
			n++
		}
	}
	return sum / float64(n)
}

func target(m moment) float64 { return float64(m.stats.Target) }

func queue(m moment) float64 { return m.queue.Seconds() }

func TestFollowsCapacityDownAndUp(t *testing.T) {
	r := newRig(t, 300_000, "rate=2M,delay=40ms,queue=400ms", "delay=40ms")
	r.media = media{voice: 100, packet: 20 * time.Millisecond, video: 3e6, interval: 66 * time.Millisecond}
	r.estimator.Wanted(3_000_000)
	r.run(20 * time.Second)
	r.change("rate=300k")
	r.run(20 * time.Second)
	r.change("rate=1M")
	r.run(20 * time.Second)
	s := time.Second
	if v := r.mean(10*s, 20*s, target); v < 1.5e6 || v > 2.1e6 {
		t.Errorf("target is %.0f of 2M", v)
	}
	if v := r.mean(22*s, 40*s, target); v < 220e3 || v > 310e3 {
		t.Errorf("target is %.0f of 300k", v)
	}
	if v := r.mean(22*s, 40*s, queue); v > 0.08 {
		t.Errorf("queue stands at %.3f s", v)
	}
	if v := r.mean(55*s, 60*s, target); v < 750e3 || v > 1.1e6 {
		t.Errorf("target is %.0f of 1M", v)
	}
}
