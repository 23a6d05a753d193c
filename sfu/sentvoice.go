package sfu

import (
	"time"

	"github.com/pion/rtcp"

	"jalsa/sfu/udp"
)

const (
	sentVoices     = 64                     // packets of a line that may be sent again
	sentVoiceBytes = 11 * sentVoicePiece    // of their payloads at most
	sentVoicePiece = 1536                   // a packet is no longer
	sentVoiceKept  = 700 * time.Millisecond // twice voiceRTT, and what passes until a loss is noticed
	voiceRTT       = 300 * time.Millisecond // above it, what is sent again comes too late
	voiceResends   = 2                      // of one packet
	later          = 3                      // packets between one and its second copy: a run of losses is mostly shorter
)

// sentVoice keeps the newest packets of a line as they were sent. There is no repair stream for audio: what is sent again
// has the same SSRC and number, and must be the same bit by bit, header and all, since AES-GCM must never encrypt two
// texts under one number (RFC 7714, section 9.1). A receiver that got the first drops the second (RFC 3711, section 3.3.2).
type sentVoice struct {
	packets  []sentPacket // sentVoices, made with the first packet
	payloads pieces
}

type sentPacket struct {
	index   uint64 // as of the egress: what had its number a lap before must not be sent again
	payload uint64 // where it is; 0: nothing is known of the packet
	stamp   uint32
	number  uint32
	at      uint32 // sent again last, low bits of Unix milliseconds
	length  uint16
	wide    uint16
	format  uint8
	tries   uint8
	marker  bool
}

// keep notes a packet that is about to be sent and may be asked for again, or is to be sent twice. It returns an
// earlier one that is to be sent again with it, nil if there is none.
func (u *subscription) keep(e *egress, now time.Time) (earlier *egress) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if e.era != u.era.Load() {
		return nil
	}
	u.voice.sent.keep(e, now)
	if u.voice.twice {
		earlier, _ = u.againLocked(e.index - later)
	}
	return earlier
}

func (s *sentVoice) keep(e *egress, now time.Time) {
	if s.packets == nil {
		s.packets = make([]sentPacket, sentVoices)
		s.payloads = pieces{size: sentVoicePiece, most: sentVoiceBytes / sentVoicePiece, keep: sentVoiceKept}
	}
	s.packets[e.index%sentVoices] = sentPacket{
		index: e.index, payload: s.payloads.put(e.body, now), length: uint16(len(e.body)),
		stamp: e.stamp, marker: e.marker, format: e.format, number: e.number, wide: e.wide,
	}
}

// forget has nothing of what was sent so far be sent again.
func (s *sentVoice) forget() { clear(s.packets) }

// find returns a packet that was sent, nil if it is not known any more.
func (s *sentVoice) find(index uint64) *sentPacket {
	if s.packets == nil {
		return nil
	}
	p := &s.packets[index%sentVoices]
	if p.payload == 0 || p.index != index || !s.payloads.has(p.payload) {
		return nil
	}
	return p
}

// againLocked makes a packet that was sent once more, the same to the bit.
func (u *subscription) againLocked(index uint64) (*egress, drop) {
	s := u.voice.sent
	p := s.find(index)
	if p == nil || u.exit == nil {
		return nil, dropNotCached
	}
	e := u.peer.sfu.egress.Get().(*egress)
	s.payloads.get(p.payload, e.payload[:], int(p.length))
	u.headerLocked(e, p.number, outgoing{sequence: uint16(index), stamp: p.stamp}, p.marker)
	e.index, e.format, e.wide = index, p.format, p.wide
	e.body = e.payload[:p.length]
	return e, ""
}

// lostVoice answers a receiver's NACK (RFC 4585).
func (u *subscription) lostVoice(pairs []rtcp.NackPair, now time.Time, rtt time.Duration, out *udp.Burst) {
	for sequence := range numbersOf(pairs) {
		u.resendVoice(sequence, now, rtt, out)
	}
}

func (u *subscription) resendVoice(sequence uint16, now time.Time, rtt time.Duration, out *udp.Burst) {
	if !u.peer.live.Load() {
		return
	}
	e, why := u.askedAgain(sequence, now, rtt)
	if e == nil {
		u.peer.drops.add(why)
		return
	}
	u.peer.counts.repaired.Add(1)
	u.peer.writeAgain(e, now, out)
}

func (u *subscription) askedAgain(sequence uint16, now time.Time, rtt time.Duration) (*egress, drop) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.voice == nil || u.voice.sent == nil || !u.voice.nack {
		return nil, dropNotCached
	}
	if rtt >= voiceRTT {
		return nil, dropTooLate
	}
	index := nearest(u.index, sequence)
	p, at := u.voice.sent.find(index), uint32(now.UnixMilli())
	if p == nil {
		return nil, dropNotCached
	}
	if p.tries >= voiceResends || p.tries > 0 && time.Duration(at-p.at)*time.Millisecond < max(rtt, minSpace) {
		return nil, dropAskedAgain
	}
	e, why := u.againLocked(index)
	if e != nil {
		p.tries++
		p.at = at
	}
	return e, why
}

// writeAgain sends a packet that was sent before. Its number says nothing any more about when it came.
func (p *Peer) writeAgain(e *egress, now time.Time, out *udp.Burst) {
	if c := p.congestion.Load(); c != nil {
		c.again(e, now)
	}
	p.write(e, out)
}

// reportedVoice is what has to be taken off a receiver's report: the gaps that the speaker's own losses left.
type reportedVoice struct {
	started bool
	newest  uint16
	packets int // sent
	span    int // numbers used
	highest uint32
}

func (r *reportedVoice) sent(sequence uint16) {
	r.packets++
	ahead := sequence - r.newest
	if !r.started {
		r.started, ahead = true, 1
	}
	if ahead < 1<<15 {
		r.span += int(ahead)
		r.newest = sequence
	}
}

// lost is how many of how many packets a report says were lost on the way from us (RFC 3550, section 6.4.1).
func (r *reportedVoice) lost(b rtcp.ReceptionReport) (lost, of int) {
	expected := int(b.LastSequenceNumber - r.highest)
	first := r.highest == 0
	gaps := max(r.span-r.packets, 0)
	r.highest, r.packets, r.span = b.LastSequenceNumber, 0, 0
	if first || expected <= 0 || expected > window {
		return 0, 0
	}
	return max(expected*int(b.FractionLost)/256-gaps, 0), max(expected-gaps, 0)
}

// reportedLoss takes a receiver's report about the line.
func (u *subscription) reportedLoss(b rtcp.ReceptionReport, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.voice == nil || u.wide != 0 {
		return
	}
	lost, of := u.voice.reported.lost(b)
	u.voice.losses.spread(lost, of, now)
}
