package main

import (
	"net/http"
	"net/http/pprof"
	"runtime"
	"runtime/debug"
)

// process is what the runtime of this program holds, for whoever measures it. What the kernel knows, such as processor
// time and memory, is in /proc.
type process struct {
	Goroutines  int    `json:"goroutines"`
	Allocated   uint64 `json:"allocated"` // objects, since the start
	Heap        uint64 `json:"heap"`      // bytes in use, garbage among them
	Collections uint32 `json:"collections"`
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
		return process{Goroutines: runtime.NumGoroutine(), Allocated: m.Mallocs, Heap: m.HeapAlloc, Collections: m.NumGC}, nil
	}))
	mux.HandleFunc("GET /profile", pprof.Profile)
	mux.HandleFunc("GET /profile/heap", pprof.Handler("heap").ServeHTTP)
	mux.HandleFunc("GET /profile/goroutines", pprof.Handler("goroutine").ServeHTTP)
}
