package lab

import (
	"slices"
	"time"

	"github.com/pion/webrtc/v4"

	"jalsa/signaling"
)

// shakyFor is how long the room client lets a disconnected link heal before it
// makes another beside it (web/client/core/media.ts).
const shakyFor = 4 * time.Second

// welcome keeps the links that the server still holds and else makes one.
func (p *person) welcome(a signaling.Admitted) {
	if p.silent.Load() {
		return
	}
	p.mu.Lock()
	var gone []*link
	p.links = slices.DeleteFunc(p.links, func(l *link) bool {
		lost := !l.answered.Load() || !slices.Contains(a.PCs, l.id)
		if lost {
			gone = append(gone, l)
		}
		return lost
	})
	var unknown []int
	for _, id := range a.PCs {
		p.nextID = max(p.nextID, id+1)
		if !slices.ContainsFunc(p.links, func(l *link) bool { return l.id == id }) {
			unknown = append(unknown, id)
		}
	}
	alone := len(p.links) == 0
	p.mu.Unlock()
	p.discard(gone...)
	for _, id := range unknown {
		p.send(signaling.Drop{PC: id})
	}
	if alone {
		p.connect()
	}
}

// headStart is how long the room client tries the direct path alone (web/client/core/media.ts).
const headStart = 2 * time.Second

// connect begins one more link, or as the room client does a race of two kinds.
func (p *person) connect() {
	if p.path != "any" {
		p.begin(p.path)
		return
	}
	p.begin("direct")
	p.running.Go(p.follow)
}

// follow begins a relayed link beside a direct one that takes its time.
func (p *person) follow() {
	select {
	case <-time.After(headStart):
	case <-p.ctx.Done():
		return
	}
	p.mu.Lock()
	alone := len(p.links) == 1 && p.links[0] != p.current && p.bye == ""
	p.mu.Unlock()
	if alone {
		p.begin("relay")
	}
}

// begin makes a link and offers it.
func (p *person) begin(path string) {
	p.mu.Lock()
	a, id := p.admitted, p.nextID
	p.nextID++
	p.mu.Unlock()
	if a == nil || p.ctx.Err() != nil {
		return
	}
	l, err := newLink(p, id, path, *a)
	if err != nil {
		p.t.Errorf("%s: make a PeerConnection: %v", p.role, err)
		return
	}
	p.mu.Lock()
	p.links = append(p.links, l)
	p.mu.Unlock()
	sdp, err := l.offer()
	if l.isClosed() {
		return // dropped meanwhile
	}
	if err != nil {
		p.t.Errorf("%s: offer: %v", p.role, err)
		return
	}
	level := ""
	if p.cable.thin != nil {
		level = "stills" // what its page would know of the link (web/client/core/hints.ts)
	}
	p.send(signaling.Offer{PC: id, Path: path, SDP: sdp, Level: level})
	p.send(signaling.Devices{Microphone: true, Camera: true})
}

func (p *person) answered(m signaling.Answer) {
	l := p.find(m.PC)
	if l == nil {
		return
	}
	if err := l.accept(m.SDP); err != nil {
		p.t.Errorf("%s: answer: %v", p.role, err)
		return
	}
	var wishes []signaling.SeatPreference
	for seat := range l.seats {
		wishes = append(wishes, signaling.SeatPreference{Seat: seat, Height: 360})
	}
	p.send(signaling.Prefer{PC: m.PC, Seats: wishes})
}

func (p *person) find(id int) *link {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.links {
		if l.id == id {
			return l
		}
	}
	return nil
}

// moved hears of a link's state.
func (p *person) moved(l *link, state webrtc.PeerConnectionState) {
	switch state {
	case webrtc.PeerConnectionStateConnected:
		p.won(l)
	case webrtc.PeerConnectionStateDisconnected:
		p.running.Go(func() { p.awaitRecovery(l) })
	case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
		p.failed(l)
	}
}

func (p *person) won(l *link) {
	p.mu.Lock()
	if !slices.Contains(p.links, l) {
		p.mu.Unlock()
		return
	}
	var others []*link
	for _, o := range p.links {
		if o != l {
			others = append(others, o)
		}
	}
	p.links, p.current = []*link{l}, l
	p.mu.Unlock()
	for _, o := range others {
		p.send(signaling.Drop{PC: o.id})
	}
	p.discard(others...)
}

func (p *person) awaitRecovery(l *link) {
	select {
	case <-time.After(shakyFor):
	case <-p.ctx.Done():
		return
	case <-l.closed:
		return
	}
	p.mu.Lock()
	alone := len(p.links) == 1 && p.links[0] == l && p.bye == ""
	p.mu.Unlock()
	if alone && l.pc.ConnectionState() == webrtc.PeerConnectionStateDisconnected {
		p.connect()
	}
}

// failed gives a link up and makes another, if it was the only one.
func (p *person) failed(l *link) {
	p.mu.Lock()
	had := slices.Contains(p.links, l)
	p.links = slices.DeleteFunc(p.links, func(o *link) bool { return o == l })
	again := had && len(p.links) == 0 && p.conn != nil && p.bye == ""
	p.mu.Unlock()
	if !had {
		return
	}
	p.send(signaling.Drop{PC: l.id})
	p.discard(l)
	if again {
		p.running.Go(p.connect)
	}
}

// discard closes links beside whatever runs; Pion waits for its callbacks.
func (p *person) discard(links ...*link) {
	for _, l := range links {
		p.running.Go(l.close)
	}
}

// hangUp closes all media, unless the person refuses to hear the goodbye.
func (p *person) hangUp() {
	if p.cable.deaf.Load() && p.ctx.Err() == nil {
		return
	}
	p.mu.Lock()
	all := p.links
	p.links, p.current = nil, nil
	p.mu.Unlock()
	p.discard(all...)
}

// winner is the link whose path won.
func (p *person) winner() *link {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.current
}

// isUp reports whether a link carries media.
func (p *person) isUp() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.current != nil && p.current.pc.ConnectionState() == webrtc.PeerConnectionStateConnected
}
