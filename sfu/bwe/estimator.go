package bwe

import (
	"math"
	"time"
)

// Config bounds an Estimator; all in bit/s.
type Config struct {
	Start int // believed before anything is measured
	Min   int // never less, whatever is measured
	Max   int // never more
}

// Arrival is what the receiver reports of one packet.
type Arrival struct {
	Sequence uint16
	Received bool
	At       time.Duration // on the receiver's clock, from any beginning
}

// fewBits are what a second of voices takes.
const fewBits = 64_000

// drained is how soon after a decrease a queue of ours is gone.
const drained = 5 * time.Second

// Stats describe an Estimator at one moment.
type Stats struct {
	Target, Delay, Loss int           // bit/s: the result, and what delays and losses would allow
	Acknowledged        int           // bit/s that arrive, 0: not known
	Lost                float64       // share of late, 0 to 1
	RTT                 time.Duration // smoothed, with the receiver's wait before its feedback
	Queue               time.Duration // how much longer than the quickest of late packets take
	ApplicationLimited  bool          // we send much less than Target
	Overuse             bool          // the queue is filling
}

// Estimator finds the rate at which one receiver can be sent to. It is told of every packet sent and of every feedback.
type Estimator struct {
	// What Sent needs comes first, and lies together: it is called for each packet.
	epoch   time.Time
	target  float64
	limited limited
	silence silence
	history history

	config       Config
	wanted       float64
	groups       groups
	trend        trendline
	acknowledged acknowledged
	aimd         aimd
	loss         loss
	delay        delay
	through      through
	prober       prober

	late     time.Duration // of the packet reported last: between our clock and the receiver's; 0: none yet
	reported int64         // highest number in a feedback
}

// New returns an Estimator that believes c.Start.
func New(c Config, now time.Time) *Estimator {
	c.Min = max(c.Min, 1000)
	c.Max = max(c.Max, c.Min)
	e := &Estimator{config: c, epoch: now, wanted: math.Inf(1)}
	e.aimd.rate = e.bound(float64(c.Start))
	e.loss.limit = math.Inf(1)
	e.settle()
	return e
}

// Target is what may be sent in bit/s: media, repair, probes, with the headers of IP and UDP.
func (e *Estimator) Target() int { return int(e.target) }

// Wanted says what the receiver could use now in bit/s; probing goes no further.
func (e *Estimator) Wanted(bits int) { e.wanted = float64(max(bits, 0)) }

// Sent notes a packet as it leaves: its transport-wide number, the bytes of its IP datagram, and the probe it belongs to
// or 0.
func (e *Estimator) Sent(sequence uint16, size, cluster int, now time.Time) {
	at := e.at(now)
	e.limited.sent(8*size, e.target, at)
	e.silence.sent(at)
	p := e.history.add(sequence, size, cluster, at)
	if p == nil {
		return
	}
	if !e.limited.on {
		p.target = float32(e.target)
	}
	if cluster != 0 {
		e.prober.sent(p, e.history.number(p))
	}
}

// Again notes that a packet is sent a second time, byte for byte and so under the same number. What is reported of it is
// of whichever copy came first.
func (e *Estimator) Again(sequence uint16, now time.Time) {
	if p := e.history.find(sequence); p != nil && p.again == 0 {
		p.repeated(e.at(now))
	}
}

// Feedback takes the receiver's report of packets, in the order of their numbers.
func (e *Estimator) Feedback(arrivals []Arrival, now time.Time) {
	at := e.at(now)
	if e.silence.broken(at) {
		e.back(at)
	}
	if e.missed(arrivals) {
		e.acknowledged.hole()
		e.through = through{}
	}
	state := normal
	for _, a := range arrivals {
		p := e.history.find(a.Sequence)
		if p == nil || p.fate == arrived {
			continue
		}
		if p.fate == forgotten {
			e.overhear(p, a)
			continue
		}
		if a.Received && e.copied(p, a) {
			e.observe(p, Arrival{Sequence: a.Sequence}, at)
			e.overhear(p, a)
			p.fate = forgotten
			continue
		}
		e.observe(p, a, at)
		if e.trend.state == overuse {
			state = overuse
		}
	}
	if state == normal {
		state = e.trend.state
	}
	e.acknowledged.update()
	e.delay.update(at)
	e.adjust(state, at)
	if e.prober.complete(e.reported) {
		e.concluded(at)
	}
	rate, _ := e.acknowledged.rate()
	e.loss.update(e.aimd.rate, rate, at)
	e.settle()
}

// adjust sets the rate that delays allow.
func (e *Estimator) adjust(state usage, now time.Duration) {
	rate, _ := e.acknowledged.rate()
	before, known := e.aimd.rate, e.aimd.capacity.known()
	state = e.delay.standing.judge(state, &e.delay, rate, e.loss.share(), e.trend.noise(), now)
	most := e.delay.standing.most(before)
	short, through := e.short(), e.through.rate()
	if e.limited.on && e.sentFew(now) {
		through = 0
	}
	few := false // packets were sent, so that nothing tells what the link let through
	switch {
	case state != overuse:
	case through > 0:
		rate, e.prober.shown = through, through
	case e.limited.on:
		peak := e.acknowledged.peak() // a mean of less than we might send is no measure of the link
		rate, few = max(rate, peak), (peak == 0 || e.delay.queue < short) && e.sentFew(now)
	case e.delay.queue < short:
		rate = max(rate, before) // little arrives between bursts; that little gets through has not shown as long as no queue stands
	}
	queued := (e.delay.queue >= short || through > 0) && !few
	e.aimd.update(state, rate, e.limited.on, queued, e.delay.rtt, now)
	e.aimd.rate = e.bound(min(e.aimd.rate, most))
	switch {
	case e.aimd.rate < before:
		e.prober.dropped(before, e.aimd.rate, now)
	case known && !e.aimd.capacity.known():
		e.prober.hurry()
	}
	if e.delay.queue < shortQueue && e.aimd.reduced && now-e.aimd.decreased < drained {
		e.trend.settle() // sending less helped: what the threshold got used to was our own queue
	}
}

// short is the longest queue that is none.
func (e *Estimator) short() time.Duration { return max(shortQueue, shortNoise*e.trend.noise()) }

// sentFew tells that what was sent in the last second is hardly more than voice.
func (e *Estimator) sentFew(now time.Duration) bool {
	return e.history.since(now-time.Second, fewBits) < fewBits
}

// missed tells whether a feedback before this one was lost, so that nothing is known of some packets.
func (e *Estimator) missed(arrivals []Arrival) bool {
	first := int64(math.MaxInt64)
	for _, a := range arrivals {
		if p := e.history.find(a.Sequence); p != nil {
			first = min(first, e.history.number(p))
		}
	}
	return e.reported > 0 && first != math.MaxInt64 && first > e.reported+1
}

// copied tells whether it was the second copy that arrived: it was longer on its way than the packet before by about the
// time between the copies. The first one is lost then.
func (e *Estimator) copied(p *sent, a Arrival) bool {
	late, before := a.At-p.at, e.late
	e.late = late
	return p.again != 0 && before != 0 && late-before >= p.between()/2
}

// overhear takes of a forgotten packet, or of a second copy, what holds whichever copy arrived: that it was reported,
// and its bytes.
func (e *Estimator) overhear(p *sent, a Arrival) {
	e.reported = max(e.reported, e.history.number(p))
	if a.Received && p.arrival == 0 {
		p.arrival = a.At
		e.acknowledged.add(a.At, int(p.size))
	}
}

// observe takes what is reported of one packet.
func (e *Estimator) observe(p *sent, a Arrival, now time.Duration) {
	e.reported = max(e.reported, e.history.number(p))
	if !a.Received {
		if p.fate == flying {
			p.fate = missing
			if p.at >= e.silence.over {
				e.loss.report(p, true)
			}
		}
		return
	}
	if p.fate == missing {
		e.loss.found()
	} else {
		e.loss.report(p, false)
	}
	p.fate, p.arrival = arrived, a.At
	e.acknowledged.add(a.At, int(p.size))
	if p.at < e.silence.over {
		return // waited for the link to come back
	}
	e.delay.add(p.at, a.At, now)
	e.through.add(a.At, int(p.size), e.delay.waited(p.at, a.At) >= e.short())
	if v, ok := e.groups.add(p, now); ok {
		e.trend.add(v, e.aimd.rate, now)
	}
}

// back is the end of a silence: what was lost in it says nothing of congestion, and the way may be another one.
func (e *Estimator) back(now time.Duration) {
	e.groups.reset()
	e.trend.reset()
	e.acknowledged.hole()
	e.loss.restart()
	e.prober.dropped(e.silence.before, e.aimd.rate, now)
}

// Process lets time pass; to be called about every 50 ms.
func (e *Estimator) Process(now time.Time) {
	at := e.at(now)
	e.limited.advance(e.target, at)
	if e.silence.decays(at, e.aimd.rate) {
		e.aimd.rate = e.bound(e.aimd.rate * silenceDecay)
	}
	e.settle()
}

// Crowded tells whether all that was reported last had waited in a long queue: what is lost then is lost for want of room.
func (e *Estimator) Crowded() bool {
	return e.delay.fresh >= max(longQueue, shortNoise*e.trend.noise())
}

// Stats describes the present state.
func (e *Estimator) Stats() Stats {
	rate, _ := e.acknowledged.rate()
	return Stats{
		Target:             int(e.target),
		Delay:              int(e.aimd.rate),
		Loss:               int(e.bound(e.loss.limit)),
		Acknowledged:       int(min(rate, 1e12)),
		Lost:               e.loss.share(),
		RTT:                e.delay.rtt,
		Queue:              e.delay.queue,
		ApplicationLimited: e.limited.on,
		Overuse:            e.trend.state == overuse,
	}
}

func (e *Estimator) settle() { e.target = e.bound(min(e.aimd.rate, e.loss.limit)) }

func (e *Estimator) bound(rate float64) float64 {
	return min(max(rate, float64(e.config.Min)), float64(e.config.Max))
}

// at is our clock: the time since the beginning, never below 0.
func (e *Estimator) at(now time.Time) time.Duration { return max(now.Sub(e.epoch), 0) }
