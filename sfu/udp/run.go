package udp

import "net/netip"

const (
	runPackets = 64             // of a run; Linux takes no more segments in one message (UDP_MAX_SEGMENTS)
	runBytes   = 1<<16 - 1 - 28 // of a run: what IPv4 allows one datagram, without its headers
)

// run is packets to one destination that the system can send as one message: all of the first's size, but for the last,
// which may be shorter.
type run struct {
	socket *Socket
	to     netip.AddrPort
	slot   int // in Burst.open

	first, last int32 // in Burst.packets
	count       int
	size        int // bytes of the first
	bytes       int
	ended       bool // by a shorter one
}

func newRun(s *Socket, to netip.AddrPort, index int32, n int) run {
	return run{socket: s, to: to, first: index, last: index, count: 1, size: n, bytes: n}
}

// takes tells whether a packet of n bytes can be the next.
func (r *run) takes(n int) bool {
	return !r.ended && n <= r.size && r.count < runPackets && r.bytes+n <= runBytes
}

func (r *run) take(index int32, n int) {
	r.last = index
	r.count++
	r.bytes += n
	r.ended = n < r.size
}
