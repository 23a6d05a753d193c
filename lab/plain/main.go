package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/pprof"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"sync"

	"github.com/pion/ice/v4"
)

// server keeps rooms until the process ends.
type server struct {
	mux ice.UDPMux

	mu    sync.Mutex
	rooms map[string]*room
}

func main() {
	media, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		log.Fatal(err)
	}
	// As much as the system gives, as for ours.
	_ = media.SetReadBuffer(4 << 20)
	_ = media.SetWriteBuffer(4 << 20)
	s := &server{mux: ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: media}), rooms: map[string]*room{}}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("POST /join", s.join)
	http.HandleFunc("POST /process", process)
	http.HandleFunc("GET /profile", pprof.Profile)
	fmt.Printf("http://%s\n", l.Addr())
	log.Fatal(http.Serve(l, nil))
}

func (s *server) join(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	number, err := strconv.Atoi(q.Get("number"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	speakers, err := strconv.Atoi(q.Get("speakers"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	offer, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	at, err := s.room(q.Get("room"), speakers)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer, err := at.join(number, string(offer))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = io.WriteString(w, answer) // who is gone asks no more
}

func (s *server) room(id string, speakers int) (*room, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rooms[id] == nil {
		made, err := newRoom(s.mux, speakers)
		if err != nil {
			return nil, err
		}
		s.rooms[id] = made
	}
	return s.rooms[id], nil
}

// process tells what the program tells on its admin socket.
func process(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Collect bool }
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if asked.Collect {
		debug.FreeOSMemory()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	waits, runs := []metrics.Sample{{Name: "/sched/latencies:seconds"}}, uint64(0)
	metrics.Read(waits)
	for _, n := range waits[0].Value.Float64Histogram().Counts {
		runs += 8 * n // the runtime measures one in eight
	}
	_ = json.NewEncoder(w).Encode(map[string]any{ // who is gone asks no more
		"goroutines": runtime.NumGoroutine(), "allocated_objects": m.Mallocs, "heap_bytes": m.HeapAlloc, "collections": m.NumGC, "runs": runs,
	})
}
