package main

import (
	"fmt"
	"runtime"
)

// machine is what there is to work with.
type machine struct {
	cores        int
	memory, free int64 // bytes; 0: not known on this system
}

func lookAtMachine() machine {
	m := machine{cores: runtime.NumCPU()}
	m.memory, m.free = memory()
	return m
}

// What a hearing of six takes, each of whom sends 500 kbit/s of video, when all come over TLS, which is the dearest way:
// 11 % of one core and 8 MB. Measured by the method of lab's BenchmarkRelayedByTLS; README has the figures.
const (
	hearingsPerCore  = 4 // at half load, since people come in bursts
	memoryPerHearing = 8 << 20
	idleMemory       = 40 << 20
)

// hearings of six that the machine carries at a time, roughly.
func (m machine) hearings() int {
	return max(0, min(m.cores*hearingsPerCore, int((m.free-idleMemory)/memoryPerHearing)))
}

// littleMemory is what a server wants to find free, for a few hearings and for logins, which take 32 MiB each for a moment.
const littleMemory = 256 << 20

func judgeMachine(m machine) []finding {
	const check = "machine"
	if m.memory == 0 {
		return []finding{unseen.of(check, "cores: %d; how much memory there is", m.cores)}
	}
	found := fmt.Sprintf("cores: %d; of %s memory %s are free: enough for about %d hearings of six at a time if everybody comes over TLS, for more over UDP", m.cores, size(int(m.memory)), size(int(m.free)), m.hearings())
	if m.free < littleMemory {
		return []finding{warning.of(check, "%s", found).so("find out who takes it: ps --sort=-rss -eo rss,comm | head")}
	}
	return []finding{fine.of(check, "%s", found)}
}
