package main

import (
	"net"
	"time"

	"golang.org/x/sys/unix"

	"jalsa/turn"
)

// pathOf asks the kernel for the round trips of a connection; false: it is none of TCP.
func pathOf(c net.Conn) (p trip, ok bool) {
	tcp := turn.Below[*net.TCPConn](c)
	if tcp == nil {
		return p, false
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return p, false
	}
	_ = raw.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			p = trip{time.Duration(info.Rtt) * time.Microsecond, time.Duration(info.Min_rtt) * time.Microsecond}
			ok = true
		}
	})
	return p, ok
}
