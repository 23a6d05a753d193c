package sfu

import (
	"slices"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"jalsa/sfu/udp"
)

const (
	maxSSRCs       = 64  // that a peer may send; there is state for each
	maxRTCPSenders = 256 // SSRCs that a peer may send RTCP of; the same
)

// ingress is what came of a peer. Packets that came by two sockets are taken one at a time.
type ingress struct {
	mu     sync.Mutex // held by the reader that has a packet in hand; Pion, which may wait for it, is not called meanwhile
	theirs *opener    // nil: the handshake is not complete
	peer   *Peer      // whose it is

	newest  *inlet   // of the last packet
	inlets  []*inlet // of its SSRCs, maxSSRCs at most
	ssrcs   []uint32 // theirs, in the same order: all of them lie in a line or two of the processor's memory
	senders []sender // of RTCP, maxRTCPSenders at most
	packet  incoming
	red     redPacket
	echoes  allowance // of a peer in an echo: all it sends
	voice   allowance
	asked   flow            // lost packets that are asked for
	pairs   []rtcp.NackPair // memory for such a message
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

// inlet takes the RTP packets of one SSRC.
type inlet struct {
	peer *Peer
	ssrc uint32
	came replays

	layout *layout // for which the rest was found
	stream *stream // nil: not attributable yet
	repair bool    // this SSRC carries the stream's retransmissions
	format uint8   // payload type that belongs on this SSRC
	red    uint8   // and the one of its redundant form, 0: none
}

// pictures tells whether it takes video, each packet for the first time.
func (in *inlet) pictures() bool {
	return in != nil && in.stream != nil && !in.repair && in.stream.video()
}

// sender is an SSRC that RTCP came from.
type sender struct {
	ssrc uint32
	came replays
}

// inlet is that of an SSRC; nil: nothing came of it yet.
func (in *ingress) inlet(ssrc uint32) *inlet {
	if in.newest != nil && in.newest.ssrc == ssrc {
		return in.newest
	}
	i := slices.Index(in.ssrcs, ssrc)
	if i < 0 {
		return nil
	}
	in.newest = in.inlets[i]
	return in.newest
}

// admit makes the inlet of another SSRC; nil: the peer sends of too many.
func (in *ingress) admit(ssrc uint32) *inlet {
	if len(in.inlets) == maxSSRCs {
		return nil
	}
	in.newest = &inlet{peer: in.peer, ssrc: ssrc}
	in.inlets, in.ssrcs = append(in.inlets, in.newest), append(in.ssrcs, ssrc)
	return in.newest
}

// sender is an SSRC of RTCP; nil: none came of it yet.
func (in *ingress) sender(ssrc uint32) *sender {
	for i := range in.senders {
		if s := &in.senders[i]; s.ssrc == ssrc {
			return s
		}
	}
	return nil
}

// hear takes note of another SSRC of RTCP; nil: there are too many.
func (in *ingress) hear(ssrc uint32) *sender {
	if len(in.senders) == maxRTCPSenders {
		return nil
	}
	in.senders = append(in.senders, sender{ssrc: ssrc})
	return &in.senders[len(in.senders)-1]
}

// overflow ends a peer for which we would have to keep state without bound.
func (p *Peer) overflow() {
	if p.failing.CompareAndSwap(false, true) {
		p.counts.peersOverSSRCs.Add(1)
		p.fail("ssrcs")
	}
}

// carry takes a packet of media that was opened, with its header. The caller holds ingress.mu.
func (p *Peer) carry(b []byte, h *header, now time.Time, out *udp.Burst) drop {
	in := p.in.inlet(h.ssrc)
	if in == nil {
		if in = p.in.admit(h.ssrc); in == nil {
			p.overflow()
			return dropUnknown
		}
	}
	return in.receive(b, h, now, out)
}

// receive is the path of a packet: header, congestion feedback, stream, and from there to every subscriber.
func (in *inlet) receive(b []byte, h *header, now time.Time, out *udp.Burst) drop {
	p := in.peer
	payload, ok := h.withoutPadding(b)
	if !ok {
		return dropMalformed
	}
	if len(payload) > maxPayload {
		return dropOversize
	}
	p.counts.received.Add(1)
	p.inbound.Add(uint64(len(b) + overhead))
	if p.room.echo && !p.in.echoes.take(len(b), now) {
		return dropEcho
	}
	l := p.layout.Load()
	if l == nil {
		return dropUnknown
	}
	if id := l.ids.transportCC; id != 0 {
		if x := h.extension(id); len(x) == 2 {
			p.feedback.note(in.ssrc, uint16(x[0])<<8|uint16(x[1]), now)
		}
	}
	if in.layout != l || in.stream == nil {
		if why := in.resolve(l, h, now); why != "" {
			return why
		}
	}
	if h.format != in.format && (in.red == 0 || h.format != in.red) {
		return dropPayload
	}
	return in.pass(l, h, payload, now, out)
}

// pass hands a packet of the stream on.
func (in *inlet) pass(l *layout, h *header, payload []byte, now time.Time, out *udp.Burst) drop {
	p := in.peer
	d := &p.in.packet
	*d = incoming{head: head{sequence: h.sequence, stamp: h.stamp, marker: h.marker}, payload: payload, at: now, out: out}
	if in.repair {
		if len(payload) < 2 {
			return dropProbe
		}
		d.sequence = uint16(payload[0])<<8 | uint16(payload[1])
		d.payload = payload[2:]
	}
	d.level = 0xff
	if id := l.ids.audioLevel; id != 0 && !in.stream.video() {
		if x := h.extension(id); len(x) >= 1 {
			d.level = x[0] & 0x7f
		}
	}
	if h.format != in.format {
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
	if d.gaps {
		in.peer.room.stir()
	}
	if !forward {
		return why
	}
	for _, u := range *in.stream.track.subscribers.Load() {
		u.forward(in.stream, d)
	}
	return ""
}

// resolve finds the stream of an SSRC: declared in the offer, or by mid and rid on its first packets
// (RFC 8852, RFC 9143 section 9.2).
func (in *inlet) resolve(l *layout, h *header, now time.Time) drop {
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
	if x := h.extension(l.ids.mid); mid == "" && l.ids.mid != 0 && x != nil {
		mid = string(x)
	}
	t := l.tracks[mid]
	if t == nil {
		if t = l.only(h.format); t == nil {
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
	case h.format == n.repair && n.repair != 0:
		return in.attach(l, t.byRID(rid), true)
	case h.format != n.payload && (n.red == 0 || h.format != n.red):
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

func extensionText(h *header, id uint8) string {
	if id == 0 {
		return ""
	}
	return string(h.extension(id))
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
