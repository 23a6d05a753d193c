//go:build linux

package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"
)

const (
	weightRooms  = 2 // hearings of six at a time
	weightFor    = 10 * time.Second
	weightSample = 500 * time.Millisecond
)

// BenchmarkWeight is what a participant weighs while a hearing goes on: resident memory as the kernel counts it, and what
// it is made of. Hardly anything is allocated meanwhile, so it takes minutes until garbage is collected, and the figure that
// counts is of the moment before that. In a hearing each of six sends voice and 500 kbit/s; in a broadcast one of 1 Mbit/s
// is heard by fifty. With GODEBUG=memprofilerate=512 the profile of the heap is exact, and weighs something itself:
//
//	go tool pprof -top -diff_base lab/out/weight-hearing-idle.heap lab/out/weight-hearing.heap
func BenchmarkWeight(b *testing.B) {
	b.Run("hearing", func(b *testing.B) {
		weighCall(b, func() *call { return newCall(weightRooms, 6, 0, seen) })
	})
	b.Run("broadcast", func(b *testing.B) {
		weighCall(b, func() *call { return newCall(1, 1, 50, shape{voice: true, frames: 19, pieces: 6}) })
	})
	b.Run("tls", weighTLS)
}

func weighCall(b *testing.B, made func() *call) {
	for b.Loop() {
		server := newOurCarrier(b, *pairOurs, nil)
		s := newScales(b, server.process())
		before := server.process().tally(b)
		a := newArm(b, "jalsa", server, made())
		joined := server.process().tally(b).since(before)
		a.settle(b)
		a.call.on.Store(true)
		s.weigh(b, len(a.callers))
		a.call.on.Store(false)
		b.ReportMetric(float64(joined.processor.Microseconds())/1e3/float64(len(a.callers)), "ms/join")
	}
}

// weighTLS is a hearing whose people come over TLS, with their sockets and with their media.
func weighTLS(b *testing.B) {
	for b.Loop() {
		p := programOn(b, b.TempDir(), overTLS, "--log-level", "warn")
		if *pairOurs != "" {
			p.path = *pairOurs
		}
		p.start()
		s := newScales(b, observe(p.process.Process.Pid, filepath.Join(p.data, "admin.sock")))
		stop := make(chan struct{})
		var sent atomic.Int64
		for range weightRooms {
			var d priced
			d.gather(b, p, "relay", nil)
			for _, each := range d.hearing.people {
				each.running.Go(func() { each.winner().perform(stop, &sent) })
			}
		}
		pass(pairSettle)
		s.weigh(b, weightRooms*pricePeople)
		close(stop)
	}
}

// parts are what a process weighs, in KiB, and how many goroutines it has.
var parts = []string{"resident, without code", "the same before a collection", "live after a collection", "heap with garbage", "stacks", "spare", "runtime", "goroutines"}

type weight [8]float64

// weight looks without collecting anything.
func (o *observed) weight(b *testing.B) weight {
	b.Helper()
	a := o.ask(b, false)
	kib := func(bytes uint64) float64 { return float64(bytes) / 1024 }
	own := float64(o.held(b).own)
	fullest := own + max(kib(a.Goal)-kib(a.Heap)-kib(a.Spare), 0)
	return weight{own, fullest, kib(a.Live), kib(a.Heap), kib(a.Stacks), kib(a.Spare), kib(a.Runtime), float64(a.Goroutines)}
}

// scales remember what a process weighed before anybody came.
type scales struct {
	process *observed
	idle    weight
	code    int // that is resident too
}

func newScales(b *testing.B, o *observed) *scales {
	m := o.memory(b) // and collects what the start left
	if *pairOut != "" {
		o.keep(b, "/profile/heap?gc=1", filepath.Join(*pairOut, weighed(b)+"-idle.heap"))
	}
	return &scales{o, o.weight(b), m.resident - m.own}
}

// weighed is what files of a benchmark are named after.
func weighed(b *testing.B) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(b.Name(), "Benchmark"), "/", "-"))
}

// weigh takes the mean over a while, and at last what is left after a collection.
func (s *scales) weigh(b *testing.B, people int) {
	b.Helper()
	var mean weight
	samples := int(weightFor / weightSample)
	for range samples {
		pass(weightSample)
		for i, x := range s.process.weight(b) {
			mean[i] += x / float64(samples)
		}
	}
	if name := weighed(b); *pairOut != "" {
		s.process.keep(b, "/profile/heap?gc=1", filepath.Join(*pairOut, name+".heap"))
		s.process.keep(b, "/profile/goroutines", filepath.Join(*pairOut, name+".goroutines"))
	}
	each := func(i int, x float64) float64 { return (x - s.idle[i]) / float64(people) }
	collected := each(0, float64(s.process.memory(b).own))
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "KiB\tidle\twith all\teach\t")
	for i, part := range parts {
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%.1f\t\n", part, s.idle[i], mean[i], each(i, mean[i]))
	}
	fmt.Fprintf(w, "resident, collected\t\t\t%.1f\t\n", collected)
	w.Flush()
	fmt.Fprintf(os.Stderr, "\n%s, %d people, code %d KiB\n%s\n", b.Name(), people, s.code, out.String())
	b.ReportMetric(each(1, mean[1]), "KiB/person")
	b.ReportMetric(collected, "KiB-collected/person")
	b.ReportMetric(each(7, mean[7]), "goroutines/person")
	b.ReportMetric(0, "ns/op")
}
