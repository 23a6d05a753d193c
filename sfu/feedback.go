package sfu

import (
	"encoding/binary"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"jalsa/sfu/udp"
)

// report takes a compound packet of RTCP that was opened. The caller holds ingress.mu.
func (p *Peer) report(b []byte, now time.Time, out *udp.Burst) drop {
	if len(b) >= 8 && !p.hears(binary.BigEndian.Uint32(b[4:])) {
		return dropUnknown
	}
	p.controlled.Store(now.UnixNano())
	for len(b) >= 4 {
		n := 4 + 4*int(binary.BigEndian.Uint16(b[2:]))
		if n > len(b) {
			return dropMalformed
		}
		if why := p.reported(b[:n], now, out); why != "" {
			return why
		}
		b = b[n:]
	}
	if len(b) > 0 {
		return dropMalformed
	}
	return ""
}

// hears notes an SSRC that RTCP came from, since the context of its keys does.
func (p *Peer) hears(ssrc uint32) bool {
	if !p.in.senders[ssrc] {
		if len(p.in.senders) == maxRTCPSenders {
			p.overflow()
			return false
		}
		p.in.senders[ssrc] = true
	}
	return true
}

// reported takes one message.
func (p *Peer) reported(b []byte, now time.Time, out *udp.Burst) drop {
	if isTransportFeedback(b) {
		p.arrived(b, now)
		return ""
	}
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		return dropMalformed
	}
	for _, packet := range packets {
		p.receive(packet, now, out)
	}
	return ""
}

func (p *Peer) receive(packet rtcp.Packet, now time.Time, out *udp.Burst) {
	switch packet := packet.(type) {
	case *rtcp.SenderReport:
		p.senderReport(packet, now)
		p.roundTrips(packet.Reports, now)
	case *rtcp.ReceiverReport:
		p.roundTrips(packet.Reports, now)
	case *rtcp.TransportLayerNack:
		switch u := p.subscription(packet.MediaSSRC); {
		case u == nil:
		case !p.in.asked.take(len(packet.Nacks), mostAsked, now):
			p.drops.add(dropFeedback)
		case u.kind == webrtc.RTPCodecTypeVideo:
			u.lost(packet.Nacks, now, p.roundTrip(), out)
		default:
			u.lostVoice(packet.Nacks, now, p.roundTrip(), out)
		}
	case *rtcp.PictureLossIndication:
		if u := p.subscription(packet.MediaSSRC); u != nil {
			u.pictureLost(now)
		}
	case *rtcp.FullIntraRequest: // its media SSRC is unused (RFC 5104, section 4.3.1.2)
		for _, entry := range packet.FIR {
			if u := p.subscription(entry.SSRC); u != nil {
				u.pictureLost(now)
			}
		}
	}
}

func (p *Peer) roundTrips(blocks []rtcp.ReceptionReport, now time.Time) {
	for _, b := range blocks {
		p.noteRoundTrip(roundTrip(b, now))
		if u := p.subscription(b.SSRC); u != nil {
			u.reportedLoss(b, now)
		}
	}
}
