package turn

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
)

// shortcut is what a relay's socket may be besides. With it the data of bound channels does not pass Pion: it takes no
// goroutine, no copy but into the next queue, and no allocation.
type shortcut interface {
	// Deliver has each datagram for the relay offered to take, in the call that sends it; what take does not want is read
	// by ReadFrom.
	Deliver(take func(datagram []byte, from netip.AddrPort) bool)
	// Send is WriteTo.
	Send(datagram []byte, to netip.AddrPort) (int, error)
}

// channel is a number that stands for a peer on the control connection (RFC 8656, section 12).
type channel struct {
	number uint16
	peer   netip.AddrPort
}

// channels are those that Pion has bound to media addresses and that have not expired: it tells of both, so that
// lifetimes are its own.
type channels struct {
	mu    sync.Mutex                // of bind and unbind
	bound atomic.Pointer[[]channel] // replaced whole; at most one for each media address
}

func (c *channels) all() []channel {
	if all := c.bound.Load(); all != nil {
		return *all
	}
	return nil
}

func (c *channels) bind(number uint16, peer netip.AddrPort) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := append(slices.Clone(c.all()), channel{number, peer})
	c.bound.Store(&all)
}

func (c *channels) unbind(number uint16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := slices.DeleteFunc(slices.Clone(c.all()), func(b channel) bool { return b.number == number })
	c.bound.Store(&all)
}

func (c *channels) peer(number uint16) (netip.AddrPort, bool) {
	for _, b := range c.all() {
		if b.number == number {
			return b.peer, true
		}
	}
	return netip.AddrPort{}, false
}

func (c *channels) number(peer netip.AddrPort) (uint16, bool) {
	for _, b := range c.all() {
		if b.peer == peer {
			return b.number, true
		}
	}
	return 0, false
}

// cut takes the shortcut, where there is one.
func (r *relay) cut() {
	s, ok := r.PacketConn.(shortcut)
	if ok && r.tuple.relayed != nil {
		r.shortcut = s
		s.Deliver(r.take)
	}
}

// take is what the SFU has for the client; false: Pion is to see it.
func (r *relay) take(datagram []byte, from netip.AddrPort) bool {
	defer r.server.survive(r.tuple)
	number, bound := r.channels.number(from)
	if !bound || r.closed.Load() {
		return false
	}
	r.server.fromMedia.Add(1)
	r.tuple.relayed(number, datagram)
	return true
}

// forward hands a client's data to the SFU; false: Pion is to see the frame, which is sound.
func (c *control) forward(frame []byte) bool {
	r := c.serving.Load()
	if frame[0] < 0x40 || r == nil || r.shortcut == nil || r.closed.Load() {
		return false
	}
	peer, bound := r.channels.peer(binary.BigEndian.Uint16(frame))
	if !bound {
		return false
	}
	datagram := frame[channelHeader:][:binary.BigEndian.Uint16(frame[2:])]
	if r.pay(len(datagram)) {
		r.server.toMedia.Add(1)
		_, _ = r.shortcut.Send(datagram, peer) // a datagram may be lost
	}
	return true
}

// onChannelCreated hears from Pion's read loop, before the answer leaves.
func (s *Server) onChannelCreated(client, _ net.Addr, _, _, _ string, relayed, peer net.Addr, number uint16) {
	addr, ok := addrPort(peer)
	if r := s.relayOf(client, relayed); r != nil && ok && slices.Contains(s.media, addr) {
		r.channels.bind(number, addr)
	}
}

// onChannelDeleted hears from Pion that a channel has expired, or that the allocation ends.
func (s *Server) onChannelDeleted(client, _ net.Addr, _, _, _ string, relayed, _ net.Addr, number uint16) {
	if r := s.relayOf(client, relayed); r != nil {
		r.channels.unbind(number)
	}
}

// relayOf is the relay that Pion knows by these addresses, nil if it is closed.
func (s *Server) relayOf(client, relayed net.Addr) *relay {
	if t := s.byRemote(client); t != nil {
		if r := t.serving.Load(); r != nil && r.addr == relayed {
			return r
		}
	}
	return nil
}
