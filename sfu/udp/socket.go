package udp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"
)

const brief = 100 * time.Microsecond // what receiveNow may wait, where it must

// socketOf prefers the system's own calls and falls back to the methods of conn.
func socketOf(conn net.PacketConn) socket {
	c, ok := conn.(*net.UDPConn)
	if !ok {
		return packetConn{conn}
	}
	_ = c.SetReadBuffer(BufferSize)
	_ = c.SetWriteBuffer(BufferSize)
	return systemSocket(c)
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
func receiveBriefly(s socket, b []byte) (int, netip.AddrPort, error) {
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
