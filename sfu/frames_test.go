package sfu

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math/rand/v2"

	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

// mark names a test payload.
type mark struct {
	number uint32
	layer  byte // 'a', 'l', 'h'
	count  uint32
}

// testPayload is a self-describing test payload of at least 17 bytes.
func testPayload(m mark, size int) []byte {
	b := make([]byte, max(size, 17))
	b[0] = m.layer
	binary.BigEndian.PutUint32(b[1:], m.number)
	binary.BigEndian.PutUint32(b[5:], m.count)
	r := rand.New(rand.NewPCG(uint64(m.number), uint64(m.count)))
	for i := 13; i < len(b); i++ {
		b[i] = byte(r.Uint32())
	}
	binary.BigEndian.PutUint32(b[9:], crc32.ChecksumIEEE(b[13:])^uint32(len(b)))
	return b
}

func readPayload(b []byte) (mark, bool) {
	if len(b) < 17 {
		return mark{}, false
	}
	m := mark{layer: b[0], number: binary.BigEndian.Uint32(b[1:]), count: binary.BigEndian.Uint32(b[5:])}
	return m, binary.BigEndian.Uint32(b[9:]) == crc32.ChecksumIEEE(b[13:])^uint32(len(b))
}

// say sends one audio packet.
func (c *testClient) say(count uint32, level uint8) { c.utter(count, level, c.spoken(count)) }

// sayRed sends it with a copy of the one before.
func (c *testClient) sayRed(count uint32, level uint8) {
	var b [maxPayload]byte
	n := c.copies.encode(b[:], c.spoken(count), count*960, 1, 109)
	c.copies.add(c.spoken(count), count*960)
	c.utter(count, level, b[:n])
}

// spoken begins, by its 'a', two frames of Opus of 30 bytes and 10 ms.
func (c *testClient) spoken(count uint32) []byte {
	return testPayload(mark{c.number, 'a', count}, 61)
}

func (c *testClient) utter(count uint32, level uint8, payload []byte) {
	p := &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(count), Timestamp: count * 960}, Payload: payload}
	if id := c.ids["audio"][sdp.AudioLevelURI]; id != 0 {
		_ = p.SetExtension(id, []byte{0x80 | level})
	}
	c.write(c.voice, p)
}

// show sends one video packet, which is a whole frame, on a layer.
func (c *testClient) show(rid string, count uint32, keyframe bool) {
	c.write(c.layers[rid], c.frame(rid, count, keyframe))
}

func (c *testClient) write(to *webrtc.TrackLocalStaticRTP, p *rtp.Packet) {
	if err := to.WriteRTP(p); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		c.t.Error(err)
	}
}

// present sends one packet of the screen, which is a whole frame; a key frame if somebody asked for one.
func (c *testClient) present() uint32 {
	c.mu.Lock()
	asked := c.screenPLIs > 0
	c.screenPLIs = 0
	c.mu.Unlock()
	c.shown++
	c.write(c.screen, c.frame("screen", c.shown, asked || c.shown == 1))
	return c.shown
}

func (c *testClient) frame(rid string, count uint32, keyframe bool) *rtp.Packet {
	layer, base := byte('l'), uint32(1000)
	switch rid {
	case "h":
		layer, base = 'h', 900000
	case "screen":
		layer, base = 's', 500000
	}
	// S and PID 0; X; I with 15 bits, L, T. Then the frame tag: bit 0 is 0 for a key frame.
	picture := uint16(count+base) & 0x7fff
	head := []byte{0x90, 0xe0, 0x80 | byte(picture>>8), byte(picture), byte(count), 0, 1, 0, 0}
	if keyframe {
		height := map[string]uint16{"l": 180, "h": 360, "screen": 720}[rid]
		head = append(head[:6], 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0, 0, byte(height), byte(height>>8))
	}
	p := &rtp.Packet{
		Header:  rtp.Header{Version: 2, Marker: true, SequenceNumber: uint16(count + base), Timestamp: base*7 + count*6000},
		Payload: append(head, testPayload(mark{c.number, layer, count}, 300)...),
	}
	if rid == "screen" {
		_ = p.SetExtension(c.ids[rid][sdp.SDESMidURI], []byte(c.mid(rid)))
	} else if rid != "" {
		ids := c.ids["video"]
		_ = p.SetExtension(ids[sdp.SDESMidURI], []byte(c.mid("video")))
		_ = p.SetExtension(ids[sdp.SDESRTPStreamIDURI], []byte(rid))
	}
	return p
}
