package udp

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	arrivalsMost = 32 // packets of one recvmmsg: more are hardly cheaper
	handMost     = 64 // packets before what comes of the first leaves
)

// arrivals are where recvmmsg puts packets. To announce a packet first and fetch it then would wait after all: one with a
// wrong checksum is announced, and gone when it is fetched.
type arrivals struct {
	packets [arrivalsMost]packet
	heads   [arrivalsMost]mmsghdr
	names   [arrivalsMost]name
	parts   [arrivalsMost]unix.Iovec

	give  func(got []packet) (on bool) // of receive
	rest  func() (more bool)           // of receive
	most  int
	n     int
	errno syscall.Errno
	wait  func(fd uintptr) (done bool) // all, made once
	look  func(fd uintptr)             // take, made once
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
	a.wait, a.look = a.all, a.take
}

func (a *arrivals) take(fd uintptr) {
	a.n, a.errno = mmsg(unix.SYS_RECVMMSG, fd, a.heads[:a.most])
	for a.errno == unix.EINTR {
		a.n, a.errno = mmsg(unix.SYS_RECVMMSG, fd, a.heads[:a.most])
	}
}

// all gives what there is, and what comes meanwhile, up to handMost: to look once more costs less than to send what comes
// of the next packets apart. It is done when no more is wanted, or the system has failed; until then the poller calls it
// whenever something has come since the last time that it found nothing.
func (a *arrivals) all(fd uintptr) (done bool) {
	for hand := 0; ; {
		if a.take(fd); a.errno == 0 {
			if hand += a.n; a.give(a.got()) && hand < handMost {
				continue
			}
		}
		if hand > 0 {
			if hand = 0; !a.rest() {
				return true
			}
		}
		if a.errno != 0 {
			return a.errno != unix.EAGAIN
		}
	}
}

// got is what take found.
func (a *arrivals) got() []packet {
	for i := range a.n {
		p, head := &a.packets[i], &a.heads[i]
		p.n, p.from = int(head.bytes), a.names[i].get()
		if head.Flags&unix.MSG_TRUNC != 0 {
			p.n = MTU + 1
		}
		head.Namelen = unix.SizeofSockaddrInet6
	}
	return a.packets[:a.n]
}

func (s *linuxSocket) receive(give func(got []packet) (on bool), rest func() (more bool)) error {
	s.give, s.rest, s.most = give, rest, arrivalsMost
	if err := s.raw.Read(s.wait); err != nil {
		return err
	}
	return s.failure()
}

func (s *linuxSocket) receiveNow(most int) ([]packet, error) {
	s.most = min(most, arrivalsMost)
	if err := s.raw.Control(s.look); err != nil {
		return nil, err
	}
	if err := s.failure(); err != nil {
		return nil, err
	}
	return s.got(), nil
}

// failure is why take found nothing.
func (a *arrivals) failure() error {
	switch a.errno {
	case 0:
		return nil
	case unix.EAGAIN:
		return errEmpty
	}
	return a.errno
}
