package load

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

const (
	frameTime  = 20 * time.Millisecond  // of Opus: 50 packets a second
	fullVoice  = 24_000                 // bit/s
	piece      = 1150                   // bytes of a picture in one packet at most
	keyTimes   = 4                      // a key frame is so many times larger than the pictures between
	lowRate    = 50_000                 // bit/s of 180 lines, as the room client sends them
	lowFrames  = 7                      // pictures a second
	highFrames = 15                     // the same of 360 lines
	mostBehind = 200 * time.Millisecond // more is given up, as a browser gives up pictures: to catch up would be a flood
	kept       = 128                    // packets of a camera that may be asked for again
	turn       = 5 * time.Second        // how long one of a room speaks louder than the others
	loud       = 15                     // in -dBov
	quietly    = 40
)

// performance is what a guest says and shows, at real pace, as a browser would: voice in frames of 20 ms, and the camera
// in two layers, each while somebody may use it.
type performance struct {
	// fixed
	transport *transport
	tally     *tally
	epoch     time.Time
	ssrcs     ssrcs
	wide      map[string]bool
	room      uint32
	number    uint32
	people    int // that speak, in the room
	speaks    bool
	rate      int // of the large layer of the camera, bit/s; 0: no camera

	wanted    [2]atomic.Bool // a key frame, of the low and of the high layer
	active    [2]atomic.Bool // somebody may use it
	voiceRate atomic.Int64   // bit/s
	octets    atomic.Uint64  // sent since they were last told

	sending  sync.Mutex // what follows
	scratch  [maxPacket]byte
	voice    stream
	cameras  [2]stream
	numbered uint16 // transport-wide
}

// stream is what goes out under one SSRC.
type stream struct {
	ssrc    uint32
	layer   layer
	count   uint32
	octets  uint32
	header  rtp.Header
	packet  []byte
	picture uint16 // id
	zero    uint8  // TL0PICIDX
	turn    int    // in the pattern of temporal layers
	sent    map[uint16][]byte
}

func newPerformance(t *transport, counts *tally, epoch time.Time, of ssrcs) *performance {
	p := &performance{transport: t, tally: counts, epoch: epoch, ssrcs: of}
	p.voice = stream{ssrc: of.voice, layer: voice}
	p.cameras[0] = stream{ssrc: of.low, layer: low, sent: map[uint16][]byte{}}
	p.cameras[1] = stream{ssrc: of.high, layer: high, sent: map[uint16][]byte{}}
	p.voiceRate.Store(fullVoice)
	for i := range p.wanted {
		p.wanted[i].Store(true) // an encoder begins with a key frame
		p.active[i].Store(true)
	}
	return p
}

// allow follows the server's word on what somebody may use; a voiceRate of 0 is no limit.
func (p *performance) allow(layers []string, voiceRate int) {
	for i, y := range []layer{low, high} {
		on := slices.Contains(layers, string(rune(y)))
		if was := p.active[i].Swap(on); on && !was {
			p.wanted[i].Store(true)
		}
	}
	if voiceRate <= 0 || voiceRate > fullVoice {
		voiceRate = fullVoice
	}
	p.voiceRate.Store(int64(voiceRate))
}

// heed follows feedback on what we send.
func (p *performance) heed(packet rtcp.Packet) {
	switch packet := packet.(type) {
	case *rtcp.PictureLossIndication:
		p.want(packet.MediaSSRC)
	case *rtcp.FullIntraRequest:
		for _, entry := range packet.FIR {
			p.want(entry.SSRC)
		}
	case *rtcp.TransportLayerNack:
		for _, pair := range packet.Nacks {
			pair.Range(func(sequence uint16) bool {
				p.again(packet.MediaSSRC, sequence)
				return true
			})
		}
	}
}

func (p *performance) want(ssrc uint32) {
	for i, of := range []uint32{p.ssrcs.low, p.ssrcs.high} {
		if ssrc == of {
			p.wanted[i].Store(true)
		}
	}
}

// again sends a packet again as it was, which SRTP seals to the same bits. Browsers have a stream of its own for that, and
// the server takes either.
func (p *performance) again(ssrc uint32, sequence uint16) {
	p.sending.Lock()
	defer p.sending.Unlock()
	for i := range p.cameras {
		if packet, ok := p.cameras[i].sent[sequence]; ok && p.cameras[i].ssrc == ssrc {
			_ = p.transport.send(nil, packet) // it may be over
		}
	}
}

// run performs until ctx ends, and sends the feedback for what comes.
func (p *performance) run(ctx context.Context, in *reception) {
	type part struct {
		due   time.Time
		every time.Duration
		play  func(now time.Time)
	}
	begun := p.transport.now()
	parts := []part{{begun.Add(rand.N(nackEvery)), nackEvery, func(now time.Time) { p.tell(in.feedback(now)) }}}
	if p.speaks {
		parts = append(parts, part{begun.Add(rand.N(frameTime)), frameTime, p.say})
		parts = append(parts, part{begun.Add(rand.N(reportEvery)), reportEvery, p.account})
	}
	if p.speaks && p.rate > 0 {
		parts = append(parts, part{begun.Add(rand.N(time.Second / highFrames)), time.Second / highFrames, func(now time.Time) { p.show(1, p.rate/8/highFrames, now) }})
		parts = append(parts, part{begun.Add(rand.N(time.Second / lowFrames)), time.Second / lowFrames, func(now time.Time) { p.show(0, lowRate/8/lowFrames, now) }})
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		next := &parts[0]
		for i := range parts {
			if parts[i].due.Before(next.due) {
				next = &parts[i]
			}
		}
		now := p.transport.now()
		if wait := next.due.Sub(now); wait > 0 {
			timer.Reset(wait)
			select {
			case <-ctx.Done():
				return
			case <-timer.C:
			}
			now = p.transport.now()
		} else if ctx.Err() != nil {
			return
		}
		behind := now.Sub(next.due)
		if p.tally.measuring.Load() {
			p.tally.lateness.add(behind)
		}
		if behind > mostBehind {
			next.due = now
		}
		next.due = next.due.Add(next.every)
		next.play(now)
	}
}

// say sends 20 ms of speech. One of a room at a time is louder.
func (p *performance) say(now time.Time) {
	p.sending.Lock()
	defer p.sending.Unlock()
	s := &p.voice
	size := max(int(p.voiceRate.Load())/8/int(time.Second/frameTime), stampSize+1)
	s.begin(opusPayload, s.count*960)
	payload := s.payload(size)
	payload[0] = 1 << 3 // 20 ms of mono in SILK (RFC 6716, section 3.1)
	level := byte(quietly)
	if p.people > 0 && int(now.Sub(p.epoch)/turn)%p.people == int(p.number-1)%p.people {
		level = loud
	}
	s.extend(levelExtension, 0x80|level)
	s.extend(midExtension, microphoneMid[0])
	p.finish(s, microphoneMid, payload)
}

// temporal is how Chromium spreads pictures over three layers (RFC 7741, section 4.2).
var temporal = [...]byte{0, 2, 1, 2}

// show sends a picture of a camera's layer.
func (p *performance) show(which, size int, now time.Time) {
	if !p.active[which].Load() {
		return
	}
	p.sending.Lock()
	defer p.sending.Unlock()
	s := &p.cameras[which]
	key := p.wanted[which].Swap(false)
	if key {
		size, s.turn = size*keyTimes, 0
	}
	place := s.turn % len(temporal)
	layer := temporal[place]
	s.turn++
	s.picture = (s.picture + 1) & 0x7fff
	if layer == 0 {
		s.zero++
	}
	pieces := (size + piece - 1) / piece
	clock := uint32(now.Sub(p.epoch).Microseconds() * 90 / 1000)
	for i := range pieces {
		n := max(size/pieces, 6+10+stampSize)
		s.begin(vp8Payload, clock)
		s.header.Marker = i == pieces-1
		payload := s.payload(n)
		// RFC 7741, section 4.2: X, S at the beginning; I, L and T; then the frame tag of RFC 6386, section 9.1.
		payload[0], payload[1] = 0x80, 0xe0
		payload[2], payload[3], payload[4] = 0x80|byte(s.picture>>8), byte(s.picture), s.zero
		payload[5] = layer << 6
		if place == 1 || place == 2 {
			payload[5] |= 1 << 5 // Y: it needs the lowest layer only
		}
		if i == 0 {
			payload[0] |= 0x10
			s.tag(payload[6:], key, which)
		}
		s.extend(midExtension, cameraMid[0])
		s.extend(ridExtension, byte(s.layer))
		p.finish(s, cameraMid, payload)
	}
}

// tag writes the head of a VP8 frame.
func (s *stream) tag(b []byte, key bool, which int) {
	if !key {
		b[0] = 1
		return
	}
	copy(b, []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a})
	copy(b[6:], [][]byte{{0x40, 0x01, 0xb4, 0}, {0x80, 0x02, 0x68, 0x01}}[which]) // 320×180, 640×360
}

// begin prepares the header of the next packet.
func (s *stream) begin(payloadType uint8, clock uint32) {
	s.count++
	s.header = rtp.Header{Version: 2, PayloadType: payloadType, SequenceNumber: uint16(s.count), Timestamp: clock, SSRC: s.ssrc, Extensions: s.header.Extensions[:0]}
}

// payload is empty room.
func (s *stream) payload(size int) []byte {
	if cap(s.packet) < maxPacket {
		s.packet = make([]byte, maxPacket)
	}
	b := s.packet[:size]
	clear(b)
	return b
}

func (s *stream) extend(id uint8, value ...byte) {
	_ = s.header.SetExtension(id, value) // fails for ids that we do not use
}

// finish stamps, numbers and sends a packet.
func (p *performance) finish(s *stream, mid string, payload []byte) {
	if p.wide[mid] {
		p.numbered++
		s.extend(wideExtension, byte(p.numbered>>8), byte(p.numbered))
	}
	stamp{room: p.room, number: p.number, layer: s.layer, count: s.count, sent: p.transport.now().Sub(p.epoch)}.put(payload)
	size := s.header.MarshalSize()
	packet := p.scratch[:]
	if s.sent != nil { // it is kept
		packet = make([]byte, size+len(payload))
	}
	if _, err := s.header.MarshalTo(packet); err != nil {
		return // our own words
	}
	packet = packet[:size+copy(packet[size:], payload)]
	if s.sent != nil {
		delete(s.sent, s.header.SequenceNumber-kept)
		s.sent[s.header.SequenceNumber] = packet
	}
	s.octets += uint32(len(payload))
	p.octets.Add(uint64(len(packet)))
	if p.transport.send(&s.header, packet) == nil && p.tally.measuring.Load() {
		p.tally.of(s.layer).sent.Add(1)
	}
}

// account sends sender reports (RFC 3550, section 6.4.1).
func (p *performance) account(now time.Time) {
	p.sending.Lock()
	var all []rtcp.Packet
	since := now.Sub(p.epoch).Microseconds()
	for _, s := range []*stream{&p.voice, &p.cameras[0], &p.cameras[1]} {
		if s.count == 0 {
			continue
		}
		clock := uint32(since * 90 / 1000)
		if s.layer == voice {
			clock = s.count * 960
		}
		all = append(all, &rtcp.SenderReport{SSRC: s.ssrc, NTPTime: ntp(now), RTPTime: clock, PacketCount: s.count, OctetCount: s.octets})
	}
	p.sending.Unlock()
	p.tell(all)
}

// tell sends RTCP, each packet by itself (RFC 5506).
func (p *performance) tell(packets []rtcp.Packet) {
	for _, one := range packets {
		if b, err := one.Marshal(); err == nil {
			_ = p.transport.report(b) // it may be over
		}
	}
}

// ntp is a time in seconds since 1900, in units of 2^-32 (RFC 5905, section 6).
func ntp(t time.Time) uint64 {
	seconds := uint64(t.Unix() + 2208988800)
	return seconds<<32 | uint64(t.Nanosecond())<<32/1e9
}
