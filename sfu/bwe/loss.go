package bwe

import (
	"math"
	"time"
)

const (
	observationTime = 250 * time.Millisecond // of sending, at least, in one observation
	observationSize = 15                     // packets, at least, in one
	recently        = 0.9                    // weight of the past in the share of late, at each observation

	rateBins = 72    // of the table, each a tenth above the one before,
	lowest   = 5e3   // from this rate in bit/s
	binWidth = 0.095 // logarithm of 1.1
	memory   = 15.0  // seconds after which an entry of the table has faded to a third

	inherentLow   = 0.001
	inherentHigh  = 0.05  // what a link may lose by itself without limit on the rate,
	inherentScale = 100e3 // and the more the thinner: this over the rate on top,
	inherentMost  = 0.3   // up to this

	preference = 6.0  // log likelihood that must speak for a rate lower by a factor of e: 1 for 15 %
	negligible = 0.01 // share; no more than this, and the delay based estimate holds at once
	recovery   = 1.1  // growth a second while limited
)

// outcome is what became of packets.
type outcome struct{ packets, lost float64 }

// loss tells loss by congestion from loss that the link has anyway. A link of capacity c that loses a share h by itself
// loses, of packets sent at rate r > c, also the share 1-c/r of the rest. Which c and h explain best what was lost at
// which rate? That is the idea of libwebrtc's second loss based estimator; here what was seen is kept by rate, not by
// time, so that a steady rate does not forget what was better below it, and h is found by expectation maximisation. A
// lossy radio link loses the same at any rate, so it keeps its rate; a short queue that overflows loses nothing below
// some rate, so the rate goes there.
type loss struct {
	table    [rateBins]outcome // by rate sent
	partial  outcome           // observation under way:
	bytes    int
	targets  float64       // sum over its packets
	begin    time.Duration // first and last sent of it
	end      time.Duration
	latest   int           // entry of the last observation
	faded    time.Duration // table and late
	late     outcome
	runs     float64 // losses in a row, of late
	row      bool    // the last packet was lost
	inherent float64
	limit    float64 // bit/s; +Inf: losses do not limit
}

// report notes the fate of a packet.
func (l *loss) report(p *sent, lost bool) {
	if l.partial.packets == 0 {
		l.begin, l.end, l.bytes, l.targets = p.at, p.at, 0, 0
	}
	l.end = max(l.end, p.at)
	l.bytes += int(p.size)
	l.targets += float64(p.target)
	l.partial.add(lost)
	if lost && !l.row {
		l.runs++
	}
	l.row = lost
}

func (o *outcome) add(lost bool) {
	o.packets++
	if lost {
		o.lost++
	}
}

// found takes back that a packet was lost: it came late.
func (l *loss) found() {
	if l.partial.lost >= 1 {
		l.partial.lost--
		return
	}
	l.late.lost = max(l.late.lost-1, 0)
	b := &l.table[l.latest]
	b.lost = max(b.lost-1, 0)
}

// restart forgets the observation under way.
func (l *loss) restart() { l.partial = outcome{} }

// update judges when an observation is complete. delay is the delay based estimate, which the limit never passes.
func (l *loss) update(delay, acknowledged float64, now time.Duration) {
	if l.partial.packets < observationSize || l.end-l.begin < observationTime {
		return
	}
	elapsed := min(now-l.faded, time.Second).Seconds()
	l.observe(now)
	current, up := min(l.limit, delay), delay
	if l.share() > negligible {
		up = min(current*math.Pow(recovery, elapsed), delay)
	}
	best, inherent := l.explain([...]float64{current, up, 0.95 * current, 0.85 * current, min(acknowledged, delay)})
	if best > current && l.share() > inherent+inherentHigh {
		best = current
	}
	l.inherent, l.limit = inherent, best
	if best >= delay {
		l.limit = math.Inf(1)
	}
}

// observe takes the observation into the table.
func (l *loss) observe(now time.Duration) {
	fade := math.Exp(-min((now-l.faded).Seconds(), 60) / memory)
	l.faded = now
	for i := range l.table {
		l.table[i].scale(fade)
	}
	// The rate we mean to send varies less than what is sent from one frame to the next, and says as much.
	rate := l.targets / l.partial.packets
	if sent := float64(8*l.bytes) / (l.end - l.begin).Seconds(); sent < rate/2 || rate == 0 {
		rate = sent
	}
	l.latest = entry(rate)
	l.table[l.latest].join(l.partial)
	l.late.scale(recently)
	l.runs *= recently
	l.late.join(l.partial)
	l.partial = outcome{}
}

func (o *outcome) scale(by float64)  { o.packets *= by; o.lost *= by }
func (o *outcome) join(with outcome) { o.packets += with.packets; o.lost += with.lost }

// explain returns which of the capacities, and what inherent loss, make what was seen most likely.
func (l *loss) explain(capacities [5]float64) (best, inherent float64) {
	most := math.Inf(-1)
	for _, c := range capacities {
		if c <= 0 {
			continue
		}
		h := l.fit(c)
		if v := l.likelihood(c, h); v > most {
			best, inherent, most = c, h, v
		}
	}
	return best, inherent
}

// fit returns the inherent loss that explains the table best if c is the capacity.
func (l *loss) fit(c float64) float64 {
	h := max(l.inherent, inherentLow)
	for range 3 {
		var lost, all float64
		for i, o := range l.table {
			if o.packets < 0.1 {
				continue
			}
			p := h + (1-h)*excess(rateOf(i), c)
			lost += o.lost * h / p
			all += o.packets
		}
		h = min(max(lost/max(all, 1), inherentLow), inherentHigh+inherentScale/c, inherentMost)
	}
	return h
}

// likelihood is the logarithm of how likely the table is under c and h, with a preference for greater c.
func (l *loss) likelihood(c, h float64) float64 {
	weight := l.weight()
	sum := preference * math.Log(c)
	for i, o := range l.table {
		if o.packets < 0.1 {
			continue
		}
		p := min(h+(1-h)*excess(rateOf(i), c), 0.99)
		sum += weight * (o.lost*math.Log(p) + (o.packets-o.lost)*math.Log(1-p))
	}
	return sum
}

// weight is what a packet tells. Losses in rows of n on average tell less than as many single ones, about 2n-1 times.
func (l *loss) weight() float64 { return 1 / max(2*l.late.lost/max(l.runs, 1)-1, 1) }

// share is the loss of late, 0 to 1.
func (l *loss) share() float64 { return l.late.lost / max(l.late.packets, 1) }

// excess is the share of packets that a link of capacity c must drop at this rate.
func excess(rate, c float64) float64 { return max(0, 1-c/rate) }

// entry is the place of a rate in the table, and rateOf the rate of an entry.
func entry(rate float64) int {
	return min(max(int(math.Round(math.Log(rate/lowest)/binWidth)), 0), rateBins-1)
}

func rateOf(entry int) float64 { return rates[entry] }

var rates = func() (r [rateBins]float64) {
	for i := range r {
		r[i] = lowest * math.Exp(binWidth*float64(i))
	}
	return r
}()
