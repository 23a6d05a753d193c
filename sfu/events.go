package sfu

// Events tell a peer's owner what changed. They are called one at a time from the peer's own goroutine, never under a
// lock, and must not block; a nil func is not called. The slices belong to the receiver.
type Events struct {
	State    func(State)
	Seats    func([]Seat)   // whole list, whenever it changes
	Speaking func([]uint32) // numbers now speaking, loudest first, on change
	Wanted   func(Wanted)   // what to send, on change
	Reoffer  func()         // the client is to offer this PeerConnection again: the answer will say something else
	Unheard  func(bool)     // a microphone that sent before sends nothing now, and when it does again
}

// pending is what run has to tell or do.
type pending struct {
	states   []State
	seats    []Seat
	speaking []uint32
	wanted   *Wanted // nil: as told before
	reoffer  bool
	unheard  *bool
	newSeats bool
	newSpeak bool
	observe  bool   // Pion's state changed, or silence
	located  bool   // Pion took another path
	failure  string // why to end the peer; "": no reason
	final    State  // with failure
}

// run tells the owner what happened and ends the peer when it failed. It is the peer's only goroutine of ours.
func (p *Peer) run() {
	defer p.sfu.running.Done()
	for {
		select {
		case <-p.wake:
			p.deliver()
		case <-p.done:
			p.deliver()
			return
		}
	}
}

// deliver does what is pending. A panic here, also in an event's receiver, ends the peer alone.
func (p *Peer) deliver() {
	defer p.survive()
	p.mu.Lock()
	n := p.pending
	p.pending = pending{}
	p.mu.Unlock()
	if n.located {
		p.locate()
	}
	if n.observe {
		p.observe()
	}
	for _, s := range n.states {
		if p.events.State != nil {
			p.events.State(s)
		}
	}
	if n.newSeats && p.events.Seats != nil {
		p.events.Seats(n.seats)
	}
	if n.newSpeak && p.events.Speaking != nil {
		p.events.Speaking(n.speaking)
	}
	if n.wanted != nil && p.events.Wanted != nil {
		p.events.Wanted(*n.wanted)
	}
	if n.reoffer && p.events.Reoffer != nil {
		p.events.Reoffer()
	}
	if n.unheard != nil && p.events.Unheard != nil {
		p.events.Unheard(*n.unheard)
	}
	if n.failure != "" {
		p.log.Info("peer ended", "reason", n.failure)
		p.end(n.final)
	}
}

// post changes what is pending, and wakes run.
func (p *Peer) post(change func(*pending)) {
	p.mu.Lock()
	change(&p.pending)
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}
