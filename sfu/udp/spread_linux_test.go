package udp

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"syscall"
	"testing"
)

// spread is a hub with one address, of that many readers.
func spread(t testing.TB, at string, readers int) (*Hub, *Socket, netip.AddrPort) {
	t.Helper()
	b, err := Listen(netip.MustParseAddrPort(at), readers)
	if err != nil {
		t.Fatal(err)
	}
	b.Announced = []netip.AddrPort{addressOf(b.Conn)}
	h := hubOf(t, b)
	return h, h.sockets[0], b.Announced[0]
}

// TestSpread: each client's packets, and each relay's, come by one reader, in order; answers come from the one address,
// whoever sends them.
func TestSpread(t *testing.T) {
	const readers, clients, each = 3, 40, 20
	h, s, media := spread(t, "127.0.0.1:0", readers)
	if len(s.Readers()) != readers {
		t.Fatalf("%d readers", len(s.Readers()))
	}
	type heard struct {
		reader int
		arrival
	}
	all := make(chan heard, 2*clients*each)
	var running sync.WaitGroup
	for i, r := range s.Readers() {
		out := h.NewBurst()
		running.Go(func() {
			_ = r.Run(lone(func(b []byte, from netip.AddrPort) {
				all <- heard{i, arrival{data: string(b), from: from}}
				out.Add(s, from, copy(out.Space(), b))
			}), func() bool { out.Flush(); return true })
		})
	}
	defer running.Wait()
	defer h.Close()

	var ears []*ear
	var relays []*Relay
	for range clients {
		ears, relays = append(ears, newEar(t)), append(relays, relayOf(t, h, false))
	}
	for i := range each {
		for c := range clients {
			ears[c].say(t, fmt.Sprint(i), media)
			if _, err := relays[c].Send(fmt.Append(nil, i), media); err != nil {
				t.Fatal(err)
			}
		}
	}
	readerOf, count, by := map[netip.AddrPort]int{}, map[netip.AddrPort]int{}, map[bool]map[int]bool{true: {}, false: {}}
	for range 2 * clients * each {
		a := <-all
		if count[a.from] == 0 {
			readerOf[a.from] = a.reader
		}
		if a.data != fmt.Sprint(count[a.from]) || a.reader != readerOf[a.from] {
			t.Fatalf("%q of %v by reader %d, want %d by %d", a.data, a.from, a.reader, count[a.from], readerOf[a.from])
		}
		count[a.from]++
		by[MadeUp(a.from.Addr())][a.reader] = true
	}
	if len(by[true]) != readers || len(by[false]) != readers { // the odds against the network's hash are 1 to 10 millions
		t.Errorf("by readers %v", by)
	}
	for _, e := range ears {
		for i, a := range e.hearFrom(t, each) {
			if a.from != media || a.data != fmt.Sprint(i) {
				t.Fatalf("answer %d is %q from %v", i, a.data, a.from)
			}
		}
	}
}

// TestNobodySharesUnasked: neither with who is alone, nor with those who share.
func TestNobodySharesUnasked(t *testing.T) {
	for _, first := range []int{1, 2} {
		for _, second := range []int{1, 2} {
			_, _, at := spread(t, "127.0.0.1:0", first)
			if _, err := Listen(at, second); !errors.Is(err, syscall.EADDRINUSE) {
				t.Errorf("%d readers beside %d: %v", second, first, err)
			}
		}
	}
}

// TestSpreadOverBothFamilies: as the media addresses may be.
func TestSpreadOverBothFamilies(t *testing.T) {
	for _, at := range []string{"[::1]:0", "[::]:0"} {
		if _, s, _ := spread(t, at, 2); len(s.Readers()) != 2 {
			t.Errorf("%s: %d readers", at, len(s.Readers()))
		}
	}
}
