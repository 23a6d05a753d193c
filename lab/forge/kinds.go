package forge

import (
	"bytes"
	"math/rand/v2"

	"github.com/pion/stun/v4"
)

// Kind is one of the things that strangers send.
type Kind struct {
	Name string
	Make func() []byte // a new one each time
}

// Kinds are all of them. name is what somebody's answer calls their ICE, as an eavesdropper would know it.
func Kinds(name string) []Kind {
	return []Kind{
		{"stun", func() []byte { return request(stun.MethodBinding) }},
		{"stun_unknown", func() []byte { return Check("nobodyherehasit", "nor a password such as this") }},
		{"stun_forged", func() []byte { return Check(name, "a password that was guessed") }},
		{"hello", func() []byte { return Hello(ECDSAWithGCM) }},
		{"hello_broken", Broken},
		{"allocate", func() []byte {
			return request(stun.MethodAllocate, stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{17, 0, 0, 0}})
		}},
		{"noise", func() []byte { return Noise(rand.IntN(1200)) }},
	}
}

// Hellos are what the race for somebody's DTLS is run with (P10).
func Hellos() []Kind {
	return []Kind{
		{"hello", func() []byte { return Hello(ECDSAWithGCM) }},
		{"hello_null", func() []byte { return Hello(NullWithSHA) }},
		{"hello_first_half", func() []byte { return Fragments(Hello(ECDSAWithGCM), 60, false)[0] }},
		{"hello_all_at_once", func() []byte { return bytes.Join(Fragments(Hello(ECDSAWithGCM), 40, true), nil) }},
	}
}

// Check is a connectivity check as a client sends it that has an answer of ours.
func Check(name, password string) []byte {
	return request(stun.MethodBinding, stun.NewUsername(name+":theirs"), stun.NewShortTermIntegrity(password), stun.Fingerprint)
}

// Media is an SRTP packet that nobody's key has sealed.
func Media(payloadType uint8, sequence uint16, ssrc uint32, size int) []byte {
	b := []byte{
		0x80, payloadType, byte(sequence >> 8), byte(sequence), 0, 0, 0, 0,
		byte(ssrc >> 24), byte(ssrc >> 16), byte(ssrc >> 8), byte(ssrc),
	}
	return append(b, Noise(size)...)
}

// Noise is any bytes.
func Noise(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return b
}

func request(method stun.Method, parts ...stun.Setter) []byte {
	m, err := stun.Build(append([]stun.Setter{stun.TransactionID, stun.NewType(method, stun.ClassRequest)}, parts...)...)
	if err != nil {
		panic(err) // our own words
	}
	return m.Raw
}
