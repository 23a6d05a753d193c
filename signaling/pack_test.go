package signaling

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"

	"jalsa/sfu"
)

func TestPackedDescriptionsComeBack(t *testing.T) {
	for _, sdp := range []string{"", "v=0\r\n", strings.Repeat("a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n", 1000), strings.Repeat("x", maxSDP)} {
		if got, err := unpack(pack(sdp)); err != nil || got != sdp {
			t.Errorf("%d bytes: got %d, %v", len(sdp), len(got), err)
		}
	}
}

// The golden offer holds what the TypeScript tests unpack as well.
func TestTheGoldenOfferUnpacks(t *testing.T) {
	m, err := Decode(goldens(t)["client-offer"])
	if err != nil {
		t.Fatal(err)
	}
	if sdp, err := unpack(m.(Offer).Packed); err != nil || sdp != "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n" {
		t.Errorf("%q %v", sdp, err)
	}
}

// zeros is an endless stream of them.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestUnpackRefuses(t *testing.T) {
	zip := func(from io.Reader) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		if _, err := io.Copy(w, from); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	good := zip(strings.NewReader("v=0\r\n"))
	bomb := zip(io.LimitReader(zeros{}, 30<<20)) // 40 KB in a message, 30 MiB inflated
	for name, c := range map[string]struct {
		packed []byte
		want   error
	}{
		"one byte too many": {zip(strings.NewReader(strings.Repeat("x", maxSDP+1))), sfu.ErrSDPTooLarge},
		"bomb":              {bomb, sfu.ErrSDPTooLarge},
		"cut bomb":          {bomb[:4<<10], sfu.ErrSDPTooLarge}, // given up at the limit, long before its end
		"not gzip":          {[]byte("hello"), sfu.ErrMalformed},
		"cut":               {good[:len(good)-3], sfu.ErrMalformed},
		"wrong checksum":    {append(bytes.Clone(good[:len(good)-8]), 1, 2, 3, 4, 5, 0, 0, 0), sfu.ErrMalformed},
		"data after it":     {append(bytes.Clone(good), 'x'), sfu.ErrMalformed},
		"two in a row":      {append(bytes.Clone(good), good...), sfu.ErrMalformed},
	} {
		if sdp, err := unpack(base64.StdEncoding.EncodeToString(c.packed)); !errors.Is(err, c.want) || sdp != "" {
			t.Errorf("%s: %d bytes, %v; want %v", name, len(sdp), err, c.want)
		}
	}
	if _, err := unpack("a line\nbreak"); !errors.Is(err, sfu.ErrMalformed) {
		t.Errorf("not base64: %v", err)
	}
}

// FuzzUnpack: nothing that is packed panics or comes out larger than sfu takes.
func FuzzUnpack(f *testing.F) {
	for _, s := range []string{pack("v=0\r\n"), pack(strings.Repeat("x", maxSDP+1)), "", "H4sIAAAAAAAA", "not base64"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, packed string) {
		sdp, err := unpack(packed)
		if len(sdp) > maxSDP || err != nil && (sdp != "" || !errors.Is(err, sfu.ErrMalformed) && !errors.Is(err, sfu.ErrSDPTooLarge)) {
			t.Fatalf("%d bytes, %v", len(sdp), err)
		}
	})
}
