package bwe

import "time"

const (
	baseTime  = 15 * time.Second // the quickest packet of one to two such times is the path without a queue
	queueTime = 300 * time.Millisecond

	shortQueue = 40 * time.Millisecond
	longQueue  = 120 * time.Millisecond
	blameTimes = 3
	blameTime  = 500 * time.Millisecond
)

// delay is round trip and queue. Both clocks have beginnings of their own, so only differences of transit times mean
// anything.
type delay struct {
	rtt   time.Duration // smoothed (RFC 6298)
	queue time.Duration // the quickest packet of the last while against the quickest of all: what stands in the queue
	base  quickest
	now   quickest
	last  time.Duration // when the newest packet reported was sent
	any   bool

	blamed int           // how often the rate was lowered for the queue that stands now
	lowers time.Duration // when last
}

func (d *delay) add(sentAt, arrival, now time.Duration) {
	d.last, d.any = max(d.last, sentAt), true
	transit := arrival - sentAt
	d.base.add(transit, now, baseTime)
	d.now.add(transit, now, queueTime)
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
	d.queue = max(d.now.least()-d.base.least(), 0)
}

// standing tells whether the queue is so long that the rate must be lowered although it does not grow. When that was
// done a few times and the queue did not go, it is another's.
func (d *delay) standing(noise, now time.Duration) bool {
	switch {
	case d.queue < shortQueue:
		d.blamed = 0
	case d.queue > max(longQueue, 3*noise) && d.blamed < blameTimes && now-d.lowers > blameTime+d.rtt:
		d.blamed++
		d.lowers = now
		return true
	}
	return false
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
