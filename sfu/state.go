package sfu

import "github.com/pion/webrtc/v4"

// State of a Peer's transport. StateFailed and StateClosed are final.
type State int

const (
	StateConnecting   State = iota // no media path yet
	StateConnected                 // media flows
	StateDisconnected              // nothing heard for 5 s; may come back by itself or by an ICE restart
	StateFailed                    // never connected within 30 s, silent for 35 s, or dropped for what it sent
	StateClosed                    // closed by us or by the client
)

func (s State) String() string {
	return [...]string{"connecting", "connected", "disconnected", "failed", "closed"}[s]
}

// State returns the state of the transport.
func (p *Peer) State() State { return State(p.state.Load()) }

// setState changes nothing once a final state is reached.
func (p *Peer) setState(s State) {
	for {
		before := p.state.Load()
		if State(before) >= StateFailed || State(before) == s {
			return
		}
		if p.state.CompareAndSwap(before, int32(s)) {
			p.post(func(n *pending) { n.states = append(n.states, s) })
			return
		}
	}
}

// follow has Pion tell of changes. What it tells is asked for again in observe and locate, since its callbacks overtake
// one another and its PeerConnectionState can even be left behind by a late one; ICE's and DTLS's own states are right.
func (p *Peer) follow(pc *webrtc.PeerConnection) {
	changed := func() { p.post(func(n *pending) { n.observe = true }) }
	pc.OnConnectionStateChange(func(webrtc.PeerConnectionState) { changed() })
	pc.OnICEConnectionStateChange(func(webrtc.ICEConnectionState) { changed() })
	pc.SCTP().Transport().OnStateChange(func(s webrtc.DTLSTransportState) {
		if s == webrtc.DTLSTransportStateConnected {
			p.secure.Store(true)
			p.unlock()
		}
		changed()
	})
	pc.SCTP().Transport().ICETransport().OnSelectedCandidatePairChange(func(*webrtc.ICECandidatePair) {
		p.post(func(n *pending) { n.located = true })
	})
}

// observe turns Pion's states into ours. It is called by run.
func (p *Peer) observe() {
	pc := p.pc.Load()
	if pc == nil || p.ended.Load() {
		return
	}
	path, secure, whole := pc.ICEConnectionState(), pc.SCTP().Transport().State(), pc.ConnectionState()
	switch closed := whole == webrtc.PeerConnectionStateClosed || secure == webrtc.DTLSTransportStateClosed; {
	// Pion closes after a failed handshake too, and may do so before it says that it failed.
	case secure == webrtc.DTLSTransportStateFailed || closed && !p.secure.Load():
		p.fail("dtls")
	case closed:
		p.finish("closed_by_client", StateClosed)
	case path == webrtc.ICEConnectionStateFailed || p.silence.Load() == gone:
		p.fail("ice")
	case secure != webrtc.DTLSTransportStateConnected:
	case p.silence.Load() == quietly:
		p.setState(StateDisconnected)
	case path == webrtc.ICEConnectionStateConnected || path == webrtc.ICEConnectionStateCompleted:
		p.locate()
		p.setState(StateConnected)
		p.live.Store(true)
		if p.ended.Load() {
			p.live.Store(false)
			return
		}
		p.room.connected(p)
	}
}
