package sfu

import (
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"
)

const (
	connectWithin = 30 * time.Second
	guessedRTT    = 100 * time.Millisecond
	maxPending    = 1000 // peers that were never connected yet, 240 KiB each with the first answer
)

// Peer is one PeerConnection of a participant. A participant may have two for a moment, while one path replaces
// another.
type Peer struct {
	// What each packet to the peer needs, side by side: between two of them the processor forgets it. The first four are
	// fixed after Join.
	sfu        *SFU
	room       *Room
	drops      drops
	counts     *counts
	live       atomic.Bool                // connected and not ended: packets may be sent
	ended      atomic.Bool                // no packet is taken or sent any more
	thin       atomic.Bool                // the link towards the peer is thin: below 280 kbit/s, until 10 s above 350, or limited to that
	target     atomic.Int64               // bit/s towards the peer, all that is sent; 0: no estimate, and so no limit (Config.Plain)
	congestion atomic.Pointer[congestion] // nil: before the first answer, or nothing is known of the link
	out        transport

	// Fixed after Join.
	id     string
	number uint32
	events Events
	joined time.Time
	landed func() // it is pending no more; more than once is once
	ssrc   uint32 // sender of our RTCP
	log    *slog.Logger
	in     ingress
	keys   handshakeKeys
	clock  sourceClock
	choir  choir

	feedback   *feedback
	gauge      gauge         // owned by the room's goroutine
	paced      cadence       // owned by the room's goroutine
	allocation allocation    // of the link to the seats' video
	wanting    wanting       // owned by the room's goroutine
	pads       *subscription // that carried padding last; owned by the room's goroutine

	// Read by anybody.
	failing atomic.Bool  // dropped for more SSRCs than allowed, said once
	secure  atomic.Bool  // the DTLS handshake succeeded once
	heard   atomic.Int64 // last time that something proven came, Unix nanoseconds; 0: never
	silence atomic.Int32 // for how long nothing has come (silence.go)
	rtt     atomic.Int64
	up      atomic.Int32            // Level of what the client sends, by its own ladder
	limit   atomic.Int32            // Level that the person wants to receive at most
	demand  atomic.Int64            // bit/s that the peer could use now, by its allocator; 0: not said
	inbound atomic.Uint64           // bytes on the link, of media
	quality atomic.Pointer[Quality] // over the last second; nil: not yet
	rank    atomic.Pointer[Rank]    // nil: not told
	spoke   atomic.Int64            // last time, Unix nanoseconds
	layout  atomic.Pointer[layout]
	state   atomic.Int32
	pc      atomic.Pointer[webrtc.PeerConnection]

	// Of voice, read by anybody.
	controlled atomic.Int64 // arrival of the newest RTCP, Unix nanoseconds
	sparse     atomic.Bool  // the link towards the peer carries but one thin voice
	redundant  atomic.Bool  // its voice is to come with redundancy, since some of it is lost on the way here

	negotiation chan struct{} // holds one token: who has it negotiates
	api         *webrtc.API   // owned by the negotiator
	offered     []line        // owned by the negotiator
	key         string        // of ICE, in the newest answer; owned by the negotiator

	// Guarded by Room.mu.
	seats       []seat
	speaking    []uint32  // told
	connectedAt time.Time // zero: never
	microphone  *track
	camera      *track
	screen      *track
	wishes      map[int]int // heights by seat, for seats to come

	mu            sync.Mutex
	subscriptions map[uint32]*subscription // by the SSRC we send with
	receives      []*subscription          // the same, replaced whole
	pending       pending
	agreed        agreement
	unheard       unheard // owned by the room's goroutine

	wake chan struct{} // 1: pending has something
	done chan struct{} // closed when ended
	once sync.Once
}

// seat is one pair of lines of a receiver; either may be missing.
type seat struct {
	who          occupant
	audio, video *subscription
}

func newPeer(r *Room, id string, number uint32, ev Events, now time.Time) *Peer {
	p := &Peer{
		sfu: r.sfu, room: r, id: id, number: number, events: ev, joined: now, ssrc: rand.Uint32(),
		log:           r.sfu.log.With("appointment", r.id, "peer", id),
		drops:         r.sfu.drops,
		counts:        &r.sfu.counts,
		negotiation:   make(chan struct{}, 1),
		wishes:        map[int]int{},
		subscriptions: map[uint32]*subscription{},
		wake:          make(chan struct{}, 1),
		done:          make(chan struct{}),
	}
	p.landed = sync.OnceFunc(func() { r.sfu.pending.Add(-1) })
	p.allocation.allocator = *newAllocator()
	p.in.echoes = allowance{rate: echoRate, burst: echoBurst}
	p.in.voice = allowance{rate: voiceMost, burst: voiceBurst}
	p.in.peer = p
	p.feedback = newFeedback(p.ssrc, now)
	p.negotiation <- struct{}{}
	return p
}

// fail stops packets at once and has run do the rest. It may be called from Pion's goroutines.
func (p *Peer) fail(reason string) { p.finish(reason, StateFailed) }

func (p *Peer) finish(reason string, final State) {
	p.ended.Store(true)
	p.live.Store(false)
	p.post(func(n *pending) {
		if n.failure == "" {
			n.failure, n.final = reason, final
		}
	})
}

// survive, deferred, turns a panic in what is done for this peer into the end of this peer alone.
func (p *Peer) survive() {
	if cause := recover(); cause != nil {
		p.drops.add(dropPanic)
		p.counts.peersPanicked.Add(1)
		p.log.Error("peer panicked", "err", fmt.Sprintf("%v\n%s", cause, debug.Stack()))
		p.fail("panic")
	}
}

// Prefer takes wishes for seats; seats not named keep theirs.
func (p *Peer) Prefer(wishes []Preference) { p.room.prefer(p, wishes) }

// SetLevel takes what the client's ladder says of its own sending, and the highest level that the person wants to
// receive (LevelUnknown: no limit). A change of the voice's packets asks for a new offer by Events.Reoffer.
func (p *Peer) SetLevel(up, limit Level) {
	p.limit.Store(int32(limit)) // the next window takes it up
	p.ascend(up)
	p.reconsider()
}

// Close ends the peer: when it returns, no packet is taken from it or sent to it, and everything it held is freed. It
// may be called more than once, from any goroutine, also from Events.
func (p *Peer) Close() { p.end(StateClosed) }

func (p *Peer) end(s State) {
	p.once.Do(func() {
		defer close(p.done) // whatever happens: run waits for it
		defer p.landed()
		defer p.release()
		p.ended.Store(true)
		p.live.Store(false)
		p.out.close()
		p.passed() // nothing that was sealed before is under way
		p.room.leave(p)
		p.setState(s)
	})
}

// unlock has packets pass that are sealed with the keys of the handshake, which is complete. It is called by Pion.
func (p *Peer) unlock() {
	ours, theirs, err := p.keys.contexts()
	if err != nil {
		p.log.Error("keys of media", "err", err)
		p.fail("keys")
		return
	}
	p.admit(theirs)
	p.out.begin(ours)
}

// admit opens what comes from now on.
func (p *Peer) admit(theirs *opener) {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	p.in.theirs = theirs
}

// release frees what the peer holds.
func (p *Peer) release() {
	<-p.negotiation // not given back: nobody negotiates again
	p.sfu.engine.guard.forget(p.key)
	if pc := p.pc.Load(); pc != nil {
		if err := pc.GracefulClose(); err != nil {
			p.log.Debug("close peer connection", "err", err)
		}
	}
	for s := range p.streams() {
		s.retire() // receivers remember where their packets came from
	}
	if c := p.congestion.Swap(nil); c != nil {
		c.clear(p)
	}
}

// publish makes a new stream known, from the packet path.
func (p *Peer) publish(s *stream, now time.Time) {
	s.last.Store(now.UnixNano())
	s.track.publish(s)
	for _, u := range *s.track.subscribers.Load() {
		if wanted := u.retarget(now); wanted != nil {
			wanted.ask(now)
		}
	}
}

func (p *Peer) bound(u *subscription, ssrc uint32) {
	p.mu.Lock()
	p.subscriptions[ssrc] = u
	if !slices.Contains(p.receives, u) {
		p.receives = append(slices.Clone(p.receives), u)
	}
	p.mu.Unlock()
}

func (p *Peer) subscription(ssrc uint32) *subscription {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.subscriptions[ssrc]
}

func (p *Peer) senderReport(ssrc uint32, ntp uint64, stamp uint32, now time.Time) {
	for s := range p.streams() {
		if s.ssrc == ssrc {
			p.clock.note(ntpTime(ntp), now)
			s.senderReport(ntp, stamp, now)
		}
	}
}

// received returns the lines of all seats.
func (p *Peer) received() []*subscription {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.receives
}

func (p *Peer) noteRoundTrip(rtt time.Duration) {
	if rtt > 0 {
		p.rtt.Store(int64(rtt))
	}
}

func (p *Peer) roundTrip() time.Duration {
	if rtt := time.Duration(p.rtt.Load()); rtt > 0 {
		return rtt
	}
	return guessedRTT
}

// streams goes through what the peer publishes.
func (p *Peer) streams() iter.Seq[*stream] {
	return func(yield func(*stream) bool) {
		l := p.layout.Load()
		if l == nil {
			return
		}
		for _, t := range l.published {
			for _, s := range *t.streams.Load() {
				if !yield(s) {
					return
				}
			}
		}
	}
}
