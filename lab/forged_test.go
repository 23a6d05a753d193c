package lab

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"jalsa/lab/forge"
)

// P11: forged and broken media, from outside and by somebody who was let in.

// TestForgedMedia sends into a call what somebody might who hears every packet of a person, from a port of their own and
// with the person's address as its source: media with the right SSRCs and numbers, and what was sent before. Nothing of it
// is forwarded, all is counted, and the call goes on (threats T9, T10).
func TestForgedMedia(t *testing.T) {
	alongside(t)
	p := newProgram(t)
	h := newHearing(t, p, time.Hour, "host", "party", "representative")
	victim := h.people[1]
	own := victim.winner().sockets[0].(*udpEnd).PacketConn
	elsewhere, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Close()
	media := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: p.media}
	n, pace := rounds(2000, 100_000), 5000 // from each place
	kept, before := check(h.people), p.figures()
	begun := time.Now()
	for i := range n {
		overheard := victim.cable.overheard()
		genuine := overheard[rand.IntN(len(overheard))]
		b := genuine
		if i%4 > 0 {
			ahead := binary.BigEndian.Uint16(genuine[2:]) + uint16(rand.IntN(200))
			b = forge.Media(genuine[1], ahead, binary.BigEndian.Uint32(genuine[8:]), len(genuine)-12)
		}
		for _, from := range []net.PacketConn{own, elsewhere} {
			if _, err := from.WriteTo(b, media); err != nil {
				t.Fatal(err)
			}
		}
		pass(time.Until(begun.Add(time.Duration(i) * time.Second / time.Duration(pace))))
	}
	t.Logf("2 × %d packets in %v", n, time.Since(begun).Round(time.Millisecond))
	dropped := func(name string) uint64 { return p.figures().SFU.Dropped[name] - before.SFU.Dropped[name] }
	until(t, "all are refused", func() bool { return dropped("srtp_refused") >= uint64(n) && dropped("stranger_media") >= uint64(n) })
	if a, b := dropped("srtp_refused"), dropped("stranger_media"); a != uint64(n) || b != uint64(n) {
		t.Errorf("%d and %d are refused, of %d each", a, b, n)
	}
	t.Logf("%d packets of the call arrived meanwhile", kept.complete(t)) // and none that is broken
	for _, one := range h.people {
		if !one.isUp() || one.nextID != 2 {
			t.Errorf("%s's call ended, or was made anew", one.role)
		}
	}
}

// TestHostileMedia is somebody who was let in and sends, four times as fast as others, what no browser does. The others
// lose nothing, and the program goes on; the sender may be dropped.
func TestHostileMedia(t *testing.T) {
	alongside(t)
	p := newProgram(t)
	h := newHearing(t, p, time.Hour, "host", "party", "representative")
	enemy, others := h.people[1], []*person{h.people[0], h.people[2]}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 1))
	kept, before := check(others), p.figures()
	enemy.mute.Store(true) // their numbers would overtake one another
	sent := map[layer]int{}
	for end := time.Now().Add(time.Duration(rounds(2, 60)) * time.Second); time.Now().Before(end); pass(5 * time.Millisecond) {
		l := enemy.winner()
		if l == nil {
			continue // dropped, and coming back
		}
		for _, y := range []layer{voice, low, high} {
			_ = l.tracks[y].WriteRTP(oddPacket(chance, y, l.camera.Mid(), uint16(sent[y])))
			sent[y] += 1 + chance.IntN(3)
		}
		_ = l.pc.WriteRTCP([]rtcp.Packet{oddFeedback(chance)})
	}
	after := p.figures()
	t.Logf("%v packets; %d of the others arrived; %d peers panicked", sent, kept.arrived(t), after.SFU.PeersPanicked)
	for name, n := range after.SFU.Dropped {
		if n -= before.SFU.Dropped[name]; n > 0 {
			t.Logf("dropped as %s: %d", name, n)
		}
	}
	if p.gone() || after.SFU.PeersPanicked > 0 {
		t.Errorf("the program is gone: %v; %d panics", p.gone(), after.SFU.PeersPanicked)
	}
	for _, one := range others {
		if !one.isUp() || one.nextID != 2 {
			t.Errorf("%s's call ended, or was made anew", one.role)
		}
	}
}

// oddPacket is RTP whose parts do not fit one another: padding, extensions, descriptors and numbers of any kind.
func oddPacket(chance *rand.Rand, y layer, mid string, sequence uint16) *rtp.Packet {
	b := make([]byte, chance.IntN(1100))
	for i := range b {
		b[i] = byte(chance.Uint32())
	}
	p := &rtp.Packet{Header: rtp.Header{
		Version: 2, Marker: chance.IntN(2) == 0, Padding: chance.IntN(3) == 0,
		SequenceNumber: sequence, Timestamp: chance.Uint32(),
	}, Payload: b}
	switch chance.IntN(3) {
	case 0: // what resolves to a stream
		_ = p.SetExtension(uint8(1+chance.IntN(14)), []byte(rids[y]))
		_ = p.SetExtension(uint8(1+chance.IntN(14)), []byte(mid))
	case 1:
		p.Extension, p.ExtensionProfile = true, []uint16{0xbede, 0x1000, uint16(chance.Uint32())}[chance.IntN(3)]
		for range chance.IntN(4) {
			_ = p.SetExtension(uint8(chance.IntN(16)), b[:min(len(b), chance.IntN(17))])
		}
	}
	for range chance.IntN(3) {
		p.CSRC = append(p.CSRC, chance.Uint32())
	}
	if len(b) > 8 && y != voice && chance.IntN(2) == 0 { // a descriptor of VP8 that goes on and on (RFC 7741, section 4.2)
		copy(b, []byte{0x80 | byte(chance.IntN(32)), 0xf0 | byte(chance.IntN(16)), byte(chance.Uint32()), byte(chance.Uint32())})
	}
	return p
}

// oddFeedback is RTCP that was changed on the way out, or never was any.
func oddFeedback(chance *rand.Rand) rtcp.Packet {
	number := func() uint32 { return chance.Uint32N(8) << chance.UintN(30) }
	all := []rtcp.Packet{
		&rtcp.SenderReport{SSRC: number(), NTPTime: chance.Uint64(), Reports: []rtcp.ReceptionReport{{SSRC: number(), LastSenderReport: chance.Uint32(), FractionLost: 255}}},
		&rtcp.ReceiverReport{Reports: []rtcp.ReceptionReport{{SSRC: number(), Delay: chance.Uint32()}}},
		&rtcp.TransportLayerNack{MediaSSRC: number(), Nacks: []rtcp.NackPair{{PacketID: uint16(chance.Uint32()), LostPackets: 0xffff}}},
		&rtcp.PictureLossIndication{MediaSSRC: number()}, &rtcp.FullIntraRequest{FIR: []rtcp.FIREntry{{SSRC: number()}}},
		&rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{Source: number(), Items: []rtcp.SourceDescriptionItem{{Type: 1, Text: "x"}}}}},
		&rtcp.Goodbye{Sources: []uint32{number()}}, &rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: float32(number()), SSRCs: []uint32{number()}},
		&rtcp.TransportLayerCC{MediaSSRC: number(), PacketStatusCount: 3, PacketChunks: []rtcp.PacketStatusChunk{&rtcp.RunLengthChunk{PacketStatusSymbol: 1, RunLength: 3}}, RecvDeltas: []*rtcp.RecvDelta{{Type: 1}, {Type: 1}, {Type: 1}}},
		&rtcp.ExtendedReport{Reports: []rtcp.ReportBlock{&rtcp.DLRRReportBlock{Reports: []rtcp.DLRRReport{{SSRC: number()}}}}},
	}
	b, err := all[chance.IntN(len(all))].Marshal()
	if err != nil {
		panic(fmt.Sprint("our own words: ", err))
	}
	for range chance.IntN(4) {
		b[chance.IntN(len(b))] = byte(chance.Uint32())
	}
	b = b[:chance.IntN(len(b)+1)]
	if len(b) < 8 { // what SRTCP needs to be sealed
		b = append(b, make([]byte, 8)...)
	}
	raw := rtcp.RawPacket(b)
	return &raw
}
