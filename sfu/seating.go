package sfu

import (
	"slices"
	"time"
)

// assign runs change and then seats everybody anew, as one step. Key frames that this needs are asked for afterwards.
// told, if any, is told its seats even if they are as before.
func (r *Room) assign(change func(), told *Peer) {
	now := r.sfu.now()
	for _, s := range r.reassign(change, now, told) {
		s.ask(now)
	}
}

func (r *Room) reassign(change func(), now time.Time, told *Peer) []*stream {
	r.mu.Lock()
	defer r.mu.Unlock() // also in a panic: it ends one peer, and the room goes on
	change()
	return r.assignLocked(now, told)
}

func (r *Room) assignLocked(now time.Time, told *Peer) (ask []*stream) {
	peers := *r.peers.Load()
	sources, order := sourcesOf(peers)
	listeners := map[*track][]*subscription{}
	for _, p := range peers {
		var others []sitter
		for _, number := range order {
			others = r.sittersLocked(others, p.number, sources[number])
		}
		before := occupants(p.seats)
		after := assignSeats(before, pictures(p.seats), others)
		occupied := len(after) - count(after, occupant{})
		for i, who := range after {
			p.seats[i].who = who
			p.seats[i].fill(sources[who.number], r.passLocked(p.number, who.number), occupied, now, listeners)
		}
		ask = append(ask, r.allocateLocked(p, p == told || !slices.Equal(before, after), now)...)
	}
	for _, p := range sources {
		for _, t := range p.tracks() {
			if !slices.Equal(*t.subscribers.Load(), listeners[t]) {
				list := listeners[t]
				t.subscribers.Store(&list)
			}
		}
	}
	for _, p := range peers {
		if sources[p.number] != p {
			p.silenceLocked()
		}
	}
	r.tellSpeakingLocked()
	return ask
}

// sittersLocked adds a source, and its screen, to the candidates for the seats of a receiver, as far as anything of it
// passes. Who is not heard takes nobody's seat by speaking.
func (r *Room) sittersLocked(others []sitter, receiver uint32, source *Peer) []sitter {
	pass := r.passLocked(receiver, source.number)
	if pass&(PassVoice|PassCamera) != 0 {
		s := sitter{occupant: occupant{number: source.number}}
		if pass&PassVoice != 0 {
			s.spoke = r.spoke[source.number]
		}
		others = append(others, s)
	}
	if pass&PassScreen != 0 && source.screen != nil {
		others = append(others, sitter{occupant: occupant{source.number, true}})
	}
	return others
}

// tracks are what the peer publishes. The caller holds Room.mu.
func (p *Peer) tracks() []*track {
	return slices.DeleteFunc([]*track{p.microphone, p.camera, p.screen}, func(t *track) bool { return t == nil })
}

// silenceLocked takes everybody off a peer that another peer of the same participant has replaced, or that is gone.
func (p *Peer) silenceLocked() {
	for _, t := range p.tracks() {
		if len(*t.subscribers.Load()) > 0 {
			t.subscribers.Store(&[]*subscription{})
		}
	}
}

// fill connects both lines of a seat to what may pass of a peer's tracks; nil empties it.
func (s *seat) fill(from *Peer, pass Pass, occupied int, now time.Time, listeners map[*track][]*subscription) {
	var sound, picture *track
	switch {
	case from == nil:
	case s.who.screen:
		picture = from.screen
	default:
		if pass&PassVoice != 0 {
			sound = from.microphone
		}
		if pass&PassCamera != 0 {
			picture = from.camera
		}
	}
	for _, l := range []struct {
		u *subscription
		t *track
	}{{s.audio, sound}, {s.video, picture}} {
		if l.u == nil {
			continue
		}
		l.u.occupy(l.t, s.who.number, occupied, now)
		l.u.silent.Store(sound == nil)
		if l.t != nil {
			listeners[l.t] = append(listeners[l.t], l.u)
		}
	}
}

// sourcesOf finds, for each participant who publishes, the peer that stands for them: the one that connected last, or,
// while none is connected, the newest. order is the order of arrival.
func sourcesOf(peers []*Peer) (sources map[uint32]*Peer, order []uint32) {
	sources = map[uint32]*Peer{}
	for _, p := range peers {
		if len(p.tracks()) == 0 {
			continue
		}
		other := sources[p.number]
		if other == nil {
			order = append(order, p.number)
		}
		if other == nil || !p.connectedAt.Before(other.connectedAt) {
			sources[p.number] = p
		}
	}
	return sources, order
}

func occupants(seats []seat) []occupant {
	list := make([]occupant, len(seats))
	for i, s := range seats {
		list[i] = s.who
	}
	return list
}

// pictures is how many seats can show one; these are the first.
func pictures(seats []seat) (n int) {
	for _, s := range seats {
		if s.video != nil {
			n++
		}
	}
	return n
}

func seatList(seats []seat) []Seat {
	list := make([]Seat, len(seats))
	for i, s := range seats {
		list[i] = Seat{Seat: i, Number: s.who.number, Screen: s.who.screen}
		if s.video != nil {
			list[i].Paused = s.video.paused()
		}
	}
	return list
}

func count(list []occupant, of occupant) (n int) {
	for _, who := range list {
		if who == of {
			n++
		}
	}
	return n
}
