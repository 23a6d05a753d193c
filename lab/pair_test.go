//go:build linux

package lab

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"
)

var (
	pairRounds = flag.Int("pair-rounds", 5, "rounds of each call whose price is measured, against either server")
	pairWindow = flag.Duration("pair-window", 3*time.Second, "what is measured in each round")
	pairCores  = flag.Int("pair-cores", 1, "processors that a server may use, 0: all")
	pairOut    = flag.String("pair-profile", "", "folder to write profiles of the program's processor time to, one for each call")
)

// pairSettle is how long a call goes on before the first measurement: by then the estimates of all links carry it.
const (
	pairSettle = 15 * time.Second
	pairWarm   = time.Second
)

// call is what a number of people do, who all send, or listen.
type call struct {
	rooms     int
	speakers  int // of a room
	listeners int // of a room
	voice     bool
	frames    float64 // a second
	pieces    int     // packets of a frame

	on atomic.Bool // they send
}

func (c *call) people() int            { return c.speakers + c.listeners }
func (c *call) picture() time.Duration { return time.Duration(float64(time.Second) / c.frames) }

// fan is how many others get each packet.
func (c *call) fan() int { return c.people() - 1 }

// BenchmarkHearing is what a packet costs the server in a hearing of six, each with 50 packets of voice a second and 500
// kbit/s of video, here and in a plain SFU made of Pion.
func BenchmarkHearing(b *testing.B) {
	comparePair(b, func() *call {
		return &call{rooms: 1, speakers: 6, voice: true, frames: frameRate, pieces: framePackets}
	})
}

// BenchmarkBroadcast is one of 1 Mbit/s to fifty.
func BenchmarkBroadcast(b *testing.B) {
	comparePair(b, func() *call { return &call{rooms: 1, speakers: 1, listeners: 50, voice: true, frames: 19, pieces: 6} })
}

// BenchmarkRooms is ten hearings of three at a time.
func BenchmarkRooms(b *testing.B) {
	comparePair(b, func() *call {
		return &call{rooms: 10, speakers: 3, voice: true, frames: frameRate, pieces: framePackets}
	})
}

// comparePair runs a call on our program, through its gate, and on lab/plain, in turns within one run.
func comparePair(b *testing.B, made func() *call) {
	for b.Loop() {
		apart := pin(b)
		ours := newArm(b, "jalsa", newOurCarrier(b, apart), made())
		theirs := newArm(b, "plain", newPlainCarrier(b, apart), made())
		for _, a := range []*arm{ours, theirs} {
			a.settle(b)
		}
		var ratios []float64
		for range *pairRounds {
			x, y := ours.round(b), theirs.round(b)
			ratios = append(ratios, x.each(x.spent.processor)/y.each(y.spent.processor))
		}
		slices.Sort(ratios)
		b.ReportMetric(ratios[len(ratios)/2], "of-plain")
		b.ReportMetric(ours.middle(func(s sample) float64 { return s.each(s.spent.processor) }), "us/packet")
		b.ReportMetric(theirs.middle(func(s sample) float64 { return s.each(s.spent.processor) }), "plain-us/packet")
		fmt.Fprintf(os.Stderr, "\n%s: of plain %.3f\n%s\n", b.Name(), ratios, table(ours, theirs)) // the log of a benchmark is cut short
		if *pairOut != "" {
			ours.profile(b, fmt.Sprintf("%s/%s.profile", *pairOut, strings.ToLower(strings.TrimPrefix(b.Name(), "Benchmark"))))
		}
	}
}

// arm is a server with the call that it carries.
type arm struct {
	name    string
	call    *call
	server  carrier
	callers []*caller
	idle    [2]int // KiB and goroutines before anybody came
	held    [2]int // and while the call goes on
	samples []sample
}

func newArm(b *testing.B, name string, s carrier, c *call) *arm {
	b.Helper()
	a := &arm{name: name, call: c, server: s}
	a.idle[0], a.idle[1] = s.process().memory(b)
	c.on.Store(true) // so that whoever enters hears those who are there
	a.callers = s.enter(b, c)
	return a
}

// settle waits until all that is sent arrives everywhere, and looks at the memory that this takes.
func (a *arm) settle(b *testing.B) {
	b.Helper()
	a.call.on.Store(true)
	defer a.call.on.Store(false)
	pass(pairSettle)
	a.held[0], a.held[1] = a.server.process().memory(b)
}

// sample is one measurement.
type sample struct {
	packets int // that arrived
	sent    int // that should have
	again   int
	spent   tally
}

// each is microseconds for a packet.
func (s sample) each(d time.Duration) float64 {
	return float64(d.Nanoseconds()) / 1e3 / float64(s.packets)
}
func (s sample) per(n int) float64 { return float64(n) / float64(s.packets) }

func (a *arm) round(b *testing.B) sample {
	b.Helper()
	a.call.on.Store(true)
	defer a.call.on.Store(false)
	pass(pairWarm)
	before, spent := a.count(), a.server.process().tally(b)
	pass(*pairWindow)
	s, spentBy := a.count(), a.server.process().tally(b)
	s.packets -= before.packets
	s.sent -= before.sent
	s.again -= before.again
	s.spent = spentBy.since(spent)
	if s.packets < s.sent*98/100 {
		b.Errorf("%s: %d packets of %d arrived", a.name, s.packets, s.sent)
	}
	a.samples = append(a.samples, s)
	return s
}

func (a *arm) count() (s sample) {
	for _, c := range a.callers {
		s.packets += int(c.got.Load())
		s.again += int(c.again.Load())
		s.sent += int(c.sent.Load()) * a.call.fan()
	}
	return s
}

// middle is the median over the samples.
func (a *arm) middle(of func(sample) float64) float64 {
	var all []float64
	for _, s := range a.samples {
		all = append(all, of(s))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// firsts are the times from being let in to the first packet, of those who came to others who send.
func (a *arm) firsts() (q quantiles) {
	for _, c := range a.callers {
		if first := c.first.Load(); first > 0 && c.number > 0 {
			q = append(q, time.Duration(first))
		}
	}
	return q
}

func (a *arm) profile(b *testing.B, path string) {
	b.Helper()
	a.call.on.Store(true)
	defer a.call.on.Store(false)
	a.server.process().profile(b, 30*time.Second, path)
	fmt.Fprintf(os.Stderr, "go tool pprof -top %s\n", path)
}

func table(arms ...*arm) string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, of func(a *arm) float64) {
		fmt.Fprintf(w, "%s\t", name)
		for _, a := range arms {
			fmt.Fprintf(w, "%.2f\t", of(a))
		}
		if first := of(arms[1]); first != 0 {
			fmt.Fprintf(w, "%.2f\t", of(arms[0])/first)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "\t%s\t%s\tratio\t\n", arms[0].name, arms[1].name)
	sampled := func(of func(sample) float64) func(*arm) float64 {
		return func(a *arm) float64 { return a.middle(of) }
	}
	row("packets/s out", sampled(func(s sample) float64 { return float64(s.packets) / pairWindow.Seconds() }))
	row("lost %", sampled(func(s sample) float64 { return 100 * (1 - float64(s.packets)/float64(s.sent)) }))
	row("again %", sampled(func(s sample) float64 { return 100 * s.per(s.again) }))
	row("server us/packet", sampled(func(s sample) float64 { return s.each(s.spent.processor) }))
	row("sleeps/packet", sampled(func(s sample) float64 { return s.per(s.spent.slept) }))
	row("preempted/packet", sampled(func(s sample) float64 { return s.per(s.spent.pushed) }))
	row("allocations/packet", sampled(func(s sample) float64 { return s.per(int(s.spent.allocated)) }))
	people := func(a *arm) float64 { return float64(len(a.callers)) }
	row("KiB idle", func(a *arm) float64 { return float64(a.idle[0]) })
	row("KiB/person", func(a *arm) float64 { return float64(a.held[0]-a.idle[0]) / people(a) })
	row("goroutines/person", func(a *arm) float64 { return float64(a.held[1]-a.idle[1]) / people(a) })
	row("first packet ms p50", func(a *arm) float64 { return float64(a.firsts().at(.5).Microseconds()) / 1e3 })
	row("first packet ms p95", func(a *arm) float64 { return float64(a.firsts().at(.95).Microseconds()) / 1e3 })
	w.Flush()
	return out.String()
}

// pin keeps this process, and so those who call, off the processors of the servers, and returns the command that keeps a
// server on them.
func pin(b *testing.B) []string {
	b.Helper()
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		b.Fatal(err)
	}
	if *pairCores == 0 || all.Count() <= *pairCores {
		return nil
	}
	var servers []string
	rest := all
	for cpu := 0; len(servers) < *pairCores; cpu++ {
		if all.IsSet(cpu) {
			servers = append(servers, fmt.Sprint(cpu))
			rest.Clear(cpu)
		}
	}
	settle := func(set *unix.CPUSet) {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			b.Fatal(err)
		}
		for _, one := range threads {
			var id int
			if _, err := fmt.Sscan(one.Name(), &id); err == nil {
				_ = unix.SchedSetaffinity(id, set) // it may have ended
			}
		}
	}
	settle(&rest)
	b.Cleanup(func() { settle(&all) })
	return []string{"taskset", "-c", strings.Join(servers, ",")}
}
