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

	give   func(got []packet) (on, follows bool) // of receive
	rest   func() (more bool)                    // of receive
	most   int
	n      int
	errno  syscall.Errno
	fd     uintptr
	waited error                     // that the poller refused to go on with
	wait   func(uintptr) (done bool) // all, made once
	look   func(fd uintptr)          // take, made once

	recvmmsg func(fd uintptr, heads []mmsghdr) (int, syscall.Errno)
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
	a.wait, a.look, a.recvmmsg = a.all, a.take, recvmmsg
}

func (a *arrivals) take(fd uintptr) {
	a.n, a.errno = a.recvmmsg(fd, a.heads[:a.most])
	for a.errno == unix.EINTR {
		a.n, a.errno = a.recvmmsg(fd, a.heads[:a.most])
	}
}

// all gives what there is, up to handMost before what comes of it leaves, and more if the giver says that more follows. A
// call that brought less than it had room for has left nothing, and whatever comes later wakes the poller, so there is no
// call that finds nothing. It is done when no more is wanted, or the system has failed; until then the poller calls it
// whenever something has come.
func (a *arrivals) all(uintptr) (done bool) {
	for hand := 0; ; {
		a.take(a.fd)
		left := a.n == a.most
		if a.errno == 0 {
			hand += a.n
			if on, follows := a.give(a.got()); on && (left || follows) && hand < handMost {
				continue
			}
		}
		if hand > 0 {
			if hand = 0; !a.rest() {
				return true
			}
		}
		if !left {
			return a.errno != 0 && a.errno != unix.EAGAIN
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

func (s *linuxSocket) receive(give func(got []packet) (on, follows bool), rest func() (more bool)) error {
	s.give, s.rest, s.most = give, rest, arrivalsMost
	if err := s.raw.Control(s.open); err != nil {
		return err
	}
	if s.waited != nil {
		return s.waited
	}
	return s.failure()
}

// read is receive while the socket cannot be closed.
func (s *linuxSocket) read(fd uintptr) {
	s.fd = fd
	s.waited = s.watch.raw.Read(s.wait)
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

// unread implements system. A socket that is closed tells nothing any more.
func (s *linuxSocket) unread() (drops uint64) {
	_ = s.raw.Control(func(fd uintptr) {
		var memory [unix.SK_MEMINFO_VARS]uint32
		size := uint32(unsafe.Sizeof(memory))
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_MEMINFO, uintptr(unsafe.Pointer(&memory)), uintptr(unsafe.Pointer(&size)), 0)
		if errno == 0 { // since Linux 4.12
			drops = uint64(memory[unix.SK_MEMINFO_DROPS])
		}
	})
	return drops
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
