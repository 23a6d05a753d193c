package sfu

import (
	"slices"
	"time"

	"github.com/pion/rtp"
)

// chromium is a sender: layers as our client sets them, all of which begin anew, each at a fraction of its rate, when
// the server wants others, and voice in turn.
type chromium struct {
	*hall
	peer   *Peer
	camera *track
	turns  time.Duration // when its first turn to speak begins
	set    []bool        // what is sent, and
	wanted []bool        // what was asked for
	heed   time.Time     // from then on
	layers []*encoder
	spoken uint16
}

// encoder is one layer.
type encoder struct {
	rid      string
	bits     float64
	every    time.Duration
	sequence uint16
	picture  uint16
	tl0      uint8
	frames   int // since it was begun
	begun    time.Time
	last     time.Time
	key      time.Time // when a key frame is due; zero: none is
}

func newChromium(h *hall, p *Peer, turns time.Duration) *chromium {
	o, err := parseOffer(offerText(1))
	must(h.t, err)
	o.lines[1].rids = []string{"l", "m", "h"}
	l := newLayout(p, o, nil)
	p.layout.Store(l)
	h.room.negotiated(p, l, nil)
	p.SetLevel(LevelLarge, LevelUnknown)
	c := &chromium{hall: h, peer: p, camera: p.camera, turns: turns, set: make([]bool, 3), wanted: make([]bool, 3)}
	for _, e := range []encoder{{rid: "l", bits: 50e3, every: time.Second / 7}, {rid: "m", bits: 110e3, every: time.Second / 12}, {rid: "h", bits: 300e3, every: time.Second / 15}} {
		c.layers = append(c.layers, &e)
	}
	return c
}

func (c *chromium) turn() {
	now := c.now()
	if told := c.told(); !slices.Equal(told, c.wanted) {
		c.wanted, c.heed = told, now.Add(80*time.Millisecond) // over its link, and until it is done
	}
	if !slices.Equal(c.set, c.wanted) && !now.Before(c.heed) {
		c.set = c.wanted
		for _, e := range c.layers {
			e.begun, e.key = now, now
		}
	}
	for i, e := range c.layers {
		if s := c.camera.byRID(e.rid); s != nil && s.keyframes.tries > 0 && e.key.IsZero() {
			e.key = now.Add(60 * time.Millisecond)
		}
		if c.set[i] && now.Sub(e.last) >= e.every {
			c.picture(i, e)
		}
	}
	if c.elapsed()%(20*time.Millisecond) == 0 && c.elapsed() >= c.turns && (c.elapsed()-c.turns)%(6*time.Second) < 2500*time.Millisecond {
		c.peer.spoke.Store(now.UnixNano())
		c.say()
	}
}

func (c *chromium) told() []bool {
	told := make([]bool, 3)
	for i := range told {
		told[i] = c.camera.told[i].Load() != 0
	}
	return told
}

// picture sends a frame. Key frames are of half a second's bits, and the first seconds are poor.
func (c *chromium) picture(i int, e *encoder) {
	now := c.now()
	e.last = now
	key := !e.key.IsZero() && !now.Before(e.key)
	ramp := min(1, 0.3+0.7*now.Sub(e.begun).Seconds()/4)
	size := int(e.bits * e.every.Seconds() / 8 * ramp * (0.7 + 0.6*c.random.Float64()))
	if key {
		e.key, size = time.Time{}, int(e.bits*0.4/8)
	}
	if key {
		e.frames = 0
	}
	tail := [...]byte{0, 0xa0, 0x60, 0x80}[e.frames%4] // three layers in time, of which the first of each four depend on the lowest alone
	if e.frames++; tail == 0 {
		e.tl0++
	}
	e.picture++
	n := (size + 1099) / 1100
	for k := range n {
		first, tag := byte(0x80), byte(1)
		if k == 0 {
			first |= 0x10
		}
		if key {
			tag = 0
		}
		e.sequence++
		p := &rtp.Packet{
			Header:  rtp.Header{Version: 2, Marker: k == n-1, PayloadType: 96, SequenceNumber: e.sequence, Timestamp: uint32(c.elapsed() / time.Millisecond * 90), SSRC: uint32(1000 + i)},
			Payload: append([]byte{first, 0xe0, 0x80 | byte(e.picture>>8)&0x7f, byte(e.picture), e.tl0, tail, tag}, make([]byte, size/n)...),
		}
		must(c.t, p.SetExtension(1, []byte("1")))
		must(c.t, p.SetExtension(3, []byte(e.rid)))
		c.send(p)
	}
}

func (c *chromium) say() {
	c.spoken++
	c.send(&rtp.Packet{
		Header:  rtp.Header{Version: 2, PayloadType: 111, SequenceNumber: c.spoken, Timestamp: uint32(c.elapsed() / time.Millisecond * 48), SSRC: 1234},
		Payload: append([]byte{9 << 3}, make([]byte, 50)...),
	})
}

func (c *chromium) send(p *rtp.Packet) {
	b, err := p.Marshal()
	must(c.t, err)
	_, _ = opened(c.peer).Write(b)
}
