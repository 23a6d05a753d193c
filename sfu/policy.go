package sfu

import (
	"slices"
	"time"
)

// Pass is what a receiver may get of a source, a bit for each medium.
type Pass uint8

// Bits of Pass.
const (
	PassVoice Pass = 1 << iota
	PassCamera
	PassScreen

	PassAll = PassVoice | PassCamera | PassScreen
)

// SetPolicy says who may get what of whom, instead of what was said before; nil, as at first, passes voices and cameras
// of everybody to everybody. When it returns no packet of what is refused goes to anybody any more: neither one that
// comes later, nor one that waited, was gathered, held, kept as a copy or cached, whoever asks for it again.
//
// p is called under the room's lock, again and again until another is set: it must depend on its arguments alone, and
// call nothing here. It is not asked about a participant and themselves, nor about nobody. A room with a policy is kept
// while nobody is in it, for SFU.Room to find and for those who join next; its owner ends it by Close.
func (r *Room) SetPolicy(p func(receiver, source uint32) Pass) {
	now := r.sfu.now()
	r, ask := r.permit(p, now)
	if r == nil {
		return
	}
	r.withdraw(now)
	for _, s := range ask {
		s.ask(now)
	}
}

// permit seats everybody anew under a policy; a nil room is one that was closed.
func (r *Room) permit(p func(receiver, source uint32) Pass, now time.Time) (*Room, []*stream) {
	if r = r.enter(); r == nil {
		return nil, nil
	}
	defer r.mu.Unlock()
	r.policy = p
	ask := r.assignLocked(now, nil)
	r.emptiedLocked()
	return r, ask
}

// passLocked is what a receiver may get of a source.
func (r *Room) passLocked(receiver, source uint32) Pass {
	switch {
	case source == 0, receiver == source && !r.echo: // nobody, or themselves
		return 0
	case receiver == source || r.policy == nil:
		return PassVoice | PassCamera
	}
	return r.policy(receiver, source) & PassAll
}

// tellSpeakingLocked tells each peer who speaks of those whom it may hear, and whether it is heard to speak itself.
func (r *Room) tellSpeakingLocked() {
	for _, p := range *r.peers.Load() {
		list := slices.DeleteFunc(slices.Clone(r.talking), func(number uint32) bool {
			return number != p.number && r.passLocked(p.number, number)&PassVoice == 0
		})
		if !slices.Equal(list, p.speaking) {
			p.speaking = list
			told := slices.Clone(list)
			p.post(func(n *pending) { n.newSpeak, n.speaking = true, told })
		}
	}
}

// withdraw ends what was under way when lines came to show another, or nothing: packets that some goroutine has in hand,
// and then what waits in pacers.
func (r *Room) withdraw(now time.Time) {
	peers := *r.peers.Load()
	r.sfu.passed()
	r.sending.wait()
	for _, p := range peers {
		p.purge(now)
	}
	r.sending.wait() // it may have had one of these in hand
}

// purge drops what waits on the link to the peer and is not of who sits there now.
func (p *Peer) purge(now time.Time) {
	if c := p.congestion.Load(); c != nil {
		c.purge()
		p.settle(c, now)
	}
}

func (c *congestion) purge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue.Purge(func(e *egress) bool { return e.era != e.line.era.Load() })
}
