package sfu

import (
	"errors"
	"sync"
	"time"

	"jalsa/sfu/bwe"
	"jalsa/sfu/pacer"
	"jalsa/sfu/udp"
)

// afterFaces is the priority of a page among what waits. Its share of the link is reserved (classDocument), and bursts
// of it would make faces freeze.
const afterFaces = int(classOther) + 1

const (
	minTarget    = 20_000    // bit/s: voice of 12 kbit/s in packets of 60 ms
	maxTarget    = 6_000_000 // bit/s: nobody is shown more
	processEvery = 50 * time.Millisecond
	fell         = 0.9 // of the target or less is divided anew at once
)

// congestion is what we know of the link towards a peer, and the queue of what is to go there. What leaves gets a
// transport-wide number; the receiver reports which numbers came and when, and from that alone follows the target: a
// publisher's own losses do not count.
type congestion struct {
	mu       sync.Mutex // held for arithmetic, never while sending
	sequence uint16     // transport-wide, newest
	heard    bool       // a feedback came
	sent     uint64     // bytes on the link
	left     time.Time  // when something was sent last
	route    route
	queue    pacer.Queue[*egress]

	estimator bwe.Estimator
	clock     remoteClock
	arrivals  []bwe.Arrival // of the feedback being read
	flow      flow          // of feedback
	processed time.Time
	thin      thinness
	losses    losses // but for those of a full queue
	armour    armour // of voice
}

func newCongestion(start int, now time.Time) *congestion {
	return newCongestionUpTo(start, maxTarget, now)
}

func newCongestionUpTo(start, most int, now time.Time) *congestion {
	return &congestion{
		estimator: *bwe.New(bwe.Config{Start: start, Min: minTarget, Max: most}, now),
		queue:     *pacer.New[*egress](start, now),
		route:     route{overhead: overhead},
	}
}

// pace gives a prepared packet to the peer's link: at once, or when it is its turn. A panic here, whoever sent the packet,
// is of this link and ends this peer.
func (p *Peer) pace(e *egress, class pacer.Class, now time.Time, out *udp.Burst) {
	defer p.survive()
	c := p.congestion.Load()
	if c == nil || c.enter(e, class, now) {
		p.write(e, out)
		return
	}
	p.settle(c, now)
	p.room.beat()
}

// enter tells whether e leaves now; else the queue has it.
func (c *congestion) enter(e *egress, class pacer.Class, now time.Time) bool {
	p := pacer.Packet[*egress]{Item: e, Class: class, Frame: e.stamp, Key: e.key, Anew: e.anew, Spare: e.spare}
	if class == pacer.Video {
		p.Line, p.Priority = e.line.seat, int(e.line.priority.Load())
		if p.Page = e.stream.track.screen; p.Page {
			p.Priority = afterFaces
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e.size = c.route.overhead + e.wireSize()
	p.Size = e.size
	c.holdLocked(now)
	if !c.queue.Enter(p, now) {
		return false
	}
	c.leaveLocked(e, now)
	return true
}

// holdLocked keeps pictures from a relay that has not got rid of the ones before.
func (c *congestion) holdLocked(now time.Time) {
	if c.route.relay != nil {
		c.queue.Hold(c.route.full(c.estimator.Target(), now))
	}
}

// follow takes another way.
func (c *congestion) follow(r route) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.route = r
	c.queue.Hold(false)
}

// leaveLocked numbers a packet that leaves now.
func (c *congestion) leaveLocked(e *egress, now time.Time) {
	c.sent += uint64(e.size)
	c.left = now
	if e.extended == 0 {
		return
	}
	c.sequence++
	e.wide = c.sequence
	c.estimator.Sent(c.sequence, e.size, c.queue.Cluster(), now)
}

// again counts a packet that was sent before, number and all: what is reported of it may be of either.
func (c *congestion) again(e *egress, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.size = c.route.overhead + e.wireSize()
	c.queue.Enter(pacer.Packet[*egress]{Item: e, Class: pacer.Audio, Size: e.size}, now)
	c.sent += uint64(e.size)
	if e.extended != 0 {
		c.estimator.Again(e.wide, now)
	}
}

// armed is how many copies of each packet of voice its losses ask for.
func (c *congestion) armed(now time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.armour.decide(&c.losses, now)
}

// drain sends what is due. It is called by the room's goroutine alone, which calls drained once that has left.
func (p *Peer) drain(now time.Time, out *udp.Burst) {
	defer p.survive()
	c := p.congestion.Load()
	if c == nil || !p.live.Load() {
		return
	}
	for e := c.next(now); e != nil; e = c.next(now) {
		p.write(e, out)
	}
	p.pad(c, now, out)
	p.settle(c, now)
}

// drained lets what enters leave at once again, if nothing waits, and tells whether more is to come.
func (p *Peer) drained() bool {
	defer p.survive()
	c := p.congestion.Load()
	return c != nil && p.live.Load() && c.drained()
}

func (c *congestion) drained() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue.Sent()
	return c.queue.Pending()
}

func (c *congestion) pending() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.queue.Pending()
}

// waits tells whether some video of a seat does.
func (c *congestion) waits(seat int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.queue.Waits(seat)
}

// next is a packet whose turn it is, nil if there is none.
func (c *congestion) next(now time.Time) *egress {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holdLocked(now)
	p, ok := c.queue.Next(now)
	if !ok {
		return nil
	}
	c.leaveLocked(p.Item, now)
	return p.Item
}

// clear frees what waits for a peer that is gone.
func (c *congestion) clear(p *Peer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue.Clear()
	for d, ok := c.queue.Dropped(); ok; d, ok = c.queue.Dropped() {
		p.free(d.Item)
	}
}

// settle frees what the queue dropped, and tells the lines whose picture it breaks.
func (p *Peer) settle(c *congestion, now time.Time) {
	for d, broken, ok := c.dropped(); ok; d, broken, ok = c.dropped() {
		if d.Class == pacer.Video {
			p.drops.add(dropPaced)
			d.Item.line.unsent(d.Item, broken, now)
		} else {
			p.drops.add(dropRepairPaced)
		}
		p.free(d.Item)
	}
}

// dropped is a packet that the queue gave up. broken: what follows it on its line needs a key frame.
func (c *congestion) dropped() (d pacer.Packet[*egress], broken, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d, ok = c.queue.Dropped()
	return d, ok && d.Class == pacer.Video && c.queue.Broken(d.Line), ok
}

// process does what time alone changes.
func (p *Peer) process(now time.Time, out *udp.Burst) {
	c := p.congestion.Load()
	if c == nil || !p.live.Load() {
		return
	}
	line := p.padded()
	probe, idle := c.process(int(p.demand.Load()), line != nil, now)
	if probe {
		p.room.beat()
	}
	if idle {
		if e := line.padding(idlePadding, overhead); e != nil {
			p.pace(e, pacer.Audio, now, out)
		}
	}
	p.publishTarget(c, now)
}

// process tells whether a probe begins, and whether something should be sent only so that feedback comes: who holds
// everything back because of a bad estimate would never learn of a better one.
func (c *congestion) process(demand int, pads bool, now time.Time) (probe, idle bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !turns(&c.processed, processEvery, now) {
		return false, false
	}
	if demand > 0 {
		c.estimator.Wanted(demand)
	}
	if !c.heard {
		return false, false // who never says anything has its start for good; silence means something only from those who do
	}
	c.estimator.Process(now)
	if !pads {
		return false, false
	}
	next, ok := c.estimator.Probe(now)
	if ok {
		c.queue.Probe(pacer.Probe(next), now)
	}
	return ok, !ok && demand > c.estimator.Target() && now.Sub(c.left) >= idleEvery
}

// arrived takes a receiver's feedback.
func (p *Peer) arrived(b []byte, now time.Time) {
	c := p.congestion.Load()
	if c == nil {
		return
	}
	switch err := c.arrived(b, now); {
	case errors.Is(err, errFeedbacks):
		p.drops.add(dropFeedback)
		return
	case err != nil:
		p.drops.add(dropMalformed)
		return
	}
	before := p.target.Load()
	if p.publishTarget(c, now); float64(p.target.Load()) < fell*float64(before) {
		p.reallocate(now) // the next window is far
	}
}

func (c *congestion) arrived(b []byte, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.flow.take(1, mostFeedback, now) {
		return errFeedbacks
	}
	var err error
	if c.arrivals, err = parseFeedback(b, c.arrivals[:0], &c.clock); err != nil {
		return err
	}
	c.heard = true
	c.estimator.Feedback(c.arrivals, now)
	if c.estimator.Crowded() {
		return nil // copies would only make it worse
	}
	for _, a := range c.arrivals {
		c.losses.note(!a.Received, now)
	}
	return nil
}

// control begins to control what is sent to the peer.
func (p *Peer) control(c *congestion, now time.Time) {
	p.congestion.Store(c)
	p.publishTarget(c, now)
}

// publishTarget lets others read what the estimator believes.
func (p *Peer) publishTarget(c *congestion, now time.Time) {
	target, thin := c.believed(Level(p.limit.Load()), now)
	p.target.Store(int64(target))
	p.thin.Store(thin)
}

// believed has the queue follow the estimate, and tells it and whether the link is thin.
func (c *congestion) believed(limit Level, now time.Time) (target int, thin bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	target = c.estimator.Target()
	c.queue.Target(target)
	c.thin.note(target, limit.Thin(), now)
	return target, c.thin.is
}

// Two voices of 20 ms, with copies against some loss, are 90 kbit/s: a third of a link of 280, or a picture. Of 60 ms they
// are half of that.
const (
	thinBelow = 280_000 // bit/s
	thinUntil = 350_000
	thinClear = 10 * time.Second // above thinUntil
)

// thinness tells whether a link is thin, slow to say that it is not.
type thinness struct {
	is    bool
	known bool      // something was noted
	above time.Time // thinUntil was passed; zero: it is not
}

// note takes the target in bit/s; limited means that the person wants no more than a thin link carries.
func (t *thinness) note(target int, limited bool, now time.Time) {
	first := !t.known
	t.known = true
	switch {
	case limited || target < thinBelow || first && target <= thinUntil:
		t.is, t.above = true, time.Time{}
	case target <= thinUntil:
		t.above = time.Time{}
	case t.above.IsZero():
		t.above = now
	case now.Sub(t.above) >= thinClear:
		t.is = false
	}
}
