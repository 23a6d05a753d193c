package lab

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// status reads a number from /proc/PID/status: VmRSS in KB, Threads.
func (p *program) status(field string) int {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.process.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				p.t.Fatal(err)
			}
			return n
		}
	}
	p.t.Fatalf("/proc/PID/status has no %s", field)
	return 0
}

// descriptors counts the open file descriptors.
func (p *program) descriptors() int {
	p.t.Helper()
	all, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.process.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	return len(all)
}
