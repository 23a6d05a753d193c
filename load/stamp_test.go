package load

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestStamp(t *testing.T) {
	want := stamp{room: 7, number: 3, layer: high, count: 1 << 20, sent: 90 * time.Second}
	payload := make([]byte, 60)
	want.put(payload)
	if got, ok := readStamp(payload); !ok || got != want {
		t.Errorf("%+v, %v", got, ok)
	}
	payload[len(payload)-9]++
	if got, ok := readStamp(payload); ok {
		t.Errorf("a torn one is taken for %+v", got)
	}
	if _, ok := readStamp(payload[:stampSize-1]); ok {
		t.Error("a short one is taken for whole")
	}
}

// Three frames in one packet are found again (RFC 6716, section 3.2.5); anything else is one.
func TestFrames(t *testing.T) {
	split := func(sound bool, payload []byte) (all []string) {
		frames(sound, payload, func(frame []byte) { all = append(all, string(frame)) })
		return all
	}
	for _, test := range []struct {
		payload string
		want    []string
	}{
		{"\x08abc", []string{"\x08abc"}},
		{"\x0b\x03aabbcc", []string{"aa", "bb", "cc"}},
		{"\x0b\x83\x01\x03abbbcc", []string{"a", "bbb", "cc"}},
		{"\x0b\x83\x09\x09abb", []string{"abb", "", ""}}, // lengths that lie
		{"\x0b\x00abc", []string{"\x0b\x00abc"}},
	} {
		if got := split(true, []byte(test.payload)); !slices.Equal(got, test.want) {
			t.Errorf("%q: %q", test.payload, got)
		}
	}
	if got := split(false, []byte("\x0b\x03aabbcc")); len(got) != 1 {
		t.Errorf("a picture is split: %q", got)
	}
}

func TestHistogram(t *testing.T) {
	var h histogram
	if h.quantile(0.5) != 0 {
		t.Error("of nothing something is known")
	}
	var all []time.Duration
	for range 5000 {
		d := time.Duration(rand.ExpFloat64()*float64(20*time.Millisecond)) + time.Microsecond
		all = append(all, d)
		h.add(d)
	}
	slices.Sort(all)
	for _, share := range []float64{0.5, 0.9, 0.99, 1} {
		got, want := h.quantile(share), all[int(share*float64(len(all)))-1]
		if got < want-time.Microsecond || float64(got) > float64(want)*(1+1.0/32)+1000 {
			t.Errorf("quantile %v is %v, want %v", share, got, want)
		}
	}
	for _, d := range []time.Duration{-time.Second, 0, time.Microsecond, 63 * time.Microsecond, 64 * time.Microsecond, time.Hour, 1 << 62} {
		if got := top(bucketOf(d)); got < max(d, 0)-time.Microsecond {
			t.Errorf("%v is in the bucket up to %v", d, got)
		}
	}
}
