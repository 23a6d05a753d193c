package main

import (
	"io"
	"net/netip"
	"testing"
	"time"
)

func TestArrivals(t *testing.T) {
	a := newArrivals(10, 5)
	now := time.Unix(1, 0)
	one, other := netip.MustParsePrefix("203.0.113.1/32"), netip.MustParsePrefix("203.0.113.2/32")
	come := func(n int) (let int) {
		for range n {
			if a.take(one, now) {
				let++
			}
		}
		return let
	}
	if n := come(20); n != 5 {
		t.Errorf("%d at once", n)
	}
	if !a.take(other, now) && !a.take(netip.MustParsePrefix("203.0.113.3/32"), now) {
		t.Error("others are in its way")
	}
	now = now.Add(300 * time.Millisecond)
	if n := come(20); n != 3 {
		t.Errorf("%d after 300 ms", n)
	}
	now = now.Add(time.Hour)
	if n := come(20); n != 5 {
		t.Errorf("%d at once after an hour", n)
	}
	now = now.Add(-time.Minute) // as clocks do
	if n := come(20); n != 0 {
		t.Errorf("%d before", n)
	}
}

// Who comes and goes too often is turned away at the door, though nobody of them has stayed; others come in.
func TestDoorBoundsArrivals(t *testing.T) {
	d := newDoor(foreign{listening(t)}, roomy())
	d.arrivals = newArrivals(0, 2)
	th := behindDoor(t, d, nil)
	for range 2 {
		conn := th.dial()
		if _, err := get(conn); err != nil {
			t.Fatal(err)
		}
		conn.Close()
		until(t, "gone", func() bool { return th.stats().Connections == 0 })
	}
	if _, err := th.dial().Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the third: %v", err)
	}
	if s := th.stats(); s.Refused["often"] != 1 || s.Refused["address"] != 0 || s.Connections != 0 {
		t.Errorf("counted %+v", s)
	}
}
