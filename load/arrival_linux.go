package load

import (
	"encoding/binary"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// arrivalSize is room for what the kernel says beside a packet: when it came.
const arrivalSize = 64

// stampArrivals has the kernel note when packets come (socket(7), SO_TIMESTAMPNS), so that it does not count how long this
// program takes to look at them.
func stampArrivals(socket *net.UDPConn) {
	raw, err := socket.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1) // else now is taken for it
	})
}

// longest is how long a packet may have waited; more is a clock that somebody has put forward.
const longest = 10 * time.Second

// arrivalAge is how long ago a packet came, by the wall clock; 0: not known.
func arrivalAge(beside []byte, wall time.Time) time.Duration {
	head, data, _, err := unix.ParseOneSocketControlMessage(beside)
	if err != nil || head.Level != unix.SOL_SOCKET || head.Type != unix.SO_TIMESTAMPNS || len(data) < 16 {
		return 0
	}
	came := time.Unix(int64(binary.NativeEndian.Uint64(data)), int64(binary.NativeEndian.Uint64(data[8:])))
	if age := wall.Sub(came); age > 0 && age < longest {
		return age
	}
	return 0
}
