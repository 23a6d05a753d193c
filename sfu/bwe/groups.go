package bwe

import "time"

const (
	sendBurst    = 5 * time.Millisecond   // packets sent within this belong to one group
	arrivalBurst = 5 * time.Millisecond   // packets that arrive this close after waiting belong together
	longestBurst = 100 * time.Millisecond // a group grows no longer by arrival
	clockJump    = 3 * time.Second        // the receiver's clock against ours: beyond, measuring starts again
)

// group is packets sent in one burst: the queue sees them as one.
type group struct {
	firstSent, lastSent       time.Duration
	firstArrival, lastArrival time.Duration
	reported                  time.Duration // our clock, at the feedback
	bytes                     int
}

// groups turns packets into differences between neighbouring groups (draft-ietf-rmcat-gcc-02 §5.2): how much later than
// it was sent did this group come than the one before.
type groups struct {
	current, previous group
}

// variation is such a difference.
type variation struct {
	sent, arrival time.Duration // between the ends of the two groups
	bytes         int           // more in the later one
	at            time.Duration // receiver's clock at the end of the later one
}

// add takes a received packet; ok tells that it began a new group, and v compares the two before it.
func (g *groups) add(s *sent, now time.Duration) (v variation, ok bool) {
	sentAt, arrival := s.at, s.arrival
	c := &g.current
	switch {
	case c.bytes == 0:
		g.begin(s, now)
		return v, false
	case sentAt < c.firstSent: // belongs to a group that is closed
		return v, false
	case g.belongs(sentAt, arrival):
		c.lastSent = max(c.lastSent, sentAt)
		c.lastArrival = max(c.lastArrival, arrival)
		c.reported = now
		c.bytes += int(s.size)
		return v, false
	}
	if p := &g.previous; p.bytes > 0 {
		v = variation{c.lastSent - p.lastSent, c.lastArrival - p.lastArrival, c.bytes - p.bytes, c.lastArrival}
		if drift := v.arrival - (c.reported - p.reported); drift > clockJump || drift < -clockJump || v.arrival < 0 {
			g.reset()
			g.begin(s, now)
			return v, false
		}
		ok = true
	}
	g.previous = *c
	g.begin(s, now)
	return v, ok
}

func (g *groups) begin(s *sent, now time.Duration) {
	g.current = group{s.at, s.at, s.arrival, s.arrival, now, max(int(s.size), 1)}
}

// belongs tells whether a packet is of the current group: sent in the same burst, or let go by a queue in one burst.
func (g *groups) belongs(sentAt, arrival time.Duration) bool {
	c := &g.current
	if sentAt-c.firstSent <= sendBurst {
		return true
	}
	between := arrival - c.lastArrival
	waited := between - (sentAt - c.lastSent)
	return waited < 0 && between >= 0 && between <= arrivalBurst && arrival-c.firstArrival < longestBurst
}

func (g *groups) reset() { *g = groups{} }
