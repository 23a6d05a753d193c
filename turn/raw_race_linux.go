//go:build race

package turn

import "golang.org/x/sys/unix"

// The race detector has to see that what one side did before it wrote comes before what the other does when it has read.

func rawRead(fd uintptr, b []byte) (n int, err error) {
	for n, err = unix.Read(int(fd), b); err == unix.EINTR; n, err = unix.Read(int(fd), b) {
	}
	return max(n, 0), err
}

func rawWrite(fd uintptr, b []byte) (n int, err error) {
	for n, err = unix.Write(int(fd), b); err == unix.EINTR; n, err = unix.Write(int(fd), b) {
	}
	return max(n, 0), err
}
