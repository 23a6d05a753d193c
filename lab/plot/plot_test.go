package plot

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestWriteIsWellFormedAndBreaksAtNaN(t *testing.T) {
	p := Plot{Title: "a < b & c", Panels: []Panel{
		{Title: "rate", Series: []Series{
			{Name: "target", Points: []Point{{0, 0}, {1, 10}, {2, math.NaN()}, {3, 5}, {10, math.Inf(1)}}},
			{Name: "link", Points: []Point{{0, 8}, {10, 4}}, Steps: true},
			{Name: "events", Points: []Point{{5, 1}}, Dots: true},
		}},
		{Title: "nothing"},
	}}
	var b strings.Builder
	if err := Write(&b, p); err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(strings.NewReader(b.String())); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"a &lt; b &amp; c", "<circle", `d="M64.0 `} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(b.String(), "NaN") || strings.Contains(b.String(), "Inf") {
		t.Error("a value that is none is drawn")
	}
	target, _, _ := strings.Cut(b.String(), `" fill="none" stroke="#0072b2"`)
	if target = target[strings.LastIndex(target, `d="`):]; strings.Count(target, "M") != 2 {
		t.Errorf("the line is not broken once: %q", target)
	}
}

func TestTicksAreRound(t *testing.T) {
	if got, want := ticks(0, 10.5, 4), []float64{0, 5, 10}; !reflect.DeepEqual(got, want) {
		t.Error(got)
	}
	if got, want := ticks(1, 61, 12), []float64{5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60}; !reflect.DeepEqual(got, want) {
		t.Error(got)
	}
}

func TestErrorsOfTheWriterAreTold(t *testing.T) {
	if err := Write(broken{}, Plot{Panels: make([]Panel, 100)}); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
