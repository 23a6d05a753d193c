package sfu

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// assembly is a room of Pion clients who send all the while under policies that change, come and go. Each packet that
// leaves for one of them is held against the policies that may be in force at that instant; and what each got in all,
// against what arrived here while it was refused to them.
type assembly struct {
	t    *testing.T
	room *Room
	conn *lossy
	rand *rand.Rand

	sent  [members + 1]atomic.Uint32 // the newest frame of each number, or the next
	rules atomic.Pointer[rules]
	where sync.Map // number, by the client's address

	present  [members + 1]*member
	all      []*member
	refusals []*refusal
	passed   [3]atomic.Int64 // packets of voice, video and repairs that were looked at
}

const members = 4

// rules are the policies of before and after the change that is under way; outside of one, both are the same.
type rules struct{ before, after *matrix }

// matrix is a policy as a table: what the first may get of the second.
type matrix [members + 1][members + 1]Pass

func (m *matrix) pass(receiver, source uint32) Pass { return m[receiver][source] }

// member is somebody who is in the room, and sends until stopped.
type member struct {
	*testClient
	stop, stopped chan struct{}
}

// refusal is a row of frames of a source that arrived here while a receiver was not to have them.
type refusal struct {
	receiver, source uint32
	what             Pass
	after, upTo      uint32 // frames; upTo 0: it lasts
}

func (m *member) send(sent *atomic.Uint32) {
	defer close(m.stopped)
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		select {
		case <-m.stop:
			return
		case <-again.C:
			sent.Store(m.frames + 1)
			m.shown = m.frames
			m.say(m.pump(), 20)
			m.testClient.present()
		}
	}
}

// spy refuses nothing, and looks at what leaves the socket: header and CSRC of SRTP can be read.
func (a *assembly) spy(b []byte, to net.Addr) bool {
	number, known := a.where.Load(to.String())
	if !known || !isRTP(b) || b[0]&0x0f == 0 || len(b) < 16 {
		return false // padding names nobody
	}
	r, source := a.rules.Load(), binary.BigEndian.Uint32(b[12:])
	pass := r.before.pass(number.(uint32), source) | r.after.pass(number.(uint32), source)
	kind, needs := 1, PassCamera|PassScreen
	switch b[1] & 0x7f {
	case 109:
		kind, needs = 0, PassVoice
	case 124:
		kind = 2
	}
	a.passed[kind].Add(1)
	if pass&needs == 0 {
		a.t.Errorf("a packet of %d with payload type %d left for %d, who may get %b", source, b[1]&0x7f, number, pass)
	}
	return false
}

func (a *assembly) join(number uint32) {
	m := &member{newClient(a.t, a.room, number, offersScreen, func(o *clientOptions) { o.seats = 2 * (members - 1) }), make(chan struct{}), make(chan struct{})}
	m.frames = a.sent[number].Load()
	m.connect()
	until(a.t, "connected", m.connected)
	pair, err := m.pc.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
	if err != nil || pair == nil {
		a.t.Fatal("no candidate pair", err)
	}
	a.where.Store(localAddress(a.t, m.testClient), number)
	a.present[number], a.all = m, append(a.all, m)
	go m.send(&a.sent[number])
}

func (a *assembly) leave(number uint32) {
	m := a.present[number]
	a.present[number] = nil
	a.where.Delete(localAddress(a.t, m.testClient))
	close(m.stop)
	<-m.stopped
	m.close()
}

// random is any policy, with something for somebody.
func (a *assembly) random() *matrix {
	m := &matrix{}
	for i := range m {
		for k := range m[i] {
			m[i][k] = []Pass{0, 0, PassAll, PassVoice, PassCamera, PassScreen, PassVoice | PassCamera, PassCamera | PassScreen}[a.rand.IntN(8)]
		}
	}
	return m
}

// set changes the policy. What is refused by it is refused for every frame later than those of which sending has begun
// when it returned; what is allowed again was refused up to those that had arrived when it was called.
func (a *assembly) set(m *matrix) {
	before := a.rules.Load().after
	for _, f := range a.refusals {
		if f.upTo == 0 && m.pass(f.receiver, f.source)&f.what != 0 {
			f.upTo = max(a.arrived(f.source), f.after)
		}
	}
	a.rules.Store(&rules{before, m})
	a.room.SetPolicy(m.pass)
	a.rules.Store(&rules{m, m})
	for receiver := range uint32(members + 1) {
		for source := range uint32(members + 1) {
			for _, what := range []Pass{PassVoice, PassCamera, PassScreen} {
				if receiver != source && before.pass(receiver, source)&what != 0 && m.pass(receiver, source)&what == 0 {
					a.refusals = append(a.refusals, &refusal{receiver, source, what, a.sent[source].Load(), 0})
				}
			}
		}
	}
}

// arrived is the newest frame of a source of which everything came here.
func (a *assembly) arrived(source uint32) uint32 {
	m := a.present[source]
	if m == nil {
		return a.sent[source].Load()
	}
	newest := a.sent[source].Load()
	for s := range m.peer.streams() {
		s.mu.Lock()
		var base uint16
		if s.video() {
			base = uint16(map[string]uint32{"l": 1000, "h": 900000, "": 500000}[s.rid])
		}
		missing := int16(uint16(newest) - (s.arrivals.newest - base))
		s.mu.Unlock()
		newest -= uint32(max(missing, 0))
	}
	return newest
}

// TestPolicyModel: under any row of policies, arrivals and departures, while all send, no packet of a pair that is
// refused leaves once SetPolicy has returned, and none of what came in meanwhile, however it is asked for later.
func TestPolicyModel(t *testing.T) {
	conn := newLossy(t)
	s := testSFU(t, conn)
	a := &assembly{t: t, room: s.Room(t.Name()), conn: conn, rand: rand.New(rand.NewPCG(7, 11))}
	open := &matrix{}
	for i := range open {
		for k := range open[i] {
			open[i][k] = PassAll
		}
	}
	a.rules.Store(&rules{open, open})
	a.set(open)
	spy := a.spy
	conn.out.Store(&spy)
	for n := range uint32(members) {
		a.join(n + 1)
	}
	a.flows("at first")
	rounds := 40
	if testing.Short() {
		rounds = 10
	}
	for range rounds {
		switch number := uint32(1 + a.rand.IntN(members)); a.rand.IntN(8) {
		case 0:
			if a.present[number] != nil {
				a.leave(number)
			}
		case 1, 2:
			if a.present[number] == nil {
				a.join(number)
			}
		case 3:
			for range 10 {
				a.set(a.random())
			}
		case 4:
			a.set(open)
		default:
			a.set(a.random())
		}
		a.goOn()
	}
	for n := range uint32(members) {
		if a.present[n+1] == nil {
			a.join(n + 1)
		}
	}
	a.set(open)
	a.flows("in the end")
	for n := range uint32(members) {
		a.leave(n + 1)
	}
	a.judge()
	if a.passed[0].Load() < 100 || a.passed[1].Load() < 100 || s.Stats().PeersPanicked > 0 {
		t.Errorf("%d packets of voice and %d of video were looked at, %d peers panicked", a.passed[0].Load(), a.passed[1].Load(), s.Stats().PeersPanicked)
	}
}

// goOn waits until everybody has sent some more.
func (a *assembly) goOn() {
	for n, m := range a.present {
		if m != nil {
			before := a.sent[n].Load()
			until(a.t, "everybody sends", func() bool { return a.sent[n].Load() >= before+3 })
		}
	}
}

// flows waits until everybody gets everything of everybody anew.
func (a *assembly) flows(when string) {
	for _, to := range a.present {
		for _, from := range a.present {
			if to == nil || from == nil || to == from {
				continue
			}
			since := a.sent[from.number].Load()
			until(a.t, "flow "+when, func() bool {
				face, page := to.seatOf(from.number), to.screenOf(from.number)
				return face >= 0 && page >= 0 && to.newer("audio", face, from.number, since) && to.newer("video", face, from.number, since) &&
					to.newer("video", page, from.number, since)
			})
		}
	}
}

// newer tells whether a line carries something of a number that was sent after a frame.
func (c *testClient) newer(kind string, seat int, number, since uint32) bool {
	last := c.line(kind, seat).last
	return last.number == number && last.count > since
}

// judge looks at all that anybody ever got.
func (a *assembly) judge() {
	looked := 0
	for _, m := range a.all {
		m.mu.Lock()
		for line, g := range m.got {
			for got := range g.marks {
				what := map[byte]Pass{'a': PassVoice, 'l': PassCamera, 'h': PassCamera, 's': PassScreen}[got.layer]
				for _, f := range a.refusals {
					if f.receiver != m.number || f.source != got.number || f.what != what {
						continue
					}
					looked++
					if got.count > f.after && got.count <= f.upTo {
						a.t.Errorf("%d got frame %d (%c) of %d on %s, refused from %d to %d", m.number, got.count, got.layer, got.number, line, f.after, f.upTo)
					}
				}
			}
		}
		m.mu.Unlock()
	}
	if looked == 0 || len(a.refusals) == 0 {
		a.t.Error("nothing was ever refused")
	}
}
