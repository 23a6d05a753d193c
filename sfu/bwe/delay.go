package bwe

import "time"

const (
	baseTime   = 60 * time.Second // the quickest packet of one to two such times is the path without a queue,
	queueTime  = 300 * time.Millisecond
	steadyTime = 5 * time.Second // unless all take longer by the same for so long,
	sameLevel  = 10 * time.Millisecond
)

// delay is round trip and queue. Both clocks have beginnings of their own, so only differences of transit times mean
// anything.
type delay struct {
	rtt   time.Duration // smoothed (RFC 6298)
	queue time.Duration // the quickest packet of the last while against the quickest of all: what stands in the queue
	base  quickest
	now   quickest
	fresh time.Duration // the same of the packets of the last feedback alone
	least time.Duration // of those of the feedback being read
	last  time.Duration // when the newest packet reported was sent
	any   bool

	standing standing
	level    time.Duration // of now, about which it has stayed
	steady   time.Duration // since then
}

func (d *delay) add(sentAt, arrival, now time.Duration) {
	transit := arrival - sentAt
	if !d.any {
		d.least = transit
	}
	d.last, d.any, d.least = max(d.last, sentAt), true, min(d.least, transit)
	d.base.add(transit, now, baseTime)
	d.now.add(transit, now, queueTime)
}

// waited is how much longer a packet took than the quickest.
func (d *delay) waited(sentAt, arrival time.Duration) time.Duration {
	return arrival - sentAt - d.base.least()
}

// update measures after a feedback.
func (d *delay) update(now time.Duration) {
	if !d.any {
		return
	}
	d.any = false
	if sample := now - d.last; d.rtt == 0 {
		d.rtt = sample
	} else {
		d.rtt += (sample - d.rtt) / 8
	}
	least := d.now.least()
	d.queue, d.fresh = max(least-d.base.least(), 0), max(d.least-d.base.least(), 0)
	if off := least - d.level; off > sameLevel || off < -sameLevel {
		d.level, d.steady = least, now
	} else if d.queue > shortQueue && now-d.steady > steadyTime { // queues move; this is another path
		d.base = d.now
		d.queue = 0
	}
}

// quickest is the least transit time of one to two spans.
type quickest struct {
	this, before   time.Duration
	begin          time.Duration
	any, hasBefore bool
}

func (q *quickest) add(transit, now, span time.Duration) {
	if !q.any || now-q.begin >= span {
		q.before, q.hasBefore = q.this, q.any && now-q.begin < 2*span
		q.this, q.begin, q.any = transit, now, true
		return
	}
	q.this = min(q.this, transit)
}

func (q *quickest) least() time.Duration {
	if q.hasBefore {
		return min(q.this, q.before)
	}
	return q.this
}
