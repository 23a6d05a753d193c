package turn

import (
	"encoding/binary"
	"iter"
)

const (
	headerSize = 20 // of a STUN message, RFC 8489 section 5
	cookie     = 0x2112A442

	attrIntegrity   = 0x0008
	attrLifetime    = 0x000d
	attrPeerAddress = 0x0012
)

// sizes of the attributes that have a fixed one; RFC 8489 section 14, RFC 8656 section 18.
var sizes = map[uint16]int{
	attrIntegrity: 20,
	0x000c:        4, // CHANNEL-NUMBER
	attrLifetime:  4,
	0x0017:        4, // REQUESTED-ADDRESS-FAMILY
	0x0018:        1, // EVEN-PORT
	0x0019:        4, // REQUESTED-TRANSPORT
	0x001a:        0, // DONT-FRAGMENT
	0x0022:        8, // RESERVATION-TOKEN
	0x8028:        4, // FINGERPRINT
}

// sound tells whether Pion is to see a frame at all. A panic in its goroutines would be the end of the process, and
// attributes of a size that nobody expected are where such errors are found (CVE-2026-54909). What is not sound is
// dropped without an answer, as RFC 8489 section 6.3 has it.
func sound(frame []byte) bool {
	if len(frame) < 4 {
		return false
	}
	length := int(binary.BigEndian.Uint16(frame[2:]))
	switch {
	case frame[0] >= 0x40:
		return frame[0] <= 0x4f && len(frame) >= 4+length
	case frame[0] > lastSTUNByte || length%4 != 0 || len(frame) != headerSize+length || binary.BigEndian.Uint32(frame[4:]) != cookie:
		return false
	}
	seen := headerSize
	for kind, value := range attributes(frame) {
		seen += 4 + (len(value)+3)&^3
		size, fixed := sizes[kind]
		if fixed && len(value) != size || kind == attrPeerAddress && !isAddress(value) || kind == attrLifetime && asksForNoTime(frame, value) {
			return false
		}
	}
	return seen == len(frame)
}

// isAddress tells whether an attribute is as long as the family it names.
func isAddress(value []byte) bool {
	return len(value) == 8 && value[1] == 1 || len(value) == 20 && value[1] == 2
}

// asksForNoTime tells whether an Allocate is for an allocation that ends at once. Pion refuses it only after it has had a
// place taken, of which nobody then hears.
func asksForNoTime(frame, lifetime []byte) bool {
	return frame[0] == 0 && frame[1] == 0x03 && binary.BigEndian.Uint32(lifetime) == 0
}

// isRequest tells whether a frame asks for an answer: class 00 of a STUN message.
func isRequest(frame []byte) bool {
	return len(frame) >= headerSize && frame[0] <= lastSTUNByte && frame[0]&1 == 0 && frame[1]&0x10 == 0
}

// proven tells whether a STUN message carries MESSAGE-INTEGRITY: of an answer, that the question came from somebody with
// a credential.
func proven(message []byte) bool {
	for kind := range attributes(message) {
		if kind == attrIntegrity {
			return true
		}
	}
	return false
}

// attributes walks through a STUN message, as far as it is whole.
func attributes(message []byte) iter.Seq2[uint16, []byte] {
	return func(yield func(uint16, []byte) bool) {
		if len(message) < headerSize {
			return
		}
		for rest := message[headerSize:]; len(rest) >= 4; {
			kind, length := binary.BigEndian.Uint16(rest), int(binary.BigEndian.Uint16(rest[2:]))
			end := 4 + (length+3)&^3
			if end > len(rest) || !yield(kind, rest[4:4+length]) {
				return
			}
			rest = rest[end:]
		}
	}
}
