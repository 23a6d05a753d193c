package main

import "runtime"

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

// littleMemory is what a server wants to find free: one that idles takes less than 40 MiB, each participant up to one more,
// and each login 32 for a moment.
const littleMemory = 256 << 20

func judgeMachine(m machine) []finding {
	const check = "machine"
	if m.memory == 0 {
		return []finding{unseen.of(check, "cores: %d; how much memory there is", m.cores)}
	}
	if m.free < littleMemory {
		return []finding{warning.of(check, "cores: %d; of %s memory %s are free, and each participant takes up to 1 MiB", m.cores, size(int(m.memory)), size(int(m.free))).so("find out who takes it: ps --sort=-rss -eo rss,comm | head")}
	}
	return []finding{fine.of(check, "cores: %d; of %s memory %s are free", m.cores, size(int(m.memory)), size(int(m.free)))}
}
