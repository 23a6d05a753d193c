package sfu

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pion/webrtc/v4"
)

// Errors of Peer.Answer, for the sender of the offer. Others mean that the server failed.
var (
	ErrSDPTooLarge  = errors.New("offer larger than 48 KiB")
	ErrTooManyLines = errors.New("offer with more than 48 lines")
	ErrMalformed    = errors.New("malformed offer")
	ErrClosed       = errors.New("peer is closed")
)

const gatherWithin = 5 * time.Second

// Answer takes an offer of the client and returns our answer: the first one, or a later one of the same PeerConnection
// with more lines, an ICE restart or another level. level is the client's ladder for what it sends: the answer asks for
// voice that fits. An offer that is refused changes nothing.
func (p *Peer) Answer(text string, level Level) (string, error) {
	o, err := parseOffer(text)
	if err != nil {
		return "", err
	}
	select {
	case <-p.done:
		return "", ErrClosed
	case token := <-p.negotiation:
		defer func() { p.negotiation <- token }()
	}
	if p.ended.Load() {
		return "", ErrClosed
	}
	if err := continues(p.offered, o.lines); err != nil {
		return "", err
	}
	p.ascend(level)
	answer, err := p.negotiate(o)
	if err != nil {
		return "", err
	}
	t := p.terms()
	p.mu.Lock()
	p.agreed.answered(t)
	p.mu.Unlock()
	p.reconsider() // the level may have changed meanwhile
	return rewriteAnswer(answer, o.microphone(), t), nil
}

// reconsider asks for another offer if the newest answer does not fit any more what the client sends, or what of it is
// lost.
func (p *Peer) reconsider() {
	t := p.terms()
	p.mu.Lock()
	outdated := p.agreed.outdated(t)
	p.mu.Unlock()
	if outdated {
		p.post(func(n *pending) { n.reoffer = true })
	}
}

// continues checks that a later offer keeps the lines of the earlier one, as it must (RFC 9429, section 5.2.2).
func continues(before, after []line) error {
	if len(after) < len(before) {
		return fmt.Errorf("%w: %d lines after %d", ErrMalformed, len(after), len(before))
	}
	for i, l := range before {
		if n := after[i]; n.mid != l.mid || n.kind != l.kind || n.direction != l.direction {
			return fmt.Errorf("%w: line %q changed", ErrMalformed, l.mid)
		}
	}
	return nil
}

// negotiate is done by the holder of the negotiation token.
func (p *Peer) negotiate(o offer) (string, error) {
	pc, first := p.pc.Load(), false
	if pc == nil {
		var err error
		if p.api, pc, err = p.sfu.engine.connection(&p.keys); err != nil {
			return "", err
		}
		first = true
	}
	layout := newLayout(p, o, p.layout.Load())
	added, err := p.describe(pc, o)
	if err != nil {
		if first {
			return "", errors.Join(err, pc.GracefulClose())
		}
		// Back to the stable state, so that a later offer finds it.
		_ = pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeRollback})
		return "", err
	}
	p.offered = o.lines
	p.layout.Store(layout)
	local := pc.LocalDescription().SDP
	p.expect(local)
	if p.congestion.Load() == nil && slices.ContainsFunc(added, func(u *subscription) bool { return u.wide != 0 }) {
		now := p.sfu.now()
		p.control(newCongestion(p.room.startOf(p), now), now)
	}
	if first {
		p.follow(pc)
		p.pc.Store(pc)
	}
	p.room.negotiated(p, layout, added)
	p.post(func(n *pending) { n.observe = true }) // whatever happened before we followed
	return local, nil
}

// expect has the guard let in the checks that an answer of ours asks for, and no more those of an earlier one. It is
// called by the negotiator.
func (p *Peer) expect(answer string) {
	name, password := textAttribute(answer, "ice-ufrag"), textAttribute(answer, "ice-pwd")
	if name == p.key {
		return
	}
	p.sfu.engine.guard.expect(name, password, p)
	p.sfu.engine.guard.forget(p.key)
	p.key = name
}

// textAttribute is the first attribute of that name in a description that Pion wrote. It outlives the description.
func textAttribute(sdp, name string) string {
	_, value, _ := strings.Cut(sdp, "\r\na="+name+":")
	value, _, _ = strings.Cut(value, "\r\n")
	return strings.Clone(value)
}

// describe applies the offer and our answer, and returns the subscriptions of new lines.
func (p *Peer) describe(pc *webrtc.PeerConnection, o offer) ([]*subscription, error) {
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: o.sdp}); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	added, err := p.fillSeats(pc, o)
	if err != nil {
		return nil, err
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	answer, err := pc.CreateAnswer(nil)
	if err != nil {
		return nil, fmt.Errorf("create answer: %w", err)
	}
	if err := pc.SetLocalDescription(answer); err != nil {
		return nil, fmt.Errorf("set local description: %w", err)
	}
	timeout := time.NewTimer(gatherWithin)
	defer timeout.Stop()
	select {
	case <-gathered:
		return added, nil
	case <-timeout.C:
		return nil, errors.New("gather candidates: timeout")
	}
}

// fillSeats gives every new receive-only line a sender of ours. Pion's AddTrack would take the first line that fits,
// not the one that is meant.
func (p *Peer) fillSeats(pc *webrtc.PeerConnection, o offer) (added []*subscription, err error) {
	transceivers := map[string]*webrtc.RTPTransceiver{}
	for _, t := range pc.GetTransceivers() {
		transceivers[t.Mid()] = t
	}
	seats := map[webrtc.RTPCodecType]int{}
	for _, l := range o.lines {
		if !l.seat() {
			continue
		}
		k := seats[l.kind]
		seats[l.kind]++
		t := transceivers[l.mid]
		if t == nil {
			return nil, fmt.Errorf("%w: line %q is unknown", ErrMalformed, l.mid)
		}
		if t.Sender() != nil {
			continue
		}
		u := newSubscription(p, k, l.kind)
		u.equip(l)
		if !p.sfu.plain {
			u.wide = l.ids.wide()
		}
		sender, err := p.api.NewRTPSender(u, pc.SCTP().Transport())
		if err != nil {
			return nil, fmt.Errorf("make sender: %w", err)
		}
		if err := t.SetSender(sender, u); err != nil {
			return nil, fmt.Errorf("set sender: %w", err)
		}
		added = append(added, u)
	}
	return added, nil
}
