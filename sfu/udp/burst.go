package udp

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
)

const (
	burst = 512      // packets that a Burst holds before it sends by itself
	chunk = 32 << 10 // bytes by which its memory grows
	table = 2 * burst
)

// Burst collects packets of any sockets to any destinations and sends them together: those of one destination as few
// messages (run.go), all messages of a socket in few system calls. It is not for concurrent use: each goroutine that sends
// owns one, and flushes it before it waits for anything. What it has grown to it keeps.
type Burst struct {
	hub     *Hub
	way     int // by which of a socket's readers' sockets it sends
	packets []outgoing
	runs    []run         // to the network
	open    [table]uint16 // by slot: the newest run of a destination, counted from 1
	sockets []int         // by Socket.index: how many of the runs
	relayed []relayed

	chunks   [][]byte
	at, used int // the chunk that is being filled, and how far
}

// outgoing is a packet in a run.
type outgoing struct {
	data []byte
	next int32 // of the same run, in Burst.packets
}

// relayed is a packet for a relay.
type relayed struct {
	data   []byte
	socket *Socket
	to     netip.AddrPort
}

// NewBurst makes one for the hub's sockets.
func (h *Hub) NewBurst() *Burst {
	return &Burst{hub: h, way: int(h.bursts.Add(1)), sockets: make([]int, len(h.sockets))}
}

// Space is room for one packet of up to MTU bytes. It is the caller's until Add or Flush.
func (b *Burst) Space() []byte {
	if b.at < len(b.chunks) && chunk-b.used < MTU {
		b.at, b.used = b.at+1, 0
	}
	if b.at == len(b.chunks) {
		b.chunks = append(b.chunks, make([]byte, chunk))
	}
	return b.chunks[b.at][b.used : b.used+MTU : b.used+MTU]
}

// Add takes the first n bytes of Space as a packet of s, to a relay or to the network. A packet of no bytes is none. When
// the burst is full, it is sent at once.
func (b *Burst) Add(s *Socket, to netip.AddrPort, n int) {
	if n == 0 {
		return
	}
	data := b.Space()[:n]
	b.used += (n + 7) &^ 7
	if MadeUp(to.Addr()) {
		b.relayed = append(b.relayed, relayed{data, s, to})
	} else {
		b.join(s, to, data)
	}
	if len(b.packets)+len(b.relayed) == burst {
		b.Flush()
	}
}

// join puts a packet into the newest run of its destination, or makes that run.
func (b *Burst) join(s *Socket, to netip.AddrPort, data []byte) {
	index := int32(len(b.packets))
	b.packets = append(b.packets, outgoing{data, -1})
	slot := slotOf(s.index, to)
	for ; b.open[slot] != 0; slot = (slot + 1) % table {
		r := &b.runs[b.open[slot]-1]
		if r.to != to || r.socket != s {
			continue
		}
		if r.takes(len(data)) {
			b.packets[r.last].next = index
			r.take(index, len(data))
			return
		}
		break
	}
	b.runs = append(b.runs, newRun(s, to, index, len(data)))
	b.runs[len(b.runs)-1].slot = slot
	b.open[slot] = uint16(len(b.runs))
	b.sockets[s.index]++
}

// Flush sends everything, for each destination in the order in which it was added.
func (b *Burst) Flush() {
	for i, runs := range b.sockets {
		if runs > 0 {
			b.hub.sockets[i].sendRuns(b.packets, b.runs, b.way)
			b.sockets[i] = 0
		}
	}
	for i := range b.runs {
		b.open[b.runs[i].slot] = 0
	}
	for _, r := range b.relayed {
		b.hub.deliver(r.data, r.to, r.socket)
	}
	b.packets, b.runs, b.relayed = b.packets[:0], b.runs[:0], b.relayed[:0]
	b.at, b.used = 0, 0
}

// mix keeps others from choosing addresses whose slots are the same.
var mix = rand.Uint64() | 1

// slotOf is where a destination is looked for first.
func slotOf(socket int, to netip.AddrPort) int {
	a := to.Addr().As16()
	h := (binary.NativeEndian.Uint64(a[:8]) ^ uint64(to.Port())<<16 ^ uint64(socket)) * mix
	h = (h ^ h>>32 ^ binary.NativeEndian.Uint64(a[8:])) * mix
	return int(h >> 32 % table)
}
