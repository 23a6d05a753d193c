package sfu

import (
	"encoding/binary"
	"strconv"

	"github.com/pion/rtcp"

	"jalsa/sfu/udp"
)

// What we say by RTCP is written straight to where it is sealed: ten times a second for each publisher, objects would add
// up.

const (
	mostBlocks = 31 // of a report, whose header has five bits for their number (RFC 3550, section 6.4.1)
	mostNamed  = 16 // sender reports in one packet, each with a name: half of what a datagram may have
)

// appendHeader begins a message of which count is the subtype, or a number of blocks (RFC 3550, section 6.4.1). from is
// the sender's SSRC.
func appendHeader(b []byte, count uint8, kind rtcp.PacketType, from uint32) []byte {
	b = append(b, 2<<6|count, byte(kind), 0, 0)
	return binary.BigEndian.AppendUint32(b, from)
}

// measured sets the length of a message that begins at begin and ends with b: in words of four bytes, less one.
func measured(b []byte, begin int) []byte {
	binary.BigEndian.PutUint16(b[begin+2:], uint16((len(b)-begin)/4-1))
	return b
}

// appendReceiverReport writes at most mostBlocks (RFC 3550, section 6.4.2).
func appendReceiverReport(b []byte, from uint32, blocks []rtcp.ReceptionReport) []byte {
	begin := len(b)
	b = appendHeader(b, uint8(len(blocks)), rtcp.TypeReceiverReport, from)
	for _, r := range blocks {
		b = binary.BigEndian.AppendUint32(b, r.SSRC)
		b = binary.BigEndian.AppendUint32(b, uint32(r.FractionLost)<<24|r.TotalLost&0xffffff)
		b = binary.BigEndian.AppendUint32(b, r.LastSequenceNumber)
		b = binary.BigEndian.AppendUint32(b, r.Jitter)
		b = binary.BigEndian.AppendUint32(b, r.LastSenderReport)
		b = binary.BigEndian.AppendUint32(b, r.Delay)
	}
	return measured(b, begin)
}

// appendSenderReport writes one without blocks (RFC 3550, section 6.4.1).
func appendSenderReport(b []byte, r rtcp.SenderReport) []byte {
	begin := len(b)
	b = appendHeader(b, 0, rtcp.TypeSenderReport, r.SSRC)
	b = binary.BigEndian.AppendUint64(b, r.NTPTime)
	b = binary.BigEndian.AppendUint32(b, r.RTPTime)
	b = binary.BigEndian.AppendUint32(b, r.PacketCount)
	b = binary.BigEndian.AppendUint32(b, r.OctetCount)
	return measured(b, begin)
}

// named is an SSRC of ours, and the seat whose canonical name it has.
type named struct {
	ssrc uint32
	seat int
}

// appendNames writes a source description (RFC 3550, section 6.5). Audio and video of a seat share a name.
func appendNames(b []byte, names []named) []byte {
	begin := len(b)
	b = append(b, 2<<6|uint8(len(names)), byte(rtcp.TypeSourceDescription), 0, 0)
	for _, n := range names {
		chunk := len(b)
		b = binary.BigEndian.AppendUint32(b, n.ssrc)
		b = append(b, byte(rtcp.SDESCNAME), 0)
		text := len(b)
		b = strconv.AppendInt(append(b, "seat-"...), int64(n.seat), 10)
		b[text-1] = byte(len(b) - text)
		b = append(b, 0)
		for (len(b)-chunk)%4 != 0 {
			b = append(b, 0)
		}
	}
	return measured(b, begin)
}

// appendNack asks for lost packets of a stream, at most maxLosses and in order (RFC 4585, section 6.2.1).
func appendNack(b []byte, from, about uint32, lost []uint16) []byte {
	begin := len(b)
	b = appendHeader(b, rtcp.FormatTLN, rtcp.TypeTransportSpecificFeedback, from)
	b = binary.BigEndian.AppendUint32(b, about)
	for len(lost) > 0 {
		first, following := lost[0], uint16(0)
		for lost = lost[1:]; len(lost) > 0 && lost[0]-first-1 < 16; lost = lost[1:] {
			following |= 1 << (lost[0] - first - 1)
		}
		b = binary.BigEndian.AppendUint16(b, first)
		b = binary.BigEndian.AppendUint16(b, following)
	}
	return measured(b, begin)
}

// appendPictureLoss asks for a key frame of a stream (RFC 4585, section 6.3.1).
func appendPictureLoss(b []byte, from, about uint32) []byte {
	begin := len(b)
	b = appendHeader(b, rtcp.FormatPLI, rtcp.TypePayloadSpecificFeedback, from)
	return measured(binary.BigEndian.AppendUint32(b, about), begin)
}

// space is where RTCP to the peer is written, for sendRTCP; nil: it is not connected.
func (p *Peer) space(out *udp.Burst) []byte {
	if !p.live.Load() || !p.out.open() {
		return nil
	}
	return out.Space()[:0]
}

// sendRTCP sends what was written to space, if anything was.
func (p *Peer) sendRTCP(b []byte, out *udp.Burst) {
	if len(b) == 0 {
		return
	}
	if err := p.out.sendControl(len(b), out); err != nil {
		p.drops.add(dropNotSent)
	}
}
