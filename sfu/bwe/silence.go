package bwe

import "time"

const (
	silenceHold  = 2 * time.Second        // without feedback although we send: hold so long,
	silenceStep  = 500 * time.Millisecond // then each
	silenceDecay = 0.8                    // times the rate
)

// silence watches for feedback that stays away: the link is dead one way or the other.
type silence struct {
	since   time.Duration // first packet sent after the last feedback
	waiting bool          // there is such a packet
	step    time.Duration // last decay
	decayed bool
	before  float64       // rate at its beginning
	over    time.Duration // when the last one ended
}

func (s *silence) sent(now time.Duration) {
	if !s.waiting {
		s.waiting, s.since, s.step = true, now, now
	}
}

// decays tells whether the rate must go down a step.
func (s *silence) decays(now time.Duration, rate float64) bool {
	if !s.waiting || now-s.since < silenceHold || now-s.step < silenceStep {
		return false
	}
	if !s.decayed {
		s.before = rate
	}
	s.step, s.decayed = now, true
	return true
}

// broken notes a feedback and tells whether it ends a silence.
func (s *silence) broken(now time.Duration) bool {
	ended := s.waiting && now-s.since >= silenceHold
	if ended {
		s.over = now
	}
	s.waiting, s.decayed = false, false
	return ended
}
