package link

import (
	"testing"
	"time"
)

// A step takes hold at its own time, however late anybody asks.
func TestTraceChangesTheLinkInVirtualTime(t *testing.T) {
	trace, err := ParseTrace("0 rate=80k,delay=100ms # good\n1 0\n3 rate=40k\n5 80k\n")
	if err != nil {
		t.Fatal(err)
	}
	d, start := New(Unlimited(), 1), time.Unix(0, 0)
	d.Follow(trace, start)
	at := func(seconds float64) time.Time { return start.Add(time.Duration(seconds * 1e9)) }
	for range 4 { // 400 ms each at 80 kbit/s
		d.Enter(nil, 4000, at(0))
	}
	due, next, ok := d.Due(at(9.5))
	for i, want := range []float64{0.5, 0.9, 3.5, 4.3} { // the third one has half of it to go in the outage
		if i >= len(due) || due[i].At.Sub(at(want)).Abs() > time.Microsecond {
			t.Fatalf("packet %d of %d left at %v, want %v", i, len(due), due[min(i, len(due)-1)].At.Sub(start), want)
		}
	}
	if p := d.Params(); p.Rate != 40e3 || p.Delay != 100*time.Millisecond {
		t.Errorf("in the second round at 4.5 s: %+v", p)
	}
	if !ok || !next.Equal(at(10)) {
		t.Errorf("next step at %v, %v", next.Sub(start), ok)
	}
	d.Follow(nil, at(9.5))
	if _, _, ok := d.Due(at(9.5)); ok {
		t.Error("a trace that has ended goes on")
	}
}

func TestTracesRefuseNonsense(t *testing.T) {
	for _, text := range []string{"", "0 80k", "0 80k\n2 fast", "x 80k\n3 80k", "0 80k\n3 80k\n2 70k"} {
		if _, err := ParseTrace(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
