package turn

import (
	"net"

	"golang.org/x/sys/unix"
)

// limitUnsent keeps late media in our queue, where it can be dropped, instead of
// in the kernel's (TCP_NOTSENT_LOWAT). Without the option relaying only adds delay.
func limitUnsent(conn net.Conn, bytes int) {
	tcp := Below[*net.TCPConn](conn)
	if tcp == nil {
		return
	}
	if raw, err := tcp.SyscallConn(); err == nil {
		raw.Control(func(fd uintptr) {
			unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, bytes)
		})
	}
}
