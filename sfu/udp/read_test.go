package udp

import (
	"fmt"
	"net/netip"
	"testing"
)

// TestReadBurst: from the network and from relays, each once, in order and with its source.
func TestReadBurst(t *testing.T) {
	h, s, media := newHub(t)
	r, e := relayOf(t, h, false), newEar(t)
	const each = 100
	for i := range each {
		if _, err := r.Send(fmt.Append(nil, i), media); err != nil {
			t.Fatal(err)
		}
		e.say(t, fmt.Sprint(i), media)
	}
	got := map[netip.AddrPort]int{}
	for got[r.addr]+got[e.at] < 2*each {
		if err := readBurst(s, func(b []byte, from netip.AddrPort) {
			if string(b) != fmt.Sprint(got[from]) {
				t.Errorf("%q from %v, want %d", b, from, got[from])
			}
			got[from]++
		}); err != nil {
			t.Fatal(err)
		}
	}
	if len(got) != 2 || got[e.at] != each {
		t.Errorf("%v", got)
	}
	if n := h.Stats().Received; n != each {
		t.Errorf("%d are counted", n)
	}
}

// TestBurstsAlternate: each is of one kind and short, while both have packets.
func TestBurstsAlternate(t *testing.T) {
	h, s, media := newHub(t)
	r, e := relayOf(t, h, false), newEar(t)
	const each = 10 * inRow
	for range each {
		if _, err := r.Send([]byte("relay"), media); err != nil {
			t.Fatal(err)
		}
		e.say(t, "direct", media)
	}
	for i, all := 0, 0; all < 2*each; i++ {
		kinds := map[netip.AddrPort]int{}
		if err := readBurst(s, func(_ []byte, from netip.AddrPort) { kinds[from]++ }); err != nil {
			t.Fatal(err)
		}
		all += kinds[r.addr] + kinds[e.at]
		if want := []netip.AddrPort{r.addr, e.at}[i%2]; kinds[want] == 0 || kinds[want] > inRow || len(kinds) != 1 {
			t.Errorf("burst %d: %v", i, kinds)
		}
	}
	if !s.readers[0].in.empty() {
		t.Error("something is left")
	}
}

// TestTooLargeFromTheNetwork: it is not cut.
func TestTooLargeFromTheNetwork(t *testing.T) {
	h, s, media := newHub(t)
	e := newEar(t)
	for _, n := range []int{MTU + 1, MTU} {
		e.say(t, string(make([]byte, n)), media)
	}
	if err := readBurst(s, func(b []byte, _ netip.AddrPort) {
		if len(b) != MTU {
			t.Errorf("%d bytes", len(b))
		}
	}); err != nil || h.Stats().Oversize != 1 {
		t.Errorf("%v %+v", err, h.Stats())
	}
}
