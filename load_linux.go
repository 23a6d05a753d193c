package main

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// used is the processor time of this process so far, and its memory in bytes (proc_pid_statm(5)). 0 is unknown.
func used() (processor time.Duration, resident uint64) {
	var spent unix.Timespec
	if unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &spent) == nil {
		processor = time.Duration(spent.Nano())
	}
	text, _ := os.ReadFile("/proc/self/statm")
	if fields := bytes.Fields(text); len(fields) > 1 {
		pages, _ := strconv.ParseUint(string(fields[1]), 10, 64)
		resident = pages * uint64(os.Getpagesize())
	}
	return processor, resident
}

// ticks a second in which the kernel tells times, on every Linux that Go runs on (USER_HZ).
const ticks = 100

// busy is the processor time that all programs of this machine have taken so far (proc_stat(5)); 0 is unknown.
func busy() time.Duration {
	text, _ := os.ReadFile("/proc/stat")
	line, _, _ := bytes.Cut(text, []byte("\n"))
	fields := bytes.Fields(line)
	if len(fields) < 9 || string(fields[0]) != "cpu" {
		return 0
	}
	sum := uint64(0)
	for i, field := range fields[1:9] {
		const idle, waits = 3, 4
		if n, err := strconv.ParseUint(string(field), 10, 64); err == nil && i != idle && i != waits {
			sum += n
		}
	}
	return time.Duration(sum) * time.Second / ticks
}

// thisMachineID is the same for all programs of a machine until it is started again (proc_sys_kernel(5)).
func thisMachineID() string {
	text, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return string(bytes.TrimSpace(text))
}
