package signaling

import (
	"context"
	"maps"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
	samples "github.com/pion/webrtc/v4/pkg/media"
)

// caller is a client with a PeerConnection made of Pion: it speaks, and counts
// what it hears of whom.
type caller struct {
	*client
	pc     *webrtc.PeerConnection
	id     int
	voice  *webrtc.TrackLocalStaticRTP
	camera *webrtc.TrackLocalStaticSample
	heard  atomic.Int64 // RTP packets on all lines
	loud   atomic.Bool  // speaks, and does not only breathe
	films  atomic.Bool
	screen *webrtc.TrackLocalStaticSample
	shows  atomic.Bool // the screen
	stop   context.CancelFunc
	talks  sync.WaitGroup

	counting sync.Mutex
	sound    map[uint32]int // bytes of RTP by whose number they carry
	pictures map[uint32]int
}

// silent is a logger factory that says nothing.
type silent struct{}

func (silent) NewLogger(string) logging.LeveledLogger {
	return logging.NewDefaultLeveledLoggerForScope("", logging.LogLevelDisabled, nil)
}

// call makes PeerConnection number id for an admitted client and connects it.
func (c *client) call(id, seats int) *caller {
	c.r.t.Helper()
	a := c.prepare(id, seats)
	a.offer()
	a.connected()
	return a
}

func (c *client) prepare(id, seats int) *caller {
	t := c.r.t
	t.Helper()
	m := &webrtc.MediaEngine{}
	must(t, m.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: 111, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}}, webrtc.RTPCodecTypeAudio))
	must(t, m.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: 96, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}}, webrtc.RTPCodecTypeVideo))
	must(t, m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: sdp.AudioLevelURI}, webrtc.RTPCodecTypeAudio))
	s := webrtc.SettingEngine{LoggerFactory: silent{}}
	s.SetIncludeLoopbackCandidate(true)
	s.SetIPFilter(net.IP.IsLoopback)
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(m), webrtc.WithSettingEngine(s)).NewPeerConnection(webrtc.Configuration{})
	must(t, err)
	a := &caller{client: c, pc: pc, id: id, sound: map[uint32]int{}, pictures: map[uint32]int{}}
	a.voice, err = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "mic", "me")
	must(t, err)
	a.camera, err = webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, "cam", "me")
	must(t, err)
	a.screen, err = webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, "screen", "me")
	must(t, err)
	for _, track := range []webrtc.TrackLocal{a.voice, a.camera, a.screen} {
		_, err := pc.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
		must(t, err)
	}
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		for range seats {
			_, err := pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
			must(t, err)
		}
	}
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { a.listen(track) })
	ctx, stop := context.WithCancel(context.Background())
	a.stop = stop
	a.talks.Go(func() { a.talk(ctx) })
	t.Cleanup(a.hangUp)
	return a
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (a *caller) hangUp() {
	a.stop()
	a.talks.Wait()
	_ = a.pc.GracefulClose()
}

// listen counts what comes on one line, by the number that rides in each packet.
func (a *caller) listen(track *webrtc.TrackRemote) {
	of := a.sound
	if track.Kind() == webrtc.RTPCodecTypeVideo {
		of = a.pictures
	}
	buffer := make([]byte, 1500)
	for {
		n, _, err := track.Read(buffer)
		if err != nil {
			return
		}
		var header rtp.Header
		if _, err := header.Unmarshal(buffer[:n]); err != nil || len(header.CSRC) != 1 {
			a.r.t.Errorf("%s received a packet of nobody: %v %v", a.name, header.CSRC, err)
			return
		}
		a.counting.Lock()
		of[header.CSRC[0]] += n
		a.counting.Unlock()
		a.heard.Add(1)
	}
}

// talk sends 50 packets of sound a second, and 10 key frames of those who film.
func (a *caller) talk(ctx context.Context) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := uint16(0); ; n++ {
		select {
		case <-tick.C:
			a.say(n)
			if a.films.Load() && n%5 == 0 {
				frame := append([]byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 64, 1, 180, 0}, make([]byte, 300)...) // RFC 6386 §9.1
				_ = a.camera.WriteSample(samples.Sample{Data: frame, Duration: 100 * time.Millisecond})
				if a.shows.Load() {
					_ = a.screen.WriteSample(samples.Sample{Data: frame, Duration: 100 * time.Millisecond})
				}
			}
		case <-ctx.Done():
			return
		}
	}
}

func (a *caller) say(n uint16) {
	p := &rtp.Packet{
		Header:  rtp.Header{Version: 2, SequenceNumber: n, Timestamp: uint32(n) * 960},
		Payload: []byte{0xf8, 0xff, 0xfe},
	}
	if a.loud.Load() {
		p.Payload = append([]byte{0xf8}, make([]byte, 60)...)
		for _, e := range a.pc.GetSenders()[0].GetParameters().HeaderExtensions {
			if e.URI == sdp.AudioLevelURI {
				_ = p.SetExtension(uint8(e.ID), []byte{0x80 | 20}) // RFC 6464: voice, 20 below full
			}
		}
	}
	_ = a.voice.WriteRTP(p)
}

// received is how many bytes of sound and of pictures were received, by number.
type received struct{ sound, pictures map[uint32]int }

func (a *caller) count() received {
	a.counting.Lock()
	defer a.counting.Unlock()
	return received{maps.Clone(a.sound), maps.Clone(a.pictures)}
}

func (a *caller) offer() { a.r.t.Helper(); a.offerAt("medium") }

func (a *caller) offerAt(level string) {
	t := a.r.t
	t.Helper()
	offer, err := a.pc.CreateOffer(nil)
	must(t, err)
	gathered := webrtc.GatheringCompletePromise(a.pc)
	must(t, a.pc.SetLocalDescription(offer))
	<-gathered
	a.send(Offer{PC: a.id, Path: "direct", Packed: pack(a.pc.LocalDescription().SDP), Level: level})
	answer := expect(a.client, func(m Answer) bool { return m.PC == a.id })
	sdp, err := unpack(answer.Packed)
	must(t, err)
	must(t, a.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: sdp}))
}

func (a *caller) connected() {
	a.r.t.Helper()
	a.r.until("connected", func() bool { // PeerConnectionState can be left behind by a callback that was overtaken
		return a.pc.ICEConnectionState() == webrtc.ICEConnectionStateConnected && a.pc.SCTP().Transport().State() == webrtc.DTLSTransportStateConnected
	})
}

// hears waits for 10 more packets.
func (a *caller) hears() {
	a.r.t.Helper()
	from := a.heard.Load()
	a.r.until(a.name+" hears", func() bool { return a.heard.Load() >= from+10 })
}

// deaf waits until no packet came for a while.
func (a *caller) deaf() {
	a.r.t.Helper()
	last, since := a.heard.Load(), time.Now()
	a.r.until(a.name+" hears nothing", func() bool {
		if n := a.heard.Load(); n != last {
			last, since = n, time.Now()
		}
		return time.Since(since) > 300*time.Millisecond
	})
}
