package bwe

import (
	"math"
	"time"
)

const (
	observations    = 20                     // remembered
	observationTime = 250 * time.Millisecond // of sending, at least, in one
	observationSize = 15                     // packets, at least, in one
	observationAge  = 0.9                    // weight of an observation against the next one

	inherentLow   = 0.001
	inherentHigh  = 0.05  // what a link may lose by itself without limit on the rate,
	inherentScale = 100e3 // and the more the thinner: this over the rate on top,
	inherentMost  = 0.3   // up to this
	instantScale  = 75e3  // with more loss than inherentHigh, the rate is at most this over the excess

	preference = 0.1 // log likelihood a packet must bring for believing in a rate lower by a factor of e
)

// observation is what became of packets sent in a while.
type observation struct {
	packets, lost int
	bytes         int
	begin, end    time.Duration // sent
}

func (o observation) rate() float64 {
	return float64(o.bytes*8) / max(o.end-o.begin, observationTime/2).Seconds()
}

// loss tells loss by congestion from loss that the link has anyway. A link of capacity c that loses a share h by itself
// loses, of packets sent at rate r > c, also the share 1-c/r of the rest. Which c and h explain best what was seen, rates
// and losses of the last seconds? That is the idea of libwebrtc's second loss based estimator; here h is found by
// expectation maximisation. A lossy radio link loses the same at any rate, so it keeps its rate; a short queue that
// overflows loses nothing below some rate, so the rate goes there.
type loss struct {
	past     [observations]observation // ring
	next, n  int
	partial  observation
	inherent float64
	limit    float64 // bit/s; +Inf: losses do not limit
	held     time.Duration
}

// report notes the fate of a packet.
func (l *loss) report(p *sent, lost bool) {
	o := &l.partial
	if o.packets == 0 {
		o.begin = p.at
	}
	o.end = max(o.end, p.at)
	o.packets++
	o.bytes += int(p.size)
	if lost {
		o.lost++
	}
}

// found takes back that a packet was lost: it came late.
func (l *loss) found() {
	if l.partial.lost > 0 {
		l.partial.lost--
		return
	}
	if o := &l.past[(l.next+observations-1)%observations]; o.lost > 0 {
		o.lost--
	}
}

// update judges again when an observation is complete. delay is the delay based estimate, which the limit never passes.
func (l *loss) update(delay, acknowledged float64, now time.Duration) {
	if l.limit == 0 {
		l.limit = math.Inf(1)
	}
	if l.partial.packets < observationSize || l.partial.end-l.partial.begin < observationTime {
		return
	}
	l.past[l.next] = l.partial
	l.next = (l.next + 1) % observations
	l.n = min(l.n+1, observations)
	l.partial = observation{}

	current := min(l.limit, delay)
	best, inherent, most := current, l.inherent, math.Inf(-1)
	for _, c := range [...]float64{current, 1.03 * current, 0.95 * current, 0.85 * current, acknowledged, delay} {
		if c <= 0 || c > delay || c > 1.5*current && c > acknowledged {
			continue
		}
		h := l.fit(c)
		if v := l.likelihood(c, h); v > most {
			best, inherent, most = c, h, v
		}
	}
	share := l.share()
	if best > current && (share > inherent+0.005 || now < l.held) {
		best = current
	}
	if share > inherentHigh {
		best = min(best, instantScale/(share-inherentHigh))
	}
	if best < current {
		l.held = now + 300*time.Millisecond
	}
	l.inherent = inherent
	l.limit = best
	if best >= delay {
		l.limit = math.Inf(1)
	}
}

// fit returns the inherent loss that explains the observations best if c is the capacity.
func (l *loss) fit(c float64) float64 {
	h := max(l.inherent, inherentLow)
	for range 3 {
		var lost, all float64
		for i := range l.n {
			o, weight := l.seen(i)
			p := h + (1-h)*excess(o.rate(), c)
			lost += weight * float64(o.lost) * h / p
			all += weight * float64(o.packets)
		}
		h = min(max(lost/all, inherentLow), l.most(c))
	}
	return h
}

// likelihood is the logarithm of how likely the observations are under c and h, with a preference for greater c.
func (l *loss) likelihood(c, h float64) float64 {
	var sum float64
	for i := range l.n {
		o, weight := l.seen(i)
		p := min(h+(1-h)*excess(o.rate(), c), 0.99)
		lost, all := float64(o.lost), float64(o.packets)
		sum += weight * (lost*math.Log(p) + (all-lost)*math.Log(1-p) + all*preference*math.Log(c))
	}
	return sum
}

// share is the loss of late, 0 to 1.
func (l *loss) share() float64 {
	var lost, all float64
	for i := range l.n {
		o, weight := l.seen(i)
		lost += weight * float64(o.lost)
		all += weight * float64(o.packets)
	}
	if all == 0 {
		return 0
	}
	return lost / all
}

// seen returns the i-th latest observation and its weight.
func (l *loss) seen(i int) (*observation, float64) {
	return &l.past[(l.next+2*observations-1-i)%observations], weights[i]
}

// most is the inherent loss that is believed of a link with capacity c.
func (l *loss) most(c float64) float64 { return min(inherentHigh+inherentScale/c, inherentMost) }

// excess is the share of packets that a link of capacity c must drop at this rate.
func excess(rate, c float64) float64 { return max(0, 1-c/rate) }

var weights = func() (w [observations]float64) {
	v := 1.0
	for i := range w {
		w[i] = v
		v *= observationAge
	}
	return w
}()
