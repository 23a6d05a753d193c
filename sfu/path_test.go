package sfu

import (
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"jalsa/sfu/udp"
)

// opened takes packets of media as a peer's, after they were opened.
func opened(p *Peer) *inside { return &inside{peer: p} }

// told takes RTCP as a peer's, after it was opened.
func told(p *Peer) *inside { return &inside{peer: p, control: true} }

type inside struct {
	peer    *Peer
	control bool
	header  header
	out     udp.Burst
}

// Write does what Peer.take does of a packet, but for opening it.
func (i *inside) Write(b []byte) (int, error) {
	p := i.peer
	if p.ended.Load() {
		return len(b), nil
	}
	defer p.survive()
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	var why drop
	if i.control {
		why = p.hearControl(b, p.sfu.now(), &i.out)
	} else if !i.header.read(b) {
		why = dropMalformed
	} else {
		why = p.carry(b, &i.header, p.sfu.now(), &i.out)
	}
	if why != "" {
		p.drops.add(why)
	}
	return len(b), nil
}

// bind has a line send to c.
func bind(t testing.TB, u *subscription, c interface {
	webrtc.TrackLocalContext
	exit
}) {
	t.Helper()
	if _, err := u.Bind(c); err != nil {
		t.Fatal(err)
	}
	u.exit = c
}

// beat drains the pacer of a peer, and tells whether to come again.
func (p *Peer) beat(now time.Time) bool {
	p.drain(now, &udp.Burst{})
	return p.drained()
}

// sink is what a subscription sends to instead of its peer's transport.
type sink struct {
	packets int
	last    rtp.Header
	wire    [udp.MTU]byte
}

func (s *sink) send(e *egress, out *udp.Burst) error {
	_ = out.Space() // as a transport does
	s.packets++
	_, err := s.last.Unmarshal(s.wire[:e.write(s.wire[:])])
	return err
}

// packet is what a client reads of it.
func (e *egress) packet() (p rtp.Packet, err error) {
	b := make([]byte, udp.MTU)
	err = p.Unmarshal(b[:e.write(b)])
	return p, err
}

// binding is what Pion tells a subscription, and where its packets go.
type binding struct{ exit }

func (b binding) CodecParameters() []webrtc.RTPCodecParameters {
	return []webrtc.RTPCodecParameters{
		{PayloadType: 111, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}},
		{PayloadType: 96, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8}},
		{PayloadType: 97, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeRTX, SDPFmtpLine: "apt=96"}},
	}
}
func (b binding) HeaderExtensions() []webrtc.RTPHeaderExtensionParameter { return nil }
func (b binding) SSRC() webrtc.SSRC                                      { return 777 }
func (b binding) SSRCRetransmission() webrtc.SSRC                        { return 778 }
func (b binding) SSRCForwardErrorCorrection() webrtc.SSRC                { return 0 }
func (b binding) WriteStream() webrtc.TrackLocalWriter                   { return nil }
func (b binding) ID() string                                             { return "x" }
func (b binding) RTCPReader() interceptor.RTCPReader                     { return nil }

// path is a publisher with receivers, without sockets.
type path struct {
	sfu       *SFU
	room      *Room
	publisher *Peer
	receivers []*Peer
	sinks     []*sink
}

func newPath(t testing.TB, receivers int) *path {
	t.Helper()
	return newPathAt(t, receivers, time.Now)
}

// endless is a target that nothing waits for, in bit/s.
const endless = 1e15

// newPathAt has a clock of its own.
func newPathAt(t testing.TB, receivers int, now func() time.Time) *path {
	t.Helper()
	s := testSFU(t, nil)
	s.now = now
	r := s.Room("path")
	p := &path{sfu: s, room: r}
	join := func(number uint32) *Peer {
		peer, err := r.Join("p", number, Events{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(peer.Close)
		peer.live.Store(true)
		return peer
	}
	o, err := parseOffer(offerText(1))
	if err != nil {
		t.Fatal(err)
	}
	p.publisher = join(1)
	l := newLayout(p.publisher, o, nil)
	p.publisher.layout.Store(l)
	r.negotiated(p.publisher, l, nil)
	for i := range receivers {
		q := join(uint32(i + 2))
		u := newSubscription(q, 0, webrtc.RTPCodecTypeVideo)
		u.wide = 5
		q.control(newCongestionUpTo(endless, endless, now()), now())
		k := &sink{}
		bind(t, u, binding{k})
		q.layout.Store(newLayout(q, offer{}, nil))
		r.negotiated(q, q.layout.Load(), []*subscription{u})
		p.receivers, p.sinks = append(p.receivers, q), append(p.sinks, k)
	}
	return p
}

// packet marshals a video packet as Pion would hand it over, with mid and rid.
func videoPacket(t testing.TB, seq uint16, keyframe bool, size int) []byte {
	t.Helper()
	tag := byte(1)
	if keyframe {
		tag = 0
	}
	p := &rtp.Packet{
		Header:  rtp.Header{Version: 2, PayloadType: 96, SequenceNumber: seq, Timestamp: uint32(seq) * 3000, SSRC: 5555},
		Payload: append([]byte{0x90, 0xe0, 0x80 | byte(seq>>8)&0x7f, byte(seq), byte(seq), 0, tag}, make([]byte, size)...),
	}
	for id, text := range map[uint8]string{1: "1", 3: "h"} {
		if err := p.SetExtension(id, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	b, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestForwardingAllocatesNothing holds the packet path to no allocation of ours.
func TestForwardingAllocatesNothing(t *testing.T) {
	p := newPath(t, 4)
	in := opened(p.publisher)
	b := videoPacket(t, 0, true, 1100)
	seq := uint16(0)
	send := func() {
		seq++
		b[2], b[3] = byte(seq>>8), byte(seq)
		if _, err := in.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	for range 2000 {
		send()
	}
	// The race detector makes sync.Pool forget at random.
	if n := testing.AllocsPerRun(2000, send); n > 0 && !raced {
		t.Errorf("%v allocations for each packet to four receivers", n)
	}
	for _, k := range p.sinks {
		if k.packets < 4000 {
			t.Errorf("receiver got %d packets", k.packets)
		}
		if len(k.last.CSRC) != 1 || k.last.SSRC != 777 || k.last.PayloadType != 96 {
			t.Errorf("%+v", k.last)
		}
	}
}

// TestEndedAtOnce: from the instant that a peer is ended no packet passes, before anything else is cleaned up.
func TestEndedAtOnce(t *testing.T) {
	p := newPath(t, 2)
	in := opened(p.publisher)
	_, _ = in.Write(videoPacket(t, 1, true, 10))
	p.receivers[0].live.Store(false)
	_, _ = in.Write(videoPacket(t, 2, false, 10))
	if p.sinks[0].packets != 1 || p.sinks[1].packets != 2 {
		t.Errorf("%d and %d packets", p.sinks[0].packets, p.sinks[1].packets)
	}
	p.publisher.ended.Store(true)
	_, _ = in.Write(videoPacket(t, 3, false, 10))
	if p.sinks[1].packets != 2 {
		t.Error("a packet of an ended publisher was passed on")
	}
}

// TestTooManySSRCs ends a peer for which we would have to keep state without bound.
func TestTooManySSRCs(t *testing.T) {
	p := newPath(t, 1)
	in := opened(p.publisher)
	for i := range uint32(maxSSRCs) {
		_, _ = in.Write(ridPacket(t, i, "h", 1, 10))
		_, _ = in.Write(ridPacket(t, i, "h", 2, 10))
	}
	if p.publisher.ended.Load() {
		t.Fatal("ended at the limit")
	}
	_, _ = in.Write(ridPacket(t, 1000, "h", 1, 10))
	until(t, "publisher failed", func() bool { return p.publisher.State() == StateFailed })
	if p.sfu.Stats().PeersOverSSRCs != 1 || p.receivers[0].ended.Load() {
		t.Errorf("%+v", p.sfu.Stats())
	}
}

// TestNobodyAsksForTheAbsent: a receiver that is not connected costs its publishers no key frame.
func TestNobodyAsksForTheAbsent(t *testing.T) {
	p := newPath(t, 1)
	p.receivers[0].live.Store(false)
	before := p.sfu.Stats().KeyframesAsked
	in := opened(p.publisher)
	_, _ = in.Write(videoPacket(t, 1, false, 10))
	for i := range 10 {
		p.receivers[0].tick(time.Now().Add(time.Duration(i)*time.Second), nil, true, true)
	}
	if got := p.sfu.Stats().KeyframesAsked - before; got != 0 {
		t.Errorf("asked %d times", got)
	}
	p.receivers[0].live.Store(true)
	p.room.connected(p.receivers[0])
	until(t, "asked once connected", func() bool { return p.sfu.Stats().KeyframesAsked == before+1 })
}

// TestNackIsAnsweredOncePerRoundTrip, from the cache, with the receiver's own numbers.
func TestNackIsAnsweredOncePerRoundTrip(t *testing.T) {
	p := newPath(t, 1)
	in := opened(p.publisher)
	for seq := range uint16(20) {
		_, _ = in.Write(videoPacket(t, 500+seq, seq == 0, 100))
	}
	k := p.sinks[0]
	newest := k.last.SequenceNumber
	ask := func(seq uint16) int {
		before := k.packets
		b, err := (&rtcp.TransportLayerNack{MediaSSRC: 777, Nacks: []rtcp.NackPair{{PacketID: seq, LostPackets: 1}}}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		_, _ = told(p.receivers[0]).Write(b)
		return k.packets - before
	}
	if n := ask(newest - 5); n != 2 || k.last.SSRC != 778 || k.last.PayloadType != 97 || k.last.Timestamp == 0 {
		t.Errorf("%d packets, %+v", n, k.last)
	}
	if n := ask(newest - 5); n != 0 {
		t.Errorf("%d packets for a repeated request at once", n)
	}
	if n := ask(newest + 100); n != 0 {
		t.Errorf("%d packets of the future", n)
	}
	if n := ask(newest - 500); n != 0 {
		t.Errorf("%d packets of before the beginning", n)
	}
}

// FuzzPackets: no packet, however made, makes the handling of it fail.
func FuzzPackets(f *testing.F) {
	nack, _ := (&rtcp.TransportLayerNack{MediaSSRC: 777, Nacks: []rtcp.NackPair{{PacketID: 5, LostPackets: 0xffff}}}).Marshal()
	report, _ := (&rtcp.SenderReport{SSRC: 5555, NTPTime: 1 << 60, RTPTime: 9, Reports: []rtcp.ReceptionReport{{SSRC: 777, LastSenderReport: 5}}}).Marshal()
	pli, _ := (&rtcp.PictureLossIndication{MediaSSRC: 777}).Marshal()
	for _, b := range [][]byte{videoPacket(f, 1, true, 20), videoPacket(f, 2, false, 0), nack, report, pli, {}, {0x80}, {0xa0, 96, 0, 1}, {0x90, 97, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5, 0xbe, 0xde, 0xff, 0xff}} {
		f.Add(b, b, uint32(5555))
	}
	p := newPath(f, 2)
	first := opened(p.publisher)
	_, _ = first.Write(videoPacket(f, 1, true, 20))
	f.Fuzz(func(t *testing.T, media, control []byte, ssrc uint32) {
		in := opened(p.publisher)
		for range 3 {
			_, _ = in.Write(media)
			_, _ = first.Write(media)
		}
		for _, peer := range []*Peer{p.publisher, p.receivers[0]} {
			_, _ = told(peer).Write(control)
			_, _ = told(peer).Write(control)
		}
		p.publisher.tick(time.Now(), nil, true, true)
		p.receivers[0].tick(time.Now(), nil, true, true)
		if n := p.sfu.Stats().PeersPanicked; n > 0 {
			t.Fatalf("%d panics", n)
		}
	})
}
