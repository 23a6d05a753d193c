package udp

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const arrivalsMost = 32 // packets of one recvmmsg: more are hardly cheaper, and the first would wait for the last

// arrivals are where recvmmsg puts packets. To announce a packet first and fetch it then would wait after all: one with a
// wrong checksum is announced, and gone when it is fetched.
type arrivals struct {
	packets [arrivalsMost]packet
	heads   [arrivalsMost]mmsghdr
	names   [arrivalsMost]name
	parts   [arrivalsMost]unix.Iovec

	most  int
	n     int
	errno syscall.Errno
	wait  func(fd uintptr) bool // take, until something is there
	look  func(fd uintptr)      // take
}

func (a *arrivals) init() {
	for i := range a.heads {
		a.parts[i].Base = &a.packets[i].data[0]
		a.parts[i].SetLen(MTU)
		a.heads[i].Name = (*byte)(unsafe.Pointer(&a.names[i]))
		a.heads[i].Namelen = unix.SizeofSockaddrInet6
		a.heads[i].Iov = &a.parts[i]
		a.heads[i].SetIovlen(1)
	}
	a.wait = func(fd uintptr) bool { a.take(fd); return a.errno != unix.EAGAIN }
	a.look = a.take
}

func (a *arrivals) take(fd uintptr) {
	a.n, a.errno = mmsg(unix.SYS_RECVMMSG, fd, a.heads[:a.most])
	for a.errno == unix.EINTR {
		a.n, a.errno = mmsg(unix.SYS_RECVMMSG, fd, a.heads[:a.most])
	}
}

// got is what take found.
func (a *arrivals) got() ([]packet, error) {
	switch a.errno {
	case 0:
	case unix.EAGAIN:
		return nil, errEmpty
	default:
		return nil, a.errno
	}
	for i := range a.n {
		p, head := &a.packets[i], &a.heads[i]
		p.n, p.from = int(head.bytes), a.names[i].get()
		if head.Flags&unix.MSG_TRUNC != 0 {
			p.n = MTU + 1
		}
		head.Namelen = unix.SizeofSockaddrInet6
	}
	return a.packets[:a.n], nil
}

func (s *linuxSocket) receive() ([]packet, error) {
	s.most = arrivalsMost
	if err := s.raw.Read(s.wait); err != nil {
		return nil, err
	}
	return s.got()
}

func (s *linuxSocket) receiveNow(most int) ([]packet, error) {
	s.most = min(most, arrivalsMost)
	if err := s.raw.Control(s.look); err != nil {
		return nil, err
	}
	return s.got()
}
