package sfu

import (
	"net/netip"
	"time"

	"github.com/pion/webrtc/v4"

	"jalsa/sfu/udp"
)

// Bytes that a packet has on the link besides RTP header and payload.
const (
	tag         = 16                     // of AES-GCM (RFC 7714)
	overhead    = 20 + 8 + tag           // IPv4, UDP
	overheadSix = 40 + 8 + tag           // IPv6
	overheadTCP = 20 + 32 + 22 + 6 + tag // IPv4, TCP with its timestamp, a TLS record, ChannelData with its padding
)

// route is the way that a peer's packets take.
type route struct {
	relay    *udp.Relay // nil: direct
	overhead int        // bytes of each packet

	emptied uint64    // Relay.Emptied when it was looked at last,
	filled  time.Time // and since when it is that; something may have waited all the time
}

const (
	backlogTime  = 50 * time.Millisecond // of what the link carries may wait in a relay, and for so long, before all but voice waits here;
	backlogLeast = 1300                  // bytes: a picture's packet may in any case,
	backlogMost  = 16 << 10              // but never more: a relay that has no room left drops what comes next, whatever it is
)

// full tells whether so much waits in the relay already that a picture should wait here, where voice passes it. What the
// link is believed to carry may be what it carried before it became thin: then it shows by how long something waits.
func (r *route) full(target int, now time.Time) bool {
	if r.relay == nil {
		return false
	}
	backlog, emptied := r.relay.Backlog(), r.relay.Emptied()
	if backlog == 0 || emptied != r.emptied || r.filled.IsZero() {
		r.emptied, r.filled = emptied, now
	}
	return backlog > min(max(int(float64(target)/8*backlogTime.Seconds()), backlogLeast), backlogMost) ||
		backlog > 0 && now.Sub(r.filled) > backlogTime
}

// locate finds out by which way the peer is connected. It is called by run.
func (p *Peer) locate() {
	pc := p.pc.Load()
	if pc == nil {
		return
	}
	ice := pc.SCTP().Transport().ICETransport()
	ours, err := ice.GetLocalParameters() // before the pair, which is of these, or of newer ones
	if err != nil {
		return
	}
	pair, err := ice.GetSelectedCandidatePair()
	if err != nil || pair == nil || pair.Local == nil || pair.Remote == nil {
		return
	}
	local, ok := address(pair.Local)
	remote, too := address(pair.Remote)
	if !ok || !too {
		return
	}
	p.out.lead(way{p.sfu.engine.mux.sockets[local], remote, ours.UsernameFragment})
	c := p.congestion.Load()
	if c == nil {
		return
	}
	r := route{overhead: overhead, relay: p.sfu.hub.RelayAt(remote)}
	switch {
	case r.relay != nil:
		r.overhead = overheadTCP
	case remote.Addr().Is6():
		r.overhead = overheadSix
	}
	c.follow(r)
}

func address(c *webrtc.ICECandidate) (netip.AddrPort, bool) {
	a, err := netip.ParseAddr(c.Address)
	return netip.AddrPortFrom(a.Unmap(), c.Port), err == nil
}
