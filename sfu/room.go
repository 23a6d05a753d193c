package sfu

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"
)

// ErrCrowded is an error of Room.Join: too many others are not connected yet. It is gone within seconds.
var ErrCrowded = errors.New("too many peers that are not connected yet")

// Room is a set of peers that see and hear one another, as far as its policy allows. Its goroutine runs from the first
// Join to the last leave; so long the SFU knows it, or from the first policy to Close.
type Room struct {
	sfu  *SFU
	id   string
	echo bool // a peer is its own other: it sits in its own seats

	due      atomic.Int64  // when packets bring the next tick, Unix nanoseconds
	called   chan struct{} // 1: packets brought a tick
	urgent   chan struct{} // 1: somebody wants a key frame
	stirred  chan struct{} // 1: the next tick should come soon
	pacing   chan struct{} // 1: some peer's queue holds something
	stirring atomic.Bool   // run was told so, or knows
	beating  atomic.Bool   // run was told so, and drains until nothing is held
	sending  passage       // of run

	peers atomic.Pointer[[]*Peer] // replaced whole under mu, in order of arrival

	mu      sync.Mutex                         // held for assignment only, never across a Pion call or an event
	gone    bool                               // had peers, and has none any more; Join goes to its successor
	closed  bool                               // by its owner
	policy  func(receiver, source uint32) Pass // nil: none
	spoke   map[uint32]time.Time
	stop    chan struct{} // closed to end run; nil: not running
	stopped chan struct{} // closed when run has ended
	talking []uint32
	targets map[uint32]int64 // bit/s, by number: what the link carried towards those who left
}

func newRoom(s *SFU, id string, echo bool) *Room {
	r := &Room{
		sfu: s, id: id, echo: echo,
		called: make(chan struct{}, 1), urgent: make(chan struct{}, 1), stirred: make(chan struct{}, 1), pacing: make(chan struct{}, 1),
		targets: map[uint32]int64{}, spoke: map[uint32]time.Time{},
	}
	r.peers.Store(&[]*Peer{})
	return r
}

// Join adds a peer for the participant with that number, which must not be 0. It is heard and seen, hears and sees,
// once its first offer is answered. It never receives its own number, but in an echo. The errors are ErrClosed, after Close
// or SFU.Close, and ErrCrowded.
func (r *Room) Join(id string, number uint32, ev Events) (*Peer, error) {
	s, now := r.sfu, r.sfu.now()
	if !s.comes() {
		return nil, ErrCrowded
	}
	if r = r.enter(); r == nil {
		s.pending.Add(-1)
		return nil, ErrClosed
	}
	defer r.mu.Unlock()
	p := newPeer(r, id, number, ev, now)
	if !r.sfu.start(p.run) {
		p.landed()
		r.emptiedLocked()
		return nil, ErrClosed
	}
	peers := append(slices.Clone(*r.peers.Load()), p)
	r.peers.Store(&peers)
	if r.stop == nil {
		before, stop, stopped := r.stopped, make(chan struct{}), make(chan struct{})
		if r.sfu.start(func() { r.run(before, stop, stopped) }) {
			r.stop, r.stopped = stop, stopped
		}
	}
	return p, nil
}

// enter returns r, or the room that the SFU knows by its id instead, with its lock held; nil: it was closed.
func (r *Room) enter() *Room {
	for {
		r.mu.Lock()
		if !r.gone && !r.closed && r.sfu.register(r) {
			return r
		}
		closed := r.closed
		r.mu.Unlock()
		if closed {
			return nil
		}
		r = r.sfu.room(r.id, r.echo)
	}
}

// emptiedLocked ends the room if it has no peers; one with a policy only rests.
func (r *Room) emptiedLocked() {
	if len(*r.peers.Load()) > 0 {
		return
	}
	if r.stop != nil {
		close(r.stop)
		r.stop = nil
	}
	if r.policy == nil || r.closed {
		r.gone = true
		r.sfu.forget(r)
	}
}

// Close ends all peers of the room and lets nobody in any more. For its id SFU.Room makes another one then, which knows
// nothing of this one.
func (r *Room) Close() {
	for _, p := range r.shut() {
		p.Close()
	}
}

func (r *Room) shut() []*Peer {
	if r = r.enter(); r == nil {
		return nil
	}
	defer r.mu.Unlock()
	r.closed = true
	r.emptiedLocked()
	r.sfu.forget(r)
	return *r.peers.Load()
}

// negotiated takes the lines that an answer settled: the peer's tracks become visible to the others and its new seats
// are filled, in one step, so that nobody who joins or begins to publish at the same moment is missed.
func (r *Room) negotiated(p *Peer, l *layout, added []*subscription) {
	r.assign(func() {
		p.microphone, p.camera, p.screen = l.microphone(), l.camera(), l.screen()
		for _, u := range added {
			for len(p.seats) <= u.seat {
				p.seats = append(p.seats, seat{})
			}
			if u.kind == webrtc.RTPCodecTypeAudio {
				p.seats[u.seat].audio = u
			} else {
				p.seats[u.seat].video = u
				if height, said := p.wishes[u.seat]; said {
					u.prefer(height)
				}
				p.allocation.add(u)
			}
		}
	}, p)
}

// connected makes p the source of its participant, and asks for the key frames that it waits for.
func (r *Room) connected(p *Peer) {
	now := r.sfu.now()
	p.landed()
	r.assign(func() {
		p.connectedAt = now
		if p.camera != nil {
			p.camera.expect(now)
		}
	}, nil)
}

// leave removes p.
func (r *Room) leave(p *Peer) {
	r.assign(func() {
		peers := slices.DeleteFunc(slices.Clone(*r.peers.Load()), func(q *Peer) bool { return q == p })
		r.peers.Store(&peers)
		if target := p.target.Load(); target > 0 {
			r.targets[p.number] = target
		}
		for _, s := range p.seats {
			for _, u := range []*subscription{s.audio, s.video} {
				if u != nil {
					u.occupy(nil, 0, 0, r.sfu.now())
				}
			}
		}
		p.silenceLocked()
		r.emptiedLocked()
	}, nil)
}

// startOf is what to believe at first of the link towards p, in bit/s: what another PeerConnection of the participant
// found, else what the client says of its own sending. It is modest: the path may be another one.
func (r *Room) startOf(p *Peer) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.targets[p.number]
	for _, q := range *r.peers.Load() {
		if target := q.target.Load(); q != p && q.number == p.number && target > 0 {
			known = target
		}
	}
	if known > 0 {
		return min(int(known), LevelLarge.start())
	}
	return Level(p.up.Load()).start()
}

// prefer takes a receiver's wishes.
func (r *Room) prefer(p *Peer, wishes []Preference) {
	now := r.sfu.now()
	for _, s := range r.wish(p, wishes, now) {
		s.ask(now)
	}
}

func (r *Room) wish(p *Peer, wishes []Preference, now time.Time) (ask []*stream) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range wishes {
		if w.Seat < 0 || w.Seat >= maxLines {
			continue
		}
		p.wishes[w.Seat] = max(w.Height, 0)
		if w.Seat >= len(p.seats) || p.seats[w.Seat].video == nil {
			continue
		}
		p.seats[w.Seat].video.prefer(max(w.Height, 0))
	}
	return r.allocateLocked(p, false, now)
}

// allocateLocked divides a peer's link anew, and tells it its seats if that changes them, or anyway.
func (r *Room) allocateLocked(p *Peer, tell bool, now time.Time) []*stream {
	ask, changed := p.allocate(now)
	if changed || tell {
		list := seatList(p.seats)
		p.post(func(n *pending) { n.newSeats, n.seats = true, list })
	}
	return ask
}

// tellSeats tells a peer who sits where, and whose video is held back.
func (r *Room) tellSeats(p *Peer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := seatList(p.seats)
	p.post(func(n *pending) { n.newSeats, n.seats = true, list })
}

// heard notes who speaks. Seats are assigned anew only if somebody new began, since only that can move anybody.
func (r *Room) heard(speaking []uint32, now time.Time) {
	for _, s := range r.seatSpeakers(speaking, now) {
		s.ask(now)
	}
}

func (r *Room) seatSpeakers(speaking []uint32, now time.Time) (ask []*stream) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fresh := false
	for _, number := range speaking {
		fresh = fresh || !slices.Contains(r.talking, number)
		r.spoke[number] = now
	}
	for _, p := range *r.peers.Load() {
		if slices.Contains(speaking, p.number) {
			p.spoke.Store(now.UnixNano())
		}
	}
	changed := !slices.Equal(r.talking, speaking)
	r.talking = speaking
	maps.DeleteFunc(r.spoke, func(number uint32, at time.Time) bool { return now.Sub(at) > time.Hour })
	if fresh {
		ask = r.assignLocked(now, nil)
	}
	if changed {
		r.tellSpeakingLocked()
	}
	return ask
}
