//go:build linux

package lab

import (
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// TestNarrowingRelay has the connection of one person to the relay become thin while a camera of 500 kbit/s is shown to
// them, and wide again. What is too much is left out by the server, which knows what a picture is: of the voice all
// comes, and in time, pictures come whole or not at all, and the relay itself drops nothing.
func TestNarrowingRelay(t *testing.T) {
	alongside(t)
	for _, rate := range []int64{64_000, 128_000, 256_000}[:rounds(1, 3)] {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			t.Parallel()
			p := newProgram(t)
			h := gather(t, p, time.Hour, "host", "party/narrow")
			host, narrow := h.people[0], h.people[1]
			narrow.unseen.Store(true)
			host.mute.Store(true)
			until(t, "both are connected", func() bool { return host.winner() != nil && narrow.winner() != nil })
			stop, stopped := make(chan struct{}), make(chan struct{})
			go func() {
				host.winner().perform(stop, new(atomic.Int64))
				close(stopped)
			}()
			defer func() { close(stop); <-stopped }()
			for round, bits := range []int64{wide, rate, wide}[:rounds(2, 3)] {
				narrow.cable.narrow.Store(bits)
				words, shown := host.sent[voice].Load(), host.sent[high].Load()
				if bits == wide {
					until(t, "pictures come", func() bool { return narrow.inbox.last(host.number, high) > shown+20*framePackets })
				}
				behind := lag(host, narrow, time.Duration(rounds(3, 20))*time.Second)
				spoken, over := host.sent[voice].Load(), host.sent[high].Load()
				began := time.Now()
				until(t, "the last words arrive", func() bool { return narrow.inbox.last(host.number, voice) >= spoken })
				late := time.Since(began).Round(10 * time.Millisecond)
				lost := narrow.inbox.missing(host.number, voice, words+1, spoken)
				whole, torn := narrow.inbox.pictures(host.number, high, framePackets, shown+1, over)
				dropped := p.refusedByRelay(t)["slow"]
				t.Logf("%d bit/s: %d of %d frames of voice missed, behind by %v, the last %v late; %d pictures whole, %d torn; the relay dropped %d",
					bits, lost, spoken-words, behind, late, whole, torn, dropped)
				if round > 0 && lost > int(spoken-words)/50 || dropped > 0 || torn > 5 || inLab && (late > 2*time.Second || behind.at(.95) > time.Second) {
					t.Error("too much is missing")
				}
			}
		})
	}
}

// lag is by how much the voice that somebody hears is behind what is spoken, time after time.
func lag(from, to *person, during time.Duration) (behind quantiles) {
	for end := time.Now().Add(during); time.Now().Before(end); pass(5 * time.Millisecond) {
		heard := to.inbox.last(from.number, voice)
		behind = append(behind, time.Duration(from.sent[voice].Load()-heard)*20*time.Millisecond)
	}
	return behind
}

// refusedByRelay are the relay's counters, by reason.
func (p *program) refusedByRelay(t *testing.T) map[string]uint64 {
	t.Helper()
	var all struct {
		Turn struct {
			Refused map[string]uint64 `json:"refused"`
		} `json:"turn"`
	}
	if err := json.Unmarshal(p.command("stats"), &all); err != nil {
		t.Fatal(err)
	}
	return all.Turn.Refused
}
