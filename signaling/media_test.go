package signaling

import (
	"context"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"
	samples "github.com/pion/webrtc/v4/pkg/media"

	"jalsa/booking"
	"jalsa/sfu"
)

// caller is a client with a PeerConnection made of Pion: it speaks, and counts
// what it hears.
type caller struct {
	*client
	pc    *webrtc.PeerConnection
	id    int
	voice *webrtc.TrackLocalStaticSample
	heard atomic.Int64 // RTP packets on all lines
	stop  context.CancelFunc
	talks sync.WaitGroup
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
	s := webrtc.SettingEngine{LoggerFactory: silent{}}
	s.SetIncludeLoopbackCandidate(true)
	s.SetIPFilter(net.IP.IsLoopback)
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(m), webrtc.WithSettingEngine(s)).NewPeerConnection(webrtc.Configuration{})
	must(t, err)
	a := &caller{client: c, pc: pc, id: id}
	a.voice, err = webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "mic", "me")
	must(t, err)
	camera, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, "cam", "me")
	must(t, err)
	for _, track := range []webrtc.TrackLocal{a.voice, camera} {
		_, err := pc.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
		must(t, err)
	}
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		for range seats {
			_, err := pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
			must(t, err)
		}
	}
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		buffer := make([]byte, 1500)
		for {
			if _, _, err := track.Read(buffer); err != nil {
				return
			}
			a.heard.Add(1)
		}
	})
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

// talk sends 50 packets a second.
func (a *caller) talk(ctx context.Context) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = a.voice.WriteSample(samples.Sample{Data: []byte{0xf8, 0xff, 0xfe}, Duration: 20 * time.Millisecond})
		case <-ctx.Done():
			return
		}
	}
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
	a.r.until("connected", func() bool { return a.pc.ConnectionState() == webrtc.PeerConnectionStateConnected })
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

func sits(number uint32) func(Seats) bool {
	return func(s Seats) bool {
		return slices.ContainsFunc(s.Seats, func(seat Seat) bool { return seat.Number == number })
	}
}

func TestTwoPeopleHearEachOther(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	a, b := host.call(1, 4), lawyer.call(1, 4)
	expect(host, sits(4), func(s Seats) bool { return s.PC == 1 })
	expect(lawyer, sits(1))
	a.hears()
	b.hears()
	host.send(Prefer{PC: 1, Seats: []SeatPreference{{Seat: 0, Height: 180}}})
	host.sync()

	// The answer comes before any seat of its PC.
	for _, frame := range host.received() {
		m, _ := DecodeServer(frame)
		if _, ok := m.(Seats); ok {
			t.Error("seats before the answer")
		}
		if _, ok := m.(Answer); ok {
			break
		}
	}
}

func TestMediaOutlivesTheSocket(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	a, b := host.call(1, 4), lawyer.call(1, 4)
	b.hears()
	lawyer.conn.Close()
	expect(host, has(4, "reconnecting"))
	a.hears() // the lost one is still heard
	b.hears() // and still hears
	again := r.join("representative")
	if m := expect[Admitted](again); !slices.Equal(m.PCs, []int{1}) || m.Relay[0].Username != "u1" {
		t.Fatalf("%+v", m)
	}
	expect(again, sits(1)) // what the old socket was told is told again
	b.client = again
	again.send(Offer{PC: 2, Path: "relay", SDP: "broken"})
	if e := expect[Error](again); e.Code != "bad_sdp" {
		t.Fatalf("%+v", e)
	}
	b.hears()
	r.mu.Lock()
	defer r.mu.Unlock()
	if id := r.people["representative"].ID; r.issued[id] != 1 || r.revoked[id] != 0 {
		t.Errorf("relay issued %d times, revoked %d times", r.issued[id], r.revoked[id])
	}
}

func TestTwoPCsRaceAndOneIsDropped(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	a, first := host.call(1, 4), lawyer.call(1, 4)
	second := lawyer.call(2, 4)
	third := lawyer.prepare(3, 1)
	offer, err := third.pc.CreateOffer(nil)
	must(t, err)
	lawyer.send(Offer{PC: 3, Path: "direct", SDP: offer.SDP})
	if e := expect[Error](lawyer); e.Code != "unknown_pc" {
		t.Fatalf("%+v", e)
	}
	lawyer.send(Drop{PC: 1})
	r.until("first PC closed", func() bool {
		return first.pc.ConnectionState() == webrtc.PeerConnectionStateClosed || first.pc.ConnectionState() == webrtc.PeerConnectionStateDisconnected
	})
	second.hears()
	a.hears()
	lawyer.send(Offer{PC: 1, Path: "direct", SDP: offer.SDP}) // what was dropped stays dropped
	if e := expect[Error](lawyer); e.Code != "unknown_pc" {
		t.Fatalf("%+v", e)
	}
	lawyer.conn.Close()
	expect(host, has(4, "reconnecting"))
	if m := expect[Admitted](r.join("representative")); !slices.Equal(m.PCs, []int{2}) {
		t.Fatalf("%+v", m)
	}
}

func TestAnotherDeviceAsksBeforeItReplaces(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	a, b := host.call(1, 4), lawyer.call(1, 4)
	b.hears()
	r.joinFrom("representative", "telephone", false).expectEnd(4409, "already_connected")
	b.hears()
	phone := r.joinFrom("representative", "telephone", true)
	lawyer.expectEnd(4413, "replaced")
	if m := expect[Admitted](phone); len(m.PCs) != 0 || m.Relay[0].Username != "u2" {
		t.Fatalf("%+v", m)
	}
	b.deaf()
	c := phone.call(1, 4)
	c.hears()
	a.hears()

	// The same tab again: no question, no goodbye, media untouched.
	again := r.joinFrom("representative", "telephone", false)
	phone.expectEnd(4413, "")
	if m := expect[Admitted](again); !slices.Equal(m.PCs, []int{1}) {
		t.Fatalf("%+v", m)
	}
	c.hears()
	if !r.live.Present(r.people["representative"].ID) {
		t.Error("not present")
	}
}

func TestRemovedPeopleHearNothingMore(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	a, b := host.call(1, 4), lawyer.call(1, 4)
	a.hears()
	b.hears()
	host.send(Remove{Number: 4})
	lawyer.expectEnd(4403, "removed")
	a.deaf()
	b.deaf()
	host.sync()
	r.until("peer gone", func() bool { return r.sfu.Stats().Peers == 1 })
}

func TestCancellingStopsAllMedia(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	a, b := host.call(1, 4), lawyer.call(1, 4)
	a.hears()
	b.hears()
	if _, err := r.store.Cancel(r.appointment.ID, booking.Why{Code: "host_ill"}, "test"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	r.until("no peers", func() bool { return r.sfu.Stats().Peers == 0 })
	if took := time.Since(began); took > time.Second {
		t.Errorf("took %v", took)
	}
	a.deaf()
	b.deaf()
}

func TestAPeerThatFailsIsClosedAndItsPersonStays(t *testing.T) {
	r := newRig(t)
	_, lawyer := r.hearing()
	b := lawyer.call(1, 4)
	m := r.sessionOf(r.people["representative"].ID).media.Load()
	m.mu.Lock()
	transport := m.transports[0]
	m.mu.Unlock()
	m.state(transport, sfu.StateFailed)
	r.until("peer gone", func() bool { return r.sfu.Stats().Peers == 0 })
	lawyer.sync()
	b.offerAgain()
	if e := expect[Error](lawyer); e.Code != "unknown_pc" {
		t.Fatalf("%+v", e)
	}
	lawyer.call(2, 4)
}

// offerAgain sends the local description once more.
func (a *caller) offerAgain() {
	a.r.t.Helper()
	a.send(Offer{PC: a.id, Path: "direct", SDP: a.pc.LocalDescription().SDP})
}

func TestACrashLeavesNobodyOutside(t *testing.T) {
	r := newRig(t)
	host, lawyer := r.hearing()
	host.call(1, 4)
	lawyer.call(1, 4)
	r.close()
	r.open()
	host, lawyer = r.join("host"), r.join("representative")
	if m := expect[Admitted](lawyer); len(m.PCs) != 0 {
		t.Fatalf("%+v", m)
	}
	expect[Admitted](host)
	a, b := host.call(1, 4), lawyer.call(1, 4)
	a.hears()
	b.hears()
}

func TestDrainLetsOnlyTheAdmittedBackIn(t *testing.T) {
	r := newRig(t)
	_, lawyer := r.hearing()
	waiting := r.join("witness")
	expect[Waiting](waiting)
	r.live.Drain()
	r.dial("party").expectEnd(1012, "restart")
	lawyer.conn.Close()
	lawyer = r.join("representative")
	expect[Admitted](lawyer)
	waiting.sync()
	if r.live.Live() != 1 {
		t.Errorf("%d live", r.live.Live())
	}
	if err := r.live.Close(); err != nil {
		t.Fatal(err)
	}
	lawyer.expectEnd(1012, "restart")
	waiting.expectEnd(1012, "restart")
	if s := r.live.Stats(); s.Sessions != 0 || r.live.Present(r.people["host"].ID) {
		t.Errorf("%+v", s)
	}
	if _, response, err := r.tryDial("host", map[string][]string{"Origin": {origin}}); err == nil {
		t.Errorf("a closed server answered %v", response)
	}
}
