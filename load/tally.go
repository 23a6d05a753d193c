package load

import (
	"sync"
	"sync/atomic"
)

// tally counts what all guests of a crowd send and receive, while it measures.
type tally struct {
	measuring atomic.Bool

	voice, video flow
	faults       atomic.Uint64 // packets that nobody can have sent
	lateness     histogram     // of the senders

	joins histogram // from the link to media, of all that came in since the crowd began

	mu      sync.Mutex
	refused map[string]int // what guests did that the server would not, by message and code
}

// refuses counts a refusal of the server's that ended nothing.
func (t *tally) refuses(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.refused == nil {
		t.refused = map[string]int{}
	}
	t.refused[what]++
}

// of is the flow that a layer belongs to.
func (t *tally) of(y layer) *flow {
	if y == voice {
		return &t.voice
	}
	return &t.video
}

func (t *tally) begin() {
	t.voice.reset()
	t.video.reset()
	t.faults.Store(0)
	t.lateness.reset()
	t.measuring.Store(true)
}

func (t *tally) end() { t.measuring.Store(false) }

// flow counts the packets of one kind of media.
type flow struct {
	sent      atomic.Uint64
	received  atomic.Uint64 // each once
	missed    atomic.Uint64 // sequence numbers that did not come in their turn
	recovered atomic.Uint64 // of those: that came late, or again
	withheld  atomic.Uint64 // that the server did not forward of a stream that it showed
	took      histogram     // from the sender to the receiver
}

func (f *flow) reset() {
	for _, n := range []*atomic.Uint64{&f.sent, &f.received, &f.missed, &f.recovered, &f.withheld} {
		n.Store(0)
	}
	f.took.reset()
}

// loss is the share of what was due that never came.
func (f *flow) loss() float64 {
	missed, recovered := f.missed.Load(), f.recovered.Load()
	lost := float64(missed - min(missed, recovered) + f.withheld.Load())
	if lost == 0 {
		return 0
	}
	return lost / (lost + float64(f.received.Load()))
}

// Flow is what became of the packets of one kind of media.
type Flow struct {
	In       float64   `json:"packets_in"`  // a second, to the server
	Out      float64   `json:"packets_out"` // a second, as they arrived
	Loss     float64   `json:"loss"`        // share of what was due
	Repaired uint64    `json:"repaired"`    // packets that came late, or again
	Withheld uint64    `json:"withheld"`    // of the lost ones: that the server did not send on
	Latency  Quantiles `json:"latency_ms"`  // from a sender to a receiver
}

func (f *flow) conclude(seconds float64) Flow {
	return Flow{
		In: round(float64(f.sent.Load()) / seconds), Out: round(float64(f.received.Load()) / seconds), Loss: f.loss(),
		Repaired: f.recovered.Load(), Withheld: f.withheld.Load(), Latency: f.took.quantiles(),
	}
}
