package sfu

import (
	"encoding/binary"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/webrtc/v4"

	"jalsa/lab/link"

	"jalsa/sfu/udp"
)

// hall is a hearing in virtual time: two who send with browsers like Chromium, over links without limits, and one who
// receives both behind an emulated link, with a browser that asks for what is lost.
type hall struct {
	t         testing.TB
	begin     time.Time
	passed    atomic.Int64 // nanoseconds
	random    *rand.Rand
	sfu       *SFU
	room      *Room
	clock     *clockwork
	senders   []*chromium
	receiver  *Peer
	screens   []*viewer
	out, back *link.Direction
	crowded   time.Time
	crowd     float64 // bit/s that the receiver sends itself
	report    *twcc.Recorder
}

func (h *hall) now() time.Time { return h.begin.Add(h.elapsed()) }

func (h *hall) elapsed() time.Duration { return time.Duration(h.passed.Load()) }

func newHall(t testing.TB, seed uint64, params string) *hall {
	p, err := link.Unlimited().Parse(params)
	must(t, err)
	h := &hall{t: t, begin: t0, random: rand.New(rand.NewPCG(seed, 3)), clock: newClockwork(),
		out: link.New(p, 2*seed), back: link.New(p, 2*seed+1), report: twcc.NewRecorder(1)}
	h.sfu = testSFU(t, nil)
	h.sfu.now = h.now
	h.room = h.sfu.Room("hall")
	join := func(number uint32) *Peer {
		peer, err := h.room.Join("p", number, Events{})
		must(t, err)
		t.Cleanup(peer.Close)
		peer.live.Store(true)
		return peer
	}
	for i := range 2 {
		h.senders = append(h.senders, newChromium(h, join(uint32(i+1)), time.Duration(i)*3*time.Second))
	}
	h.receiver = join(3)
	h.receiver.control(newCongestion(LevelLarge.start(), h.now()), h.now())
	var lines []*subscription
	for i := range h.senders {
		audio, video := newSubscription(h.receiver, i, webrtc.RTPCodecTypeAudio), newSubscription(h.receiver, i, webrtc.RTPCodecTypeVideo)
		audio.wide, video.wide = 5, 5
		audio.equip(line{red: 63})
		v := &viewer{hall: h, line: video, ssrc: uint32(700 + i), packets: map[uint16]shard{}}
		for _, b := range []seatLine{{ssrc: uint32(500 + i), viewer: v}, {ssrc: uint32(700 + i), viewer: v}} {
			bind(t, map[bool]*subscription{true: audio, false: video}[b.ssrc < 600], b)
		}
		h.screens = append(h.screens, v)
		lines = append(lines, audio, video)
	}
	h.receiver.layout.Store(newLayout(h.receiver, offer{}, nil))
	h.room.negotiated(h.receiver, h.receiver.layout.Load(), lines)
	halt(h.room)
	for _, p := range *h.room.peers.Load() {
		p.state.Store(int32(StateConnected))
		h.room.connected(p)
	}
	h.receiver.SetLevel(LevelLarge, LevelUnknown)
	h.receiver.Prefer([]Preference{{0, 360}, {1, 360}})
	return h
}

// change is what becomes of both ways of the receiver's link.
func (h *hall) change(params string) {
	for _, way := range []*link.Direction{h.out, h.back} {
		p, err := way.Params().Parse(params)
		must(h.t, err)
		way.Change(p, h.now())
	}
}

func (h *hall) run(d time.Duration) {
	for end := h.elapsed() + d; h.elapsed() < end; h.passed.Add(int64(beatEvery)) {
		for _, s := range h.senders {
			s.turn()
		}
		if h.elapsed()%tickEvery == 0 {
			h.room.tick(h.clock, h.now(), &udp.Burst{})
		}
		h.room.drain(h.now())
		h.arrive()
		for h.crowd > 0 && !h.now().Before(h.crowded) {
			h.back.Enter(nil, 1000, h.now())
			h.crowded = h.now().Add(time.Duration(8000 / h.crowd * 1e9))
		}
	}
}

// arrive takes what both ways let go.
func (h *hall) arrive() {
	due, _, _ := h.out.Due(h.now())
	for _, p := range due {
		q := p.Data.(flown)
		if q.packet.Extension {
			h.report.Record(q.packet.SSRC, binary.BigEndian.Uint16(q.packet.GetExtension(5)), p.At.Sub(t0).Microseconds())
		}
		q.viewer.take(&q.packet)
	}
	for _, v := range h.screens {
		v.ask()
	}
	if h.elapsed()%windowEvery == 0 {
		for _, p := range h.report.BuildFeedbackPacket() {
			b, err := p.Marshal()
			must(h.t, err)
			h.back.Enter(func() { h.receiver.arrived(b, h.now()) }, overhead+len(b), h.now())
		}
	}
	due, _, _ = h.back.Due(h.now())
	for _, p := range due {
		if heard, ok := p.Data.(func()); ok {
			heard()
		}
	}
}

// TestAFallFreezesNobody: where a link falls from 2 Mbit/s to 300 kbit/s, and losses and queues of its way back make
// all known late, both faces go on within a second, and once it is back both are as tall as before within fifteen.
func TestAFallFreezesNobody(t *testing.T) {
	for seed := range uint64(3) {
		h := newHall(t, seed, "rate=2M,delay=40ms,jitter=8ms,queue=400ms")
		h.crowd = 450e3
		h.run(20*time.Second + time.Duration(seed)*time.Second) // somebody is in the middle of a word
		fall := h.now()
		h.change("rate=300k")
		h.run(1500 * time.Millisecond)
		h.crowd = 180e3
		h.run(23500 * time.Millisecond)
		rise := h.now()
		h.change("rate=2M")
		h.run(16 * time.Second)
		for i, v := range h.screens {
			if d := v.freeze(fall, fall.Add(15*time.Second)); d > time.Second {
				t.Errorf("%d: face %d stands still for %v", seed, i+1, d)
			}
			if d := v.tall(rise); d > 15*time.Second {
				t.Errorf("%d: face %d is tall after %v", seed, i+1, d)
			}
		}
	}
}
