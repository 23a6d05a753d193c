//go:build linux

package lab

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
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
	pairOurs   = flag.String("pair-program", "", "another build of the program to measure")
	pairTheirs = flag.String("pair-against", "", "build of the program to compare with instead of the plain SFU")
	pairOut    = flag.String("pair-profile", "out", "folder for profiles of the program's processor time, one for each call; empty: none")
)

// pairSettle is how long a call goes on before the first measurement: by then the estimates of all links carry it.
const (
	pairSettle   = 10 * time.Second
	pairWarm     = time.Second
	pairPatience = 30 * time.Second // that all of it arrives again after a pause, in which estimates fade
	pairProfiled = 20 * time.Second
	latecomers   = 5 // who join the last room when all is measured
)

// call is what a number of people do, who send, or listen.
type call struct {
	rooms     int
	speakers  int // of a room
	listeners int // of a room

	shape atomic.Pointer[shape] // of what each speaker sends
	on    atomic.Bool           // they send
}

// shape is what somebody sends: voice in 50 packets a second, and pictures.
type shape struct {
	voice  bool
	frames float64 // a second
	pieces int     // packets of a frame
}

func newCall(rooms, speakers, listeners int, s shape) *call {
	c := &call{rooms: rooms, speakers: speakers, listeners: listeners}
	c.shape.Store(&s)
	return c
}

func (c *call) people() int { return c.speakers + c.listeners }

// fan is how many others get each packet.
func (c *call) fan() int { return c.people() - 1 }

func (s *shape) picture() time.Duration { return time.Duration(float64(time.Second) / s.frames) }

// seen is a participant of 500 kbit/s, besides voice.
var seen = shape{voice: true, frames: frameRate, pieces: framePackets}

// BenchmarkHearing is what a packet costs the server in a hearing of six, each with 50 packets of voice a second and 500
// kbit/s of video, here and in a plain SFU made of Pion.
func BenchmarkHearing(b *testing.B) {
	comparePair(b, func() *call { return newCall(1, 6, 0, seen) })
}

// BenchmarkBroadcast is one of 1 Mbit/s to fifty.
func BenchmarkBroadcast(b *testing.B) {
	comparePair(b, broadcast)
}

func broadcast() *call { return newCall(1, 1, 50, shape{voice: true, frames: 19, pieces: 6}) }

// BenchmarkRooms is ten hearings of three at a time.
func BenchmarkRooms(b *testing.B) {
	comparePair(b, func() *call { return newCall(10, 3, 0, seen) })
}

// BenchmarkSilence is what fifty-one people cost who are connected and send nothing, in milliseconds of processor for each
// of them in a minute.
func BenchmarkSilence(b *testing.B) {
	for b.Loop() {
		p := newPair(b, broadcast)
		silent := func(a *arm) float64 { return a.silence(b) }
		b.ReportMetric(p.alternate(silent), "of-"+p.theirs.name)
		b.ReportMetric(silent(p.ours), "ms/min/person")
		b.ReportMetric(silent(p.theirs), p.theirs.name+"-ms/min/person")
		b.ReportMetric(0, "ns/op")
	}
}

// burstRate is how many packets each receiver gets in a second, whatever the size of the bursts.
const burstRate = 240

// BenchmarkBursts is what a packet of video costs in a broadcast of 2 Mbit/s, by the number of those who receive it and by how
// many packets come at once.
func BenchmarkBursts(b *testing.B) {
	for _, receivers := range []int{1, 10, 50, 100} {
		b.Run(fmt.Sprintf("receivers=%d", receivers), func(b *testing.B) {
			for b.Loop() {
				p := newPair(b, func() *call { return newCall(1, 1, receivers, shape{frames: burstRate / 8, pieces: 8}) })
				for _, burst := range []int{1, 3, 8} {
					for _, a := range p.arms() {
						a.call.shape.Store(&shape{frames: burstRate / float64(burst), pieces: burst})
						a.samples = nil
					}
					b.ReportMetric(p.compare(b), fmt.Sprintf("of-%s/burst-%d", p.theirs.name, burst))
					b.ReportMetric(p.ours.price(), fmt.Sprintf("us/packet/burst-%d", burst))
					b.ReportMetric(0, "ns/op")
				}
			}
		})
	}
}

// comparePair runs a call on our program, through its gate, and on lab/plain, in turns within one run.
func comparePair(b *testing.B, made func() *call) {
	for b.Loop() {
		p := newPair(b, made)
		b.ReportMetric(p.compare(b), "of-"+p.theirs.name)
		for _, a := range p.arms() {
			a.welcome(b)
		}
		b.ReportMetric(p.ours.price(), "us/packet")
		b.ReportMetric(p.theirs.price(), p.theirs.name+"-us/packet")
		fmt.Fprintf(os.Stderr, "\n%s\n%s\n", b.Name(), p.table()) // the log of a benchmark is cut short
		if *pairOut != "" {
			p.ours.profile(b, filepath.Join(*pairOut, strings.ToLower(strings.TrimPrefix(b.Name(), "Benchmark"))+".profile"))
		}
	}
}

// rivals are two servers, each with the same call of its own.
type rivals struct{ ours, theirs *arm }

func newPair(b *testing.B, made func() *call) *rivals {
	b.Helper()
	apart := pin(b)
	p := &rivals{ours: newArm(b, "jalsa", newOurCarrier(b, *pairOurs, apart), made()), theirs: against(b, apart, made())}
	for _, a := range p.arms() {
		a.settle(b)
	}
	return p
}

func (p *rivals) arms() []*arm { return []*arm{p.ours, p.theirs} }

// compare measures what a packet costs, and returns the median of the ratios.
func (p *rivals) compare(b *testing.B) float64 {
	b.Helper()
	return p.alternate(func(a *arm) float64 {
		s := a.round(b)
		return s.each(s.spent.processor)
	})
}

// alternate measures in turns, and returns the median of the ratios.
func (p *rivals) alternate(cost func(*arm) float64) float64 {
	var ratios []float64
	for range *pairRounds {
		ratios = append(ratios, cost(p.ours)/cost(p.theirs))
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}

// against is what our program is compared with.
func against(b *testing.B, apart []string, c *call) *arm {
	b.Helper()
	if *pairTheirs != "" {
		return newArm(b, filepath.Base(*pairTheirs), newOurCarrier(b, *pairTheirs, apart), c)
	}
	return newArm(b, "plain", newPlainCarrier(b, apart), c)
}

// arm is a server with the call that it carries.
type arm struct {
	name    string
	call    *call
	server  carrier
	callers []*caller
	late    []entrance
	firsts  quantiles // from being let in to the first packet, of latecomers
	idle    memory    // before anybody came
	held    memory    // while the call goes on
	samples []sample
}

func newArm(b *testing.B, name string, s carrier, c *call) *arm {
	b.Helper()
	a := &arm{name: name, call: c, server: s}
	a.idle = s.process().memory(b)
	c.on.Store(true) // so that whoever enters hears those who are there
	people, late := s.open(b, c)
	for _, enter := range people {
		a.callers = append(a.callers, enter(false))
	}
	a.late = late
	return a
}

// settle waits until all that is sent arrives everywhere, and looks at the memory that this takes.
func (a *arm) settle(b *testing.B) {
	b.Helper()
	a.call.on.Store(true)
	defer a.call.on.Store(false)
	pass(pairSettle)
	a.warm()
	a.held = a.server.process().memory(b)
}

// warm has what is sent begin to arrive everywhere. What does not, round tells.
func (a *arm) warm() {
	for left := pairPatience; left > 0; left -= pairWarm {
		before := a.count()
		pass(pairWarm)
		now := a.count()
		if now.packets-before.packets >= (now.sent-before.sent)*98/100 {
			return
		}
	}
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
	a.warm()
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

// silence is the milliseconds of processor that each of the call takes in a minute while nobody sends.
func (a *arm) silence(b *testing.B) float64 {
	b.Helper()
	before := a.server.process().tally(b)
	pass(*pairWindow)
	spent := a.server.process().tally(b).since(before).processor
	return float64(spent.Milliseconds()) / pairWindow.Minutes() / float64(a.call.people())
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

// welcome has more people come while the others send.
func (a *arm) welcome(b *testing.B) {
	b.Helper()
	a.call.on.Store(true)
	defer a.call.on.Store(false)
	for _, enter := range a.late {
		one := enter(true)
		until(b, "a latecomer hears somebody", func() bool { return one.first.Load() > 0 })
		a.firsts = append(a.firsts, time.Duration(one.first.Load()))
		one.close()
	}
}

// price is the processor time of a packet, in microseconds.
func (a *arm) price() float64 {
	return a.middle(func(s sample) float64 { return s.each(s.spent.processor) })
}

func (a *arm) profile(b *testing.B, path string) {
	b.Helper()
	a.call.on.Store(true)
	defer a.call.on.Store(false)
	a.server.process().profile(b, pairProfiled, path)
	fmt.Fprintf(os.Stderr, "go tool pprof -top lab/%s\n", path)
}

func (p *rivals) table() string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	arms := p.arms()
	row := func(name string, of func(a *arm) float64) {
		fmt.Fprintf(w, "%s\t", name)
		for _, a := range arms {
			fmt.Fprintf(w, "%.2f\t", of(a))
		}
		if other := of(p.theirs); other != 0 {
			fmt.Fprintf(w, "%.2f\t", of(p.ours)/other)
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
	row("goroutine runs/packet", sampled(func(s sample) float64 { return s.per(int(s.spent.runs)) }))
	row("allocations/packet", sampled(func(s sample) float64 { return s.per(int(s.spent.allocated)) }))
	people := func(a *arm) float64 { return float64(len(a.callers)) }
	row("KiB idle", func(a *arm) float64 { return float64(a.idle.resident) })
	row("KiB/person", func(a *arm) float64 { return float64(a.held.own-a.idle.own) / people(a) })
	row("goroutines/person", func(a *arm) float64 { return float64(a.held.goroutines-a.idle.goroutines) / people(a) })
	row("first packet ms, median", func(a *arm) float64 { return float64(a.firsts.at(.5).Microseconds()) / 1e3 })
	row("first packet ms, last", func(a *arm) float64 { return float64(a.firsts.at(1).Microseconds()) / 1e3 })
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
