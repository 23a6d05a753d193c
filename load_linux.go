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
