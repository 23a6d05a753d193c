package sfu

import (
	"encoding/binary"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"jalsa/sfu/udp"
)

// hearControl takes a compound packet of RTCP that was opened. The caller holds ingress.mu.
func (p *Peer) hearControl(b []byte, now time.Time, out *udp.Burst) drop {
	if len(b) >= 8 && !p.hears(binary.BigEndian.Uint32(b[4:])) {
		return dropUnknown
	}
	p.controlled.Store(now.UnixNano())
	for len(b) >= 4 {
		n := 4 + 4*int(binary.BigEndian.Uint16(b[2:]))
		if n > len(b) {
			return dropMalformed
		}
		if why := p.hearMessage(b[:n], now, out); why != "" {
			return why
		}
		b = b[n:]
	}
	if len(b) > 0 {
		return dropMalformed
	}
	return ""
}

// hears ends a peer whose RTCP is of too many SSRCs.
func (p *Peer) hears(ssrc uint32) bool {
	if p.in.sender(ssrc) == nil && p.in.hear(ssrc) == nil {
		p.overflow()
		return false
	}
	return true
}

const (
	blockSize  = 24 // of a report (RFC 3550, section 6.4.1)
	senderSize = 24 // of what a sender report says of the sender, and its SSRC
)

// hearMessage takes one message, which ends with b. It is read in place; what we have no use for is not looked at.
func (p *Peer) hearMessage(b []byte, now time.Time, out *udp.Burst) drop {
	if b[0]>>6 != 2 {
		return dropMalformed
	}
	format, kind, body := b[0]&0x1f, rtcp.PacketType(b[1]), b[4:]
	switch {
	case isTransportFeedback(b):
		p.arrived(b, now)
	case kind == rtcp.TypeSenderReport:
		if len(body) < senderSize+int(format)*blockSize {
			return dropMalformed
		}
		p.senderReport(binary.BigEndian.Uint32(body), binary.BigEndian.Uint64(body[4:]), binary.BigEndian.Uint32(body[12:]), now)
		p.hearBlocks(body[senderSize:], int(format), now)
	case kind == rtcp.TypeReceiverReport:
		if len(body) < 4+int(format)*blockSize {
			return dropMalformed
		}
		p.hearBlocks(body[4:], int(format), now)
	case kind == rtcp.TypeTransportSpecificFeedback && format == rtcp.FormatTLN:
		if len(body) < 12 {
			return dropMalformed
		}
		p.asked(body, now, out)
	case kind == rtcp.TypePayloadSpecificFeedback && format == rtcp.FormatPLI:
		if len(body) < 8 {
			return dropMalformed
		}
		p.pictureLost(binary.BigEndian.Uint32(body[4:]), now)
	case kind == rtcp.TypePayloadSpecificFeedback && format == rtcp.FormatFIR: // its media SSRC is unused (RFC 5104, section 4.3.1.2)
		if len(body) < 16 || len(body)%8 != 0 {
			return dropMalformed
		}
		for entry := body[8:]; len(entry) > 0; entry = entry[8:] {
			p.pictureLost(binary.BigEndian.Uint32(entry), now)
		}
	}
	return ""
}

func (p *Peer) pictureLost(ssrc uint32, now time.Time) {
	if u := p.subscription(ssrc); u != nil {
		u.pictureLost(now)
	}
}

// asked takes the body of a NACK (RFC 4585, section 6.2.1).
func (p *Peer) asked(body []byte, now time.Time, out *udp.Burst) {
	pairs := p.in.pairs[:0]
	for b := body[8:]; len(b) >= 4; b = b[4:] {
		pairs = append(pairs, rtcp.NackPair{PacketID: binary.BigEndian.Uint16(b), LostPackets: rtcp.PacketBitmap(binary.BigEndian.Uint16(b[2:]))})
	}
	p.in.pairs = pairs
	switch u := p.subscription(binary.BigEndian.Uint32(body[4:])); {
	case u == nil:
	case !p.in.asked.take(len(pairs), mostAsked, now):
		p.drops.add(dropFeedback)
	case u.kind == webrtc.RTPCodecTypeVideo:
		u.lost(pairs, now, p.roundTrip(), out)
	default:
		u.lostVoice(pairs, now, p.roundTrip(), out)
	}
}

// hearBlocks takes so many blocks about what we send.
func (p *Peer) hearBlocks(b []byte, blocks int, now time.Time) {
	for ; blocks > 0; b, blocks = b[blockSize:], blocks-1 {
		r := rtcp.ReceptionReport{
			SSRC: binary.BigEndian.Uint32(b), FractionLost: b[4], TotalLost: binary.BigEndian.Uint32(b[4:]) & 0xffffff,
			LastSequenceNumber: binary.BigEndian.Uint32(b[8:]), Jitter: binary.BigEndian.Uint32(b[12:]),
			LastSenderReport: binary.BigEndian.Uint32(b[16:]), Delay: binary.BigEndian.Uint32(b[20:]),
		}
		p.noteRoundTrip(roundTrip(r, now))
		if u := p.subscription(r.SSRC); u != nil {
			u.reportedLoss(r, now)
		}
	}
}
