package lab

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"jalsa/signaling"
)

// churn is people who come and go all the time: a host who stays in each
// hearing and guests who are admitted, get media, and leave; every fourth just
// vanishes and is heard of no more.
type churn struct {
	t testing.TB

	mu       sync.Mutex
	vanished []*person
}

// guests is one worker's guests in turn, each by the link of one of them. In
// the short run all come once more at the end and leave, so that nothing waits
// for the deadlines of those who vanished.
func (c *churn) guests(host *person, links []func() *person, n int) {
	for i := range n {
		if p := c.enter(host, links[i%len(links)]()); i%4 == 3 {
			c.vanish(p)
		} else {
			c.leave(p)
		}
	}
	if !inLab {
		for _, link := range links {
			c.leave(c.enter(host, link()))
		}
	}
}

func (c *churn) enter(host, p *person) *person {
	if p.open(); p.id == "" {
		c.t.Errorf("no session for a guest")
	}
	p.start()
	until(c.t, "a guest is at the door", func() bool { return p.isWaiting() || p.isAdmitted() })
	if !p.isAdmitted() {
		host.send(signaling.Admit{Number: p.number})
	}
	until(c.t, "a guest is let in", p.isAdmitted)
	until(c.t, "a guest is up", p.isUp)
	until(c.t, "a guest hears", func() bool { return !p.inbox.at(host.number, voice).IsZero() })
	until(c.t, "a guest sees", func() bool { return p.inbox.heardAndSeen(host.number, time.Time{}) })
	return p
}

func (c *churn) leave(p *person) {
	p.send(signaling.Leave{})
	until(c.t, "a guest has left", func() bool { return p.dismissed() == "left" })
	p.close()
	p.forget()
}

// vanish loses a person's network for good. In the lab their sockets stay open
// at our end until all is over, so that the server gets no word from the system
// either.
func (c *churn) vanish(p *person) {
	p.cable.pull()
	p.mute.Store(true)
	p.hangUp()
	if !inLab {
		p.close()
		p.forget()
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.vanished = append(c.vanished, p)
}

func (c *churn) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.vanished {
		p.close()
		p.forget()
	}
	c.vanished = nil
}

// forget lets go of all that was received.
func (p *person) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frames, p.pongs = nil, map[int64]time.Time{}
	p.inbox.mu.Lock()
	defer p.inbox.mu.Unlock()
	p.inbox.flows = nil
}

// settleWithin is how long what vanished may take to be forgotten: two minutes
// for the place, half a minute before that for the socket.
const settleWithin = 4 * time.Minute

const workers = 4

// run lets n guests come and go in each of the hearings, at the same time.
func (c *churn) run(hosts []*person, links [][]func() *person, n int) {
	var all sync.WaitGroup
	for i, host := range hosts {
		all.Go(func() { c.guests(host, links[i], n/len(hosts)) })
	}
	all.Wait()
}

// TestChurn watches the process from outside.
func TestChurn(t *testing.T) {
	alongside(t)
	p := newProgram(t)
	c := &churn{t: t}
	defer c.end()
	var hosts []*person
	var links [][]func() *person
	for range workers {
		h := newHearing(t, p, time.Hour, "host", "party/absent", "party/absent", "witness/absent", "representative/absent", "expert/absent")
		hosts = append(hosts, h.host())
		var each []func() *person
		for _, l := range h.booked.Links[1:] {
			each = append(each, func() *person {
				path := "direct"
				if l.Number == 4 {
					path = "relay"
				}
				return newPasserBy(t, p.url(), l.URL, l.Number, l.Role, path)
			})
		}
		links = append(links, each)
	}
	c.run(hosts, links, rounds(8, 80))
	c.settle(p, p.descriptors())
	before := p.descriptors()
	rss, threads := p.status("VmRSS"), p.status("Threads")
	n := rounds(40, 1000)
	c.run(hosts, links, n)
	worst := p.descriptors()
	c.settle(p, before)
	t.Logf("%d joins and leaves: descriptors %d, then %d, then %d; threads %d, then %d; RSS %d MB, then %d MB",
		n, before, worst, p.descriptors(), threads, p.status("Threads"), rss>>10, p.status("VmRSS")>>10)
	if after := p.descriptors(); after > before+before/20 {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

// settle waits until the descriptors are back, or as long as they may take.
func (c *churn) settle(p *program, want int) {
	for limit := time.Now().Add(settleWithin); p.descriptors() > want && time.Now().Before(limit); {
		pass(100 * time.Millisecond)
	}
	c.end()
}

// settled gives what ends by itself a while for it.
func (c *churn) settled(ok func() bool) {
	for limit := time.Now().Add(10 * time.Second); !ok() && time.Now().Before(limit); {
		pass(200 * time.Millisecond)
	}
}

// measure is what a Go process holds after a collection.
type measure struct {
	goroutines int
	heap       uint64
}

func measured() measure {
	runtime.GC()
	runtime.GC() // what finalizers let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return measure{runtime.NumGoroutine(), m.HeapAlloc}
}
