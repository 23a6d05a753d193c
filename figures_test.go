package main

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"jalsa/sfu"
)

// An operator's script reads one kind of keys, whichever part of the program counts.
func TestFiguresHaveOneKindOfKeys(t *testing.T) {
	f := filled()
	f.Links = linksOf([]sfu.PeerLink{{Quality: sfu.Quality{Target: 1}}})
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	keys := regexp.MustCompile(`"([^"]*)":`).FindAllSubmatch(text, -1)
	if len(keys) < 80 {
		t.Errorf("%d keys", len(keys))
	}
	for _, key := range keys {
		if !regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`).Match(key[1]) {
			t.Errorf("key %s", key[1])
		}
	}
}

func TestFiguresOfALink(t *testing.T) {
	text, err := json.Marshal(linksOf([]sfu.PeerLink{{Room: "a1", Number: 2, Quality: sfu.Quality{
		Down: sfu.LevelSmall, Up: sfu.LevelVoice, Target: 128_000, Sent: 96_000, Received: 14_000, LossDown: 0.02, LossUp: 0.1, RTT: 300_500 * time.Microsecond, Pauses: 1,
	}}}))
	const want = `[{"room":"a1","number":2,` +
		`"down":{"level":"small","bits_per_second":96000,"estimate_bits_per_second":128000,"loss":0.02},` +
		`"up":{"level":"voice","bits_per_second":14000,"loss":0.1},"rtt_ms":300.5,"videos_withheld":1}]`
	if err != nil || string(text) != want {
		t.Errorf("%s, %v, want\n%s", text, err, want)
	}
}

// What a server answers is what the type says: nobody reads a figure of another name, and each is there before it counts.
func TestStatsTellTheFigures(t *testing.T) {
	data := t.TempDir()
	made, _ := startDemo(t, data)
	told, err := command(t, "", "stats", "--data", data)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(told))
	d.DisallowUnknownFields()
	var f figures
	if err := d.Decode(&f); err != nil {
		t.Fatal(err)
	}
	if f.Process.Goroutines == 0 || f.Since.IsZero() || f.Signaling.Refused == nil || f.SFU.Dropped == nil || f.Turn.Refused == nil || f.Door.Refused == nil {
		t.Errorf("%s", told)
	}
	for reason, n := range f.Signaling.Ended {
		if n != 0 {
			t.Errorf("%d ended by %s", n, reason)
		}
	}
	for _, reason := range []string{"too_early", "unknown_link", "lost"} {
		if _, told := f.Signaling.Ended[reason]; !told {
			t.Errorf("%s is told of only when it has happened", reason)
		}
	}
	for _, l := range made[0].Links {
		_, ticket, _ := strings.Cut(l.URL, "/j/")
		if ticket == "" || strings.Contains(told, ticket) || strings.Contains(told, l.Name) {
			t.Errorf("figures tell of %s", l.Name)
		}
	}
}

// filled are figures of which each number is another, and each map has one reason.
func filled() (f figures) {
	f.Certificate = &certificateState{Source: tlsACME, Ends: time.Unix(2_000_000_000, 0)}
	n := uint64(1000)
	fill(reflect.ValueOf(&f).Elem(), &n)
	return f
}

func fill(v reflect.Value, n *uint64) {
	switch v.Kind() {
	case reflect.Struct:
		if _, moment := v.Interface().(time.Time); moment {
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Pointer:
		fill(v.Elem(), n)
	case reflect.Map:
		*n++
		v.Set(reflect.ValueOf(map[string]uint64{"some_reason": *n}))
	case reflect.Uint64:
		*n++
		v.SetUint(*n)
	case reflect.Int, reflect.Int64:
		*n++
		v.SetInt(int64(*n))
	case reflect.Float64:
		*n++
		v.SetFloat(float64(*n) + 0.5)
	}
}
