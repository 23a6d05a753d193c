package bwe

import (
	"math"
	"time"
)

const (
	decrease    = 0.85 // of the acknowledged rate, on overuse
	increase    = 1.08 // a second, far from where it went wrong last,
	nearThin    = 0.04 // and near there at most this share a second,
	nearFat     = 0.08 // and this from 1 Mbit/s on
	growthRoom  = 1.35 // times the acknowledged rate, and
	growthExtra = 5e3  // bit/s: no growth beyond without a probe,
	growthIdle  = 1.25 // times it when we send less than we might, or so little
	growthThin  = 32e3 // bit/s that each step counts

	yielding  = 0.92        // of the rate, on overuse without a queue,
	yieldWait = time.Second // from one decrease to the next while no queue stands
)

// aimd is the rate that the delays allow: additive increase near the rate at which the queue filled last, multiplicative
// increase elsewhere, multiplicative decrease on overuse (draft-ietf-rmcat-gcc-02 §5.5).
type aimd struct {
	rate      float64       // bit/s
	changed   time.Duration // last increase considered
	decreased time.Duration // last decrease
	reduced   bool          // there was one
	holding   bool          // after a decrease, until the queue has drained
	capacity  capacity
}

// update follows the detector; acknowledged is 0 when unknown. limited: we send less than we might. queued: a queue
// stands.
func (a *aimd) update(state usage, acknowledged float64, limited, queued bool, rtt, now time.Duration) {
	elapsed := min(now-a.changed, time.Second)
	a.changed = now
	switch {
	case state == overuse && !queued:
		a.yield(now)
	case state == overuse:
		if acknowledged == 0 || a.reduced && !a.again(acknowledged, rtt, now) {
			return
		}
		a.fall(acknowledged, now)
	case state == underuse:
		a.holding = true // let the queue drain
	default:
		if a.holding {
			a.holding = false
			return
		}
		a.grow(acknowledged, limited, rtt, elapsed)
	}
}

// again tells whether to decrease once more: after a round trip, or when far more is allowed than arrives.
func (a *aimd) again(acknowledged float64, rtt, now time.Duration) bool {
	wait := min(max(rtt, 10*time.Millisecond), 200*time.Millisecond)
	return now-a.decreased >= wait || acknowledged < a.rate/2
}

func (a *aimd) fall(acknowledged float64, now time.Duration) {
	a.rate = min(a.rate, decrease*acknowledged)
	a.capacity.measure(acknowledged)
	a.decreased, a.reduced, a.holding = now, true, true
}

// yield is for an overuse that is hardly ours, or is none: no queue stands. What arrives says nothing of what the link
// carries.
func (a *aimd) yield(now time.Duration) {
	if a.reduced && now-a.decreased < yieldWait {
		return
	}
	a.rate *= yielding
	a.decreased, a.reduced, a.holding = now, true, true
}

func (a *aimd) grow(acknowledged float64, limited bool, rtt, elapsed time.Duration) {
	if min(acknowledged, a.rate) > a.capacity.high() {
		a.capacity = capacity{}
	}
	rate := a.rate * math.Pow(increase, elapsed.Seconds())
	if a.capacity.known() {
		packet := min(a.rate/30, 1200*8) // a frame of 30 a second, or its packets
		near := nearThin + (nearFat-nearThin)*min(a.rate/1e6, 1)
		rate = a.rate + min(near*a.rate, packet/(rtt+100*time.Millisecond).Seconds())*elapsed.Seconds()
	}
	if acknowledged > 0 {
		most := growthRoom*acknowledged + growthExtra
		if limited || acknowledged < growthThin {
			most = growthIdle * acknowledged
		}
		rate = min(rate, most)
	}
	a.rate = max(a.rate, rate)
}

// capacity is where the queue filled: mean and spread of the acknowledged rate at decreases.
type capacity struct{ mean, spread float64 } // bit/s; spread relative to the square root of the mean

func (c *capacity) known() bool { return c.mean > 0 }

func (c *capacity) measure(rate float64) {
	if c.mean == 0 || rate < c.mean-3*c.deviation() || rate > c.high() {
		*c = capacity{rate, 12.6} // a deviation of 5 % at 64 kbit/s
		return
	}
	off := rate - c.mean
	c.mean += 0.05 * off
	c.spread = min(max(math.Sqrt(0.95*c.spread*c.spread+0.05*off*off/c.mean), 12), 50)
}

func (c *capacity) deviation() float64 { return c.spread * math.Sqrt(c.mean) }

// high is the rate above which the capacity must have changed.
func (c *capacity) high() float64 {
	if !c.known() {
		return math.Inf(1)
	}
	return c.mean + 3*c.deviation()
}
