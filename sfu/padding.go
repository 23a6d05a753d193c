package sfu

import (
	"time"

	"github.com/pion/webrtc/v4"

	"jalsa/sfu/udp"
)

// Where nothing else leaves for so long, a packet of so much does, for the sake of the feedback to it.
const (
	idleEvery   = 200 * time.Millisecond
	idlePadding = 80 // bytes: hardly any
)

// pad sends the padding of a probe.
func (p *Peer) pad(c *congestion, now time.Time, out *udp.Burst) {
	for size, besides := c.missing(now); size > 0; size, besides = c.missing(now) {
		u := p.padded()
		if u == nil {
			return
		}
		e := u.padding(size, besides)
		if e == nil {
			return
		}
		c.leave(e, now)
		p.write(e, out)
	}
}

// missing is the size of the padding that a probe lacks now, 0 if none, and what of it is not RTP.
func (c *congestion) missing(now time.Time) (size, besides int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.queue.Padding(now), c.route.overhead
}

func (c *congestion) leave(e *egress, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leaveLocked(e, now)
}

// padded is a line that can carry padding, nil if none can: padding goes on a repair stream, where it is of no meaning
// to any picture, also before a first one (RFC 4588 needs none). It is called by the room's goroutine alone.
func (p *Peer) padded() *subscription {
	if p.pads != nil && p.pads.pads() {
		return p.pads
	}
	p.pads = nil
	for _, u := range p.received() {
		if u.pads() {
			p.pads = u
			break
		}
	}
	return p.pads
}

// pads tells whether the line has a repair stream and is counted in the estimate.
func (u *subscription) pads() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.kind == webrtc.RTPCodecTypeVideo && u.exit != nil && u.repair != 0 && u.repairPayload != 0 && u.wide != 0
}

// padding makes a packet of size bytes on the link, besides of which are not RTP, that is nothing but padding (RFC 3550,
// section 5.1); nil: the line is closed.
func (u *subscription) padding(size, besides int) *egress {
	e := u.peer.sfu.egress.Get().(*egress)
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.exit == nil {
		u.peer.free(e)
		return nil
	}
	u.headerLocked(e, 0, outgoing{sequence: uint16(u.index), stamp: u.rewriter.stamp}, false)
	u.repairLocked(e)
	e.body, e.padding = nil, 1 // from here on its header is one of padding
	e.padding = uint8(min(max(size-besides-e.headerSize(), 1), 255))
	e.size = besides + e.wireSize()
	return e
}
