package sfu

import (
	"slices"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"
)

const (
	floorHeld = 8 * time.Second // who spoke keeps the class of speakers: each change of picture takes a key frame
	voiceRate = 47_000          // bit/s of datagrams that a speaker of 24 kbit/s costs, in packets of 20 ms
	thinVoice = 29_000          // the same of 16 kbit/s in packets of 60 ms
)

// add takes one more line.
func (a *allocation) add(u *subscription) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lines = append(a.lines, u)
}

// Rank is what a participant is to the others, for the order in which a thin link drops their video.
type Rank struct {
	Host     bool // holds the hearing
	Floor    bool // was given the floor: is looked at, also before the first word and between two
	Reserved bool // is seen because not heard: sign language, of a deaf participant or their interpreter
}

// SetRank takes what the owner knows of the participant. It may be called at any time.
func (p *Peer) SetRank(r Rank) { p.rank.Store(&r) }

// Rank is what SetRank took last.
func (p *Peer) Rank() (r Rank) {
	if known := p.rank.Load(); known != nil {
		r = *known
	}
	return r
}

// allocation is a peer's share of allocator: its lines, and what voice takes off the top.
type allocation struct {
	mu sync.Mutex // between Room.mu and subscription.mu
	allocator
	lines []*subscription // video

	// Memory for a decision: whom it is about, beside what they demand.
	asked   []asked
	demands []demand

	octets, packets uint32    // of voice, when last looked
	looked          time.Time // at them
	spoken          int       // bit/s of datagrams, smoothed over some seconds: who is late in it waits in the pacer
}

// asked is a line, and whose video it was when it was asked what it could use: the seat may change meanwhile.
type asked struct {
	line   *subscription
	track  *track
	layers [maxLayers]offering // of its demand
}

// class is how much one who hears the peer, or does not, needs to see it.
func (p *Peer) class(heard bool, now time.Time) class {
	rank := p.Rank()
	switch {
	case rank.Reserved:
		return classReserved
	case rank.Floor, heard && now.UnixNano()-p.spoke.Load() < int64(floorHeld):
		return classSpeaker
	case rank.Host:
		return classHost
	}
	return classOther
}

// allocate divides what the peer's link carries among its video lines. It returns the streams whose key frames this
// needs, and whether a line was paused or goes on.
func (p *Peer) allocate(now time.Time) (ask []*stream, changed bool) {
	a := &p.allocation
	a.mu.Lock()
	defer a.mu.Unlock()
	lines, demands := a.demand(now)
	budget, level, voice := unlimited, Level(p.limit.Load()), a.voice(p, now)
	if target := p.target.Load(); target > 0 {
		budget = max(int(target)-voice, 0)
	}
	if p.sfu.plain {
		budget, level = unlimited, LevelUnknown
	}
	for i, g := range a.decide(budget, level, demands, now) {
		u := lines[i].line
		u.priority.Store(int32(demands[i].class))
		other, s := u.obey(g, lines[i].track, now)
		changed = changed || other
		if s != nil && !slices.Contains(ask, s) {
			ask = append(ask, s)
		}
	}
	p.demand.Store(int64(headroom*float64(a.useful)) + int64(voice))
	return ask, changed
}

// demand asks the lines what they could use.
func (a *allocation) demand(now time.Time) ([]asked, []demand) {
	a.asked, a.demands = slices.Grow(a.asked[:0], len(a.lines)), slices.Grow(a.demands[:0], len(a.lines))
	for _, u := range a.lines {
		n := len(a.asked)
		one := &a.asked[:n+1][n]
		d, track := u.demand(one.layers[:0], now)
		if track != nil {
			one.line, one.track = u, track
			a.asked, a.demands = a.asked[:n+1], append(a.demands, d)
		}
	}
	return a.asked, a.demands
}

// voice is what to keep for voice in bit/s: what is sent, and never less than one who speaks.
func (a *allocation) voice(p *Peer, now time.Time) int {
	if elapsed := now.Sub(a.looked); elapsed >= time.Second {
		var octets, packets uint32
		for _, u := range p.received() {
			if u.kind == webrtc.RTPCodecTypeAudio {
				o, n := u.sent()
				octets, packets = octets+o, packets+n
			}
		}
		if !a.looked.IsZero() && elapsed < 2*time.Second {
			bits := int(octets-a.octets)*8 + int(packets-a.packets)*datagram*8
			rate := int(float64(bits) / elapsed.Seconds())
			a.spoken += (rate - a.spoken) / 3
		}
		a.octets, a.packets, a.looked = octets, packets, now
	}
	if p.thin.Load() {
		return max(a.spoken, thinVoice)
	}
	return max(a.spoken, voiceRate)
}

// sent counts what a line sent.
func (u *subscription) sent() (octets, packets uint32) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.octets, u.packets
}

// reallocate looks at what a peer is shown, and tells it if a line was paused or goes on.
func (p *Peer) reallocate(now time.Time) {
	ask, changed := p.allocate(now)
	for _, s := range ask {
		s.ask(now)
	}
	if changed {
		p.room.tellSeats(p)
	}
}
