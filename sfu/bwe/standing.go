package bwe

import "time"

const (
	shortQueue = 40 * time.Millisecond // as good as none
	longQueue  = 80 * time.Millisecond // at least; and
	longNoise  = 8                     // times the noise
	blameTimes = 3                     // decreases for a queue that stands,
	blameTime  = 500 * time.Millisecond
	blameLong  = 2 * time.Second // and after so long it is another's,
	throughput = 0.6             // as long as this share of our rate comes through
	fairShare  = 0.5             // of what came through before is ours then
)

// standing watches a queue that neither grows nor goes, which no slope shows. If it is ours it goes when we send less. If
// it stays all the same, a flow is filling it that only loss will stop, and sending still less would leave everything to
// it.
type standing struct {
	times       int           // how often the rate was lowered for this queue
	first, last time.Duration // when
	queue       time.Duration // at the first
	fair        float64       // bit/s that are ours if the queue is not
	foreign     bool
}

// judge returns the state to act on: what the slope says, corrected by the queue; d.queue is up to date.
func (s *standing) judge(state usage, d *delay, rate, acknowledged float64, noise, now time.Duration) usage {
	long := d.queue > max(longQueue, longNoise*noise)
	switch {
	case d.queue < shortQueue:
		*s = standing{}
	case !long:
	case s.times == 0:
		*s = standing{times: 1, first: now, last: now, queue: d.queue, fair: fairShare * acknowledged}
		return overuse
	case !s.foreign && now-s.first > blameLong && d.queue >= s.queue:
		s.foreign = true
	case !s.foreign && s.times < blameTimes && now-s.last > blameTime+d.rtt:
		s.times++
		s.last = now
		return overuse
	}
	if s.foreign && acknowledged > throughput*rate {
		return normal
	}
	return state
}

// most is where growth ends.
func (s *standing) most(rate float64) float64 {
	if s.foreign {
		return max(s.fair, rate)
	}
	return rate * 10
}
