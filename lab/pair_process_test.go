//go:build linux

package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// observed is a process, as the kernel and its own runtime tell of it.
type observed struct {
	pid  int
	web  *http.Client
	base string // address of what its runtime tells
}

// observe looks at a process whose runtime is asked at a TCP address or, if it begins with a slash, at a Unix socket.
func observe(pid int, at string) *observed {
	o := &observed{pid: pid, base: at, web: &http.Client{Timeout: 2 * time.Minute}}
	if filepath.IsAbs(at) {
		o.base = "http://admin"
		o.web.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", at)
		}}
	}
	return o
}

// tally is what a process has used since it began.
type tally struct {
	processor time.Duration
	slept     int    // times that a thread waited, and so had to be woken
	pushed    int    // times that a thread was made to wait
	runs      uint64 // of goroutines
	allocated uint64 // objects
}

func (t tally) since(before tally) tally {
	return tally{t.processor - before.processor, t.slept - before.slept, t.pushed - before.pushed, t.runs - before.runs, t.allocated - before.allocated}
}

// account is what the process says of itself.
type account struct {
	Goroutines int    `json:"goroutines"`
	Allocated  uint64 `json:"allocated_objects"`
	Runs       uint64 `json:"runs"`

	Heap    uint64 `json:"heap_bytes"`
	Live    uint64 `json:"live_bytes"`
	Goal    uint64 `json:"goal_bytes"`
	Stacks  uint64 `json:"stack_bytes"`
	Spare   uint64 `json:"spare_bytes"`
	Runtime uint64 `json:"runtime_bytes"`
}

func (o *observed) tally(t testing.TB) (n tally) {
	t.Helper()
	told := o.ask(t, false)
	n.allocated, n.runs = told.Allocated, told.Runs
	n.processor = processorTime(t, o.pid)
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", o.pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range threads {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/status", o.pid, one.Name()))
		if err != nil {
			continue // ended meanwhile
		}
		n.slept += field(status, "voluntary_ctxt_switches")
		n.pushed += field(status, "nonvoluntary_ctxt_switches")
	}
	return n
}

// memory is what a process holds when its garbage is collected.
type memory struct {
	resident   int // KiB, with the code that has run so far
	own        int // KiB, without it
	goroutines int
}

func (o *observed) memory(t testing.TB) memory {
	t.Helper()
	goroutines := o.ask(t, true).Goroutines
	m := o.held(t)
	m.goroutines = goroutines
	return m
}

// held is what it holds now, goroutines not counted.
func (o *observed) held(t testing.TB) memory {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", o.pid))
	if err != nil {
		t.Fatal(err)
	}
	return memory{resident: field(status, "VmRSS"), own: field(status, "RssAnon")}
}

func (o *observed) ask(t testing.TB, collect bool) (a account) {
	t.Helper()
	resp, err := o.web.Post(o.base+"/process", "application/json", strings.NewReader(fmt.Sprintf(`{"collect":%t}`, collect)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
		t.Fatal(err)
	}
	return a
}

// profile writes where the processor's time goes during d.
func (o *observed) profile(t testing.TB, d time.Duration, path string) {
	t.Helper()
	o.keep(t, fmt.Sprintf("/profile?seconds=%d", int(d.Seconds())), path)
}

// keep writes what the process answers to a file.
func (o *observed) keep(t testing.TB, what, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	resp, err := o.web.Get(o.base + what)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, all, 0o644); err != nil {
		t.Fatal(err)
	}
}

// processorTime is by the kernel's clock of another process, as clock_getcpuclockid(3) makes it.
func processorTime(t testing.TB, pid int) time.Duration {
	t.Helper()
	var spent unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|2), &spent); err != nil {
		t.Fatal(err)
	}
	return time.Duration(spent.Nano())
}

// field is a number in the status of a process or thread; 0: there is none.
func field(status []byte, name string) int {
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte(name+":")); ok {
			n, _ := strconv.Atoi(string(bytes.Fields(rest)[0])) // the kernel's own words
			return n
		}
	}
	return 0
}
