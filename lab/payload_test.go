package lab

import (
	"encoding/binary"
	"hash/crc32"
	"iter"

	"github.com/pion/webrtc/v4"
)

// layer names one of the streams that a person sends.
type layer byte

const (
	voice layer = 'a' // 50 packets a second
	low   layer = 'l' // 180p, 8 frames a second
	high  layer = 'h' // 360p, 16 frames a second
)

var rids = map[layer]string{low: "l", high: "h"}

// mark says who sent a packet, on which stream, and its place in it, counted
// from 1 over all of a person's PeerConnections.
type mark struct {
	number uint32
	layer  layer
	count  uint32
}

const markSize = 13

func (m mark) bytes() []byte {
	b := make([]byte, 0, markSize)
	b = append(b, byte(m.layer))
	b = binary.BigEndian.AppendUint32(b, m.number)
	b = binary.BigEndian.AppendUint32(b, m.count)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

// readMark finds the mark at the end of a payload that came whole.
func readMark(b []byte) (mark, bool) {
	if len(b) < markSize {
		return mark{}, false
	}
	b = b[len(b)-markSize:]
	m := mark{layer: layer(b[0]), number: binary.BigEndian.Uint32(b[1:]), count: binary.BigEndian.Uint32(b[5:])}
	return m, binary.BigEndian.Uint32(b[9:]) == crc32.ChecksumIEEE(b[:9])
}

// voicePayload has the size of 20 ms of speech at 16 kbit/s; its first byte says so (RFC 6716 §3.1: SILK, 20 ms, mono).
func voicePayload(m mark) []byte {
	b := make([]byte, 40-markSize)
	b[0] = 1 << 3
	return append(b, m.bytes()...)
}

// frames are the payloads that were sent, of one that came: a thin receiver gets several frames of sound in one packet
// (RFC 6716 §3.2.5, frames below 252 bytes, without padding).
func frames(kind webrtc.RTPCodecType, payload []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if kind != webrtc.RTPCodecTypeAudio || len(payload) < 2 || payload[0]&3 != 3 {
			yield(payload)
			return
		}
		count, rest := int(payload[1]&63), payload[2:]
		if count == 0 { // no frames: somebody sends what nobody speaks
			yield(payload)
			return
		}
		lengths := make([]int, count)
		for i := range lengths {
			lengths[i] = len(rest) / count
		}
		if payload[1]&128 != 0 && len(rest) >= count {
			for i, n := range rest[:count-1] {
				lengths[i] = int(n)
			}
			rest = rest[count-1:]
			lengths[count-1] = len(rest)
		}
		for _, n := range lengths {
			n = min(n, len(rest))
			if !yield(rest[:n]) {
				return
			}
			rest = rest[n:]
		}
	}
}

// framePayload is a VP8 frame in one packet (RFC 7741): S and PID 0; X; I with
// 15 bits, L and T; then the frame tag (RFC 6386 §9.1).
func framePayload(m mark, keyframe bool) []byte {
	b := []byte{0x90, 0xe0, 0x80 | byte(m.count>>8)&0x7f, byte(m.count), byte(m.count), 0}
	if keyframe {
		height := map[layer]byte{low: 180, high: 104}[m.layer] // of 360: 0x168
		b = append(b, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0, 0, height, map[layer]byte{high: 1}[m.layer])
	} else {
		b = append(b, 1, 0, 0)
	}
	b = append(b, make([]byte, 300)...)
	return append(b, m.bytes()...)
}
