package udp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"
)

// system is the real socket, without allocations for addresses. Send never blocks where the system allows.
type system interface {
	receive(b []byte) (int, netip.AddrPort, error)
	receiveNow(b []byte) (int, netip.AddrPort, error) // errEmpty: nothing there; does not wait, or hardly
	send(b []byte, to netip.AddrPort) error
	SetReadDeadline(time.Time) error
	Close() error
}

// errFull is what system.send returns when the send buffer is full.
var errFull = errors.New("send buffer full")

// errEmpty is what system.receiveNow returns when there is no packet.
var errEmpty = errors.New("nothing to receive")

// BufferSize is what a socket asks for, in bytes each way. The kernel gives less if its own limit is lower, and then drops
// earlier.
const BufferSize = 4 << 20

const brief = 100 * time.Microsecond // what receiveNow may wait, where it must

// systemOf prefers the system's own calls and falls back to the methods of conn.
func systemOf(conn net.PacketConn) system {
	c, ok := conn.(*net.UDPConn)
	if !ok {
		return packetConn{conn}
	}
	_ = c.SetReadBuffer(BufferSize)
	_ = c.SetWriteBuffer(BufferSize)
	return systemCalls(c)
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

func (c udpConn) receiveNow(b []byte) (int, netip.AddrPort, error) { return receiveBriefly(c, b) }

// receiveBriefly is receiveNow where the system offers no way to look first. A deadline is of the system's clock.
func receiveBriefly(s system, b []byte) (int, netip.AddrPort, error) {
	if err := s.SetReadDeadline(time.Now().Add(brief)); err != nil {
		return 0, netip.AddrPort{}, err
	}
	n, from, err := s.receive(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = errEmpty
	}
	return n, from, errors.Join(err, s.SetReadDeadline(time.Time{}))
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

func (c packetConn) receiveNow(b []byte) (int, netip.AddrPort, error) { return receiveBriefly(c, b) }

func (c packetConn) send(b []byte, to netip.AddrPort) error {
	_, err := c.WriteTo(b, net.UDPAddrFromAddrPort(to))
	return err
}

func unmap(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }
