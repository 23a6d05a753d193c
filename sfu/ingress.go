package sfu

import (
	"io"
	"slices"
	"sync"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/transport/v5/packetio"
	"github.com/pion/webrtc/v4"
)

const (
	maxSSRCs     = 64  // that a peer may send; Pion keeps state for each
	maxRTCPSSRCs = 256 // that a peer's RTCP may name
)

// ingress is where a peer's decrypted packets enter. Pion writes each of them into a buffer that it asked us for; the
// buffer's Write is the packet path. So one goroutine, Pion's SRTP reader, does all work of a publisher in order, and
// nothing is queued or copied on the way. Nobody reads from the buffers.
type ingress struct {
	// Owned by Pion's SRTP reader of this peer.
	header rtp.Header
	packet incoming
	red    redPacket
	echoes allowance // of a peer in an echo: all it sends
	voice  allowance

	media, control passage // of packets, and of RTCP

	asked flow // lost packets that are asked for; owned by Pion's SRTCP reader of this peer

	mu    sync.Mutex
	ssrcs map[packetio.BufferPacketType]map[uint32]bool
}

// layout tells what a peer's lines and SSRCs mean. It is immutable.
type layout struct {
	ids       extensions
	published []*track          // in the order of the offer
	tracks    map[string]*track // by mid
	lines     map[string]line   // by mid
	ssrcs     map[uint32]string // declared media SSRC to mid
	repairs   map[uint32]uint32 // declared repair SSRC to the SSRC repaired
}

// newLayout keeps the tracks of lines that were there before.
func newLayout(p *Peer, o offer, before *layout) *layout {
	l := &layout{tracks: map[string]*track{}, lines: map[string]line{}, ssrcs: map[uint32]string{}, repairs: map[uint32]uint32{}}
	for _, n := range o.lines {
		if !n.publishes() {
			continue
		}
		l.lines[n.mid] = n
		if before != nil {
			l.tracks[n.mid] = before.tracks[n.mid]
		}
		if l.tracks[n.mid] == nil {
			l.tracks[n.mid] = newTrack(p, n, l.camera() != nil)
		}
		l.published = append(l.published, l.tracks[n.mid])
		for _, ssrc := range n.ssrcs {
			l.ssrcs[ssrc] = n.mid
		}
		for repair, ssrc := range n.repairs {
			l.repairs[repair] = ssrc
		}
		l.ids = l.ids.or(n.ids)
	}
	return l
}

// or fills what a lacks. In one bundle an id means the same everywhere (RFC 9143, section 7.1.3).
func (a extensions) or(b extensions) extensions {
	for _, f := range []struct{ to, from *uint8 }{
		{&a.mid, &b.mid}, {&a.rid, &b.rid}, {&a.repairedRid, &b.repairedRid}, {&a.transportCC, &b.transportCC}, {&a.audioLevel, &b.audioLevel},
	} {
		if *f.to == 0 {
			*f.to = *f.from
		}
	}
	return a
}

func (l *layout) microphone() *track { return l.find(webrtc.RTPCodecTypeAudio, false) }
func (l *layout) camera() *track     { return l.find(webrtc.RTPCodecTypeVideo, false) }
func (l *layout) screen() *track     { return l.find(webrtc.RTPCodecTypeVideo, true) }

// find returns a published track, nil if there is none.
func (l *layout) find(kind webrtc.RTPCodecType, screen bool) *track {
	for _, t := range l.published {
		if t.kind == kind && t.screen == screen {
			return t
		}
	}
	return nil
}

// buffer implements the buffer factory of Pion.
func (p *Peer) buffer(kind packetio.BufferPacketType, ssrc uint32) io.ReadWriteCloser {
	p.in.mu.Lock()
	known := p.in.ssrcs[kind]
	if known == nil {
		known = map[uint32]bool{}
		p.in.ssrcs[kind] = known
	}
	known[ssrc] = true
	tooMany := len(known) > maxSSRCs
	if kind == packetio.RTCPBufferPacket {
		tooMany = len(known) > maxRTCPSSRCs
	}
	p.in.mu.Unlock()
	if tooMany && p.failing.CompareAndSwap(false, true) {
		p.counts.peersOverSSRCs.Add(1)
		p.fail("ssrcs")
	}
	if kind == packetio.RTCPBufferPacket {
		return &reports{peer: p, ssrc: ssrc}
	}
	return &inlet{peer: p, ssrc: ssrc}
}

// unread is the half of a buffer that nobody needs. Pion looks into the buffer of an SSRC that the offer did not
// declare, is told that there is nothing, and leaves it alone.
type unread struct{}

func (unread) Read([]byte) (int, error) { return 0, io.EOF }
func (unread) Close() error             { return nil }

// inlet takes the RTP packets of one SSRC. It is used by Pion's SRTP reader alone.
type inlet struct {
	unread
	peer *Peer
	ssrc uint32

	layout *layout // for which the rest was found
	stream *stream // nil: not attributable yet
	repair bool    // this SSRC carries the stream's retransmissions
	format uint8   // payload type that belongs on this SSRC
	red    uint8   // and the one of its redundant form, 0: none
}

// Write takes a packet. It never fails: Pion could do nothing about it.
func (in *inlet) Write(b []byte) (int, error) {
	p := in.peer
	p.in.media.enter()
	defer p.in.media.leave()
	if p.ended.Load() {
		return len(b), nil
	}
	defer p.survive()
	if why := in.receive(b); why != "" {
		p.drops.add(why)
	}
	return len(b), nil
}

// receive is the path of a packet: header, congestion feedback, stream, and from there to every subscriber.
func (in *inlet) receive(b []byte) drop {
	p := in.peer
	h := &p.in.header
	n, err := h.Unmarshal(b)
	if err != nil {
		return dropMalformed
	}
	payload, ok := withoutPadding(h, b[n:])
	if !ok {
		return dropMalformed
	}
	if len(payload) > maxPayload {
		return dropOversize
	}
	p.counts.received.Add(1)
	p.inbound.Add(uint64(len(b) + overhead))
	now := p.sfu.now()
	if p.room.echo && !p.in.echoes.take(len(b), now) {
		return dropEcho
	}
	l := p.layout.Load()
	if l == nil {
		return dropUnknown
	}
	if id := l.ids.transportCC; id != 0 {
		if x := h.GetExtension(id); len(x) == 2 {
			p.feedback.note(in.ssrc, uint16(x[0])<<8|uint16(x[1]), now)
		}
	}
	if in.layout != l || in.stream == nil {
		if why := in.resolve(l, h, now); why != "" {
			return why
		}
	}
	if h.PayloadType != in.format && (in.red == 0 || h.PayloadType != in.red) {
		return dropPayload
	}
	return in.pass(l, h, payload, now)
}

// pass hands a packet of the stream on.
func (in *inlet) pass(l *layout, h *rtp.Header, payload []byte, now time.Time) drop {
	p := in.peer
	d := &p.in.packet
	*d = incoming{head: head{sequence: h.SequenceNumber, stamp: h.Timestamp, marker: h.Marker}, payload: payload, at: now}
	if in.repair {
		if len(payload) < 2 {
			return dropProbe
		}
		d.sequence = uint16(payload[0])<<8 | uint16(payload[1])
		d.payload = payload[2:]
	}
	d.level = 0xff
	if id := l.ids.audioLevel; id != 0 && !in.stream.video() {
		if x := h.GetExtension(id); len(x) >= 1 {
			d.level = x[0] & 0x7f
		}
	}
	if h.PayloadType != in.format {
		return in.unfold(d)
	}
	why := in.deliver(d, in.repair)
	if why == "" && in.repair && d.fate == late {
		p.counts.recovered.Add(1)
	}
	return why
}

// deliver gives a packet to the stream and from there to every subscriber.
func (in *inlet) deliver(d *incoming, repaired bool) drop {
	if !in.stream.video() && !in.peer.in.voice.take(overheadVoice+len(d.payload), d.at) {
		return dropVoiceRate
	}
	forward, why := in.stream.receive(d, repaired)
	if !forward {
		return why
	}
	for _, u := range *in.stream.track.subscribers.Load() {
		u.forward(in.stream, d)
	}
	return ""
}

func withoutPadding(h *rtp.Header, payload []byte) ([]byte, bool) {
	if !h.Padding {
		return payload, true
	}
	if len(payload) == 0 {
		return nil, false
	}
	padding := int(payload[len(payload)-1])
	if padding == 0 || padding > len(payload) {
		return nil, false
	}
	return payload[:len(payload)-padding], true
}

// resolve finds the stream of an SSRC: declared in the offer, or by mid and rid on its first packets
// (RFC 8852, RFC 9143 section 9.2).
func (in *inlet) resolve(l *layout, h *rtp.Header, now time.Time) drop {
	if in.layout != nil && in.stream != nil && l.tracks[in.stream.track.mid] == in.stream.track {
		return in.attach(l, in.stream, in.repair) // same line after a new offer
	}
	if media, declared := l.repairs[in.ssrc]; declared {
		t := l.tracks[l.ssrcs[media]]
		if t == nil {
			return dropUnknown
		}
		return in.attach(l, t.bySSRC(media), true)
	}
	mid := l.ssrcs[in.ssrc]
	if x := h.GetExtension(l.ids.mid); mid == "" && l.ids.mid != 0 && x != nil {
		mid = string(x)
	}
	t := l.tracks[mid]
	if t == nil {
		if t = l.only(h.PayloadType); t == nil {
			return dropUnknown
		}
	}
	n := l.lines[t.mid]
	if repaired := extensionText(h, l.ids.repairedRid); repaired != "" {
		return in.attach(l, t.byRID(repaired), true)
	}
	rid := ""
	if len(n.rids) > 0 {
		rid = extensionText(h, l.ids.rid)
	}
	switch {
	case rid == "" && len(n.rids) > 0:
		return dropUnknown
	case rid != "" && !slices.Contains(n.rids, rid):
		return dropRID
	case h.PayloadType == n.repair && n.repair != 0:
		return in.attach(l, t.byRID(rid), true)
	case h.PayloadType != n.payload && (n.red == 0 || h.PayloadType != n.red):
		return dropPayload
	}
	s := t.bySSRC(in.ssrc)
	if s == nil {
		s = newStream(t, rid, in.ssrc)
		s.nack = n.nack && !in.peer.sfu.plain
		in.peer.publish(s, now)
	}
	return in.attach(l, s, false)
}

// only is the one track that can carry a payload type, if it has one encoding, for clients without the mid extension.
func (l *layout) only(payload uint8) (found *track) {
	for mid, n := range l.lines {
		if n.payload == payload {
			if found != nil || len(n.rids) > 0 {
				return nil
			}
			found = l.tracks[mid]
		}
	}
	return found
}

func extensionText(h *rtp.Header, id uint8) string {
	if id == 0 {
		return ""
	}
	return string(h.GetExtension(id))
}

func (in *inlet) attach(l *layout, s *stream, repair bool) drop {
	if s == nil {
		return dropUnknown
	}
	in.layout, in.stream, in.repair = l, s, repair
	in.format, in.red = l.lines[s.track.mid].payload, l.lines[s.track.mid].red
	if repair {
		in.format, in.red = l.lines[s.track.mid].repair, 0
	}
	return ""
}
