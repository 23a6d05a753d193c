package udp

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// linuxSocket sends with MSG_DONTWAIT, so that a full buffer is a drop and never a wait.
type linuxSocket struct {
	udpConn
	raw syscall.RawConn
	six bool // an IPv6 socket wants IPv4 addresses mapped
	ops sync.Pool

	// Owned by the reader.
	looked looked
	look   func(fd uintptr) // looked.take, made once
}

// looked is the result of taking a packet from the socket without waiting. To look first and receive then would wait
// after all: a packet with a wrong checksum is announced, and gone when it is fetched.
type looked struct {
	into []byte
	n    int
	from unix.Sockaddr
	err  error
}

func (l *looked) take(fd uintptr) {
	l.n, l.from, l.err = unix.Recvfrom(int(fd), l.into, unix.MSG_DONTWAIT)
}

func (s *linuxSocket) receiveNow(b []byte) (int, netip.AddrPort, error) {
	s.looked.into = b
	err := s.raw.Control(s.look)
	if err == nil {
		err = s.looked.err
	}
	s.looked.into = nil
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
		return 0, netip.AddrPort{}, errEmpty
	}
	switch from := s.looked.from.(type) {
	case *unix.SockaddrInet4:
		return s.looked.n, netip.AddrPortFrom(netip.AddrFrom4(from.Addr), uint16(from.Port)), err
	case *unix.SockaddrInet6:
		return s.looked.n, unmap(netip.AddrPortFrom(netip.AddrFrom16(from.Addr), uint16(from.Port))), err
	}
	return 0, netip.AddrPort{}, err
}

// sendOp carries one send into RawConn.Write without allocating a closure each time.
type sendOp struct {
	data []byte
	four unix.SockaddrInet4
	six  unix.SockaddrInet6
	to   unix.Sockaddr
	err  error
	call func(fd uintptr) bool
}

func (o *sendOp) run(fd uintptr) bool {
	o.err = unix.Sendto(int(fd), o.data, unix.MSG_DONTWAIT, o.to)
	return true
}

func systemCalls(c *net.UDPConn) system {
	raw, err := c.SyscallConn()
	if err != nil {
		return udpConn{c}
	}
	local := c.LocalAddr().(*net.UDPAddr)
	s := &linuxSocket{udpConn: udpConn{c}, raw: raw, six: local.IP.To4() == nil}
	s.look = s.looked.take
	s.ops.New = func() any {
		o := &sendOp{}
		o.call = o.run
		return o
	}
	return s
}

func (s *linuxSocket) send(b []byte, to netip.AddrPort) error {
	o := s.ops.Get().(*sendOp)
	if s.six {
		o.six.Addr, o.six.Port, o.six.ZoneId = to.Addr().As16(), int(to.Port()), 0
		o.to = &o.six
	} else {
		if !to.Addr().Is4() {
			s.ops.Put(o)
			return unix.EAFNOSUPPORT
		}
		o.four.Addr, o.four.Port = to.Addr().As4(), int(to.Port())
		o.to = &o.four
	}
	o.data = b
	err := s.raw.Write(o.call)
	if err == nil {
		err = o.err
	}
	o.data, o.err = nil, nil
	s.ops.Put(o)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.ENOBUFS) {
		return errFull
	}
	return err
}
