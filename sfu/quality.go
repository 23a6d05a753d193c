package sfu

import "time"

// Quality is a peer's link as the server sees it.
type Quality struct {
	Down, Up Level         // what the link carries towards the peer, and from it
	Target   int           // bit/s towards the peer: estimate
	Sent     int           // bit/s towards the peer: over the last second
	Received int           // bit/s from the peer: over the last second
	LossDown float64       // 0 to 1, of what we send
	LossUp   float64       // 0 to 1, of what the peer sends
	RTT      time.Duration // 0: not known yet
	Pauses   int           // seats whose video is held back
}

// gauge measures a peer's link once a second. Owned by the room's goroutine; what it finds is read by anybody.
type gauge struct {
	at             time.Time
	sent, received uint64 // bytes on the link so far
	expected, came uint64 // packets of the peer so far
}

const gaugeEvery = time.Second

// Quality tells what is known of the peer's link.
func (p *Peer) Quality() Quality {
	var q Quality
	if known := p.quality.Load(); known != nil {
		q = *known
	}
	q.Up = Level(p.up.Load())
	q.RTT = time.Duration(p.rtt.Load())
	return q
}

// measure looks at the link over the last second.
func (p *Peer) measure(now time.Time) {
	if now.Sub(p.gauge.at) < gaugeEvery {
		return
	}
	next := gauge{at: now, received: p.inbound.Load()}
	for s := range p.streams() {
		expected, came := s.totals()
		next.expected, next.came = next.expected+expected, next.came+came
	}
	var down Level
	if before := p.quality.Load(); before != nil {
		down = before.Down
	}
	target, lost := int(p.target.Load()), 0.0
	if c := p.congestion.Load(); c != nil {
		next.sent, lost = c.totals()
		down = down.carried(target)
	}
	q := next.since(p.gauge)
	q.Down, q.Target, q.LossDown = down, target, lost
	for _, u := range p.received() {
		if u.paused() != "" {
			q.Pauses++
		}
	}
	p.gauge = next
	p.quality.Store(&q)
}

// since is what went over the link between two readings.
func (g gauge) since(before gauge) (q Quality) {
	if before.at.IsZero() {
		return q
	}
	elapsed := g.at.Sub(before.at)
	q.Sent, q.Received = bitRate(g.sent-before.sent, elapsed), bitRate(g.received-before.received, elapsed)
	q.LossUp = share(int64(g.expected-before.expected), int64(g.came-before.came))
	return q
}

func bitRate(bytes uint64, over time.Duration) int { return int(float64(8*bytes) / over.Seconds()) }

// share is how much of what was expected did not come, from 0 to 1. Repairs make up for losses, a stream that ended takes
// its counts with it.
func share(expected, came int64) float64 {
	if expected <= 0 || came < 0 {
		return 0
	}
	return max(1-float64(came)/float64(expected), 0)
}

// carries are the least bit/s of the levels' links, by Level.
var carries = [...]int{0, 0, 45_000, 110_000, 220_000, 500_000}

// carried is the level of a link that was of level l and now carries so many bit/s: down at once, up with a margin, so
// that a link between two levels does not flicker.
func (l Level) carried(bits int) Level {
	level := LevelVoice
	for i := LevelStills; i <= LevelLarge; i++ {
		least := carries[i]
		if l != LevelUnknown && i > l {
			least += least / 7
		}
		if bits >= least {
			level = i
		}
	}
	return level
}

// totals are the bytes that left, and the share that is lost now.
func (c *congestion) totals() (sent uint64, lost float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sent, c.estimator.Stats().Lost
}

// totals are the packets that should have come, and those that came, repairs not counted.
func (s *stream) totals() (expected, came uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &s.reception
	if !r.started {
		return 0, 0
	}
	return uint64(r.highest - r.base + 1), uint64(r.received)
}
