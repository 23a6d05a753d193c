package sfu

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"testing"

	"github.com/pion/opus"
)

// recorded are packets of libopus 1.3.1 for voice (celt: for music, stereo): 20 ms, sixty: 60 ms; with forward error
// correction and discontinuous transmission, through speech, a second of silence, and speech again.
func recorded(t testing.TB, name string) (packets [][]byte) {
	t.Helper()
	b, err := os.ReadFile("testdata/opus/" + name)
	if err != nil {
		t.Fatal(err)
	}
	for len(b) > 0 {
		n := int(binary.BigEndian.Uint16(b))
		packets, b = append(packets, b[2:2+n]), b[2+n:]
	}
	return packets
}

// TestOpusPacked: a decoder that is not ours hears the same in packets of 60 ms as in those they were made of, sample
// for sample.
func TestOpusPacked(t *testing.T) {
	for _, name := range []string{"silk", "hybrid", "celt"} {
		t.Run(name, func(t *testing.T) {
			single := recorded(t, name)
			var packed [][]byte
			var b [4000]byte
			for i := 0; i < len(single); {
				n, of := 0, min(3, len(single)-i)
				for ; n == 0; of-- { // an encoder may change its configuration in between
					n, _ = packOpus(b[:], single[i:i+of]...)
					if n > 0 {
						i += of
					}
				}
				packed = append(packed, slices.Clone(b[:n]))
			}
			if least := len(single)/3 + 1; len(packed) > least+10 {
				t.Errorf("%d packets of %d, want about %d", len(packed), len(single), least)
			}
			want, got := decoded(t, single), decoded(t, packed)
			if !slices.Equal(got, want) {
				t.Errorf("%d samples packed, %d single, or other ones", len(got), len(want))
			}
			if loudest := slices.Max(want); loudest < 0.05 {
				t.Errorf("loudest sample %f: nothing was decoded", loudest)
			}
		})
	}
}

func decoded(t *testing.T, packets [][]byte) (samples []float32) {
	t.Helper()
	d, err := opus.NewDecoderWithOutput(48000, 2)
	if err != nil {
		t.Fatal(err)
	}
	var out [2 * maxOpusTime]float32
	for i, packet := range packets {
		n, err := d.DecodeToFloat32(packet, out[:])
		if err != nil {
			t.Fatalf("packet %d of %d bytes, %x: %v", i, len(packet), packet[0], err)
		}
		if n != opusTime(packet) {
			t.Fatalf("packet %d: %d samples, we thought %d", i, n, opusTime(packet))
		}
		samples = append(samples, out[:2*n]...)
	}
	return samples
}

func TestOpusParse(t *testing.T) {
	long := bytes.Repeat([]byte{7}, 300)
	for _, c := range []struct {
		name   string
		packet []byte
		frames []int // lengths; nil: malformed
	}{
		{"nothing", nil, nil},
		{"not transmitted", []byte{9 << 3}, []int{0}},
		{"one", []byte{9 << 3, 1, 2}, []int{2}},
		{"two alike", []byte{9<<3 | 1, 1, 2}, []int{1, 1}},
		{"two alike of three bytes", []byte{9<<3 | 1, 1, 2, 3}, nil},
		{"two", []byte{9<<3 | 2, 2, 1, 2, 3}, []int{2, 1}},
		{"two, the second empty", []byte{9<<3 | 2, 2, 1, 2}, []int{2, 0}},
		{"two, the first too long", []byte{9<<3 | 2, 3, 1, 2}, nil},
		{"two, no length", []byte{9<<3 | 2}, nil},
		{"many, no count", []byte{9<<3 | 3}, nil},
		{"many, count 0", []byte{9<<3 | 3, 0}, nil},
		{"three alike", []byte{9<<3 | 3, 3, 1, 2, 3}, []int{1, 1, 1}},
		{"seven of 20 ms", []byte{9<<3 | 3, 7, 1, 2, 3, 4, 5, 6, 7}, nil},
		{"three of 60 ms", []byte{11<<3 | 3, 3, 1, 2, 3}, nil},
		{"three", []byte{9<<3 | 3, 0x83, 1, 0, 5, 6}, []int{1, 0, 1}},
		{"three, one too long", []byte{9<<3 | 3, 0x83, 1, 9, 5, 6}, nil},
		{"padded", []byte{9<<3 | 3, 0x42, 2, 5, 6, 0, 0}, []int{1, 1}},
		{"padded beyond the end", []byte{9<<3 | 3, 0x42, 5, 5, 6, 0, 0}, nil},
		{"padding without end", []byte{9<<3 | 3, 0x42, 255, 255}, nil},
		{"a length of two bytes", append([]byte{9<<3 | 2, 252, 12}, long...), []int{300, 0}},
		{"a frame above 1275 bytes", append([]byte{9 << 3}, bytes.Repeat(long, 5)...), nil},
	} {
		var p opusPacket
		err := p.parse(c.packet)
		var lengths []int
		if err == nil {
			for _, f := range p.frames[:p.count] {
				lengths = append(lengths, len(f))
			}
		}
		if (err == nil) != (c.frames != nil) || !slices.Equal(lengths, c.frames) {
			t.Errorf("%s: %v, %v, want %v", c.name, lengths, err, c.frames)
		}
	}
}

func TestOpusRefused(t *testing.T) {
	var b [200]byte
	silk, wide, sixty := []byte{9 << 3, 1}, []byte{15 << 3, 1}, []byte{11 << 3, 1}
	for name, packets := range map[string][][]byte{
		"nothing":                     {},
		"two configurations":          {silk, wide},
		"mono and stereo":             {silk, {9<<3 | 4, 1}},
		"more than 120 ms":            {sixty, sixty, sixty},
		"a malformed one":             {silk, nil},
		"more than there is room for": {append(silk, b[:]...)},
	} {
		if n, err := packOpus(b[:], packets...); err == nil {
			t.Errorf("%s: packed to %d bytes", name, n)
		}
	}
}

// FuzzOpus: whatever comes, nothing panics; what is taken apart and written again is the same frames.
func FuzzOpus(f *testing.F) {
	for _, name := range []string{"silk", "hybrid", "celt", "sixty"} {
		for _, packet := range recorded(f, name)[:12] {
			f.Add(packet, packet)
		}
	}
	f.Add([]byte{9<<3 | 3, 0xc3, 255, 1, 1}, []byte{9 << 3})
	f.Fuzz(func(t *testing.T, one, two []byte) {
		var p, q, all opusPacket
		if p.parse(one) != nil || q.parse(two) != nil {
			return
		}
		if p.time() != opusTime(one) {
			t.Fatalf("%d samples, by the first bytes %d", p.time(), opusTime(one))
		}
		b := make([]byte, len(one)+len(two)+2*maxOpusFrames+2)
		n, err := packOpus(b, one, two)
		if fits := p.toc == q.toc && p.time()+q.time() <= maxOpusTime; (err == nil) != fits {
			t.Fatalf("%v, fits %v", err, fits)
		} else if !fits {
			return
		}
		if err := all.parse(b[:n]); err != nil {
			t.Fatal(err)
		}
		want := append(slices.Clone(p.frames[:p.count]), q.frames[:q.count]...)
		if all.toc != p.toc || !slices.EqualFunc(all.frames[:all.count], want, bytes.Equal) {
			t.Fatal("other frames")
		}
	})
}
