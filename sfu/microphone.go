package sfu

import (
	"time"

	"github.com/pion/rtcp"
)

const (
	unheardAfter = 3 * time.Second // without a packet; discontinuous transmission sends one in 400 ms (RFC 7587, section 3.1.3)
	otherAfter   = 2 * time.Second // after the newest packet of voice, by which other traffic shows that the path is well
	heardAgain   = time.Second
)

// unfold takes a packet of audio/red apart (RFC 2198): first what was lost before it, then the packet itself. d is the
// packet as it came.
func (in *inlet) unfold(d *incoming) drop {
	p := in.peer
	r := &p.in.red
	if r.parse(d.payload) != nil {
		return dropMalformed
	}
	whole := *d
	for i, block := range r.blocks[:r.count-1] {
		h, ok := r.numbered(i, whole.head)
		if !ok || block.format != in.format || len(block.payload) == 0 || !in.stream.misses(h.sequence) {
			continue
		}
		*d = whole
		d.head, d.payload = h, block.payload
		if why := in.deliver(d, true); why == "" {
			p.counts.recovered.Add(1)
		}
	}
	last := r.blocks[r.count-1]
	if last.format != in.format {
		return dropPayload
	}
	*d = whole
	d.payload = last.payload
	return in.deliver(d, false)
}

// misses tells whether a packet just before the newest, or after it, did not come.
func (s *stream) misses(sequence uint16) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &s.arrivals
	if behind := a.newest - sequence; !a.started || behind >= 1<<15 {
		return true
	} else if behind >= maxGap {
		return false
	}
	return !a.has(sequence)
}

// hearLocked measures what the way from the publisher loses, before any repair.
func (s *stream) hearLocked(sequence uint16, now time.Time) {
	if ahead := sequence - uint16(s.reception.highest); s.reception.started && ahead > 0 && ahead <= maxGap {
		for range ahead - 1 {
			s.losses.note(true, now)
		}
	}
	s.losses.note(false, now)
}

// redundant tells whether the publisher should send its voice with redundancy. It is asked once a second.
func (s *stream) redundant(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.armour.decide(&s.losses, now) > 0
}

// microphones looks at the voice that the peer sends, once a second: whether it is to come with redundancy, and whether
// it still comes.
func (p *Peer) microphones(now time.Time) {
	for s := range p.streams() {
		if !s.video() {
			p.redundant.Store(s.redundant(now))
		}
	}
	if !p.live.Load() {
		return
	}
	p.reconsider() // redundancy comes by an answer
	if unheard, changed := p.unheard.look(p.newest(false), p.newest(true), now); changed {
		p.post(func(n *pending) { n.unheard = &unheard })
	}
}

// newest is the arrival of the newest packet: of voice, or of anything else but the checks of ICE. Zero: none came.
func (p *Peer) newest(other bool) (at time.Time) {
	if nanoseconds := p.controlled.Load(); other && nanoseconds > 0 {
		at = time.Unix(0, nanoseconds)
	}
	for s := range p.streams() {
		if last := time.Unix(0, s.last.Load()); s.video() == other && last.After(at) {
			at = last
		}
	}
	return at
}

// unheard finds out that a microphone fell silent while its device still talks to us: the phone took it away.
type unheard struct{ is bool }

// look takes the arrivals of the newest packet of voice, and of anything else, and tells whether something changed.
func (u *unheard) look(voice, other, now time.Time) (is, changed bool) {
	before := u.is
	switch quiet := now.Sub(voice); {
	case voice.IsZero():
	case quiet < heardAgain:
		u.is = false
	case quiet >= unheardAfter && other.Sub(voice) >= otherAfter:
		u.is = true
	}
	return u.is, u.is != before
}

// worst raises the loss that a report tells to what the worst receiver of the voice has: the encoder's forward error
// correction is for them too. To a sender of redundant audio it makes no difference.
func (s *stream) worst(b *rtcp.ReceptionReport, now time.Time) {
	for _, u := range *s.track.subscribers.Load() {
		if share := u.lossDown(now); share > float64(b.FractionLost)/256 {
			b.FractionLost = uint8(min(share*256, 255))
		}
	}
}

// lossDown is the share of what we send to the line's receiver that is lost, over the last seconds.
func (u *subscription) lossDown(now time.Time) float64 {
	if c := u.peer.congestion.Load(); c != nil && u.wide != 0 {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.losses.share(now)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.voice == nil {
		return 0
	}
	return u.voice.losses.share(now)
}
