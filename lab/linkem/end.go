//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// end is a TUN device in a namespace.
type end struct {
	namespace, device, address, route string

	tun  *os.File
	made bool // the namespace is ours
}

// transmitQueue of a device: the default of 500 packets overflows under bursts, which looks like loss of the link.
const transmitQueue = "10000"

// open makes the namespace if it is missing, and the device in it.
func (e *end) open() error {
	folder := "/run/netns" // where ip keeps the names
	if _, err := os.Stat(filepath.Join(folder, e.namespace)); errors.Is(err, os.ErrNotExist) {
		if err := ip("netns", "add", e.namespace); err != nil {
			return err
		}
		e.made = true
	}
	done := make(chan error)
	go func() { done <- e.enter(filepath.Join(folder, e.namespace)) }()
	if err := <-done; err != nil {
		return fmt.Errorf("%s in namespace %s: %w", e.device, e.namespace, err)
	}
	steps := [][]string{
		{"link", "set", "lo", "up"},
		{"address", "add", e.address, "dev", e.device},
		{"link", "set", e.device, "txqueuelen", transmitQueue, "up"},
	}
	if e.route != "" {
		steps = append(steps, []string{"route", "add", e.route, "dev", e.device})
	}
	for _, step := range steps {
		if err := ip(append([]string{"-n", e.namespace}, step...)...); err != nil {
			return err
		}
	}
	return nil
}

// enter opens the device from within the namespace. It never unlocks its thread, which therefore ends with the goroutine
// and takes the namespace along.
func (e *end) enter(namespace string) error {
	runtime.LockOSThread()
	ns, err := unix.Open(namespace, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(ns)
	if err := unix.Setns(ns, unix.CLONE_NEWNET); err != nil {
		return err
	}
	tun, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	request, err := unix.NewIfreq(e.device)
	if err == nil {
		request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(tun, unix.TUNSETIFF, request)
	}
	if err != nil {
		unix.Close(tun)
		return err
	}
	e.tun = os.NewFile(uintptr(tun), e.device)
	return nil
}

// remove takes the namespace away if open made it; processes still inside keep the network itself alive.
func (e *end) remove() {
	if e.tun != nil {
		e.tun.Close()
	}
	if e.made {
		_ = ip("netns", "delete", e.namespace)
	}
}

func ip(args ...string) error {
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}
