package udp

import "net/netip"

// burst is how many packets a Burst holds before it sends by itself.
const burst = 256

// Burst collects packets of any sockets to any destinations and sends them together. It is not for concurrent use: each
// goroutine that sends owns one, and flushes it before it waits for anything.
type Burst struct {
	packets []outgoing
	arena   []byte // one MTU for each of packets, and for the next
}

// outgoing is a packet that waits in a Burst, in its part of the arena.
type outgoing struct {
	socket *Socket
	to     netip.AddrPort
	n      int
}

// NewBurst makes one for the hub's sockets.
func (h *Hub) NewBurst() *Burst {
	return &Burst{packets: make([]outgoing, 0, burst), arena: make([]byte, (burst+1)*MTU)}
}

// Space is room for one packet of up to MTU bytes. It is the caller's until Add or Flush.
func (b *Burst) Space() []byte {
	at := len(b.packets) * MTU
	return b.arena[at : at+MTU : at+MTU]
}

// Add takes the first n bytes of Space as a packet of s, to a relay or to the network. What does not fit any more is sent
// at once.
func (b *Burst) Add(s *Socket, to netip.AddrPort, n int) {
	b.packets = append(b.packets, outgoing{s, to, n})
	if len(b.packets) == burst {
		b.Flush()
	}
}

// Flush sends everything, for each destination in the order in which it was added.
func (b *Burst) Flush() {
	for i, p := range b.packets {
		_, _ = p.socket.WriteToAddrPort(b.arena[i*MTU:i*MTU+p.n], p.to) // what is dropped is counted there
	}
	clear(b.packets)
	b.packets = b.packets[:0]
}
