package sfu

import (
	"encoding/binary"
	"iter"
	"time"

	"github.com/pion/rtcp"

	"jalsa/sfu/pacer"
	"jalsa/sfu/udp"
)

const (
	maxResends   = 4                      // of one packet to one receiver
	repairWindow = 100 * time.Millisecond // in which a line is sent at most repairBudget
	repairBudget = 32 << 10               // bytes: six times what a line is sent by itself,
	repairShare  = 0.5                    // and of what the link carries no more than this
	repairLeast  = 1500                   // bytes
)

// resend remembers the retransmissions of a packet, so that a burst of NACKs is answered once per round trip. Lines on
// lossy links have many, of four bytes each.
type resend struct {
	at    uint16 // low bits of Unix milliseconds: nobody is sent a packet again after a minute
	lap   uint8  // how often the numbers had gone around the window
	tries uint8  // 0: none yet
}

func lapOf(sequence uint16) uint8 { return uint8(sequence / window) }

// repairs bounds what a line's receiver can have sent again: it has a place for each packet that rewriter.find knows, once
// one is to be remembered.
type repairs struct {
	sent  []resend  // window
	since time.Time // begin of the window of the budget
	bytes int       // in that window
}

// fresh forgets what was sent under a number of 65536 packets ago.
func (r *repairs) fresh(sequence uint16) {
	if r.sent != nil {
		r.sent[sequence%window].tries = 0
	}
}

// refuse has a packet never sent again: it was not sent at first.
func (r *repairs) refuse(sequence uint16) {
	*r.of(sequence) = resend{lap: lapOf(sequence), tries: maxResends}
}

func (r *repairs) of(sequence uint16) *resend {
	if r.sent == nil {
		r.sent = make([]resend, window)
	}
	return &r.sent[sequence%window]
}

// budgetOf is how many bytes of a line are sent again in a window on a link of so many bit/s, 0 if that is not known.
func budgetOf(target int64) int {
	if target == 0 {
		return repairBudget
	}
	return min(max(int(repairShare*float64(target)/8*repairWindow.Seconds()), repairLeast), repairBudget)
}

// take decides whether a packet is sent again now, and counts it.
func (r *repairs) take(sequence uint16, now time.Time, rtt time.Duration, budget int) (why drop) {
	if now.Sub(r.since) >= repairWindow {
		r.since, r.bytes = now, 0
	}
	if r.bytes >= budget {
		return dropBudget
	}
	s, at := r.of(sequence), uint16(now.UnixMilli())
	if s.lap != lapOf(sequence) || s.tries == 0 {
		*s = resend{at: at, lap: lapOf(sequence), tries: 1}
		return ""
	}
	if s.tries >= maxResends || time.Duration(at-s.at)*time.Millisecond < max(rtt, minSpace) {
		return dropAskedAgain
	}
	s.tries++
	s.at = at
	return ""
}

// lost answers a receiver's NACK from the publisher's cache (RFC 4585), on the repair stream (RFC 4588) and on no other:
// under its first SSRC a packet would have to be the same to the bit, header and all, since AES-GCM must never encrypt
// two texts under one number (RFC 7714, section 9.1).
func (u *subscription) lost(pairs []rtcp.NackPair, now time.Time, rtt time.Duration, out *udp.Burst) {
	for sequence := range numbersOf(pairs) {
		u.repairOne(sequence, now, rtt, out)
	}
}

// numbersOf are the sequence numbers that a NACK names (RFC 4585, section 6.2.1).
func numbersOf(pairs []rtcp.NackPair) iter.Seq[uint16] {
	return func(yield func(uint16) bool) {
		for _, pair := range pairs {
			if !yield(pair.PacketID) {
				return
			}
			for i := range uint16(16) {
				if pair.LostPackets&(1<<i) != 0 && !yield(pair.PacketID+i+1) {
					return
				}
			}
		}
	}
}

func (u *subscription) repairOne(sequence uint16, now time.Time, rtt time.Duration, out *udp.Burst) {
	if !u.peer.live.Load() {
		return
	}
	g, theirs, why := u.repairable(sequence, now, rtt)
	if why != "" {
		u.peer.drops.add(why)
		return
	}
	e := u.peer.sfu.egress.Get().(*egress)
	scratch := u.peer.sfu.egress.Get().(*egress)
	defer u.peer.free(scratch)
	c, n, ok := g.stream.cached(theirs, scratch.payload[:])
	if !ok {
		u.peer.free(e)
		u.peer.drops.add(dropNotCached)
		return
	}
	o := g.out(head{sequence: c.seq, stamp: c.stamp, vp8: c.vp8})
	offset := u.repairHeader(e, g, o, c.marker, n)
	if e.exit == nil {
		u.peer.free(e)
		u.peer.drops.add(dropNotCached)
		return
	}
	if n > 0 {
		n = rewriteVP8(e.payload[offset:], scratch.payload[:n], c.vp8, o.picture, o.tl0)
	}
	u.peer.counts.repaired.Add(1)
	e.body = e.payload[:offset+n]
	u.peer.pace(e, pacer.Repair, now, out)
}

// repairable finds the packet that the receiver knows by a number.
func (u *subscription) repairable(sequence uint16, now time.Time, rtt time.Duration) (segment, uint16, drop) {
	u.mu.Lock()
	defer u.mu.Unlock()
	g, theirs, ok := u.rewriter.find(sequence)
	g.era = u.era.Load()
	switch {
	case !ok || u.repairs == nil:
		return g, 0, dropNotCached
	case u.repair == 0 || u.repairPayload == 0:
		return g, 0, dropNoRepair
	case u.current == nil, u.rewriter.over(sequence):
		return g, 0, dropUseless
	}
	return g, theirs, u.repairs.take(sequence, now, rtt, budgetOf(u.peer.target.Load()))
}

// repairHeader makes the header of a repair packet with n bytes of payload, and tells where these begin in e.
func (u *subscription) repairHeader(e *egress, g segment, o outgoing, marker bool, n int) (offset int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.headerLocked(e, g.number, o, marker)
	if g.era != e.era { // it is not to be seen any more
		e.exit = nil
	}
	u.repairs.bytes += n
	u.repairLocked(e)
	binary.BigEndian.PutUint16(e.payload[:], o.sequence)
	return 2
}
