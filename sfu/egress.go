package sfu

import (
	"math/rand/v2"
	"time"

	"jalsa/sfu/pacer"
	"jalsa/sfu/udp"
)

// egress is a packet on its way to a receiver. What is on the wire of it, header.go writes.
type egress struct {
	line   *subscription
	exit   exit
	stream *stream // it came on
	body   []byte  // of payload; the caller's own if it is audio

	index    uint64 // its number on the wire, and how often the numbers went around
	ssrc     uint32
	stamp    uint32
	number   uint32 // of the participant
	wide     uint16 // transport-wide number
	extended uint8  // id of the extension for that, 0: it has none
	format   uint8  // payload type
	padding  uint8  // bytes; 0: it is no packet of padding
	marker   bool
	key      bool   // begins a key frame
	anew     bool   // of another layer than the one before
	spare    bool   // no other frame needs its frame
	kept     bool   // of voice: it may be sent again
	era      uint32 // of the line, when it was made
	size     int    // bytes on the link

	payload [maxPayload + 3]byte // a picture id may grow by a byte, a repair packet has two more
}

const maxPayload = 1500 // what is longer does not fit a datagram

// forward sends a packet of s if this is what the seat shows.
func (u *subscription) forward(s *stream, p *incoming) {
	if !u.peer.live.Load() {
		return
	}
	if u.voice != nil {
		u.speak(s, p)
		return
	}
	e, o := u.prepare(s, p)
	if e == nil {
		return
	}
	e.body = p.payload
	if !s.video() {
		u.peer.pace(e, pacer.Audio, p.at, p.out)
		return
	}
	if len(p.payload) > 0 {
		e.body = e.payload[:rewriteVP8(e.payload[:], p.payload, p.vp8, o.picture, o.tl0)]
	}
	e.key, e.spare = p.vp8.keyframe, p.vp8.spare()
	u.peer.pace(e, pacer.Video, p.at, p.out)
}

// prepare gives p the receiver's numbers and makes its header; a nil egress means that it is not for this seat.
func (u *subscription) prepare(s *stream, p *incoming) (*egress, outgoing) {
	u.mu.Lock()
	defer u.mu.Unlock() // also in a panic: it ends the publisher, and this receiver goes on
	follows, begins := u.followsLocked(s, p)
	if u.exit == nil || !follows {
		return nil, outgoing{}
	}
	o, why := u.mapLocked(s, p)
	if why != "" {
		u.peer.drops.add(why)
		return nil, o
	}
	if u.repairs != nil {
		u.repairs.fresh(o.sequence)
	}
	marker := p.marker || begins && !s.video() // a talk spurt begins (RFC 3551, section 4.1)
	e := u.peer.sfu.egress.Get().(*egress)
	u.headerLocked(e, u.number, o, marker)
	e.stream, e.anew = s, begins
	u.packets++
	u.octets += uint32(len(p.payload))
	return e, o
}

// followsLocked tells whether p is to be sent, and begins a segment where the source changes.
func (u *subscription) followsLocked(s *stream, p *incoming) (follows, begins bool) {
	switch {
	case s == u.current && p.fate != restart:
		if p.vp8.keyframe {
			u.follow.owed = false
		}
		return true, false
	case s != u.target && s != u.current && !(p.vp8.keyframe && u.grantedLocked(s)):
		return false, false
	case s.video() && !p.vp8.keyframe:
		if s == u.current { // the publisher jumped; what follows cannot be decoded
			u.current, u.since = nil, p.at
		}
		return false, false
	}
	u.current, u.target = s, s
	u.thinning, u.follow.owed = thinning{keep: u.thinning.keep}, false
	u.peer.counts.switches.Add(1)
	u.peer.room.stir()
	seed := outgoing{sequence: firstSequence(), stamp: rand.Uint32(), picture: uint16(rand.Uint32()) & 0x7fff, tl0: uint8(rand.Uint32())}
	u.rewriter.begin(s, u.number, p.head, u.advanceLocked(s, p), seed)
	u.last = lastSent{s, p.stamp, p.at}
	u.reported = time.Time{}
	return true, true
}

// firstSequence is a random number to begin with, in the lower half, so that the receiver cannot take the first wrap for
// something else (RFC 3711, section 3.3.1).
func firstSequence() uint16 { return uint16(rand.N(1 << 15)) }

// lastSent is the newest packet sent, in its publisher's terms.
type lastSent struct {
	stream *stream
	stamp  uint32
	at     time.Time
}

const maxSwitchTime = time.Hour // larger steps in time could be taken for steps back; smaller ones must be kept, or sound and picture part

// advanceLocked is the time from the newest packet sent to p, in clock units: by the sender reports of both layers when
// one publisher made both packets, else by arrival.
func (u *subscription) advanceLocked(s *stream, p *incoming) int64 {
	if u.last.stream == nil {
		return 1
	}
	elapsed := min(max(p.at.Sub(u.last.at), 0), maxSwitchTime)
	if old := u.last.stream; old.track == s.track {
		if from, to := old.source.Load(), s.source.Load(); from != nil && to != nil {
			if told := to.ntpOf(p.stamp) - from.ntpOf(u.last.stamp); told > -time.Second && told < elapsed+time.Second {
				elapsed = told
			}
		}
	}
	return int64(elapsed) * int64(s.clock) / int64(time.Second)
}

// mapLocked gives p the receiver's numbers. The first packet of a segment has been counted by begin.
func (u *subscription) mapLocked(s *stream, p *incoming) (outgoing, drop) {
	switch {
	case !s.video():
	case u.rewriter.newer(p.head) && u.thinning.skips(&p.head):
		u.rewriter.skip(p.head)
		return outgoing{}, dropTemporal
	case u.rewriter.leftOut(p.head):
		return outgoing{}, dropTemporal
	}
	o, ok := u.rewriter.apply(p.head)
	if !ok {
		return o, dropBeforeSwitch
	}
	if o.sequence == u.rewriter.sequence {
		u.last = lastSent{s, p.stamp, p.at}
	}
	return o, ""
}

// headerLocked begins a packet in memory that may have been another's.
func (u *subscription) headerLocked(e *egress, number uint32, o outgoing, marker bool) {
	e.line, e.exit, e.era = u, u.exit, u.era.Load()
	e.index = nearest(u.index, o.sequence)
	u.index = max(u.index, e.index)
	e.ssrc, e.stamp, e.number, e.extended, e.format = u.ssrc, o.stamp, number, u.wide, u.payload
	e.padding, e.marker, e.key, e.anew, e.spare = 0, marker, false, false, false
}

// repairLocked has a packet be the next one on the repair stream.
func (u *subscription) repairLocked(e *egress) {
	u.repairIndex++
	e.ssrc, e.format, e.index = u.repair, u.repairPayload, u.repairIndex
}

// unsent takes back a packet of video that will not be sent. broken means that nothing after it can be decoded up to a
// key frame, which retarget then asks for.
func (u *subscription) unsent(e *egress, broken bool, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.repairs != nil {
		u.repairs.refuse(uint16(e.index))
	}
	if broken && u.current == e.stream {
		u.current, u.since = nil, now
	}
}

// write sends a packet and takes its memory back.
func (p *Peer) write(e *egress, out *udp.Burst) {
	if err := e.exit.send(e, out); err != nil {
		p.drops.add(dropNotSent)
	} else {
		p.counts.sent.Add(1)
	}
	p.free(e)
}

// free takes back the memory of a packet. What it points to is overwritten by the next use, or forgotten with the pool.
func (p *Peer) free(e *egress) { p.sfu.egress.Put(e) }
