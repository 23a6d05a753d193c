package udp

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// linuxSocket receives by recvmmsg and sends by sendmmsg, never waiting in either: only in Go's poller, and only for
// packets to come. Both are raw calls: the runtime takes an ordinary one after a pause for a sign that its supervisor
// thread is wanted, and wakes it, which costs more than the call. Being raw, they hold a processor while they last; so
// each has few messages.
type linuxSocket struct {
	file     *os.File
	raw      syscall.RawConn // of file
	watch    watch
	six      bool             // an IPv6 socket wants IPv4 addresses mapped
	sendings *sync.Pool       // of *sending
	arrivals                  // of the reader
	open     func(fd uintptr) // read, made once

	sendmmsg func(fd uintptr, heads []mmsghdr) (int, syscall.Errno)
	whole    atomic.Bool  // runs are sent as one message each
	refusals atomic.Int32 // of runs, without one in between that was taken
}

// refusalsMost is how many runs the system may refuse in a row before the socket sends packets singly for good. One refusal
// may be about its destination alone (a path with a smaller MTU, or through IPsec).
const refusalsMost = 8

func systemCalls(c *net.UDPConn, whole bool) system {
	six := c.LocalAddr().(*net.UDPAddr).IP.To4() == nil
	file, watch, err := watched(c)
	if err != nil {
		return &single{one: udpConn{c}}
	}
	s := &linuxSocket{file: file, watch: watch, sendmmsg: sendmmsg, six: six}
	s.raw, _ = file.SyscallConn() // fails only for no file
	s.arrivals.init()
	s.open = s.read
	s.sendings = &sync.Pool{New: func() any { return newSending(s) }}
	_ = s.raw.Control(func(fd uintptr) {
		_, err := unix.GetsockoptInt(int(fd), unix.IPPROTO_UDP, unix.UDP_SEGMENT)
		s.whole.Store(whole && err == nil) // since Linux 4.18
	})
	return s
}

func (s *linuxSocket) SetReadDeadline(t time.Time) error { return s.watch.SetReadDeadline(t) }

// Close ends the reader first, and then no more is sent.
func (s *linuxSocket) Close() error { return errors.Join(s.watch.Close(), s.file.Close()) }

// mmsghdr is struct mmsghdr, of sendmmsg(2) and recvmmsg(2).
type mmsghdr struct {
	unix.Msghdr
	bytes uint32
}

// mmsg is sendmmsg or recvmmsg, as number says.
func mmsg(number, fd uintptr, heads []mmsghdr) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(number, fd, uintptr(unsafe.Pointer(&heads[0])), uintptr(len(heads)), unix.MSG_DONTWAIT, 0, 0)
	return int(n), errno
}

func recvmmsg(fd uintptr, heads []mmsghdr) (int, syscall.Errno) {
	return mmsg(unix.SYS_RECVMMSG, fd, heads)
}

func sendmmsg(fd uintptr, heads []mmsghdr) (int, syscall.Errno) {
	return mmsg(unix.SYS_SENDMMSG, fd, heads)
}

// name is a struct sockaddr_in or sockaddr_in6.
type name struct{ unix.RawSockaddrInet6 }

func (n *name) four() *unix.RawSockaddrInet4 { return (*unix.RawSockaddrInet4)(unsafe.Pointer(n)) }

// set returns the length of the name, 0 if a socket that is not of IPv6 cannot reach the address.
func (n *name) set(to netip.AddrPort, six bool) uint32 {
	if six {
		n.Family, n.Addr = unix.AF_INET6, to.Addr().As16()
		setPort(&n.Port, to.Port())
		return unix.SizeofSockaddrInet6
	}
	if !to.Addr().Is4() {
		return 0
	}
	four := n.four()
	four.Family, four.Addr = unix.AF_INET, to.Addr().As4()
	setPort(&four.Port, to.Port())
	return unix.SizeofSockaddrInet4
}

func (n *name) get() netip.AddrPort {
	switch n.Family {
	case unix.AF_INET:
		four := n.four()
		return netip.AddrPortFrom(netip.AddrFrom4(four.Addr), port(&four.Port))
	case unix.AF_INET6:
		return netip.AddrPortFrom(netip.AddrFrom16(n.Addr).Unmap(), port(&n.Port))
	}
	return netip.AddrPort{}
}

// The system has ports in network order.
func setPort(raw *uint16, port uint16) {
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(raw))[:], port)
}

func port(raw *uint16) uint16 { return binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(raw))[:]) }
