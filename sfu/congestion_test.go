package sfu

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"jalsa/lab/link"
	"jalsa/sfu/udp"
)

// distance is what lies between a stage's receiver and the room: an emulated link, and feedback that comes back after a
// while. The publisher speaks, too.
type distance struct {
	*stage
	link   *link.Direction
	report *twcc.Recorder
	back   []reply
	spoken uint16
	voice  []uint16 // numbers of the packets of voice that arrived
	heard  int      // samples in them
	video  int      // packets that arrived
}

type reply struct {
	at      time.Time
	message []byte
}

// away is a line that ends there.
type away struct {
	binding
	*distance
	ssrc uint32
}

func (a away) SSRC() webrtc.SSRC { return webrtc.SSRC(a.ssrc) }
func (a away) send(e *egress, out *udp.Burst) error {
	_ = out.Space() // as a transport does
	p, err := e.packet()
	a.link.Enter(p, overhead+p.MarshalSize(), a.now())
	return err
}

const awayVoice, awayVideo = 710, 777

// newDistance puts a link in the receiver's way, of which start is believed in bit/s.
func newDistance(t *testing.T, start int, params string) *distance {
	p, err := link.Unlimited().Parse(params)
	must(t, err)
	d := &distance{stage: newStage(t, 1), link: link.New(p, 1), report: twcc.NewRecorder(1)}
	receiver := d.receivers[0]
	receiver.control(newCongestion(start, d.now()), d.now())
	voice, video := newSubscription(receiver, 0, webrtc.RTPCodecTypeAudio), receiver.seats[0].video
	voice.wide = video.wide
	voice.equip(line{})
	for _, l := range []away{{ssrc: awayVoice, distance: d}, {ssrc: awayVideo, distance: d}} {
		bind(t, map[uint32]*subscription{awayVoice: voice, awayVideo: video}[l.ssrc], l)
	}
	d.room.negotiated(receiver, receiver.layout.Load(), []*subscription{voice})
	return d
}

// run lets time pass with voice of 20 ms, the camera, and what comes back.
func (d *distance) run(span time.Duration) {
	for begin := d.now(); d.now().Sub(begin) < span; d.elapsed.Add(int64(beatEvery)) {
		if passed := d.now().Sub(begin); passed%tickEvery == 0 {
			d.say()
			d.turn()
			if passed%windowEvery == 0 {
				d.answer()
			}
		}
		d.room.drain(d.now())
		d.arrive()
	}
}

func (d *distance) say() {
	d.spoken++
	p := &rtp.Packet{
		Header:  rtp.Header{Version: 2, PayloadType: 111, SequenceNumber: d.spoken, Timestamp: uint32(d.spoken) * 960, SSRC: 1234},
		Payload: append([]byte{9 << 3}, make([]byte, 60)...),
	}
	b, err := p.Marshal()
	must(d.t, err)
	_, _ = opened(d.publisher).Write(b)
}

// arrive takes what the link lets go.
func (d *distance) arrive() {
	due, _, _ := d.link.Due(d.now())
	for _, p := range due {
		q := p.Data.(rtp.Packet)
		d.report.Record(q.SSRC, binary.BigEndian.Uint16(q.GetExtension(5)), p.At.Sub(t0).Microseconds())
		switch q.SSRC {
		case awayVoice:
			d.voice = append(d.voice, q.SequenceNumber)
			d.heard += opusTime(q.Payload)
		case awayVideo:
			d.video++
		}
	}
	for len(d.back) > 0 && !d.back[0].at.After(d.now()) {
		d.receivers[0].arrived(d.back[0].message, d.now())
		d.back = d.back[1:]
	}
}

// answer sends feedback.
func (d *distance) answer() {
	for _, p := range d.report.BuildFeedbackPacket() {
		b, err := p.Marshal()
		must(d.t, err)
		d.back = append(d.back, reply{d.now().Add(40 * time.Millisecond), b})
	}
}

// TestThinLinkHearsAll: behind 100 kbit/s with a queue of 400 ms, a camera of 75 kbit/s gives way to voice, whatever was
// believed at first. All of it arrives, nothing is lost on the link, and the estimate finds it.
func TestThinLinkHearsAll(t *testing.T) {
	for _, start := range []Level{LevelStills, LevelSmall, LevelMedium} {
		d := newDistance(t, start.start(), "rate=100k,delay=40ms,queue=400ms")
		d.run(20 * time.Second)
		for range 20 {
			d.run(time.Second)
			if target := d.receivers[0].target.Load(); target < 60_000 || target > 120_000 {
				t.Errorf("%v: the estimate is %d", start, target)
			}
		}
		for i, n := range d.voice {
			if n != d.voice[0]+uint16(i) {
				t.Fatalf("%v: packet %d of voice came after %d", start, n, d.voice[i-1])
			}
		}
		if missing := int(d.spoken)*960 - d.heard; missing > 10*960 { // on their way
			t.Errorf("%v: %d samples of voice did not arrive", start, missing)
		}
		if lost := d.link.Counts().DroppedQueue; lost > 0 {
			t.Errorf("%v: %d packets lost on the link", start, lost)
		}
		if d.video == 0 || d.video > 500 { // of 600
			t.Errorf("%v: %d packets of pictures", start, d.video)
		}
	}
}

// TestMoreIsFoundWhileOnlyVoiceFlows: where a link has become too thin for pictures, padding alone finds out that it
// carries them again, and they come back.
func TestMoreIsFoundWhileOnlyVoiceFlows(t *testing.T) {
	d := newDistance(t, 600_000, "rate=2M,delay=40ms,queue=400ms")
	d.run(5 * time.Second)
	for _, rate := range []string{"rate=64k", "rate=2M"} {
		p, err := d.link.Params().Parse(rate)
		must(t, err)
		d.link.Change(p, d.now())
		d.run(20 * time.Second)
		before := d.video
		d.run(2 * time.Second)
		if shown, target := d.video > before, d.receivers[0].target.Load(); shown != (rate == "rate=2M") || shown != (target > 300_000) {
			t.Errorf("%s: pictures %v, the estimate is %d", rate, shown, target)
		}
	}
}

// TestCopiesAreForALineThatLoses: where a link falls to a sixth of what is sent and its queue runs over, voice is not
// sent in copies, which would take the room of pictures; where it loses packets by itself it is.
func TestCopiesAreForALineThatLoses(t *testing.T) {
	for _, c := range []struct {
		change string
		copies bool
	}{{"rate=60k", false}, {"loss=5", true}} {
		d := newDistance(t, 600_000, "rate=2M,delay=40ms,queue=400ms")
		d.run(10 * time.Second)
		p, err := d.link.Params().Parse(c.change)
		must(t, err)
		d.link.Change(p, d.now())
		copies := 0
		for range 12 {
			d.run(time.Second)
			copies = max(copies, d.receivers[0].congestion.Load().armed(d.now()))
		}
		if n := d.link.Counts().DroppedQueue; !c.copies && n < 8 {
			t.Fatalf("%s: the queue held all but %d", c.change, n)
		}
		if copies > 0 != c.copies {
			t.Errorf("%s: %d copies", c.change, copies)
		}
	}
}

// TestPlainForwards without numbers, estimate or queue.
func TestPlainForwards(t *testing.T) {
	s := testSFU(t, nil)
	s.plain = true
	a, b, seat := pair(t, s, "l")
	until(t, "flow", func() bool { a.pump(); return len(b.line("video", seat).packets) > 3 })
	if b.peer.congestion.Load() != nil || b.peer.target.Load() != 0 || b.peer.thin.Load() {
		t.Error("the link is estimated")
	}
	for _, p := range b.line("video", seat).packets {
		if p.Extension {
			t.Fatalf("%+v", p.Header)
		}
	}
}
