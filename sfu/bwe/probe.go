package bwe

import "time"

// Probe is a short burst of padding that asks whether the link carries more: Bytes in Packets, at Rate in bit/s, all
// noted by Sent with Cluster.
type Probe struct{ Cluster, Rate, Packets, Bytes int }

const (
	probeTime     = 60 * time.Millisecond // what a probe adds to the queue of a link that carries just what is proven
	probeSmallest = 80                    // bytes of a datagram that is all header and tag
	probeLargest  = 300                   // bytes of one with 255 of padding (RFC 3550 §5.1)
	probePackets  = 4                     // at least,
	probeThin     = 64e3                  // but from a target below this
	probeFewest   = 3
	probeKnown    = 10    // variations of the delay, and not before so many
	probeNoise    = 4     // times the noise is that time longer from so much on: shorter bursts drown in it, and such a path hides them
	probeMost     = 12000 // bytes of a probe

	probeFirst   = 3.0  // times the start, and
	probeAgain   = 2.0  // times the target later, and times what was found when
	probeSuccess = 0.7  // of the rate asked for came through
	probeMargin  = 1.25 // times what is wanted: no further

	probeDrop   = 0.66            // to less than this share of the rate
	probeFall   = 2 * time.Second // in falls no further apart: a drop, after which
	probeReturn = 0.85            // of the rate before it is tried
	probeTries  = 3               // so often
	probeRetry  = time.Second     // with this between

	probeWait     = 5 * time.Second  // between probes, doubled with each that found nothing
	probeWaitMost = 40 * time.Second // up to this,
	probeHope     = 8                // but after a drop no more than this part of the time since it
	probeNear     = 6 * time.Second  // none so soon after overuse: it has shown what the link carries;
	probeCalm     = 2 * time.Second  // to return after a drop, so soon
	probePatience = time.Second      // for the answer, beyond a round trip
)

// cluster is a probe under way.
type cluster struct {
	Probe
	begin       time.Duration // asked for
	first, last int64         // numbers of its packets
	sent, bytes int
}

// prober decides when to probe and reads the answer.
type prober struct {
	count   int
	current cluster
	active  bool
	at      time.Duration // when the last probe ended
	wait    time.Duration // from then on
	next    float64       // rate of a probe that should follow at once, or 0
	passed  float64       // went through in the last probe; 0: that is not known
	before  float64       // rate before the last drop, or 0
	tries   int           // to get back there
	from    float64       // rate before it fell, in a fall that may go on
	fell    time.Duration // when last
	lost    float64       // rate before the last drop
	missed  time.Duration // since then
	shown   float64       // went through a queue that stood, when the rate fell last
	ceiling float64       // the last probe showed that no more goes through; 0: none did
}

// Probe returns a probe to send now, or false.
func (e *Estimator) Probe(now time.Time) (Probe, bool) {
	at := e.at(now)
	p := &e.prober
	if p.active && at-p.current.begin > probePatience+e.delay.rtt {
		e.concluded(at)
	}
	if p.active || !e.calm(at) {
		return Probe{}, false
	}
	most := min(e.wanted*probeMargin, float64(e.config.Max))
	quiet := !e.aimd.reduced || at-e.aimd.decreased >= probeNear
	rate := p.rate(e.target, quiet, at)
	if rate = min(rate, most); rate <= 1.05*e.target {
		return Probe{}, false
	}
	return p.start(e.target, e.burst(), rate, at), true
}

// calm tells whether the link is at ease, so that a probe harms nobody and its answer means something.
func (e *Estimator) calm(now time.Duration) bool {
	switch {
	case e.delay.rtt == 0, e.trend.state == overuse, e.silence.waiting && now-e.silence.since > time.Second:
		return false
	case e.aimd.reduced && now-e.aimd.decreased < probeCalm:
		return false
	case e.loss.limit < e.aimd.rate:
		return false
	case e.target < probeThin && e.trend.total < probeKnown: // a few bytes tell nothing before the noise is known
		return false
	}
	return milliseconds(e.delay.queue) < max(50, 2*e.trend.jitter)
}

// rate is what to probe for now, or 0.
func (p *prober) rate(target float64, quiet bool, now time.Duration) float64 {
	switch {
	case p.count == 0:
		return probeFirst * target
	case p.next > 0:
		return p.next
	case p.before > 0 && now-p.at >= probeRetry:
		return max(probeReturn*p.before, 1.5*target)
	case now-p.at >= p.patience(target, now) && quiet:
		return probeAgain * target
	}
	return 0
}

// patience is the time from one probe to the next. A link that has carried far more not long ago may do so again.
func (p *prober) patience(target float64, now time.Duration) time.Duration {
	if target < probeDrop*p.lost {
		return min(p.wait, max(probeWait, (now-p.missed)/probeHope))
	}
	return p.wait
}

// burst is the bytes of a probe. It must not be long on a link that is thinner than believed: a third of what is
// believed is taken for proven, and of what has come through all. Where that is much, bursts may be as long as the
// noise demands.
func (e *Estimator) burst() int {
	p := &e.prober
	acknowledged, _ := e.acknowledged.rate()
	came, span := max(acknowledged, p.shown), probeTime
	if e.target >= 2*probeThin { // what a few packets tell of less is not worth the wait if they are wrong
		came = max(came, p.passed)
	}
	if came >= probeThin {
		span += probeNoise * e.trend.noise()
	}
	proven := e.target / 3
	if p.ceiling > 0 {
		proven = min(proven, p.ceiling)
	}
	return min(int(min(e.target, max(came, proven))*span.Seconds()/8), probeMost)
}

func (p *prober) start(target float64, bytes int, rate float64, now time.Duration) Probe {
	p.count++
	packets := max(probePackets, (bytes+probeLargest-1)/probeLargest)
	if target < probeThin {
		packets = probeFewest
	}
	bytes = max(bytes, packets*probeSmallest)
	p.current = cluster{Probe: Probe{p.count, int(rate), packets, bytes}, begin: now}
	p.active, p.next, p.passed = true, 0, 0
	if p.tries++; p.tries >= probeTries {
		p.before = 0
	}
	return p.current.Probe
}

// sent notes a packet of a probe.
func (p *prober) sent(s *sent, number int64) {
	c := &p.current
	if !p.active || s.cluster != mark(c.Cluster) {
		return
	}
	if c.sent == 0 {
		c.first = number
	}
	c.last = max(c.last, number)
	c.sent++
	c.bytes += int(s.size)
}

// complete tells whether all of a probe has been reported on, when all up to this number has been.
func (p *prober) complete(reported int64) bool {
	c := &p.current
	return p.active && c.sent >= c.Packets && c.bytes >= c.Bytes && reported >= c.last
}

// concluded ends the probe under way and takes what it found.
func (e *Estimator) concluded(now time.Duration) {
	p := &e.prober
	p.active, p.at = false, now
	p.wait = min(max(2*p.wait, probeWait), probeWaitMost)
	if p.count < probeTries { // little has come yet, so that the first bursts are short
		p.wait = probeRetry
	}
	asked := float64(p.current.Rate)
	found, ok := e.history.passage(p.current.first, p.current.last, asked, e.trend.noise())
	if p.current.sent == 0 || !ok {
		return
	}
	p.ceiling, p.passed = found.high, found.low
	if p.count == 1 && found.high < e.aimd.rate { // nothing is known yet but what was believed: believe this
		acknowledged, _ := e.acknowledged.rate()
		e.aimd.rate = e.bound(max(found.high, acknowledged))
	}
	rate := min(found.low, e.wanted*probeMargin, float64(e.config.Max))
	if e.trend.state == overuse || rate <= 1.05*e.aimd.rate {
		return
	}
	e.aimd.rate = e.bound(rate)
	e.aimd.capacity = capacity{}
	p.wait = probeWait
	if found.low > probeSuccess*asked || !found.seen {
		p.next, p.before = probeAgain*found.low, 0
	}
}

// hurry says that there is more than there was.
func (p *prober) hurry() { p.wait = min(p.wait, probeWait) }

// dropped says that the rate fell. Falls that follow closely are one.
func (p *prober) dropped(from, to float64, now time.Duration) {
	p.next = 0
	if p.fell == 0 || now-p.fell > probeFall {
		p.from = from
	}
	p.fell = now
	if to < probeDrop*p.from && p.before != p.from {
		p.before, p.wait, p.tries = p.from, probeWait, 0
		p.lost, p.missed = p.from, now
	}
}
