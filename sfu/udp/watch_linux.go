package udp

import (
	"errors"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// watch says that something has come to a socket. It is an epoll of the socket's own, and that is what Go's poller looks
// at. The socket itself is not with Go's poller, which asks to be told of room to send as well: there is more whenever a
// packet has left the machine, so that each of them would wake a processor that waits, for nothing.
type watch struct {
	*os.File
	raw syscall.RawConn
}

// watched takes a socket out of Go's poller, and ends c.
func watched(c *net.UDPConn) (socket *os.File, w watch, err error) {
	if socket, err = unpolled(c); err != nil {
		return nil, watch{}, err
	}
	if w, err = newWatch(socket); err != nil {
		return nil, watch{}, errors.Join(err, socket.Close())
	}
	return socket, w, c.Close()
}

// unpolled is the same socket as a file that Go takes for a blocking one, which it is not.
func unpolled(c *net.UDPConn) (*os.File, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	fd := -1
	failed := raw.Control(func(of uintptr) { fd, err = unix.FcntlInt(of, unix.F_DUPFD_CLOEXEC, 0) })
	if err = errors.Join(failed, err); err != nil {
		return nil, err
	}
	if err = unix.SetNonblock(fd, false); err != nil { // of both
		return nil, errors.Join(err, unix.Close(fd))
	}
	f := os.NewFile(uintptr(fd), "media socket")
	return f, unix.SetNonblock(fd, true)
}

func newWatch(socket *os.File) (w watch, err error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return w, err
	}
	if err = unix.SetNonblock(fd, true); err != nil {
		return w, errors.Join(err, unix.Close(fd))
	}
	w.File = os.NewFile(uintptr(fd), "watch")
	raw, err := socket.SyscallConn()
	if err == nil {
		failed := raw.Control(func(of uintptr) {
			err = unix.EpollCtl(fd, unix.EPOLL_CTL_ADD, int(of), &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET})
		})
		err = errors.Join(failed, err)
	}
	if err == nil {
		w.raw, err = w.SyscallConn()
	}
	if err != nil {
		return w, errors.Join(err, w.Close())
	}
	return w, nil
}
