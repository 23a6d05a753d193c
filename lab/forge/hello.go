package forge

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
)

// Cipher suites of a ClientHello (RFC 5289, RFC 5246).
const (
	ECDSAWithGCM uint16 = 0xc02b
	NullWithSHA  uint16 = 0x0002 // no encryption: what the race of 2023 was won with
)

const (
	handshake    = 22 // type of record (RFC 6347, section 4.1)
	clientHello  = 1  // type of handshake message
	recordHead   = 13
	messageHead  = 12
	supportedEC  = 10 // extensions (RFC 8422, RFC 5246, RFC 5764)
	signatures   = 13
	useSRTP      = 14
	extendedMain = 23
)

// Hello is a DTLS 1.2 ClientHello as a browser would send it, but for the suites that it offers.
func Hello(suites ...uint16) []byte {
	body := []byte{0xfe, 0xfd}
	for range 4 {
		body = binary.BigEndian.AppendUint64(body, rand.Uint64())
	}
	body = append(body, 0, 0) // no session, no cookie
	body = binary.BigEndian.AppendUint16(body, uint16(2*len(suites)))
	for _, s := range suites {
		body = binary.BigEndian.AppendUint16(body, s)
	}
	body = append(body, 1, 0) // no compression
	body = sized(body, slices.Concat(
		extension(supportedEC, 0, 4, 0, 0x1d, 0, 0x17),
		extension(signatures, 0, 4, 4, 3, 8, 4),
		extension(useSRTP, 0, 4, 0, 7, 0, 1, 0),
		extension(extendedMain),
	))
	return record(message(body, 0, len(body)))
}

// Fragments is a ClientHello in pieces, the last of which never comes if it is to be held up.
func Fragments(hello []byte, size int, whole bool) (all [][]byte) {
	body := hello[recordHead+messageHead:]
	for at := 0; at < len(body); at += size {
		end := min(at+size, len(body))
		if end < len(body) || whole {
			all = append(all, record(message(body, at, end)))
		}
	}
	return all
}

// Broken is a ClientHello whose lengths lie.
func Broken() []byte {
	b := Hello(ECDSAWithGCM)
	b[recordHead+messageHead+35] = 0xff // of the session id
	return b
}

// Record is a DTLS record of any kind.
func Record(kind byte, epoch uint16, sequence uint32, content []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{kind, 0xfe, 0xfd}, epoch)
	b = binary.BigEndian.AppendUint32(append(b, 0, 0), sequence)
	return sized(b, content)
}

func record(content []byte) []byte { return Record(handshake, 0, rand.Uint32N(1000), content) }

// message is a fragment of the first handshake message.
func message(body []byte, from, to int) []byte {
	b := append([]byte{clientHello}, three(len(body))...)
	b = append(b, 0, 0)
	b = append(append(b, three(from)...), three(to-from)...)
	return append(b, body[from:to]...)
}

func extension(kind uint16, content ...byte) []byte {
	return sized(binary.BigEndian.AppendUint16(nil, kind), content)
}

func sized(b, content []byte) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(content))), content...)
}

func three(n int) []byte { return []byte{byte(n >> 16), byte(n >> 8), byte(n)} }
