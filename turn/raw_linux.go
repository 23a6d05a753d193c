//go:build !race

package turn

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Of an ordinary call after a pause the runtime wakes its supervisor thread, which then looks at it fifty times within a
// millisecond: more than what somebody says in a hearing costs, once every few seconds from each of many. These calls
// never wait, so that nobody has to look.

func rawRead(fd uintptr, b []byte) (int, error)  { return rawCall(unix.SYS_READ, fd, b) }
func rawWrite(fd uintptr, b []byte) (int, error) { return rawCall(unix.SYS_WRITE, fd, b) }

// rawCall is of a socket that does not block.
func rawCall(number, fd uintptr, b []byte) (int, error) {
	for {
		n, _, errno := syscall.RawSyscall(number, fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}
