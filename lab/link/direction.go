package link

import (
	"math/rand/v2"
	"time"
)

// Packet is one packet on the link. Data is the caller's; Size counts for the rate and the queue.
type Packet struct {
	Data any
	Size int
	At   time.Time // when it entered, and from Direction.Due on, when it left

	bits float64 // still to be sent
}

// Counts are running totals of one direction.
type Counts struct {
	InPackets, InBytes, OutPackets, OutBytes, LostRandom, DroppedQueue, QueueBytes, PeakQueueBytes int
}

// Direction is one direction of a link. The transmitter runs in virtual time: a late call makes single packets a little
// late but never changes the mean rate. It is not safe for concurrent use.
type Direction struct {
	params      Params
	counts      Counts
	queue, line []Packet  // waiting for the transmitter; travelling
	clock       time.Time // the transmitter has worked up to here
	bad         bool      // state of the loss model
	replay      replay
	random      *rand.Rand
}

// New makes a direction whose losses and jitter follow from seed.
func New(p Params, seed uint64) *Direction {
	return &Direction{params: p, random: rand.New(rand.NewPCG(seed, seed))}
}

// Counts returns the totals.
func (d *Direction) Counts() Counts { return d.counts }

// Params returns the present parameters.
func (d *Direction) Params() Params { return d.params }

// Change sets the parameters from now on; packets already travelling keep their delay.
func (d *Direction) Change(p Params, now time.Time) {
	d.advance(now)
	d.params = p
}

// Follow replays a trace from now on, until it is told to follow another one or nil; what Change sets meanwhile lasts until
// the trace sets it again.
func (d *Direction) Follow(t *Trace, now time.Time) {
	d.advance(now)
	d.replay = replay{trace: t, round: now}
}

// Enter takes a packet onto the link, or loses it.
func (d *Direction) Enter(data any, size int, now time.Time) {
	d.advance(now)
	d.counts.InPackets++
	d.counts.InBytes += size
	limit := d.params.QueueBytes
	if d.params.QueueTime > 0 {
		limit = max(d.params.QueueTime.Seconds()*d.params.Rate/8, 3000)
	}
	switch {
	case d.lose():
		d.counts.LostRandom++
	case d.params.Rate >= 0 && float64(d.counts.QueueBytes+size) > limit:
		d.counts.DroppedQueue++
	default:
		d.queue = append(d.queue, Packet{data, size, now, float64(8 * (size + d.params.Overhead))})
		d.counts.QueueBytes += size
		d.counts.PeakQueueBytes = max(d.counts.PeakQueueBytes, d.counts.QueueBytes)
	}
}

// Due returns the packets that have arrived by now, with their times of arrival, and when to ask again; without ok, not
// before a packet enters or the parameters change.
func (d *Direction) Due(now time.Time) (due []Packet, next time.Time, ok bool) {
	next, ok = d.advance(now)
	for len(d.line) > 0 && !d.line[0].At.After(now) {
		d.counts.OutPackets++
		d.counts.OutBytes += d.line[0].Size
		due = append(due, d.line[0])
		d.line = d.line[1:]
	}
	if len(d.line) > 0 && (!ok || d.line[0].At.Before(next)) {
		next, ok = d.line[0].At, true
	}
	return due, next, ok
}

func (d *Direction) lose() bool {
	l := d.params.Loss / 100
	if d.params.Burst <= 1 || l >= 1 {
		return d.random.Float64() < l
	}
	if d.bad { // Gilbert: all is lost in the bad state
		d.bad = d.random.Float64() >= 1/d.params.Burst
	} else {
		d.bad = d.random.Float64() < l/(d.params.Burst*(1-l))
	}
	return d.bad
}

// advance runs trace and transmitter up to now; ok tells that either has something to do at next.
func (d *Direction) advance(now time.Time) (next time.Time, ok bool) {
	step, following := d.replay.due()
	for following && !step.After(now) {
		d.transmit(step)
		if p, err := d.params.Parse(d.replay.take()); err == nil { // ParseTrace has read it once
			d.params = p
		}
		step, following = d.replay.due()
	}
	next, ok = d.transmit(now)
	if following && (!ok || step.Before(next)) {
		next, ok = step, true
	}
	return next, ok
}

// transmit runs the transmitter up to now; ok tells that it will finish a packet at next.
func (d *Direction) transmit(now time.Time) (next time.Time, ok bool) {
	for len(d.queue) > 0 {
		q := &d.queue[0]
		if d.clock.Before(q.At) {
			d.clock = q.At
		}
		if d.params.Rate >= 0 {
			end := d.clock.Add(time.Duration(min(q.bits/d.params.Rate, 3600) * 1e9))
			if end.After(now) {
				if now.After(d.clock) {
					q.bits -= now.Sub(d.clock).Seconds() * d.params.Rate
					d.clock = now
				}
				return end, true
			}
			d.clock = end
		}
		p := *q
		d.queue = d.queue[1:]
		d.counts.QueueBytes -= p.Size
		p.At = d.clock.Add(d.params.Delay + time.Duration((2*d.random.Float64()-1)*float64(d.params.Jitter)))
		if n := len(d.line); n > 0 && p.At.Before(d.line[n-1].At) {
			p.At = d.line[n-1].At
		}
		d.line = append(d.line, p)
	}
	return next, false
}
