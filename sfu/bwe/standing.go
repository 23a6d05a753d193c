package bwe

import "time"

const (
	shortQueue = 40 * time.Millisecond // as good as none, or
	shortNoise = 4                     // times the noise
	longQueue  = 80 * time.Millisecond // at least; and
	longNoise  = 8                     // times the noise
	blameTimes = 3                     // decreases for a queue that stays,
	blameTime  = 500 * time.Millisecond
	blameLong  = 2 * time.Second // and if it grows after so long it is another's,
	blameLoss  = 0.1             // as long as we lose no more than this
	blameLess  = 0.75            // and send no more than this share of what came through before
	fairShare  = 0.4             // of what came through before is ours then
	fairTime   = 5 * time.Second // mean of what came through
)

// standing watches a queue that stays, which no slope shows. If it is ours it goes when we send less. If it grows all the
// same, a flow is filling it that only loss will stop, and sending still less would leave everything to it.
type standing struct {
	through     float64       // bit/s that came through while there was no queue
	at          time.Duration // of the last measurement of it
	times       int           // how often the rate was lowered for this queue
	first, last time.Duration // when
	foreign     bool
}

// judge returns the state to act on: what the slope says, corrected by the queue that d has measured.
func (s *standing) judge(state usage, d *delay, acknowledged, lost float64, noise, now time.Duration) usage {
	if d.queue < max(shortQueue, shortNoise*noise) {
		if s.through == 0 {
			s.through = acknowledged
		}
		s.through += (acknowledged - s.through) * min((now-s.at).Seconds()/fairTime.Seconds(), 1)
		s.at = now
		s.times, s.foreign = 0, false
		return state
	}
	s.at = now
	switch {
	case s.foreign && lost < blameLoss:
		return normal
	case s.foreign:
		s.times, s.foreign = 0, false
	case s.times >= 2 && state == overuse && now-s.first > blameLong && lost < blameLoss && acknowledged < blameLess*s.through:
		s.foreign = true
		return normal
	case d.queue < max(longQueue, longNoise*noise):
	case s.times == 0:
		s.times, s.first, s.last = 1, now, now
		return overuse
	case s.times < blameTimes && now-s.last > blameTime+d.rtt:
		s.times, s.last = s.times+1, now
		return overuse
	}
	return state
}

// most is where growth from this rate must end.
func (s *standing) most(rate float64) float64 {
	if s.foreign {
		return max(fairShare*s.through, rate)
	}
	return 10 * rate
}
