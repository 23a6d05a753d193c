package sfu

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"jalsa/sfu/udp"
)

// stall is a room of speakers and one listener with a line for each, without sockets, in virtual time.
type stall struct {
	t        *testing.T
	sfu      *SFU
	elapsed  atomic.Int64 // the room's goroutine reads the clock too
	unheard  atomic.Bool
	speakers []*speaker
	listener *Peer
	lines    []*subscription
	heard    []*recorder
}

// speaker is a participant who sends voice.
type speaker struct {
	stall *stall
	peer  *Peer
	inlet interface{ Write([]byte) (int, error) }
	rtp.Header
	red redundancy
}

// recorder takes what a line sends.
type recorder struct {
	mu   sync.Mutex // the room's goroutine sends what is overdue
	sent []*rtp.Packet
}

// packets is what came so far.
func (r *recorder) packets() []*rtp.Packet {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.sent)
}

func (r *recorder) send(e *egress, out *udp.Burst) error {
	_ = out.Space() // as a transport does
	p, err := e.packet()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, &p)
	return err
}

type lineBinding struct {
	binding
	ssrc webrtc.SSRC
}

func (b lineBinding) SSRC() webrtc.SSRC { return b.ssrc }

const redFormat = 63

// newStall makes a listener whose lines take what l says.
func newStall(t *testing.T, speakers int, l line) *stall {
	t.Helper()
	s := &stall{t: t, sfu: testSFU(t, nil)}
	s.sfu.now = s.now
	r := s.sfu.Room("stall")
	join := func(number uint32) *Peer {
		p, err := r.Join("p", number, Events{Unheard: func(is bool) { s.unheard.Store(is) }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		p.live.Store(true)
		p.state.Store(int32(StateConnected)) // for good: minutes pass
		return p
	}
	o, err := parseOffer(offerText(0))
	if err != nil {
		t.Fatal(err)
	}
	o.lines[0].red, o.lines[0].nack = redFormat, true
	for i := range speakers {
		p := join(uint32(i + 1))
		layout := newLayout(p, o, nil)
		p.layout.Store(layout)
		r.negotiated(p, layout, nil)
		v := &speaker{stall: s, peer: p, inlet: opened(p)}
		v.Header = rtp.Header{Version: 2, PayloadType: 111, SSRC: 1234, SequenceNumber: uint16(65500 + 1000*i), Timestamp: 4_294_000_000 + uint32(i)*99_999, Marker: true}
		s.speakers = append(s.speakers, v)
	}
	s.listener = join(99)
	for i := range speakers {
		u, to := newSubscription(s.listener, i, webrtc.RTPCodecTypeAudio), &recorder{}
		u.equip(l)
		if u.wide = l.ids.wide(); u.wide != 0 && i == 0 {
			s.listener.control(newCongestionUpTo(endless, endless, s.now()), s.now())
		}
		bind(t, u, lineBinding{binding{to}, webrtc.SSRC(700 + i)})
		s.lines, s.heard = append(s.lines, u), append(s.heard, to)
	}
	s.listener.layout.Store(newLayout(s.listener, offer{}, nil))
	r.negotiated(s.listener, s.listener.layout.Load(), s.lines)
	return s
}

func (s *stall) now() time.Time       { return t0.Add(time.Duration(s.elapsed.Load())) }
func (s *stall) pass(d time.Duration) { s.elapsed.Add(int64(d)) }

// link says what the listener's link is like.
func (s *stall) link(thin bool, target int64) {
	s.listener.thin.Store(thin)
	s.listener.target.Store(target)
}

// say sends a packet, or loses it.
func (v *speaker) say(payload []byte, level uint8, lost bool) {
	h := v.Header
	if err := h.SetExtension(2, []byte{0x80 | level}); err != nil {
		v.stall.t.Fatal(err)
	}
	v.SequenceNumber++
	v.Timestamp += uint32(opusTime(payload))
	v.Marker = false
	b, err := (&rtp.Packet{Header: h, Payload: payload}).Marshal()
	if err != nil {
		v.stall.t.Fatal(err)
	}
	if !lost {
		_, _ = v.inlet.Write(b)
	}
}

// sayRed sends a packet with a copy of the one before, or loses it.
func (v *speaker) sayRed(payload []byte, level uint8, lost bool) {
	var b [maxPayload]byte
	n := v.red.encode(b[:], payload, v.Timestamp, 1, 111)
	v.red.add(payload, v.Timestamp)
	before := v.Timestamp
	v.PayloadType = redFormat
	v.say(b[:n], level, lost)
	v.PayloadType, v.Timestamp = 111, before+uint32(opusTime(payload))
}

// frames takes what a line sent apart, copies left out, and checks that it is one row: sequence without a gap, time that
// fits what came before.
func (s *stall) frames(line int, gaps bool) (frames [][]byte, stamps []uint32) {
	s.t.Helper()
	var p opusPacket
	for i, q := range s.heard[line].packets() {
		payload := q.Payload
		if q.PayloadType == redFormat {
			var r redPacket
			if err := r.parse(payload); err != nil {
				s.t.Fatal(err)
			}
			payload = r.blocks[r.count-1].payload
		}
		if err := p.parse(payload); err != nil {
			s.t.Fatal(err)
		}
		if i > 0 {
			before := s.heard[line].packets()[i-1]
			if !gaps && q.SequenceNumber != before.SequenceNumber+1 {
				s.t.Fatalf("sequence %d after %d", q.SequenceNumber, before.SequenceNumber)
			}
		}
		for k, f := range p.frames[:p.count] {
			frames = append(frames, slices.Clone(f))
			stamps = append(stamps, q.Timestamp+uint32(k*opusFrameTime(p.toc)))
		}
	}
	return frames, stamps
}

// spoken are recorded packets, without those of silence.
func spoken(t testing.TB, name string) (packets [][]byte) {
	for _, p := range recorded(t, name) {
		if len(p) > dtxSize {
			packets = append(packets, p)
		}
	}
	return packets
}

func framesOf(t testing.TB, packets [][]byte) (frames [][]byte) {
	t.Helper()
	var p opusPacket
	for _, packet := range packets {
		if err := p.parse(packet); err != nil {
			t.Fatal(err)
		}
		for _, f := range p.frames[:p.count] {
			frames = append(frames, slices.Clone(f))
		}
	}
	return frames
}

// evenly checks that times of frames are 20 ms apart.
func evenly(t *testing.T, stamps []uint32) {
	t.Helper()
	for i := 1; i < len(stamps); i++ {
		if d := stamps[i] - stamps[i-1]; d != 960 {
			t.Fatalf("frame %d is %d samples after the one before", i, int32(d))
		}
	}
}

// TestThinVoice: a thin receiver hears every frame in a third of the packets, at the time at which it was spoken; as its
// link becomes wide, and thin again, nothing is lost or moved.
func TestThinVoice(t *testing.T) {
	s := newStall(t, 1, line{})
	packets := spoken(t, "silk")[:150]
	var before [3]int
	for i, p := range packets {
		s.link(i < 60 || i >= 90, 100_000)
		if i%30 == 0 {
			before[min(i/60, 2)] = len(s.heard[0].packets())
		}
		s.speakers[0].say(p, 30, false)
		s.pass(20 * time.Millisecond)
	}
	frames, stamps := s.frames(0, false)
	evenly(t, stamps)
	if !slices.EqualFunc(frames, framesOf(t, packets), bytes.Equal) {
		t.Errorf("%d frames of %d, or other ones", len(frames), len(packets))
	}
	if n := len(s.heard[0].packets()); n != 20+30+20 {
		t.Errorf("%d packets, want 70: %v", n, before)
	}
	for i, p := range s.heard[0].packets() {
		if p.Marker != (i == 0) || p.CSRC[0] != 1 || p.PayloadType != 111 {
			t.Fatalf("packet %d: %+v", i, p.Header)
		}
	}
}

// TestThinVoiceGaps: a lost packet, a change of configuration, the end of a talk spurt and a speaker who sends 60 ms by
// themselves each leave what is gathered alone.
func TestThinVoiceGaps(t *testing.T) {
	s := newStall(t, 1, line{})
	s.link(true, 100_000)
	v := s.speakers[0]
	var sent [][]byte
	say := func(lost bool, packets ...[]byte) {
		for _, p := range packets {
			v.say(p, 30, lost)
			if !lost {
				sent = append(sent, p)
			}
			s.pass(20 * time.Millisecond)
		}
	}
	silk, hybrid, sixty := spoken(t, "silk"), spoken(t, "hybrid"), recorded(t, "sixty")
	say(false, silk[:2]...)
	say(true, silk[2])
	say(false, silk[3:7]...)
	say(false, hybrid[:3]...)
	say(false, sixty[0])
	say(false, silk[7:9]...)
	say(false, []byte{silk[0][0]})
	v.Timestamp += 50 * 960 // nothing is sent in silence
	s.pass(time.Second)
	say(false, silk[9:12]...)
	frames, stamps := s.frames(0, false)
	if !slices.EqualFunc(frames, framesOf(t, sent), bytes.Equal) {
		t.Errorf("%d frames of %d, or other ones", len(frames), len(framesOf(t, sent)))
	}
	if n := len(s.heard[0].packets()); n > 9 {
		t.Errorf("%d packets", n)
	}
	if d := stamps[2] - stamps[1]; d != 2*960 {
		t.Errorf("%d samples over a lost packet", d)
	}
	if d := stamps[len(stamps)-3] - stamps[len(stamps)-4]; d != 51*960 {
		t.Errorf("%d samples over silence", d)
	}
	// What is gathered is sent though nothing follows.
	say(false, silk[12:13]...)
	s.pass(gatherPatience)
	until(t, "the last word", func() bool { frames, _ := s.frames(0, false); return len(frames) == len(framesOf(t, sent)) })
}

// TestTooLateAfterACut: a packet that comes when silence after it was cut already is of no use, and leaves no gap.
func TestTooLateAfterACut(t *testing.T) {
	s := newStall(t, 1, line{})
	s.link(false, 1_000_000)
	v, silk := s.speakers[0], spoken(t, "silk")
	say := func(n int, level uint8, lost bool) {
		for range n {
			v.say(silk[0], level, lost)
			s.pass(20 * time.Millisecond)
		}
	}
	say(3, 30, false)
	late := v.Header
	say(1, 30, true)
	say(6, silent, false)
	now := v.Header
	v.Header = late
	say(1, 30, false)
	v.Header = now
	before := len(s.heard[0].packets())
	say(3, 30, false)
	packets := s.heard[0].packets()[before-1:]
	for i, p := range packets[1:] {
		if p.SequenceNumber != packets[i].SequenceNumber+1 {
			t.Errorf("%d after %d", p.SequenceNumber, packets[i].SequenceNumber)
		}
	}
	if len(packets) != 4 || s.sfu.Stats().Dropped[string(dropBeforeSwitch)] != 1 {
		t.Errorf("%d packets; dropped %v", len(packets), s.sfu.Stats().Dropped)
	}
}

// TestVoiceIsBounded: who sends a flood of voice is heard of it no more than a link carries.
func TestVoiceIsBounded(t *testing.T) {
	s := newStall(t, 1, line{})
	s.link(false, 1_000_000)
	for range 1000 {
		s.speakers[0].say(append([]byte{9 << 3}, make([]byte, 1000)...), 30, false)
		s.pass(10 * time.Millisecond)
	}
	bytes := 0
	for _, p := range s.heard[0].packets() {
		bytes += len(p.Payload)
	}
	if most := voiceBurst + 10*voiceMost/8; bytes > most || bytes < most*9/10 {
		t.Errorf("%d bytes of voice in 10 s, want %d", bytes, most)
	}
	if s.sfu.Stats().Dropped[string(dropVoiceRate)] == 0 {
		t.Error("not counted")
	}
}

// TestSmallVoiceIsBounded: what many small packets cost on the link is bounded too, also where one brings many others.
func TestSmallVoiceIsBounded(t *testing.T) {
	s := newStall(t, 1, line{})
	s.link(false, 1_000_000)
	v := s.speakers[0]
	var folded []byte
	for lag := uint32(maxRedBlocks - 1); lag > 0; lag-- {
		folded = binary.BigEndian.AppendUint32(folded, 1<<31|111<<24|lag*480<<10|3)
	}
	folded = append(folded, 111)
	for range maxRedBlocks {
		folded = append(folded, 9<<3, 1, 2)
	}
	v.PayloadType = redFormat
	for range 1000 {
		v.SequenceNumber += maxRedBlocks - 1
		v.Timestamp += maxRedBlocks * 480
		v.say(folded, 30, false)
		s.pass(10 * time.Millisecond)
	}
	bytes := 0
	for _, p := range s.heard[0].packets() {
		bytes += overheadVoice + len(p.Payload)
	}
	if most := voiceBurst + 10*voiceMost/8; bytes > most || bytes < most/2 {
		t.Errorf("%d bytes on the link in 10 s, want %d", bytes, most)
	}
}

// TestThinVoiceIsBounded: on a thin link, who does not speak as others do leaves room for them.
func TestThinVoiceIsBounded(t *testing.T) {
	s := newStall(t, 2, line{})
	s.link(true, 100_000)
	speech := spoken(t, "silk")
	for i := range 500 {
		s.speakers[0].say(append([]byte{9<<3 | opusCode3, 60}, make([]byte, 500)...), 0, false)
		s.speakers[0].Timestamp += 960
		s.speakers[1].say(speech[i%len(speech)], 30, false)
		s.pass(20 * time.Millisecond)
	}
	bytes := 0
	for _, p := range s.heard[0].packets() {
		bytes += overheadVoice + len(p.Payload)
	}
	if most := voiceBurst + 10*thinMost/8; bytes > most || bytes < most*9/10 {
		t.Errorf("%d bytes on the link in 10 s, want %d", bytes, most)
	}
	if frames, _ := s.frames(1, false); len(frames) < 490 {
		t.Errorf("%d frames of 500 of the other", len(frames))
	}
}

// TestWhatIsNotUnderstoodPasses: a thin receiver gets what cannot be taken apart as it came, in its place, and nothing
// else is lost by it.
func TestWhatIsNotUnderstoodPasses(t *testing.T) {
	s := newStall(t, 1, line{})
	s.link(true, 100_000)
	silk := spoken(t, "silk")
	odd := []byte{silk[0][0] | 2, 200, 1, 2} // its first frame is said to be longer than the packet
	for _, p := range [][]byte{silk[0], silk[1], odd, silk[2], silk[3], silk[4]} {
		s.speakers[0].say(p, 30, false)
		s.pass(20 * time.Millisecond)
	}
	packets := s.heard[0].packets()
	if len(packets) != 3 || !bytes.Equal(packets[1].Payload, odd) {
		t.Fatalf("%d packets, the odd one: %x", len(packets), packets[min(1, len(packets)-1)].Payload)
	}
	if n := s.sfu.Stats().Dropped[string(dropMalformed)]; n > 0 {
		t.Errorf("%d packets dropped", n)
	}
}

// TestFirstSyllable: somebody who speaks up while another pauses is heard from their first packet on, by a receiver whose
// link carries one voice. Who does not speak costs nothing.
func TestFirstSyllable(t *testing.T) {
	s := newStall(t, 3, line{})
	s.link(true, 40_000)
	packets := spoken(t, "silk")
	say := func(n int, levels ...uint8) {
		for range n {
			for i, level := range levels {
				v := s.speakers[i]
				v.say(packets[int(v.Timestamp/960)%len(packets)], level, false)
			}
			s.pass(20 * time.Millisecond)
		}
	}
	say(100, 30, 80, 80)
	if len(s.heard[1].packets())+len(s.heard[2].packets()) > 0 {
		t.Error("who does not speak is sent to a link for one voice")
	}
	first := s.speakers[1].Timestamp
	say(3, 80, 30, 80) // the first word, while the one before pauses
	say(97, 80, 30, 80)
	_, stamps := s.frames(1, false)
	if len(stamps) < 99 {
		t.Fatalf("%d frames of 100", len(stamps))
	}
	g := s.lines[1].rewriter.past[0]
	if behind := stamps[0] - (first + g.stamp); behind != 0 && -behind > maxHeldTime {
		t.Errorf("the first frame heard is %d samples after the first one spoken", int32(behind))
	}
	evenly(t, stamps)
	before := len(s.heard[0].packets())
	say(100, 80, 30, 80)
	if n := len(s.heard[0].packets()) - before; n > 0 {
		t.Errorf("%d packets of who was quiet for two seconds", n)
	}
	if n := s.sfu.Stats().Dropped[string(dropQuieter)]; n < 300 {
		t.Errorf("%d packets of quieter voices counted", n)
	}
}

// TestSilenceIsCut, and speech after it begins a talk spurt without a gap in numbers; all receivers alike.
func TestSilenceIsCut(t *testing.T) {
	for _, thin := range []bool{false, true} {
		s := newStall(t, 1, line{})
		s.link(thin, 160_000)
		packets := spoken(t, "silk")
		say := func(n int, level uint8) int {
			before := len(s.heard[0].packets())
			for i := range n {
				s.speakers[0].say(packets[i], level, false)
				s.pass(20 * time.Millisecond)
			}
			return len(s.heard[0].packets()) - before
		}
		say(30, 30)
		if n := say(100, 127); n > hushAfter+5 {
			t.Errorf("thin %v: %d packets of two seconds of silence", thin, n)
		}
		silence := s.heard[0].packets()[len(s.heard[0].packets())-1]
		if len(silence.Payload) > dtxSize || opusTime(silence.Payload) != 960 {
			t.Errorf("thin %v: silence of %d bytes", thin, len(silence.Payload))
		}
		say(30, 30)
		_, stamps := s.frames(0, false)
		if d := stamps[len(stamps)-1] - stamps[0]; d != 159*960 {
			t.Errorf("thin %v: %d samples from the first frame to the last", thin, d)
		}
		markers := 0
		for _, p := range s.heard[0].packets() {
			if p.Marker {
				markers++
			}
		}
		if markers != 2 {
			t.Errorf("thin %v: %d talk spurts, want 2", thin, markers)
		}
	}
}

// lossy has the listener report that a share of what its lines sent was lost.
func (s *stall) lossy(percent int) {
	for i, u := range s.lines {
		newest := s.heard[i].packets()[len(s.heard[i].packets())-1].SequenceNumber
		u.reportedLoss(rtcp.ReceptionReport{SSRC: u.ssrc, FractionLost: uint8(percent * 256 / 100), LastSequenceNumber: 1<<16 | uint32(newest)}, s.now())
	}
	s.listener.arm(s.now())
}

// TestRedundancyToReceiver: a receiver that loses packets gets copies of them, and none after ten seconds without loss.
func TestRedundancyToReceiver(t *testing.T) {
	for _, thin := range []bool{false, true} {
		s := newStall(t, 1, line{red: redFormat})
		s.link(thin, map[bool]int64{false: 1_000_000, true: 100_000}[thin])
		packets := spoken(t, "silk")
		second := func(percent int) (red int) {
			before := len(s.heard[0].packets())
			for i := range 50 {
				s.speakers[0].say(packets[i], 30, false)
				s.pass(20 * time.Millisecond)
			}
			s.lossy(percent)
			for _, p := range s.heard[0].packets()[before:] {
				if p.PayloadType == redFormat {
					red++
				}
			}
			return red
		}
		if second(0)+second(1)+second(1) > 0 {
			t.Errorf("thin %v: redundancy without loss", thin)
		}
		for range 3 {
			second(10)
		}
		second(10)
		if red := second(10); red < 16 {
			t.Errorf("thin %v: %d packets with copies in a second", thin, red)
		}
		// Each packet is whole in the next one.
		var r redPacket
		row := s.heard[0].packets()[len(s.heard[0].packets())-10:]
		for i := 1; i < len(row); i++ {
			if r.parse(row[i].Payload) != nil || r.count < 2 {
				t.Fatalf("%d blocks", r.count)
			}
			copied := r.blocks[r.count-2]
			var of redPacket
			if of.parse(row[i-1].Payload) != nil || !bytes.Equal(copied.payload, of.blocks[of.count-1].payload) || row[i].Timestamp-copied.lag != row[i-1].Timestamp {
				t.Fatalf("packet %d does not hold the one before", i)
			}
		}
		_, stamps := s.frames(0, false)
		evenly(t, stamps)
		last := 0
		for range 16 {
			last = second(0)
		}
		if last > 0 {
			t.Errorf("thin %v: %d packets with copies after 16 s without loss", thin, last)
		}
	}
}

// TestSecondCopies: a receiver that does not know redundant audio gets voice a second time while it loses some, the same
// to the bit.
func TestSecondCopies(t *testing.T) {
	for _, l := range []line{{}, {nack: true}} {
		secondCopies(t, newStall(t, 1, l))
	}
}

func secondCopies(t *testing.T, s *stall) {
	t.Helper()
	s.link(false, 1_000_000)
	packets := spoken(t, "silk")
	for second := range 7 {
		for i := range 50 {
			s.speakers[0].say(packets[i], 30, false)
			s.pass(20 * time.Millisecond)
		}
		s.lossy(10 * min(second, 1))
	}
	seen := map[uint16][]byte{}
	position := map[uint16]int{}
	twice := 0
	row := s.heard[0].packets()[len(s.heard[0].packets())-90:]
	for i, p := range row {
		b, err := p.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if before, again := seen[p.SequenceNumber]; again {
			twice++
			if !bytes.Equal(b, before) {
				t.Fatalf("packet %d differs the second time", p.SequenceNumber)
			}
			if d := i - position[p.SequenceNumber]; d < 2*later-1 {
				t.Errorf("second copy %d packets later", d)
			}
		}
		seen[p.SequenceNumber], position[p.SequenceNumber] = b, i
	}
	if twice < 40 {
		t.Errorf("%d of %d packets came twice", twice, len(row))
	}
}

// TestNothingIsSentAgainAfterAWrap: a publisher whose numbers run ahead brings an old one back around, under which what
// was sent before must not go out again: it would be a second text under a number that is yet to come.
func TestNothingIsSentAgainAfterAWrap(t *testing.T) {
	s := newStall(t, 1, line{nack: true})
	s.link(false, 1_000_000)
	v := s.speakers[0]
	say := func(text byte) {
		v.say([]byte{9 << 3, text, text, text}, 30, false)
		s.pass(20 * time.Millisecond)
	}
	say(1)
	say(2)
	asked := s.heard[0].packets()[1].SequenceNumber
	for range 1<<16/maxGap - 1 { // all of them in one place of the row
		say(3)
		v.SequenceNumber += maxGap - 1
	}
	newest := s.heard[0].packets()
	if ahead := newest[len(newest)-1].SequenceNumber - asked; ahead < 1<<15 {
		t.Fatalf("%d behind the newest", ahead)
	}
	s.lines[0].lostVoice([]rtcp.NackPair{{PacketID: asked}}, s.now(), time.Millisecond, &udp.Burst{})
	if after := s.heard[0].packets(); len(after) != len(newest) {
		t.Errorf("%+v sent again", after[len(newest)])
	}
}

// TestRedundancyFromPublisher: what is lost on the way here is in the next packet; receivers get it in its place, without
// copies, whether their link is wide or thin.
func TestRedundancyFromPublisher(t *testing.T) {
	for _, thin := range []bool{false, true} {
		s := newStall(t, 1, line{})
		s.link(thin, 160_000)
		packets := spoken(t, "silk")[:100]
		for i, p := range packets {
			s.speakers[0].sayRed(p, 30, i%5 == 3)
			s.pass(20 * time.Millisecond)
		}
		frames, stamps := s.frames(0, false)
		evenly(t, stamps)
		if want := framesOf(t, packets); len(frames) < 99 || !slices.EqualFunc(frames, want[:len(frames)], bytes.Equal) {
			t.Errorf("thin %v: %d frames of 100, or other ones", thin, len(frames))
		}
		if n := s.sfu.Stats().Recovered; n != 20 {
			t.Errorf("thin %v: %d packets recovered, want 20", thin, n)
		}
		if !s.speakers[0].first().redundant(s.now()) {
			t.Error("20 % are lost and no redundancy is wanted")
		}
	}
}

func (v *speaker) first() (s *stream) {
	for s = range v.peer.streams() {
		break
	}
	return s
}

// TestTheSpeakerIsToldOfTheWorst: an encoder protects a voice for who loses most of it: a receiver, or we.
func TestTheSpeakerIsToldOfTheWorst(t *testing.T) {
	s := newStall(t, 1, line{})
	s.link(false, 1_000_000)
	v, packet := s.speakers[0], spoken(t, "silk")[0]
	for _, step := range []struct{ here, there, want int }{{0, 0, 0}, {0, 20, 20}, {0, 0, 0}, {30, 10, 30}} { // per cent
		told := 0
		for range armOver + 1 {
			for i := range 50 {
				v.say(packet, 30, i*step.here/100 != (i+1)*step.here/100)
				s.pass(20 * time.Millisecond)
			}
			s.lossy(step.there)
			told = int(v.peer.receptions(nil, s.now())[0].FractionLost) * 100 / 256
		}
		if told < step.want-2 || told > step.want+2 {
			t.Errorf("%d %% are lost here and %d %% beyond, the speaker is told of %d %%", step.here, step.there, told)
		}
	}
}

// TestUnheardIsTold to who speaks, when the phone has taken the microphone away, and when it is back.
func TestUnheardIsTold(t *testing.T) {
	s := newStall(t, 1, line{})
	v, packet := s.speakers[0], spoken(t, "silk")[0]
	control := told(v.peer)
	report, err := (&rtcp.ReceiverReport{SSRC: 1}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	v.say(packet, 30, false)
	s.pass(5 * time.Second)
	_, _ = control.Write(report)
	s.pass(time.Second)
	until(t, "unheard", s.unheard.Load)
	v.say(packet, 30, false)
	s.pass(heardAgain / 2)
	until(t, "heard again", func() bool { s.pass(time.Second); v.say(packet, 30, false); return !s.unheard.Load() })
}

// TestVoiceAllocatesNothing: neither the wide nor the thin way of a packet of voice.
func TestVoiceAllocatesNothing(t *testing.T) {
	for _, thin := range []bool{false, true} {
		s := newStall(t, 1, line{})
		s.link(thin, 100_000)
		to := &sink{}
		s.lines[0].mu.Lock()
		s.lines[0].exit = to
		s.lines[0].mu.Unlock()
		v, packet := s.speakers[0], spoken(t, "silk")[0]
		h := v.Header
		h.Extension = false
		b, err := (&rtp.Packet{Header: h, Payload: packet}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		seq, stamp := uint16(0), uint32(0)
		send := func() {
			seq, stamp = seq+1, stamp+960
			b[2], b[3] = byte(seq>>8), byte(seq)
			b[4], b[5], b[6], b[7] = byte(stamp>>24), byte(stamp>>16), byte(stamp>>8), byte(stamp)
			_, _ = v.inlet.Write(b)
			s.pass(20 * time.Millisecond)
		}
		for range 300 {
			send()
		}
		if n := testing.AllocsPerRun(300, send); n > 0 && !raced {
			t.Errorf("thin %v: %v allocations a packet", thin, n)
		}
		if to.packets < 200 {
			t.Errorf("thin %v: %d packets", thin, to.packets)
		}
	}
}
