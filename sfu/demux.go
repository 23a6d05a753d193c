package sfu

import (
	"bytes"
	"encoding/binary"

	"github.com/pion/stun/v4"
)

// kind is what a datagram claims to be, by its first bytes (RFC 7983, section 7).
type kind int

const (
	kindNoise kind = iota // none of ours
	kindSTUN
	kindDTLS
	kindMedia // SRTP or SRTCP
)

// kindOf asks for STUN first and by the cookie alone, as Pion does: whatever it takes for STUN is to be a signed check.
func kindOf(b []byte) kind {
	switch {
	case len(b) == 0:
		return kindNoise
	case stun.IsMessage(b):
		return kindSTUN
	case b[0] >= 20 && b[0] <= 63:
		return kindDTLS
	case b[0] >= 128 && b[0] <= 191:
		return kindMedia
	}
	return kindNoise
}

const (
	stunHeader    = 20
	stunAttribute = 4 // head of an attribute
)

// check is what a connectivity check says of itself. Its slices lie in the packet.
type check struct {
	name   []byte // of the key: what stands before the first colon in its username
	mac    []byte
	signed int // how many bytes of the packet the mac covers
}

// readCheck reads a binding request with a username and a signature (RFC 8489, sections 5 and 14); false: it is
// something else. Whatever it reads Pion reads alike.
func readCheck(b []byte) (c check, ok bool) {
	if binary.BigEndian.Uint16(b) != uint16(stun.BindingRequest.Value()) {
		return check{}, false
	}
	end := stunHeader + int(binary.BigEndian.Uint16(b[2:]))
	if end > len(b) {
		return check{}, false
	}
	for at := stunHeader; at < end; { // to the end, however little of it is signed
		if end-at < stunAttribute {
			return check{}, false
		}
		kind, size := stun.AttrType(binary.BigEndian.Uint16(b[at:])), int(binary.BigEndian.Uint16(b[at+2:]))
		value := at + stunAttribute
		next := value + (size+3)&^3
		if next > end {
			return check{}, false
		}
		switch {
		case c.mac != nil: // signed by nobody
		case kind == stun.AttrUsername && c.name == nil:
			if c.name, _, ok = bytes.Cut(b[value:value+size], []byte{':'}); !ok {
				return check{}, false
			}
		case kind == stun.AttrMessageIntegrity:
			c.mac, c.signed = b[value:value+size], at
		case kind == stun.AttrMessageIntegritySHA256: // no part of ICE: Pion would not look for the other behind it
			return check{}, false
		}
		at = next
	}
	return c, c.name != nil && c.mac != nil
}

// Types of DTLS records (RFC 6347, section 4.1), and where their parts lie.
const (
	recordChangeCipher = 20
	recordAlert        = 21
	recordHandshake    = 22
	recordData         = 23

	recordEpoch  = 3
	recordLength = 11
	recordHeader = 13
)

// wellMeant tells whether a datagram holds records that a client might send. Pion answers those that none would send,
// however forged, with a signed fatal alert, so that one packet with a client's address as its source would end a call.
func wellMeant(b []byte) bool {
	for len(b) > 0 {
		if len(b) <= recordHeader {
			return false
		}
		end := recordHeader + int(binary.BigEndian.Uint16(b[recordLength:]))
		if end > len(b) {
			return false
		}
		content, plain := b[recordHeader:end], binary.BigEndian.Uint16(b[recordEpoch:]) == 0
		switch b[0] {
		case recordChangeCipher:
			if plain && (len(content) != 1 || content[0] != 1) {
				return false
			}
		case recordAlert:
			if plain && len(content) != 2 {
				return false
			}
		case recordHandshake:
		case recordData:
			if plain {
				return false
			}
		default:
			return false
		}
		b = b[end:]
	}
	return true
}
