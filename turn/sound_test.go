package turn

import (
	"encoding/binary"
	"testing"

	"github.com/pion/stun/v4"
)

func TestSound(t *testing.T) {
	with := func(attributes ...stun.RawAttribute) []byte {
		setters := []stun.Setter{stun.NewType(stun.MethodCreatePermission, stun.ClassRequest)}
		for _, a := range attributes {
			setters = append(setters, a)
		}
		return message(t, setters...)
	}
	raw := func(kind stun.AttrType, size int, first ...byte) stun.RawAttribute {
		return stun.RawAttribute{Type: kind, Value: append(first, make([]byte, size-len(first))...)}
	}
	cut := func(frame []byte) []byte { return frame[:len(frame)-4] }
	longer := func(frame []byte) []byte {
		binary.BigEndian.PutUint16(frame[2:], uint16(len(frame)-headerSize+4))
		return frame
	}
	for what, c := range map[string]struct {
		frame []byte
		want  bool
	}{
		"nothing in it":            {with(), true},
		"peer of IPv4":             {with(raw(stun.AttrXORPeerAddress, 8, 0, 1)), true},
		"peer of IPv6":             {with(raw(stun.AttrXORPeerAddress, 20, 0, 2)), true},
		"peer of no length":        {with(raw(stun.AttrXORPeerAddress, 0)), false}, // CVE-2026-54909
		"peer of neither":          {with(raw(stun.AttrXORPeerAddress, 8, 0, 3)), false},
		"IPv4 with bytes of IPv6":  {with(raw(stun.AttrXORPeerAddress, 20, 0, 1)), false},
		"IPv6 with bytes of IPv4":  {with(raw(stun.AttrXORPeerAddress, 8, 0, 2)), false},
		"second peer of no length": {with(raw(stun.AttrXORPeerAddress, 8, 0, 1), raw(stun.AttrXORPeerAddress, 0)), false},
		"lifetime":                 {with(raw(stun.AttrLifetime, 4)), true},
		"short lifetime":           {with(raw(stun.AttrLifetime, 3)), false},
		"refresh for no time":      {message(t, stun.NewType(stun.MethodRefresh, stun.ClassRequest), lifetime(0)), true},
		"allocate for no time":     {message(t, stun.NewType(stun.MethodAllocate, stun.ClassRequest), lifetime(0)), false},
		"empty transport":          {with(raw(stun.AttrRequestedTransport, 0)), false},
		"short integrity":          {with(raw(stun.AttrMessageIntegrity, 16)), false},
		"unknown, odd":             {with(raw(0x7fff, 5)), true},
		"cut":                      {cut(with(raw(stun.AttrUsername, 8))), false},
		"claims more":              {longer(with(raw(stun.AttrUsername, 8))), false},
		"channel":                  {[]byte("\x40\x01\x00\x02abpp"), true},
		"channel over UDP":         {[]byte("\x40\x01\x00\x02ab"), true},
		"channel claims more":      {[]byte("\x40\x01\x00\x05abpp"), false},
		"no channel of RFC 8656":   {[]byte("\x50\x00\x00\x00"), false},
		"too short":                {[]byte("\x00\x01"), false},
	} {
		if got := sound(c.frame); got != c.want {
			t.Errorf("%s: %v", what, got)
		}
	}
}
