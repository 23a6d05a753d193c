package sfu

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

func TestParseVP8(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []byte
		want vp8
		fail bool
	}{
		{name: "empty", fail: true},
		{name: "bare", in: []byte{0x10, 1}, want: vp8{size: 1, start: true}},
		{name: "key frame", in: []byte{0x10, 0x50, 0, 0, 0x9d, 1, 0x2a, 0, 2, 0x68, 1}, want: vp8{size: 1, start: true, keyframe: true, height: 360}},
		{name: "second partition", in: []byte{0x11, 0}, want: vp8{size: 1}},
		{name: "continuation", in: []byte{0x00, 0}, want: vp8{size: 1}},
		{name: "7 bits", in: []byte{0x80, 0x80, 0x11, 9}, want: vp8{size: 3, hasPicture: true, picture: 0x11}},
		{name: "15 bits, all", in: []byte{0x90, 0xf0, 0x81, 0x22, 7, 0x65, 1}, want: vp8{size: 6, start: true, hasPicture: true, wide: true, picture: 0x122, hasTL0: true, tl0: 7, hasTail: true, layered: true, tail: 0x65}},
		{name: "no extension byte", in: []byte{0x80}, fail: true},
		{name: "half a picture id", in: []byte{0x80, 0x80, 0x81}, fail: true},
		{name: "no tail", in: []byte{0x80, 0x20}, fail: true},
		{name: "descriptor only", in: []byte{0x90, 0x80, 1}, want: vp8{size: 3, start: true, hasPicture: true, picture: 1}},
	} {
		got, err := parseVP8(c.in)
		if (err != nil) != c.fail || err == nil && got != c.want {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
}

// TestRewriteVP8 changes two numbers and nothing else.
func TestRewriteVP8(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "payload")
		v, err := parseVP8(in)
		if err != nil {
			return
		}
		picture, tl0 := rapid.Uint16Max(0x7fff).Draw(t, "picture"), rapid.Uint8().Draw(t, "tl0")
		out := make([]byte, len(in)+1)
		out = out[:rewriteVP8(out, in, v, picture, tl0)]
		w, err := parseVP8(out)
		if err != nil {
			t.Fatal(err)
		}
		if v.hasPicture && w.picture != picture || v.hasTL0 && w.tl0 != tl0 {
			t.Fatalf("%+v", w)
		}
		if !bytes.Equal(out[w.size:], in[v.size:]) {
			t.Fatal("the frame changed")
		}
		v.size, v.picture, v.tl0, v.wide = w.size, w.picture, w.tl0, w.wide
		if v != w {
			t.Fatalf("%+v became %+v", v, w)
		}
	})
}
