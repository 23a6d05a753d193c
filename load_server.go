package main

import (
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"time"

	"jalsa/sfu"
)

// usage is what a running server tells a load of itself: little, since it is asked once a second while it is measured.
type usage struct {
	PID        int              `json:"pid"`
	Public     string           `json:"public"` // what people open
	Media      []netip.AddrPort `json:"media"`  // that clients are told
	Processor  time.Duration    `json:"processor"`
	Resident   uint64           `json:"resident"` // bytes
	Goroutines int              `json:"goroutines"`
	SFU        sfu.Stats        `json:"sfu"`
}

func (s *server) serveLoad(mux *http.ServeMux) {
	mux.HandleFunc("POST /usage", answer(func(struct{}) (any, error) {
		u := usage{PID: os.Getpid(), Public: s.public, Media: s.sfu.Media(), Goroutines: runtime.NumGoroutine(), SFU: s.sfu.Stats()}
		u.Processor, u.Resident = used()
		return u, nil
	}))
}
