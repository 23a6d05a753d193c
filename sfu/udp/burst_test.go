package udp

import (
	"fmt"
	"net/netip"
	"testing"
)

// add adds a packet that says what.
func add(b *Burst, s *Socket, to netip.AddrPort, what string) {
	b.Add(s, to, copy(b.Space(), what))
}

// TestBurstArrives: packets to the network and to relays, more than a burst holds, in order for each destination.
func TestBurstArrives(t *testing.T) {
	h, s, _ := newHub(t)
	r := relayOf(t, h, false)
	heard := map[netip.AddrPort][]string{}
	r.Deliver(func(b []byte, _ netip.AddrPort) bool {
		heard[r.addr] = append(heard[r.addr], string(b))
		return true
	})
	ears := []*ear{newEar(t), newEar(t)}
	b := h.NewBurst()
	const each = burst // for each of three
	for i := range each {
		what := fmt.Sprint("packet ", i)
		for _, e := range ears {
			add(b, s, e.at, what)
		}
		add(b, s, r.addr, what)
	}
	b.Flush()
	b.Flush() // nothing is left to be sent twice
	for _, e := range ears {
		heard[e.at] = e.hear(t, each)
	}
	if len(heard[r.addr]) != each {
		t.Fatalf("%d of %d came to the relay", len(heard[r.addr]), each)
	}
	for to, all := range heard {
		for i, what := range all {
			if what != fmt.Sprint("packet ", i) {
				t.Fatalf("%v heard %q as number %d", to, what, i)
			}
		}
	}
}

// TestReadBurst: from the network and from relays, each once and with its source.
func TestReadBurst(t *testing.T) {
	h, s, media := newHub(t)
	r, e := relayOf(t, h, false), newEar(t)
	const each = 40
	for i := range each {
		if _, err := r.Send(fmt.Append(nil, i), media); err != nil {
			t.Fatal(err)
		}
		if _, err := e.conn.WriteToUDPAddrPort(fmt.Append(nil, i), media); err != nil {
			t.Fatal(err)
		}
	}
	got := map[netip.AddrPort]int{}
	for got[r.addr]+got[e.at] < 2*each {
		if err := s.ReadBurst(func(b []byte, from netip.AddrPort) {
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
}
