package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// What the doctor asks of the kernel.

// socketBuffers are the sizes of a socket's buffers, in bytes as they were asked for: the kernel keeps as much again for
// its own books (socket(7), SO_RCVBUF).
func socketBuffers(c *net.UDPConn) (receive, send int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, 0, err
	}
	var in, out error
	err = raw.Control(func(fd uintptr) {
		receive, in = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF)
		send, out = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_SNDBUF)
	})
	return receive / 2, send / 2, errors.Join(err, in, out)
}

// descriptors are how many this process may have open, once Go has raised the soft limit to the hard one, and has.
func descriptors() (limit, open int) {
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &r) != nil {
		return 0, 0
	}
	files, _ := os.ReadDir("/proc/self/fd")
	return int(min(r.Max, 1<<30)), len(files)
}

// kernelClock tells whether something keeps the clock right.
func kernelClock() (kept bool, err error) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t) // modes 0: only asks
	return state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0, err
}

// fileSystems that are not a disk of this machine, by their magic number (statfs(2)).
var fileSystems = map[int64]string{
	unix.NFS_SUPER_MAGIC: "nfs", unix.SMB_SUPER_MAGIC: "smb", unix.SMB2_SUPER_MAGIC: "smb", unix.CIFS_SUPER_MAGIC: "cifs", unix.V9FS_MAGIC: "9p",
	unix.CEPH_SUPER_MAGIC: "ceph", unix.AFS_SUPER_MAGIC: "afs", unix.CODA_SUPER_MAGIC: "coda", unix.FUSE_SUPER_MAGIC: "fuse",
	unix.TMPFS_MAGIC: inMemory, unix.RAMFS_MAGIC: inMemory, unix.OVERLAYFS_SUPER_MAGIC: "overlay",
}

// space is what is free for this user where path is, in bytes, and which kind of file system it is, "" for one that needs no
// word.
func space(path string) (free int64, kind string, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, "", err
	}
	return int64(s.Bavail) * s.Bsize, fileSystems[int64(s.Type)], nil
}

// ownerOf is the user and the group to whom a file belongs.
func ownerOf(i os.FileInfo) (uid, gid int, ok bool) {
	if s, ok := i.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid), int(s.Gid), true
	}
	return 0, 0, false
}

// listed reports whether an access list (acl(5)) says more about a file than its mode.
func listed(path string) bool {
	n, err := unix.Getxattr(path, "system.posix_acl_access", nil)
	return err == nil && n > 0
}

// memory of the machine in bytes, and how much of it programs can still have.
func memory() (total, available int64) {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0, 0
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		var name string
		var kib int64
		if n, _ := fmt.Sscan(s.Text(), &name, &kib); n < 2 {
			continue
		}
		switch name {
		case "MemTotal:":
			total = kib << 10
		case "MemAvailable:":
			available = kib << 10
		}
	}
	return total, available
}
