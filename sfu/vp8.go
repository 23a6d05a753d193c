package sfu

import (
	"encoding/binary"
	"errors"
)

var errVP8 = errors.New("truncated vp8 payload")

// vp8 is a parsed VP8 payload descriptor (RFC 7741, section 4.2) with what follows it in the first packet of a frame.
type vp8 struct {
	size     uint8  // bytes of the descriptor
	start    bool   // first packet of a frame
	keyframe bool   // first packet of a key frame
	height   uint16 // of a key frame

	hasPicture, wide bool // the picture id, in 15 bits
	picture          uint16
	hasTL0           bool
	tl0              uint8
	tail             uint8 // TID, Y and KEYIDX
	hasTail          bool
	layered          bool // TID and Y are known
	unreferenced     bool // no other frame refers to this one
}

func parseVP8(b []byte) (v vp8, err error) {
	if len(b) < 1 {
		return v, errVP8
	}
	v.size = 1
	v.start = b[0]&0x10 != 0 && b[0]&0x07 == 0
	v.unreferenced = b[0]&0x20 != 0
	if b[0]&0x80 != 0 {
		if err := v.parseExtension(b); err != nil {
			return v, err
		}
	}
	if frame := b[v.size:]; v.start && len(frame) > 0 && frame[0]&1 == 0 {
		v.keyframe = true
		// RFC 6386, section 9.1: three bytes of tag, start code, 14 bits each of width and height.
		if len(frame) >= 10 && frame[3] == 0x9d && frame[4] == 0x01 && frame[5] == 0x2a {
			v.height = binary.LittleEndian.Uint16(frame[8:]) & 0x3fff
		}
	}
	return v, nil
}

// tid is the temporal layer of the frame, 0: the lowest, or there is only one.
func (v *vp8) tid() int {
	if !v.layered {
		return 0
	}
	return int(v.tail >> 6)
}

// spare tells that a receiver decodes all others without this frame, and knows so: by temporal layers, without which it
// takes any missing picture id for the end.
func (v *vp8) spare() bool { return v.unreferenced && v.tid() > 0 }

// synced tells that the frame refers to the lowest layer only.
func (v *vp8) synced() bool { return v.layered && v.tail&0x20 != 0 }

func (v *vp8) parseExtension(b []byte) error {
	next := func() (uint8, bool) {
		if int(v.size) >= len(b) {
			return 0, false
		}
		v.size++
		return b[v.size-1], true
	}
	flags, ok := next()
	if ok && flags&0x80 != 0 {
		var high, low uint8
		v.hasPicture = true
		high, ok = next()
		v.picture = uint16(high & 0x7f)
		if ok && high&0x80 != 0 {
			v.wide = true
			low, ok = next()
			v.picture = v.picture<<8 | uint16(low)
		}
	}
	if ok && flags&0x40 != 0 {
		v.hasTL0 = true
		v.tl0, ok = next()
	}
	if ok && flags&0x30 != 0 {
		v.hasTail, v.layered = true, flags&0x20 != 0
		v.tail, ok = next()
	}
	if !ok {
		return errVP8
	}
	return nil
}

// rewriteVP8 writes payload, whose descriptor is v, to out with another picture id (always in 15 bits) and TL0PICIDX.
// out must have room for len(payload)+1 bytes.
func rewriteVP8(out, payload []byte, v vp8, picture uint16, tl0 uint8) int {
	if !v.hasPicture && !v.hasTL0 {
		return copy(out, payload)
	}
	out[0], out[1] = payload[0], payload[1]
	n := 2
	if v.hasPicture {
		out[n], out[n+1] = 0x80|uint8(picture>>8), uint8(picture)
		n += 2
	}
	if v.hasTL0 {
		out[n] = tl0
		n++
	}
	if v.hasTail {
		out[n] = v.tail
		n++
	}
	return n + copy(out[n:], payload[v.size:])
}
