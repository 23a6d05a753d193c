package main

import (
	"crypto/rand"
	"net/http"
	"net/netip"
	"runtime"
	"time"

	"jalsa/sfu"
)

// thisProcess tells a server that is loaded by its own process, as tests do, from another.
var thisProcess = rand.Text()

// usage is what a running server tells a load of itself: little, since it is asked once a second while it is measured.
type usage struct {
	Process    string           `json:"process"` // a word of its own
	Machine    string           `json:"machine"` // the same, "": not known
	Public     string           `json:"public"`  // what people open
	Media      []netip.AddrPort `json:"media"`   // that clients are told
	Processor  time.Duration    `json:"processor"`
	Resident   uint64           `json:"resident"` // bytes
	Goroutines int              `json:"goroutines"`
	SFU        sfu.Stats        `json:"sfu"`
}

func (s *server) serveLoad(mux *http.ServeMux) {
	mux.HandleFunc("POST /usage", answer(func(struct{}) (any, error) {
		u := usage{Process: thisProcess, Machine: thisMachineID(), Public: s.public, Media: s.sfu.Media(), Goroutines: runtime.NumGoroutine(), SFU: s.sfu.Stats()}
		u.Processor, u.Resident = used()
		return u, nil
	}))
}
