package udp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// add adds a packet that says what.
func add(b *Burst, s *Socket, to netip.AddrPort, what string) {
	b.Add(s, to, copy(b.Space(), what))
}

// numbered is a packet of that many bytes, at least 4, known from others by its beginning and end.
func numbered(number, size int) string {
	b := bytes.Repeat([]byte{byte(number)}, size)
	binary.BigEndian.PutUint32(b, uint32(number))
	return string(b)
}

// heardBy has what the SFU sends to a relay kept in all.
func heardBy(r *Relay, all *[]string) {
	r.Deliver(func(b []byte, _ netip.AddrPort) bool {
		*all = append(*all, string(b))
		return true
	})
}

// TestBurstArrives: packets to the network and to relays, more than a burst holds, in order for each destination.
func TestBurstArrives(t *testing.T) {
	h, s, _ := newHub(t)
	r := relayOf(t, h, false)
	heard := map[netip.AddrPort][]string{}
	var relayed []string
	heardBy(r, &relayed)
	ears := []*ear{newEar(t), newEar(t)}
	b := h.NewBurst()
	const each = burst/2 - 50 // for each of three
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
	heard[r.addr] = relayed
	for to, all := range heard {
		if len(all) != each {
			t.Fatalf("%d of %d came to %v", len(all), each, to)
		}
		for i, what := range all {
			if what != fmt.Sprint("packet ", i) {
				t.Fatalf("%v heard %q as number %d", to, what, i)
			}
		}
	}
	if st := h.Stats(); st.Sent != 2*each || st.SendFailed+st.SocketFull != 0 {
		t.Errorf("%+v", st)
	}
}

// TestBurstIsWhatWasAdded: whatever is added in whatever order, each destination gets exactly that, in order, from the
// socket it was added for.
func TestBurstIsWhatWasAdded(t *testing.T) {
	h := hubOf(t, listen(t, "127.0.0.1:0"), listen(t, "[::]:0"), listen(t, "127.0.0.2:0"))
	ears := []*ear{newEar(t), newEar(t), earAt(t, "[::1]:0")}
	relays := []*Relay{relayOf(t, h, false), relayOf(t, h, true)}
	b := h.NewBurst()
	type way struct {
		from int // of the hub's sockets
		to   int // of ears, and then of relays
	}
	ways := []way{{0, 0}, {0, 1}, {1, 0}, {1, 2}, {2, 0}, {0, 3}, {2, 3}, {1, 4}} // 1 to 0 is IPv4 from an IPv6 socket
	number := 0
	rapid.Check(t, func(t *rapid.T) {
		var relayed [2][]string
		for i, r := range relays {
			heardBy(r, &relayed[i])
		}
		count := rapid.IntRange(0, 80).Draw(t, "packets")
		size := rapid.SampledFrom([]int{4, 100, 700, 701, 1100, 1200, MTU})
		want := map[way][]string{}
		for range count {
			w := rapid.SampledFrom(ways).Draw(t, "way")
			number++
			what := numbered(number, size.Draw(t, "size"))
			for range rapid.SampledFrom([]int{0, 0, 0, 0, 1}).Draw(t, "none") {
				b.Add(h.sockets[w.from], ears[0].at, 0)
			}
			to := netip.AddrPort{}
			if w.to < len(ears) {
				to = ears[w.to].at
			} else {
				to = relays[w.to-len(ears)].addr
			}
			add(b, h.sockets[w.from], to, what)
			want[w] = append(want[w], what)
			if rapid.IntRange(0, 20).Draw(t, "flush") == 0 {
				b.Flush()
			}
		}
		b.Flush()
		for i, e := range ears {
			total := 0
			for w, all := range want {
				if w.to == i {
					total += len(all)
				}
			}
			got := map[int][]string{}
			for _, p := range e.hearFrom(t, total) {
				from := slices.IndexFunc(h.sockets, func(s *Socket) bool { return s.announced[0].Port() == p.from.Port() })
				got[from] = append(got[from], p.data)
			}
			for from := range h.sockets {
				if all := want[way{from, i}]; !slices.Equal(got[from], all) {
					t.Fatalf("%d packets from %d to %v are not the %d that were added", len(got[from]), from, e.at, len(all))
				}
			}
		}
		for i := range relays {
			var all []string // of both sockets, in the order of their numbers
			for w, some := range want {
				if w.to == len(ears)+i {
					all = append(all, some...)
				}
			}
			slices.SortFunc(all, func(a, b string) int { return bytes.Compare([]byte(a[:4]), []byte(b[:4])) })
			if !slices.Equal(relayed[i], all) {
				t.Fatalf("%d packets to relay %d are not the %d that were added", len(relayed[i]), i, len(all))
			}
		}
	})
	if st := h.Stats(); st.SendFailed+st.SocketFull+st.SendSplit != 0 {
		t.Errorf("%+v", st)
	}
}

// TestRuns: what can be one message is one, also packet by packet over many destinations; what cannot is not.
func TestRuns(t *testing.T) {
	h, s, _ := newHub(t)
	b := h.NewBurst()
	to := func(i int) netip.AddrPort {
		return netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), uint16(1000+i))
	}
	counts := func(sizes ...int) (counts []int) {
		for _, n := range sizes {
			for i := range 100 {
				b.join(s, to(i), b.Space()[:n])
			}
		}
		for i := range b.runs {
			if r := &b.runs[i]; r.to == to(42) {
				counts = append(counts, r.count)
			}
		}
		if len(b.runs) != 100*len(counts) {
			t.Errorf("%d runs for 100 destinations, %d of one", len(b.runs), len(counts))
		}
		for i := range b.runs {
			b.open[b.runs[i].slot] = 0
		}
		b.packets, b.runs = b.packets[:0], b.runs[:0]
		if b.open != [table]uint16{} {
			t.Error("a slot is left")
		}
		return counts
	}
	for _, c := range []struct{ sizes, want []int }{
		{[]int{100}, []int{1}},
		{[]int{100, 100, 100}, []int{3}},
		{[]int{100, 100, 60, 60}, []int{3, 1}},
		{[]int{100, 60, 100}, []int{2, 1}},
		{[]int{60, 100, 100}, []int{1, 2}},
		{slices.Repeat([]int{4}, runPackets+1), []int{runPackets, 1}},
		{slices.Repeat([]int{1600}, runBytes/1600+1), []int{runBytes / 1600, 1}},
	} {
		if got := counts(c.sizes...); !slices.Equal(got, c.want) {
			t.Errorf("%d packets of %d… bytes are runs of %v, want %v", len(c.sizes), c.sizes[0], got, c.want)
		}
	}
}

// TestSocketsHaveTheirOwnRuns: also to the same destinations.
func TestSocketsHaveTheirOwnRuns(t *testing.T) {
	h := hubOf(t, listen(t, "127.0.0.1:0"), listen(t, "127.0.0.2:0"))
	b := h.NewBurst()
	const destinations = burst / 4
	for range 2 {
		for _, s := range h.sockets {
			for port := range uint16(destinations) {
				b.join(s, netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), port), b.Space()[:1])
			}
		}
	}
	for i := range b.runs {
		if b.runs[i].count != 2 {
			t.Fatalf("%d packets in a run", b.runs[i].count)
		}
	}
	if len(b.runs) != 2*destinations || b.sockets[0] != destinations || b.sockets[1] != destinations {
		t.Errorf("%d runs: %v", len(b.runs), b.sockets)
	}
}

// TestAFullBurstIsSent: without being told.
func TestAFullBurstIsSent(t *testing.T) {
	h, s, _ := newHub(t)
	e, r := newEar(t), relayOf(t, h, false)
	var relayed []string
	heardBy(r, &relayed)
	b := h.NewBurst()
	for range burst / 2 {
		add(b, s, e.at, "x")
		add(b, s, r.addr, "x")
	}
	if n := h.Stats().Sent; n != burst/2 || len(relayed) != burst/2 {
		t.Errorf("%d sent, %d relayed of %d", n, len(relayed), burst)
	}
}
