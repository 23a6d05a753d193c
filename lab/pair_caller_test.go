//go:build linux

package lab

import (
	"errors"
	mathrand "math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

// caller is a participant of a call whose price is measured: Pion with its usual interceptors and what browsers do
// besides, the same towards every server. It sends what the call says, and counts what comes.
type caller struct {
	number uint32
	call   *call
	pc     *webrtc.PeerConnection
	mux    ice.UDPMux
	socket net.PacketConn
	lines  map[layer]*webrtc.RTPTransceiver
	tracks map[layer]*webrtc.TrackLocalStaticRTP
	level  uint8 // id of the extension for audio levels
	began  time.Time
	closed chan struct{}
	wanted atomic.Bool // a key frame

	running sync.WaitGroup
	sending sync.Once
	once    sync.Once

	sent  atomic.Int64
	got   atomic.Int64 // of what was sent, each packet once
	again atomic.Int64 // of what had come, or is out of its order
	first atomic.Int64 // nanoseconds from began, when they were let in, to the first packet; 0: none yet
	steps [steps]atomic.Int64
}

// What somebody goes through from being let in to the first packet; each has its time from began.
const (
	offered  = iota // their offer is made
	answered        // our answer is there
	checked         // ICE has a path
	secured         // DTLS has keys
	heard           // the first packet
	steps
)

func (c *caller) reach(step int) { c.steps[step].CompareAndSwap(0, int64(time.Since(c.began))) }

// hurried is how often somebody who comes late looks at the state of their ICE: otherwise Pion's client takes 200 ms to
// decide what browsers decide at once. It is too often for a call.
const hurried = 4 * time.Millisecond

// newCaller makes a connection with so many lines of each kind to receive on.
func newCaller(b *testing.B, c *call, number uint32, seats int, late bool) *caller {
	b.Helper()
	one := &caller{
		number: number, call: c, began: time.Now(), closed: make(chan struct{}),
		lines: map[layer]*webrtc.RTPTransceiver{}, tracks: map[layer]*webrtc.TrackLocalStaticRTP{},
	}
	one.wanted.Store(true)
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(err)
	must(socket.SetReadBuffer(1 << 20))
	one.socket = socket
	one.mux = ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: socket, Logger: quiet{}.NewLogger("")})
	setting := webrtc.SettingEngine{LoggerFactory: quiet{}}
	setting.SetIncludeLoopbackCandidate(true)
	setting.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	setting.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	setting.SetICEUDPMux(one.mux)
	if late {
		setting.SetICETimeouts(hurried, time.Minute, time.Second)
	}
	media, registry, err := callerEngine()
	must(err)
	one.pc, err = webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithSettingEngine(setting), webrtc.WithInterceptorRegistry(registry)).
		NewPeerConnection(webrtc.Configuration{})
	must(err)
	b.Cleanup(one.close)
	one.pc.OnTrack(func(t *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
		one.running.Go(func() { one.drain(r) })
		one.receive(t)
	})
	one.pc.OnICEConnectionStateChange(func(s webrtc.ICEConnectionState) {
		if s == webrtc.ICEConnectionStateConnected {
			one.reach(checked)
		}
	})
	one.pc.SCTP().Transport().OnStateChange(func(s webrtc.DTLSTransportState) {
		if s == webrtc.DTLSTransportStateConnected {
			one.reach(secured)
		}
	})
	one.pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected && int(number) < c.speakers {
			one.sending.Do(func() { one.running.Go(one.perform) })
		}
	})
	must(one.publish())
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		for range seats {
			_, err := one.pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
			must(err)
		}
	}
	return one
}

// callerEngine is what a browser speaks of our codecs, with Pion's default interceptors and with transport-wide numbers
// on what is sent.
func callerEngine() (*webrtc.MediaEngine, *interceptor.Registry, error) {
	m, registry := &webrtc.MediaEngine{}, &interceptor.Registry{}
	feedback := []webrtc.RTCPFeedback{{Type: "nack"}, {Type: "nack", Parameter: "pli"}}
	return m, registry, errors.Join(
		m.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: 111, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1"}}, webrtc.RTPCodecTypeAudio),
		m.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: 96, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeVP8, ClockRate: 90000, RTCPFeedback: feedback}}, webrtc.RTPCodecTypeVideo),
		m.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: 97, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeRTX, ClockRate: 90000, SDPFmtpLine: "apt=96"}}, webrtc.RTPCodecTypeVideo),
		m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: sdp.AudioLevelURI}, webrtc.RTPCodecTypeAudio),
		webrtc.ConfigureTWCCHeaderExtensionSender(m, registry),
		webrtc.RegisterDefaultInterceptors(m, registry),
	)
}

// publish lays out the lines that a person sends on, whether they speak in this call or not.
func (c *caller) publish() error {
	for _, one := range []struct {
		layer layer
		codec webrtc.RTPCodecCapability
	}{
		{voice, webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}},
		{high, webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}},
	} {
		track, err := webrtc.NewTrackLocalStaticRTP(one.codec, string(rune(one.layer)), "me")
		if err != nil {
			return err
		}
		line, err := c.pc.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
		if err != nil {
			return err
		}
		c.tracks[one.layer], c.lines[one.layer] = track, line
		c.running.Go(func() { c.listen(line.Sender()) })
	}
	return nil
}

func (c *caller) offer(b *testing.B) string {
	b.Helper()
	o, err := c.pc.CreateOffer(nil)
	if err != nil {
		b.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(c.pc)
	if err := c.pc.SetLocalDescription(o); err != nil {
		b.Fatal(err)
	}
	<-gathered
	c.reach(offered)
	return c.pc.LocalDescription().SDP
}

func (c *caller) accept(b *testing.B, answer string) {
	b.Helper()
	c.reach(answered)
	if err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		b.Fatalf("%v\n%s", err, answer)
	}
	for _, x := range c.lines[voice].Sender().GetParameters().HeaderExtensions {
		if x.URI == sdp.AudioLevelURI {
			c.level = uint8(x.ID)
		}
	}
}

// listen reads feedback; it also drives Pion's answers to it.
func (c *caller) listen(s *webrtc.RTPSender) {
	for {
		packets, _, err := s.ReadRTCP()
		if err != nil {
			return
		}
		for _, p := range packets {
			switch p.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				c.wanted.Store(true)
			}
		}
	}
}

func (c *caller) drain(r *webrtc.RTPReceiver) {
	for {
		if _, _, err := r.ReadRTCP(); err != nil {
			return
		}
	}
}

// receive counts the packets of one line. Each has its mark at the end.
func (c *caller) receive(t *webrtc.TrackRemote) {
	b := make([]byte, 1500)
	var newest mark
	for {
		n, _, err := t.Read(b)
		if err != nil {
			return
		}
		m, whole := readMark(b[:n])
		switch {
		case !whole:
			continue // padding
		case m.number == newest.number && m.count <= newest.count:
			c.again.Add(1)
			continue
		}
		newest = m
		if c.got.Add(1) == 1 {
			c.first.Store(int64(time.Since(c.began)))
			c.reach(heard)
		}
	}
}

// perform sends what the call says while it is on, from a moment of its own.
func (c *caller) perform() {
	pass(mathrand.N(20 * time.Millisecond))
	begun := time.Now()
	due := [2]time.Time{begun, begun.Add(mathrand.N(20 * time.Millisecond))} // of a packet of voice, and of a picture
	makers := [2]*maker{newMaker(c, voice), newMaker(c, high)}
	for {
		i := 0
		if due[1].Before(due[0]) {
			i = 1
		}
		select {
		case <-time.After(time.Until(due[i])):
		case <-c.closed:
			return
		}
		what := c.call.shape.Load()
		if i == 0 {
			due[i] = due[i].Add(20 * time.Millisecond)
		} else {
			due[i] = due[i].Add(what.picture())
		}
		if c.call.on.Load() && (i > 0 || what.voice) {
			makers[i].send(what.pieces)
		}
	}
}

// maker makes the packets of one line, in memory of its own.
type maker struct {
	caller *caller
	layer  layer
	mark   mark
	key    []byte
	packet rtp.Packet
}

func newMaker(c *caller, y layer) *maker {
	m := &maker{caller: c, layer: y, mark: mark{number: c.number, layer: y}}
	m.packet.Version = 2
	m.packet.Payload = voicePayload(m.mark)
	if y != voice {
		m.key = framePayload(m.mark, true)
		m.packet.Payload = make([]byte, framePiece)
		copy(m.packet.Payload, framePayload(m.mark, false))
	}
	return m
}

func (m *maker) send(pieces int) {
	if m.layer == voice {
		m.packet.Timestamp = uint32(time.Now().UnixMicro() * 48 / 1000)
		if id := m.caller.level; id != 0 {
			_ = m.packet.SetExtension(id, []byte{0x80 | 20}) // fails only for ids above 14
		}
		m.write()
		return
	}
	m.packet.Timestamp = uint32(time.Now().UnixMicro() * 90 / 1000)
	frame := framePayload(m.mark, m.caller.wanted.Swap(false))
	frame = frame[:len(frame)-markSize]
	stamp := m.packet.Timestamp
	frame[2], frame[3], frame[4] = 0x80|byte(stamp>>18)&0x7f, byte(stamp>>10), 0
	for i := range pieces {
		copy(m.packet.Payload, frame)
		if i > 0 { // RFC 7741: not the beginning of a partition
			m.packet.Payload[0] = 0x80
		}
		m.packet.Marker = i == pieces-1
		m.write()
	}
}

func (m *maker) write() {
	m.mark.count++
	copy(m.packet.Payload[len(m.packet.Payload)-markSize:], m.mark.bytes())
	m.packet.SequenceNumber = uint16(m.mark.count)
	p := m.packet
	p.Extensions = append([]rtp.Extension(nil), m.packet.Extensions...) // interceptors add theirs
	if m.caller.tracks[m.layer].WriteRTP(&p) == nil {
		m.caller.sent.Add(1)
	}
}

func (c *caller) isUp() bool { return c.pc.ConnectionState() == webrtc.PeerConnectionStateConnected }

func (c *caller) close() {
	c.once.Do(func() {
		close(c.closed)
		_ = c.pc.GracefulClose()
		_ = c.mux.Close()
		_ = c.socket.Close()
		c.running.Wait()
	})
}
