package lab

import (
	"net/http"
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

// visitor is somebody who comes again and again, each time in a new tab of the
// same browser: a link is redeemed once.
type visitor struct {
	tab func() *person
	jar http.CookieJar
	id  string
}

func (v *visitor) come(t testing.TB) *person {
	p := v.tab()
	if v.jar == nil {
		if p.open(); p.id == "" {
			t.Errorf("no session for a guest")
		}
		v.jar, v.id = p.web.Jar, p.id
	}
	p.web.Jar, p.id = v.jar, v.id
	p.start()
	return p
}

// guests is one worker's visitors in turn. In the short run all come once more
// at the end and leave, so that nothing waits for the deadlines of those who
// vanished.
func (c *churn) guests(host *person, visitors []*visitor, n int) {
	for i := range n {
		if p := c.enter(host, visitors[i%len(visitors)]); i%4 == 3 {
			c.vanish(p)
		} else {
			c.leave(p)
		}
	}
	if !inLab {
		for _, v := range visitors {
			c.leave(c.enter(host, v))
		}
	}
}

func (c *churn) enter(host *person, v *visitor) *person {
	p := v.come(c.t)
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
func (c *churn) run(hosts []*person, visitors [][]*visitor, n int) {
	var all sync.WaitGroup
	for i, host := range hosts {
		all.Go(func() { c.guests(host, visitors[i], n/len(hosts)) })
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
	var visitors [][]*visitor
	for range workers {
		h := newHearing(t, p, time.Hour, "host", "party/absent", "party/absent", "witness/absent", "representative/absent", "expert/absent")
		hosts = append(hosts, h.host())
		var each []*visitor
		for _, l := range h.booked.Links[1:] {
			path := map[bool]string{true: "relay", false: "direct"}[l.Number == 4]
			each = append(each, &visitor{tab: func() *person { return newPasserBy(t, p.url(), l.URL, l.Number, l.Role, path) }})
		}
		visitors = append(visitors, each)
	}
	c.run(hosts, visitors, rounds(8, 80))
	c.settle(p, p.descriptors())
	before := p.descriptors()
	rss, threads := p.status("VmRSS"), p.status("Threads")
	n := rounds(40, 1000)
	c.run(hosts, visitors, n)
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
