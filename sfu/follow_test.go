package sfu

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"jalsa/sfu/udp"
)

// stage is a path in virtual time: a camera of two layers, sent as a client would that does what it is told, and its
// receivers. Nothing happens but in step.
type stage struct {
	*path
	camera  *track
	t       testing.TB
	elapsed atomic.Int64
	clock   *clockwork
	works   map[string]bool // layers that the camera can send
	deaf    string          // layer that gives no key frame
	heavy   int             // more packets of a key frame
	sent    map[string]*sentLayer
	seed    *rand.Rand
}

type sentLayer struct {
	sequence uint16
	picture  uint16
	last     time.Time
	answers  bool // the next picture is a key frame
	sends    bool
}

func newStage(t testing.TB, receivers int) *stage {
	g := &stage{t: t, clock: newClockwork(), works: map[string]bool{"l": true, "h": true},
		sent: map[string]*sentLayer{"l": {}, "h": {}}, seed: rand.New(rand.NewPCG(1, 2))}
	g.path = newPathAt(t, receivers, g.now)
	g.camera = g.publisher.camera
	halt(g.room)
	for _, p := range *g.room.peers.Load() {
		p.state.Store(int32(StateConnected))
		p.congestion.Store(nil) // target is the test's
		g.room.connected(p)
	}
	return g
}

// halt ends a room's goroutine: the test is the time.
func halt(r *Room) {
	r.mu.Lock()
	close(r.stop)
	r.stop = nil
	r.mu.Unlock()
	<-r.stopped
}

func (g *stage) now() time.Time { return t0.Add(time.Duration(g.elapsed.Load())) }

// step lets time pass. The camera sends 15 pictures a second on each layer that it is told to send: 75 and 300 kbit/s.
func (g *stage) step(d time.Duration) {
	for range d / tickEvery {
		g.elapsed.Add(int64(tickEvery))
		g.turn()
	}
}

// turn does what is done every tickEvery.
func (g *stage) turn() {
	for i, rid := range []string{"l", "h"} {
		g.show(i, rid)
	}
	g.room.tick(g.clock, g.now(), &udp.Burst{})
	for _, rid := range []string{"l", "h"} {
		if s := g.camera.byRID(rid); s != nil && s.keyframes.tries > 0 {
			g.sent[rid].answers = true
		}
	}
}

func (g *stage) show(i int, rid string) {
	l := g.sent[rid]
	if on := g.works[rid] && g.camera.told[i].Load() != 0; !on {
		l.sends = false
		return
	}
	if g.now().Sub(l.last) < time.Second/15 {
		return
	}
	key := (l.answers || !l.sends) && rid != g.deaf
	l.answers, l.sends, l.last = false, true, g.now()
	l.picture++
	size := map[string]int{"l": 540, "h": 1150}[rid]
	packets := i + 1
	if key {
		packets += g.heavy
	}
	for k := range packets {
		g.packet(rid, key && k == 0, k == 0, k == packets-1, size)
	}
}

func (g *stage) packet(rid string, key, start, marker bool, size int) {
	l, tag := g.sent[rid], byte(1)
	if key {
		tag = 0
	}
	first := byte(0x80)
	if start {
		first |= 0x10
	}
	l.sequence++
	p := &rtp.Packet{
		Header:  rtp.Header{Version: 2, Marker: marker, PayloadType: 96, SequenceNumber: l.sequence, Timestamp: g.stamp(rid), SSRC: ssrcOf[rid]},
		Payload: append([]byte{first, 0xe0, 0x80 | byte(l.picture>>8)&0x7f, byte(l.picture), byte(l.picture), 0, tag}, make([]byte, size)...),
	}
	for id, text := range map[uint8]string{1: "1", 3: rid} {
		must(g.t, p.SetExtension(id, []byte(text)))
	}
	b, err := p.Marshal()
	must(g.t, err)
	_, _ = opened(g.publisher).Write(b)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var ssrcOf = map[string]uint32{"l": 1111, "h": 2222}

// stamp is the RTP time of a layer now; each has an offset of its own.
func (g *stage) stamp(rid string) uint32 {
	return ssrcOf[rid]*1_000_000 + uint32(g.elapsed.Load()*90/int64(time.Millisecond))
}

// shown tells the layer that a receiver is sent; "": none.
func (g *stage) shown(i int) string {
	u := g.receivers[i].seats[0].video
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.current == nil {
		return ""
	}
	return u.current.rid
}

func (g *stage) paused(i int) Pause { return g.receivers[i].seats[0].video.paused() }

func (g *stage) told() (rids string) {
	for i, rid := range g.camera.rids {
		if g.camera.told[i].Load() != 0 {
			rids += rid
		}
	}
	return rids
}

func (g *stage) target(bits int64) {
	for _, p := range g.receivers {
		p.target.Store(bits)
	}
}

// within lets time pass until something holds, and tells how long it took.
func (g *stage) within(d time.Duration, what string, ok func() bool) time.Duration {
	g.t.Helper()
	begin := g.now()
	for !ok() {
		if g.now().Sub(begin) >= d {
			g.t.Fatalf("not within %v: %s; shown %q, paused %q, told %q", d, what, g.shown(0), g.paused(0), g.told())
		}
		g.step(tickEvery)
	}
	return g.now().Sub(begin)
}

// TestGrantOfAnotherIsForgotten: who came to a seat while a decision was made is not sent by it. Their camera may have
// fewer layers.
func TestGrantOfAnotherIsForgotten(t *testing.T) {
	g := newStage(t, 1)
	u := g.receivers[0].seats[0].video
	_, before := u.demand(nil, g.now())
	other := newTrack(g.publisher, line{mid: "9", kind: webrtc.RTPCodecTypeVideo}, false)
	u.occupy(other, 7, 1, g.now())
	if changed, ask := u.obey(grant{layer: 1, pause: PauseLink, wants: 3}, before, g.now()); changed || ask != nil || u.wants.Load() != 0 || u.paused() != "" {
		t.Errorf("changed %v, asks %v, wants %b, paused %q", changed, ask, u.wants.Load(), u.paused())
	}
	if _, of := u.demand(nil, g.now()); of != other {
		t.Error("the newcomer is not asked")
	}
}

// TestThinLinkIsFollowed: a link that gets thin is sent the lower layer, half of it, or nothing with the reason; one
// that recovers is sent more again. What nobody is sent, the camera stops sending, and it sends again within half a
// second of being wanted.
func TestThinLinkIsFollowed(t *testing.T) {
	g := newStage(t, 1)
	g.target(2_000_000)
	g.within(200*time.Millisecond, "upper layer at once", func() bool { return g.shown(0) == "h" })
	g.step(2 * time.Second)
	g.within(11*time.Second, "lower layer switched off", func() bool { return g.told() == "h" })
	g.target(160_000)
	if d := g.within(time.Second, "lower layer", func() bool { return g.shown(0) == "l" }); d > 300*time.Millisecond {
		t.Errorf("on the way down after %v", d)
	}
	g.within(11*time.Second, "upper layer switched off", func() bool { return g.told() == "l" })
	g.target(60_000)
	g.within(200*time.Millisecond, "paused", func() bool { return g.shown(0) == "" && g.paused(0) == PauseLink })
	g.step(11 * time.Second)
	if g.told() != "" {
		t.Errorf("camera still sends %q", g.told())
	}
	packets := g.sinks[0].packets
	g.step(5 * time.Second)
	if got := g.sinks[0].packets - packets; got > 0 {
		t.Errorf("%d packets while paused", got)
	}
	g.target(160_000)
	if d := g.within(time.Second, "lower layer again", func() bool { return g.shown(0) == "l" && g.paused(0) == "" }); d > 500*time.Millisecond {
		t.Errorf("back after %v", d)
	}
	g.target(2_000_000)
	g.within(12*time.Second, "upper layer again", func() bool { return g.shown(0) == "h" })
	g.receivers[0].SetLevel(LevelLarge, LevelVoice)
	g.within(200*time.Millisecond, "saver", func() bool { return g.shown(0) == "" && g.paused(0) == PauseSaver })
	g.receivers[0].SetLevel(LevelLarge, LevelSmall)
	g.within(10*time.Second, "lower layer only", func() bool { return g.shown(0) == "l" })
	g.step(20 * time.Second)
	if g.shown(0) != "l" {
		t.Errorf("shows %q to one who wants it small", g.shown(0))
	}
}

// TestPausedVideoResumes: whatever happened before, in whatever order, once the link carries it, the camera works and
// the receiver wishes it, the best layer is shown, and while nothing is granted nothing is sent.
func TestPausedVideoResumes(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			g := newStage(t, 2)
			g.seed = rand.New(rand.NewPCG(seed, 7))
			for range 40 {
				g.shake()
				g.step(time.Duration(g.seed.IntN(60)) * tickEvery)
			}
			g.works["l"], g.works["h"] = true, true
			for i, p := range g.receivers {
				p.live.Store(true)
				p.SetLevel(LevelLarge, LevelLarge)
				p.Prefer([]Preference{{0, 360}})
				p.target.Store(2_000_000)
				g.within(25*time.Second, "upper layer", func() bool { return g.shown(i) == "h" && g.paused(i) == "" })
				before := g.sinks[i].packets
				g.step(time.Second)
				if g.sinks[i].packets-before < 20 {
					t.Errorf("receiver %d got %d packets in a second", i, g.sinks[i].packets-before)
				}
			}
		})
	}
}

// shake changes one thing at random, and checks that what is paused is silent.
func (g *stage) shake() {
	i := g.seed.IntN(len(g.receivers))
	p := g.receivers[i]
	pick := func(n ...int) int { return n[g.seed.IntN(len(n))] }
	switch g.seed.IntN(7) {
	case 0, 1:
		p.target.Store(int64(pick(20_000, 60_000, 100_000, 130_000, 400_000, 2_000_000)))
	case 2:
		p.SetLevel(LevelLarge, []Level{LevelUnknown, LevelVoice, LevelStills, LevelSmall, LevelLarge}[g.seed.IntN(5)])
	case 3:
		p.Prefer([]Preference{{0, pick(0, 90, 180, 360)}})
	case 4:
		g.works[[]string{"l", "h"}[g.seed.IntN(2)]] = g.seed.IntN(2) == 0
	case 5:
		p.live.Store(false) // ICE is disconnected
	case 6: // the publisher leaves its seat and comes back
		g.room.assign(func() { g.publisher.camera = nil }, nil)
		g.step(time.Duration(g.seed.IntN(10)) * tickEvery)
		g.room.assign(func() { g.publisher.camera = g.camera }, nil)
	}
	if g.seed.IntN(3) == 0 {
		p.live.Store(true)
	}
	g.step(200 * time.Millisecond)
	if g.paused(i) == "" {
		return
	}
	packets := g.sinks[i].packets
	control(g.t, p, 777, &rtcp.TransportLayerNack{MediaSSRC: 777, Nacks: []rtcp.NackPair{{PacketID: g.sinks[i].last.SequenceNumber}}})
	g.step(20 * time.Millisecond)
	if g.paused(i) != "" && g.sinks[i].packets != packets {
		g.t.Fatalf("%d packets while paused", g.sinks[i].packets-packets)
	}
}

// TestNoKeyframeIsPassedOver: a layer that comes without a key frame is given up for the other one, for a while.
func TestNoKeyframeIsPassedOver(t *testing.T) {
	for deaf, other := range map[string]string{"h": "l", "l": "h"} {
		g := newStage(t, 1)
		g.target(2_000_000)
		g.step(time.Second)
		g.receivers[0].Prefer([]Preference{{0, 0}})
		g.step(200 * time.Millisecond)
		g.deaf = deaf
		g.receivers[0].Prefer([]Preference{{0, map[string]int{"l": 180, "h": 360}[deaf]}})
		if d := g.within(3*time.Second, "the other layer", func() bool { return g.shown(0) == other }); d < time.Second {
			t.Errorf("gave up %q after %v", deaf, d)
		}
		g.step(5 * time.Second)
		if g.shown(0) != other {
			t.Errorf("shows %q, then %q", other, g.shown(0))
		}
		g.deaf = ""
		g.within(15*time.Second, "back", func() bool { return g.shown(0) == deaf })
	}
}

// TestWhoConnectsLateMissesNothing: a receiver who takes long to connect, as over a relay, begins with the best picture; no
// layer is passed over for a key frame that could not come.
func TestWhoConnectsLateMissesNothing(t *testing.T) {
	g := newStage(t, 1)
	g.target(2_000_000)
	g.receivers[0].live.Store(false)
	g.step(impatience * 3 / 2)
	g.receivers[0].live.Store(true)
	g.within(time.Second, "the best layer", func() bool { return g.shown(0) == "h" })
}

// TestBrokenPicturesAreNotRushed: a line whose pictures break all the time gets three key frames at once in ten seconds,
// others as its stream can pay for them.
func TestBrokenPicturesAreNotRushed(t *testing.T) {
	g := newStage(t, 1)
	g.heavy = 12
	g.target(160_000)
	g.step(3 * time.Second)
	u := g.receivers[0].seats[0].video
	before := g.sfu.Stats().KeyframesAsked
	for range 25 {
		u.mu.Lock()
		u.current, u.since = nil, g.now() // as unsent does
		u.mu.Unlock()
		g.step(400 * time.Millisecond)
	}
	if got := g.sfu.Stats().KeyframesAsked - before; got < 5 || got > 9 { // 7 kB of 75 kbit/s: one in 2.5 s
		t.Errorf("asked %d times in 10 s", got)
	}
}

// TestSwitchThereAndBack: from one layer to the other and back, time goes on with the publisher's clock, whatever the
// arrival, and what sender reports tell the receiver of that clock stays as it was.
func TestSwitchThereAndBack(t *testing.T) {
	g := newStage(t, 1)
	g.target(2_000_000)
	g.step(200 * time.Millisecond)
	published := 100 * time.Second // the publisher's clock at t0
	for s := range g.publisher.streams() {
		s.senderReport(ntpOf(published+time.Duration(g.elapsed.Load())), g.stamp(s.rid), g.now())
	}
	g.publisher.clock.note(published+time.Duration(g.elapsed.Load()), g.now())
	u := g.receivers[0].seats[0].video
	offset := func() int32 { // of the receiver's RTP time against the publisher's, in 90 kHz
		r, due := u.report(g.now(), 0)
		if !due {
			t.Fatal("no sender report")
		}
		return int32(r.RTPTime - uint32(g.elapsed.Load()*90/int64(time.Millisecond)))
	}
	g.within(time.Second, "upper layer", func() bool { return g.shown(0) == "h" })
	want, last := offset(), g.sinks[0].last
	for _, height := range []int{180, 360, 180, 360} {
		g.receivers[0].Prefer([]Preference{{0, height}})
		for range 100 {
			g.step(tickEvery)
			if next := g.sinks[0].last; next.SequenceNumber != last.SequenceNumber {
				if d := int32(next.Timestamp - last.Timestamp); d < 0 || d > 90*100 {
					t.Fatalf("time went on by %d", d)
				}
				last = next
			}
		}
		if got, rid := g.shown(0), map[int]string{180: "l", 360: "h"}[height]; got != rid {
			t.Fatalf("shows %q for %d lines", got, height)
		}
		if d := offset() - want; d < -90 || d > 90 {
			t.Errorf("the receiver's clock moved by %d ms", d/90)
		}
	}
}

// TestRanksAndSpeakers: who is reserved, speaks, has the floor or hosts is of that class to others, and who spoke stays
// so for a while. Who has the floor is looked at, heard or not.
func TestRanksAndSpeakers(t *testing.T) {
	g := newStage(t, 1)
	p := g.publisher
	classes := []class{p.class(true, g.now())}
	p.SetRank(Rank{Host: true})
	classes = append(classes, p.class(true, g.now()))
	g.room.heard([]uint32{p.number}, g.now())
	g.elapsed.Add(int64(7 * time.Second))
	classes = append(classes, p.class(true, g.now()))
	g.elapsed.Add(int64(2 * time.Second))
	classes = append(classes, p.class(true, g.now()))
	p.SetRank(Rank{Floor: true})
	classes = append(classes, p.class(false, g.now()))
	p.SetRank(Rank{Reserved: true, Floor: true})
	classes = append(classes, p.class(true, g.now()))
	if want := []class{classOther, classHost, classSpeaker, classHost, classSpeaker, classReserved}; !slices.Equal(classes, want) {
		t.Errorf("%v, want %v", classes, want)
	}
}

// TestSaverIsTold: who wants to save data is sent no video and told why, and the camera that nobody sees is told to send
// a still instead, until the wish ends.
func TestSaverIsTold(t *testing.T) {
	s := testSFU(t, nil)
	a, b, seat := pair(t, s, "l", "h")
	until(t, "flow", func() bool { n := a.pump(); return b.has("video", seat, mark{1, 'h', n - 1}) })
	paused := func() Pause {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.seats[seat].Paused
	}
	asked := func() Wanted {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.wanted == nil {
			return Wanted{}
		}
		return *a.wanted
	}
	b.peer.SetLevel(LevelLarge, LevelVoice)
	until(t, "paused", func() bool { a.pump(); return paused() == PauseSaver })
	until(t, "no layer, but a still", func() bool { a.pump(); w := asked(); return w.Still && len(w.Layers) == 0 })
	b.peer.SetLevel(LevelLarge, LevelUnknown)
	until(t, "goes on", func() bool { n := a.pump(); return paused() == "" && b.has("video", seat, mark{1, 'h', n - 1}) })
	until(t, "layers", func() bool { a.pump(); w := asked(); return !w.Still && slices.Contains(w.Layers, "h") })
	continuous(t, b.line("video", seat), 90000)
}

// TestAChokedLinkIsSentNoMore: where a link has fallen far below what is shown, that ends at once, also while the lower
// layer takes its time; where it has fallen a little it goes on until then.
func TestAChokedLinkIsSentNoMore(t *testing.T) {
	for _, c := range []struct {
		target int64
		goes   bool
	}{{180_000, false}, {340_000, true}} {
		g := newStage(t, 1)
		g.deaf = "l"
		g.target(2_000_000)
		g.within(200*time.Millisecond, "upper layer", func() bool { return g.shown(0) == "h" })
		g.step(8 * time.Second)
		g.target(c.target)
		g.step(200 * time.Millisecond)
		before := g.sinks[0].packets
		g.step(500 * time.Millisecond)
		if got := g.sinks[0].packets - before; (got > 0) != c.goes {
			t.Errorf("%d bit/s: %d packets", c.target, got)
		}
	}
}

// TestTimeGoesOnInAPause: however long nothing was sent, what comes is told in the time of the sound beside it.
func TestTimeGoesOnInAPause(t *testing.T) {
	u, s := &subscription{last: lastSent{stream: &stream{}, at: t0}}, &stream{clock: 90_000}
	for _, pause := range []time.Duration{0, time.Second, 5 * time.Minute} {
		if got, want := u.advanceLocked(s, &incoming{at: t0.Add(pause)}), int64(pause.Seconds()*90_000); got != want {
			t.Errorf("%v are %d, want %d", pause, got, want)
		}
	}
}

// TestYoungLayersCostWhatTheyWill: an encoder that has just begun sends little, which is no room for a better picture.
func TestYoungLayersCostWhatTheyWill(t *testing.T) {
	g := newStage(t, 1)
	g.target(2_000_000)
	_, nominal := nominal("h")
	measured := func() int { return g.camera.offering(1, g.now()).bits[0] }
	g.step(young - time.Second)
	if got := measured(); got != nominal {
		t.Errorf("%d bit/s at first, not %d", got, nominal)
	}
	g.step(2 * time.Second)
	if got := measured(); got >= nominal || got < nominal*7/10 {
		t.Errorf("%d bit/s later, of %d", got, nominal)
	}
	g.camera.anew.Store(g.now().UnixNano())
	if got := measured(); got != nominal {
		t.Errorf("%d bit/s when it begins anew, not %d", got, nominal)
	}
}
