package lab

import (
	"testing"
	"time"

	"jalsa/signaling"
)

// TestJoinAtAnyInstant has a newcomer's offer leave at instants around
// another's start of publishing: their first packet, or their own offer. The
// newcomer gets every stream, and so does who was there.
func TestJoinAtAnyInstant(t *testing.T) {
	for _, start := range []string{"packet", "offer"} {
		t.Run(start, func(t *testing.T) {
			alongside(t)
			p := newProgram(t)
			h := newHearing(t, p, time.Hour, "host", "party", "representative")
			publisher, newcomer := h.people[1], h.people[2]
			var times quantiles
			step := time.Duration(rounds(100, 20)) * time.Millisecond
			for range rounds(1, 3) {
				for offset := -300 * time.Millisecond; offset <= 300*time.Millisecond; offset += step {
					times = append(times, h.meet(publisher, newcomer, start == "offer", offset))
				}
			}
			t.Logf("newcomer's offer -300…+300 ms around the publisher's %s, later of both to media on every pair: %v", start, times)
		})
	}
}

// meet lets publisher start now and newcomer join an offset later or earlier.
func (h *hearing) meet(publisher, newcomer *person, byOffer bool, offset time.Duration) time.Duration {
	h.t.Helper()
	publisher.stopMedia()
	newcomer.stopMedia()
	begin := publisher.connect
	if !byOffer {
		publisher.mute.Store(true)
		publisher.connect()
		until(h.t, "the publisher is up", publisher.isUp)
		begin = func() { publisher.mute.Store(false) }
	}
	first, then := begin, newcomer.connect
	if offset < 0 {
		first, then = then, first
	}
	started := time.Now()
	h.host().running.Go(first)
	pass(offset.Abs())
	then()
	late := time.Now()
	deadline := started.Add(within)
	for !flowing(h.people, started) {
		if time.Now().After(deadline) {
			h.t.Fatalf("offset %v: %s", offset, dry(h.people, started))
		}
		pass(5 * time.Millisecond)
	}
	return time.Since(late)
}

// stopMedia drops all links, as a page does that is about to make new ones.
func (p *person) stopMedia() {
	p.mu.Lock()
	all := p.links
	p.links, p.current = nil, nil
	p.mu.Unlock()
	for _, l := range all {
		p.send(signaling.Drop{PC: l.id})
	}
	for _, l := range all {
		l.close()
	}
}
