package sfu

import (
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

const benchReceivers = 4

// BenchmarkForward compares what a packet costs here, from the decrypted packet to the writers of four receivers, with
// Pion's own way for the same: its default interceptors on the publisher's and each receiver's side, and a
// TrackLocalStaticRTP between. The two take turns in one run, so that their ratio holds on any host.
func BenchmarkForward(b *testing.B) {
	ours, theirs := forwardOurs(b), forwardPion(b)
	packet := videoPacket(b, 0, true, 1100)
	b.ReportAllocs()
	var spent [2]time.Duration
	const batch = 200
	seq, packets := uint16(0), 0
	for b.Loop() {
		for i, forward := range []func([]byte){ours, theirs} {
			begin := time.Now()
			for n := range uint16(batch) {
				s := seq + n
				packet[2], packet[3] = byte(s>>8), byte(s)
				forward(packet)
			}
			spent[i] += time.Since(begin)
		}
		seq += batch
		packets += batch
	}
	each := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / float64(packets*benchReceivers) }
	b.ReportMetric(each(spent[0]), "ns/packet/receiver")
	b.ReportMetric(each(spent[1]), "pion-ns/packet/receiver")
	b.ReportMetric(float64(spent[0])/float64(spent[1]), "of-pion")
}

// BenchmarkRewrite gives a packet a receiver's numbers.
func BenchmarkRewrite(b *testing.B) {
	b.ReportAllocs()
	var r rewriter
	p := head{sequence: 1, vp8: vp8{hasPicture: true, wide: true, hasTL0: true, start: true}}
	r.begin(nil, 7, p, 1, outgoing{sequence: 100})
	for b.Loop() {
		p.sequence++
		p.stamp += 3000
		p.vp8.picture = (p.vp8.picture + 1) & 0x7fff
		if _, ok := r.apply(p); !ok {
			b.Fatal("refused")
		}
	}
}

// BenchmarkRewriteVP8 writes the payload descriptor of a packet anew, and copies what follows.
func BenchmarkRewriteVP8(b *testing.B) {
	b.ReportAllocs()
	payload := append([]byte{0x90, 0xe0, 0x81, 1, 1, 0, 1}, make([]byte, 1100)...)
	v, err := parseVP8(payload)
	if err != nil {
		b.Fatal(err)
	}
	var to [maxPayload + 3]byte
	picture := uint16(0)
	for b.Loop() {
		picture = (picture + 1) & 0x7fff
		if n := rewriteVP8(to[:], payload, v, picture, 9); n < len(payload) {
			b.Fatal(n)
		}
	}
}

// BenchmarkCache keeps a packet for those who may ask for it again, and BenchmarkCached is one who asks.
func BenchmarkCache(b *testing.B) {
	b.ReportAllocs()
	c, payload, now := newCache(512, 256<<10, 8<<10, mostKept), make([]byte, 1100), t0
	seq := uint16(0)
	for b.Loop() {
		seq++
		now = now.Add(20 * time.Millisecond)
		c.put(entry{seq: seq}, payload, now)
	}
}

func BenchmarkCached(b *testing.B) {
	b.ReportAllocs()
	c, payload, to := newCache(512, 256<<10, 8<<10, mostKept), make([]byte, 1100), make([]byte, maxPayload)
	for seq := range uint16(200) {
		c.put(entry{seq: seq}, payload, t0)
	}
	seq := uint16(0)
	for b.Loop() {
		seq = (seq + 1) % 200
		if _, n, ok := c.get(seq, to); !ok || n != len(payload) {
			b.Fatal("gone")
		}
	}
}

// BenchmarkAllocate divides a link among eight faces, which is done ten times a second for each receiver.
func BenchmarkAllocate(b *testing.B) {
	b.ReportAllocs()
	var lines []demand
	for seat := range 8 {
		lines = append(lines, demand{seat: seat, class: classOther, height: 360, layers: simulcast()})
	}
	lines[3].class = classSpeaker
	a, now := newAllocator(), t0
	for b.Loop() {
		now = now.Add(windowEvery)
		if got := a.decide(1_200_000, LevelLarge, lines, now); len(got) != len(lines) {
			b.Fatal(got)
		}
	}
}

func forwardOurs(b *testing.B) func([]byte) {
	in := opened(newPath(b, benchReceivers).publisher)
	return func(packet []byte) { _, _ = in.Write(packet) } // it never fails
}

// forwardPion forwards with Pion's default interceptors.
func forwardPion(b *testing.B) func([]byte) {
	m := &webrtc.MediaEngine{}
	if err := m.RegisterDefaultCodecs(); err != nil {
		b.Fatal(err)
	}
	registry := &interceptor.Registry{}
	if err := webrtc.RegisterDefaultInterceptors(m, registry); err != nil {
		b.Fatal(err)
	}
	chain := func() interceptor.Interceptor {
		i, err := registry.Build("")
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = i.Close() })
		i.BindRTCPWriter(interceptor.RTCPWriterFunc(func([]rtcp.Packet, interceptor.Attributes) (int, error) { return 0, nil }))
		return i
	}
	info := func(ssrc uint32) *interceptor.StreamInfo {
		return &interceptor.StreamInfo{
			SSRC: ssrc, PayloadType: 96, MimeType: webrtc.MimeTypeVP8, ClockRate: 90000,
			RTPHeaderExtensions: []interceptor.RTPHeaderExtension{{URI: sdp.TransportCCURI, ID: 5}},
			RTCPFeedback:        []interceptor.RTCPFeedback{{Type: "nack"}, {Type: "nack", Parameter: "pli"}, {Type: "transport-cc"}},
		}
	}
	track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, "camera", "x")
	if err != nil {
		b.Fatal(err)
	}
	for range benchReceivers {
		k := &sink{}
		w := chain().BindLocalStream(info(777), interceptor.RTPWriterFunc(func(h *rtp.Header, payload []byte, _ interceptor.Attributes) (int, error) {
			k.packets++
			k.last = *h
			return len(payload), nil
		}))
		if _, err := track.Bind(&intercepted{binding{k}, w}); err != nil {
			b.Fatal(err)
		}
	}
	var packet []byte
	source := chain().BindRemoteStream(info(5555), interceptor.RTPReaderFunc(func(to []byte, a interceptor.Attributes) (int, interceptor.Attributes, error) {
		return copy(to, packet), a, nil
	}))
	buffer := make([]byte, 1500)
	return func(p []byte) {
		packet = p
		n, _, err := source.Read(buffer, nil)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := track.Write(buffer[:n]); err != nil {
			b.Fatal(err)
		}
	}
}

// intercepted is what Pion tells a track whose packets go through interceptors.
type intercepted struct {
	binding
	next interceptor.RTPWriter
}

func (i *intercepted) CodecParameters() []webrtc.RTPCodecParameters {
	return []webrtc.RTPCodecParameters{{PayloadType: 96, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}}}
}
func (i *intercepted) WriteStream() webrtc.TrackLocalWriter { return i }
func (i *intercepted) WriteRTP(h *rtp.Header, payload []byte) (int, error) {
	return i.next.Write(h, payload, nil)
}
func (i *intercepted) Write(b []byte) (int, error) { return len(b), nil }
