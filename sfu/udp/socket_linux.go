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
	polled [1]unix.PollFd
	look   func(fd uintptr) // poll, made once
}

// poll finds out whether a packet is there, without waiting.
func (s *linuxSocket) poll(fd uintptr) {
	s.polled[0] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
	if n, err := unix.Poll(s.polled[:], 0); err != nil || n == 0 {
		s.polled[0].Revents = 0
	}
}

func (s *linuxSocket) receiveNow(b []byte) (int, netip.AddrPort, error) {
	if err := s.raw.Control(s.look); err != nil {
		return 0, netip.AddrPort{}, err
	}
	if s.polled[0].Revents == 0 {
		return 0, netip.AddrPort{}, errEmpty
	}
	return s.receive(b)
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

func systemSocket(c *net.UDPConn) socket {
	raw, err := c.SyscallConn()
	if err != nil {
		return udpConn{c}
	}
	local := c.LocalAddr().(*net.UDPAddr)
	s := &linuxSocket{udpConn: udpConn{c}, raw: raw, six: local.IP.To4() == nil}
	s.look = s.poll
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
