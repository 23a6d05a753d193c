package udp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"
)

// system is the real socket, without allocations for addresses. Sending never blocks where the system allows.
type system interface {
	// receive waits for packets, gives what there is, and has a rest when there is no more, or enough, or give does not
	// want to go on; then it waits for more as long as rest wants that. If give says that more follows, it looks once
	// more before the rest. What give is given is the system's again when it returns.
	receive(give func(got []packet) (on, follows bool), rest func() (more bool)) error
	// receiveNow takes what is there, up to that many, and does not wait, or hardly. No packet: errEmpty. The packets are
	// the system's again at the next call of it or of receive.
	receiveNow(most int) ([]packet, error)
	// sendRuns sends those runs that are of a socket, each in order, and says in sent what became of them.
	sendRuns(of *Socket, packets []outgoing, runs []run) (sent tally)
	// send sends one packet.
	send(b []byte, to netip.AddrPort) (sent tally)
	// unread is how many packets came that the system dropped since, as a rule, nobody had read those before.
	unread() uint64
	SetReadDeadline(time.Time) error
	Close() error
}

// tally is what became of packets that were to be sent.
type tally struct {
	packets, messages, calls uint64 // sent, in so many messages, by so many calls of the system
	full                     uint64 // dropped: the send buffer was full
	failed                   uint64 // dropped: the system refused the packet for another reason
	split                    uint64 // runs that the system did not take as one message
}

// errEmpty is what system.receiveNow returns when there is no packet.
var errEmpty = errors.New("nothing to receive")

// BufferSize is what a socket asks for, in bytes each way. The kernel gives less if its own limit is lower, and then drops
// earlier.
const BufferSize = 4 << 20

const brief = 100 * time.Microsecond // what receiveNow may wait, where it must

// systemOf prefers the system's own calls, with runs as one message each if whole, and falls back to the methods of conn.
func systemOf(conn net.PacketConn, whole bool) system {
	c, ok := conn.(*net.UDPConn)
	if !ok {
		return &single{one: packetConn{conn}}
	}
	_ = c.SetReadBuffer(BufferSize)
	_ = c.SetWriteBuffer(BufferSize)
	return systemCalls(c, whole)
}

// one is a socket that receives and sends packet by packet.
type one interface {
	receive(b []byte) (int, netip.AddrPort, error)
	send(b []byte, to netip.AddrPort) error
	SetReadDeadline(time.Time) error
	Close() error
}

// single is the system where there is nothing better than one.
type single struct {
	one
	packet [1]packet
}

func (s *single) receive(give func(got []packet) (on, follows bool), rest func() (more bool)) error {
	for more := true; more; more = rest() {
		if err := s.next(); err != nil {
			return err
		}
		give(s.packet[:])
	}
	return nil
}

func (s *single) next() (err error) {
	p := &s.packet[0]
	p.n, p.from, err = s.one.receive(p.data[:])
	return err
}

// receiveNow waits, since there is no way to look first. A deadline is of the system's clock.
func (s *single) receiveNow(int) ([]packet, error) {
	if err := s.SetReadDeadline(time.Now().Add(brief)); err != nil {
		return nil, err
	}
	err := s.next()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = errEmpty
	}
	return s.packet[:], errors.Join(err, s.SetReadDeadline(time.Time{}))
}

// unread is not known.
func (s *single) unread() uint64 { return 0 }

func (s *single) send(b []byte, to netip.AddrPort) tally {
	if s.one.send(b, to) != nil {
		return tally{calls: 1, failed: 1}
	}
	return tally{calls: 1, packets: 1, messages: 1}
}

func (s *single) sendRuns(of *Socket, packets []outgoing, runs []run) (sent tally) {
	for i := range runs {
		if runs[i].socket != of {
			continue
		}
		for at := runs[i].first; at >= 0; at = packets[at].next {
			sent.add(s.send(packets[at].data, runs[i].to))
		}
	}
	return sent
}

func (t *tally) add(u tally) {
	t.packets += u.packets
	t.messages += u.messages
	t.calls += u.calls
	t.full += u.full
	t.failed += u.failed
	t.split += u.split
}

// udpConn may block in send while the socket's buffer is full.
type udpConn struct{ *net.UDPConn }

func (c udpConn) receive(b []byte) (int, netip.AddrPort, error) {
	n, from, err := c.ReadFromUDPAddrPort(b)
	return n, unmap(from), err
}

func (c udpConn) send(b []byte, to netip.AddrPort) error {
	_, err := c.WriteToUDPAddrPort(b, to)
	return err
}

// packetConn serves a net.PacketConn that is not a plain socket.
type packetConn struct{ net.PacketConn }

func (c packetConn) receive(b []byte) (int, netip.AddrPort, error) {
	n, from, err := c.ReadFrom(b)
	if err != nil {
		return n, netip.AddrPort{}, err
	}
	a, ok := from.(*net.UDPAddr)
	if !ok {
		return n, netip.AddrPort{}, fmt.Errorf("packet from %T, want UDP address", from)
	}
	return n, unmap(a.AddrPort()), nil
}

func (c packetConn) send(b []byte, to netip.AddrPort) error {
	_, err := c.WriteTo(b, net.UDPAddrFromAddrPort(to))
	return err
}

func unmap(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }
