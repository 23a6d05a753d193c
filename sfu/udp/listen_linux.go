package udp

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// Linux chooses among sockets of one address by a hash of both addresses and ports (SO_REUSEPORT, since 3.9), so that a
// client keeps to its socket.
const spreads = true

var shared = net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
	var err error
	failed := raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1) })
	return errors.Join(failed, err)
}}

func listenShared(at netip.AddrPort) (net.PacketConn, error) {
	return shared.ListenPacket(context.Background(), "udp", at.String())
}
