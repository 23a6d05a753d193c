package main

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// limitUnacked sets unackedLimit on a listening socket; those that it accepts take it over.
func limitUnacked(_, _ string, c syscall.RawConn) error {
	var err error
	if failed := c.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(unackedLimit.Milliseconds()))
	}); failed != nil {
		return failed
	}
	return err
}
