package sfu

import (
	"encoding/binary"
	"time"

	"github.com/pion/rtcp"
)

const (
	maxResends  = 4
	resendAgain = 2 * time.Second // after that a number may be a new packet's
)

// resend remembers a retransmission, so that a burst of NACKs is answered once per round trip.
type resend struct {
	sequence uint16
	tries    uint8
	at       time.Time
}

// lost answers a receiver's NACK from the publisher's cache (RFC 4585, RFC 4588).
func (u *subscription) lost(pairs []rtcp.NackPair, now time.Time, rtt time.Duration) {
	for _, pair := range pairs {
		sequence := pair.PacketID
		u.repairOne(sequence, now, rtt)
		for i := range 16 {
			if pair.LostPackets&(1<<i) != 0 {
				u.repairOne(sequence+uint16(i)+1, now, rtt)
			}
		}
	}
}

func (u *subscription) repairOne(sequence uint16, now time.Time, rtt time.Duration) {
	if !u.peer.live.Load() {
		return
	}
	u.mu.Lock()
	g, theirs, ok := u.rewriter.find(sequence)
	if !ok || u.writer == nil || !u.mayResendLocked(sequence, now, rtt) {
		u.mu.Unlock()
		return
	}
	writer := u.writer
	u.mu.Unlock()

	e := u.peer.sfu.egress.Get().(*egress)
	scratch := u.peer.sfu.egress.Get().(*egress)
	defer u.peer.sfu.egress.Put(scratch)
	c, n, ok := g.stream.cached(theirs, scratch.payload[:])
	if !ok {
		u.peer.sfu.egress.Put(e)
		u.peer.drops.add(dropNotCached)
		return
	}
	o := g.out(head{sequence: c.seq, stamp: c.stamp, vp8: c.vp8})

	u.mu.Lock()
	u.headerLocked(e, g.number, o, c.marker)
	offset := 0
	if u.repair != 0 && u.repairPayload != 0 {
		u.repairSeq++
		binary.BigEndian.PutUint16(e.payload[:], o.sequence)
		e.header.SSRC, e.header.PayloadType, e.header.SequenceNumber = u.repair, u.repairPayload, u.repairSeq
		offset = 2
	}
	u.mu.Unlock()
	if n > 0 {
		n = rewriteVP8(e.payload[offset:], scratch.payload[:n], c.vp8, o.picture, o.tl0)
	}
	u.peer.counts.repaired.Add(1)
	u.peer.send(writer, e, e.payload[:offset+n])
}

func (u *subscription) mayResendLocked(sequence uint16, now time.Time, rtt time.Duration) bool {
	r := &u.resent[int(sequence)%len(u.resent)]
	if r.sequence == sequence && now.Sub(r.at) < resendAgain {
		if r.tries >= maxResends || now.Sub(r.at) < max(rtt, minSpace) {
			return false
		}
		r.tries++
		r.at = now
		return true
	}
	*r = resend{sequence: sequence, tries: 1, at: now}
	return true
}
