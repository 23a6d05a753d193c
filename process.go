package main

import (
	"net/http"
	"net/http/pprof"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// garbage is how much of it may wait, in percent of what is in use. Media make hardly any, so that it waits for minutes: with
// Go's usual 100 each listener weighs 570 KiB instead of 360. What it costs is some 10 ms of processor time when somebody
// joins fifty others (go test -run '^$' -bench Weight ./lab).
const garbage = 30

// frugal keeps the memory of a server small, unless who starts it says otherwise by GOGC.
func frugal() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
}

// process is what the runtime of this program holds, for whoever measures it. What the kernel knows, such as processor
// time and memory, is in /proc.
type process struct {
	Goroutines  int    `json:"goroutines"`
	Allocated   uint64 `json:"allocated_objects"` // since the start
	Heap        uint64 `json:"heap_bytes"`        // in use, garbage among them
	Live        uint64 `json:"live_bytes"`        // that the latest collection kept
	Goal        uint64 `json:"goal_bytes"`        // in use, at which the next one begins
	Stacks      uint64 `json:"stack_bytes"`
	Spare       uint64 `json:"spare_bytes"`   // of the heap that nothing is in, and that the system has not got back
	Runtime     uint64 `json:"runtime_bytes"` // that the runtime has for itself
	Collections uint32 `json:"collections"`
	Runs        uint64 `json:"runs"` // times that a goroutine got the processor, since the start, roughly: the runtime counts one in eight
}

// processRequest may ask for the garbage to be collected and returned to the system first, which takes some milliseconds.
type processRequest struct {
	Collect bool `json:"collect"`
}

// serveProcess tells the operator how the program does, and where it spends its time:
//
//	curl --unix-socket data/admin.sock 'http://admin/profile?seconds=30' > profile
//	go tool pprof -top profile
func serveProcess(mux *http.ServeMux) {
	mux.HandleFunc("POST /process", answer(func(r processRequest) (any, error) {
		if r.Collect {
			debug.FreeOSMemory()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return process{
			Goroutines: runtime.NumGoroutine(), Allocated: m.Mallocs, Heap: m.HeapAlloc, Live: live(), Goal: m.NextGC, Stacks: m.StackSys, Spare: m.HeapSys - m.HeapReleased - m.HeapAlloc,
			Runtime: m.MSpanSys + m.MCacheSys + m.BuckHashSys + m.GCSys + m.OtherSys, Collections: m.NumGC, Runs: runs(),
		}, nil
	}))
	mux.HandleFunc("GET /profile", pprof.Profile)
	mux.HandleFunc("GET /profile/heap", pprof.Handler("heap").ServeHTTP)
	mux.HandleFunc("GET /profile/goroutines", pprof.Handler("goroutine").ServeHTTP)
}

// live is what the runtime's pace goes by.
func live() uint64 {
	kept := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(kept)
	if kept[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return kept[0].Value.Uint64()
}

// counted is one in how many runs the runtime measures (gTrackingPeriod in its runtime2.go).
const counted = 8

func runs() (n uint64) {
	waits := []metrics.Sample{{Name: "/sched/latencies:seconds"}}
	metrics.Read(waits)
	if waits[0].Value.Kind() != metrics.KindFloat64Histogram {
		return 0
	}
	for _, k := range waits[0].Value.Float64Histogram().Counts {
		n += k
	}
	return n * counted
}
