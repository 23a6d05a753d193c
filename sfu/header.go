package sfu

import "encoding/binary"

const (
	fixedHeader = 12 // bytes of every header of RTP (RFC 3550, section 5.1)
	oneByte     = 0xbede
	twoByte     = 0x1000
)

// header is what a packet of RTP says before its payload (RFC 3550, section 5.1). Read in place, it is valid as long as
// the packet is.
type header struct {
	ssrc     uint32
	stamp    uint32
	sequence uint16
	format   uint8 // payload type
	marker   bool
	padded   bool
	size     int // bytes

	profile    uint16 // form of the extensions (RFC 8285): oneByte or twoByte; else there are none that we know
	extensions []byte
}

// read takes the header of a packet; false: it is torn, or its extensions are.
func (h *header) read(b []byte) bool {
	if len(b) < fixedHeader {
		return false
	}
	h.padded, h.marker, h.format = b[0]&0x20 != 0, b[1]&0x80 != 0, b[1]&0x7f
	h.sequence, h.stamp, h.ssrc = binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
	h.size, h.profile, h.extensions = fixedHeader+4*int(b[0]&0xf), 0, nil
	if b[0]&0x10 == 0 {
		return h.size <= len(b)
	}
	if h.size+4 > len(b) {
		return false
	}
	from := h.size + 4
	h.size = from + 4*int(binary.BigEndian.Uint16(b[h.size+2:]))
	if h.size > len(b) {
		return false
	}
	h.profile, h.extensions = binary.BigEndian.Uint16(b[from-4:]), b[from:h.size]
	for rest := h.extensions; len(rest) > 0; {
		var ok bool
		if _, _, rest, ok = h.element(rest); !ok {
			return false
		}
	}
	return true
}

// extension is the value of one, nil if the packet has none with that id.
func (h *header) extension(id uint8) []byte {
	for rest := h.extensions; len(rest) > 0; {
		var found uint8
		var value []byte
		if found, value, rest, _ = h.element(rest); found == id {
			return value
		}
	}
	return nil
}

// element splits the first extension off (RFC 8285, sections 4.2 and 4.3); id 0: there is none any more. Not ok: it is
// torn.
func (h *header) element(b []byte) (id uint8, value, rest []byte, ok bool) {
	if h.profile != oneByte && h.profile != twoByte {
		return 0, nil, nil, true
	}
	for len(b) > 0 && b[0] == 0 { // padding
		b = b[1:]
	}
	if len(b) == 0 {
		return 0, nil, nil, true
	}
	size := 0
	if h.profile == oneByte {
		id, size, b = b[0]>>4, int(b[0]&0xf)+1, b[1:]
		if id == 0 || id == 15 { // reserved: what follows is for nobody
			return 0, nil, nil, true
		}
	} else {
		if len(b) < 2 {
			return 0, nil, nil, false
		}
		id, size, b = b[0], int(b[1]), b[2:]
	}
	if size > len(b) {
		return 0, nil, nil, false
	}
	return id, b[:size], b[size:], true
}

// withoutPadding is the payload of a packet whose header was read (RFC 3550, section 5.1); false: it says to have more
// padding than bytes.
func (h *header) withoutPadding(b []byte) ([]byte, bool) {
	payload := b[h.size:]
	if !h.padded {
		return payload, true
	}
	if len(payload) == 0 {
		return nil, false
	}
	padding := int(payload[len(payload)-1])
	if padding == 0 || padding > len(payload) {
		return nil, false
	}
	return payload[:len(payload)-padding], true
}

// headerSize is how many bytes the header takes that write begins a packet with.
func (e *egress) headerSize() int {
	n := fixedHeader
	if e.padding == 0 {
		n += 4
	}
	if e.extended != 0 {
		n += 8
	}
	return n
}

// wireSize is that of the packet before it is sealed.
func (e *egress) wireSize() int { return e.headerSize() + len(e.body) + int(e.padding) }

// write writes the packet, unsealed, to b, which has room. Whose it is goes with it as a CSRC; padding is nobody's.
func (e *egress) write(b []byte) int {
	b[0], b[1] = 0x80, e.format
	if e.marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], uint16(e.index))
	binary.BigEndian.PutUint32(b[4:], e.stamp)
	binary.BigEndian.PutUint32(b[8:], e.ssrc)
	n := fixedHeader
	if e.padding == 0 {
		b[0] |= 1
		binary.BigEndian.PutUint32(b[n:], e.number)
		n += 4
	}
	if e.extended != 0 { // one element of two bytes, and a byte that fills the word
		b[0] |= 0x10
		binary.BigEndian.PutUint32(b[n:], oneByte<<16|1)
		binary.BigEndian.PutUint32(b[n+4:], uint32(e.extended)<<28|1<<24|uint32(e.wide)<<8)
		n += 8
	}
	n += copy(b[n:], e.body)
	if e.padding > 0 { // its last byte says how much
		b[0] |= 0x20
		clear(b[n : n+int(e.padding)])
		n += int(e.padding)
		b[n-1] = e.padding
	}
	return n
}
