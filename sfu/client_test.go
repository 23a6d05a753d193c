package sfu

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

const testWithin = 30 * time.Second // other processes share the processors

func testSFU(t testing.TB, conn net.PacketConn, change ...func(*Config)) *SFU {
	t.Helper()
	level := slog.LevelWarn
	if os.Getenv("SFU_DEBUG") != "" {
		level = slog.LevelDebug
	}
	config := Config{
		Conn: conn, Media: []string{"127.0.0.1:0"}, Now: time.Now,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})),
	}
	for _, f := range change {
		f(&config)
	}
	s, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// until polls, since the SFU tells its progress by packets only.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(testWithin)
	defer deadline.Stop()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		if ok() {
			return
		}
		select {
		case <-again.C:
		case <-deadline.C:
			t.Fatalf("never: %s", what)
		}
	}
}

// testClient is a participant made of Pion's client side.
type testClient struct {
	t      testing.TB
	number uint32
	peer   *Peer
	pc     *webrtc.PeerConnection

	voice  *webrtc.TrackLocalStaticRTP
	copies redundancy                             // of what was said
	layers map[string]*webrtc.TrackLocalStaticRTP // by rid
	screen *webrtc.TrackLocalStaticRTP            // nil: it offers none
	ids    map[string]map[string]uint8            // by kind, "screen" too, then URI

	mu         sync.Mutex
	seats      []Seat
	speaking   []uint32
	wanted     *Wanted
	states     []State
	got        map[string]*received // by "audio-0"
	plis       int
	screenPLIs int
	reports    []*rtcp.SenderReport
	feedback   int
	rrs        int
	frames     uint32 // sent
	shown      uint32 // of the screen
	reoffers   int
	ignore     func(line string, p *rtp.Packet) bool
}

// received is what a client got on one line.
type received struct {
	packets []*rtp.Packet
	repairs int
	marks   map[mark]int // payloads that came whole, and how often
	broken  int
	last    mark
	track   *webrtc.TrackRemote
}

// newClient makes a client with an offer, not yet sent.
func newClient(t testing.TB, r *Room, number uint32, options ...clientOption) *testClient {
	t.Helper()
	o := clientOptions{rids: []string{"l", "h"}, seats: 2}
	for _, f := range options {
		f(&o)
	}
	c := &testClient{t: t, number: number, layers: map[string]*webrtc.TrackLocalStaticRTP{}, got: map[string]*received{}, ids: map[string]map[string]uint8{}}
	peer, err := r.Join(fmt.Sprintf("p%d", number), number, Events{
		State:    func(s State) { c.mu.Lock(); c.states = append(c.states, s); c.mu.Unlock() },
		Seats:    func(s []Seat) { c.mu.Lock(); c.seats = s; c.mu.Unlock() },
		Wanted:   func(w Wanted) { c.mu.Lock(); c.wanted = &w; c.mu.Unlock() },
		Speaking: func(n []uint32) { c.mu.Lock(); c.speaking = n; c.mu.Unlock() },
		Reoffer:  func() { c.mu.Lock(); c.reoffers++; c.mu.Unlock() },
	})
	if err != nil {
		t.Fatal(err)
	}
	c.peer = peer
	c.pc, err = clientAPI(t, o).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	c.pc.OnTrack(c.read)
	c.publish(o)
	if o.screen {
		c.share()
	}
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		for range o.seats {
			c.must2(c.pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}))
		}
	}
	return c
}

func (c *testClient) must2(_ any, err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *testClient) publish(o clientOptions) {
	c.t.Helper()
	rids, voiced := o.rids, webrtc.MimeTypeOpus
	if o.red {
		voiced = mimeRed
	}
	sendonly := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}
	var err error
	c.voice, err = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: voiced, ClockRate: 48000, Channels: 2}, "mic", "me")
	if err != nil {
		c.t.Fatal(err)
	}
	voice, err := c.pc.AddTransceiverFromTrack(c.voice, sendonly)
	if err != nil {
		c.t.Fatal(err)
	}
	c.feedbackOf(voice.Sender(), &c.plis)
	var sender *webrtc.RTPSender
	for _, rid := range rids {
		var with []func(*webrtc.TrackLocalStaticRTP)
		if rid != "" {
			with = append(with, webrtc.WithRTPStreamID(rid))
		}
		track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, "cam", "me", with...)
		if err != nil {
			c.t.Fatal(err)
		}
		c.layers[rid] = track
		if sender == nil {
			camera, err := c.pc.AddTransceiverFromTrack(track, sendonly)
			if err != nil {
				c.t.Fatal(err)
			}
			sender = camera.Sender()
		} else if err := sender.AddEncoding(track); err != nil {
			c.t.Fatal(err)
		}
	}
	for _, rid := range rids {
		go c.readFeedback(func(b []byte) (int, error) {
			if rid == "" {
				n, _, err := sender.Read(b)
				return n, err
			}
			n, _, err := sender.ReadSimulcast(b, rid)
			return n, err
		}, &c.plis)
	}
}

// share adds the line of a screen, of one encoding.
func (c *testClient) share() {
	c.t.Helper()
	var err error
	c.screen, err = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, "screen", "mine")
	if err != nil {
		c.t.Fatal(err)
	}
	screen, err := c.pc.AddTransceiverFromTrack(c.screen, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	if err != nil {
		c.t.Fatal(err)
	}
	c.feedbackOf(screen.Sender(), &c.screenPLIs)
}

func (c *testClient) feedbackOf(s *webrtc.RTPSender, plis *int) {
	go c.readFeedback(func(b []byte) (int, error) { n, _, err := s.Read(b); return n, err }, plis)
}

// readFeedback also drives the client's NACK responder, which listens only while somebody reads.
func (c *testClient) readFeedback(read func([]byte) (int, error), plis *int) {
	b := make([]byte, 1500)
	for {
		n, err := read(b)
		if err != nil {
			return
		}
		packets, err := rtcp.Unmarshal(b[:n])
		if err != nil {
			continue
		}
		c.mu.Lock()
		for _, p := range packets {
			switch p.(type) {
			case *rtcp.PictureLossIndication:
				*plis++
			case *rtcp.TransportLayerCC:
				c.feedback++
			case *rtcp.ReceiverReport:
				c.rrs++
			}
		}
		c.mu.Unlock()
	}
}

func (c *testClient) offer() string {
	c.t.Helper()
	o, err := c.pc.CreateOffer(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.describe(o)
}

func (c *testClient) describe(o webrtc.SessionDescription) string {
	c.t.Helper()
	gathered := webrtc.GatheringCompletePromise(c.pc)
	if err := c.pc.SetLocalDescription(o); err != nil {
		c.t.Fatal(err)
	}
	<-gathered
	return c.pc.LocalDescription().SDP
}

// connect negotiates; it does not wait for packets to flow.
func (c *testClient) connect() {
	c.t.Helper()
	c.connectAt(LevelLarge)
}

func (c *testClient) connectAt(level Level) {
	c.t.Helper()
	answer, err := c.peer.Answer(c.offer(), level)
	if err != nil {
		c.t.Fatal(err)
	}
	c.accept(answer)
}

func (c *testClient) accept(answer string) {
	c.t.Helper()
	if err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		c.t.Fatalf("%v\n%s", err, answer)
	}
	for _, t := range c.pc.GetTransceivers() {
		if s := t.Sender(); s != nil && t.Direction() == webrtc.RTPTransceiverDirectionSendonly {
			ids := map[string]uint8{}
			for _, x := range s.GetParameters().HeaderExtensions {
				ids[x.URI] = uint8(x.ID)
			}
			ids["mid "+t.Mid()] = 1
			kind := t.Kind().String()
			if c.screen != nil && s.Track() == c.screen {
				kind = "screen"
			}
			c.ids[kind] = ids
		}
	}
}

func (c *testClient) mid(kind string) string {
	for k := range c.ids[kind] {
		if mid, ok := strings.CutPrefix(k, "mid "); ok {
			return mid
		}
	}
	return ""
}

// connected asks ICE and DTLS: Pion's PeerConnectionState can be left behind by a callback that was overtaken.
func (c *testClient) connected() bool {
	return c.peer.State() == StateConnected && c.pc.ICEConnectionState() == webrtc.ICEConnectionStateConnected &&
		c.pc.SCTP().Transport().State() == webrtc.DTLSTransportStateConnected
}

func (c *testClient) close() {
	c.peer.Close()
	if err := c.pc.GracefulClose(); err != nil {
		c.t.Log(err)
	}
}
