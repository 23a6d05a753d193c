package load

import (
	"encoding/binary"
	"hash/crc32"
	"time"
)

// layer names one of the streams that a guest sends; those of the camera are their rids (RFC 8852).
type layer byte

const (
	voice layer = 'a'
	low   layer = 'l' // 180 lines
	high  layer = 'h' // 360 lines
)

// stamp is at the end of each payload, and says of whom it is and when it was sent. All guests read one clock, so it
// tells how long the packet took.
type stamp struct {
	room   uint32 // of the crowd
	number uint32 // of the sender in it
	layer  layer
	count  uint32        // place in the stream, from 1
	sent   time.Duration // since the crowd began
}

const stampSize = 4 + 4 + 1 + 4 + 8 + 4

// put writes the stamp into the last bytes of a payload.
func (s stamp) put(payload []byte) {
	b := payload[len(payload)-stampSize:]
	binary.BigEndian.PutUint32(b, s.room)
	binary.BigEndian.PutUint32(b[4:], s.number)
	b[8] = byte(s.layer)
	binary.BigEndian.PutUint32(b[9:], s.count)
	binary.BigEndian.PutUint64(b[13:], uint64(s.sent))
	binary.BigEndian.PutUint32(b[21:], crc32.ChecksumIEEE(b[:21]))
}

// readStamp finds the stamp of a payload; false: it has none, or is not whole.
func readStamp(payload []byte) (s stamp, ok bool) {
	if len(payload) < stampSize {
		return s, false
	}
	b := payload[len(payload)-stampSize:]
	s = stamp{
		room: binary.BigEndian.Uint32(b), number: binary.BigEndian.Uint32(b[4:]), layer: layer(b[8]),
		count: binary.BigEndian.Uint32(b[9:]), sent: time.Duration(binary.BigEndian.Uint64(b[13:])),
	}
	return s, binary.BigEndian.Uint32(b[21:]) == crc32.ChecksumIEEE(b[:21])
}
