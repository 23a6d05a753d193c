package sfu

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"jalsa/sfu/udp"
)

// reader takes the packets that come by one of a media socket's readers. Media it carries to the end: opened, forwarded
// and sealed for each receiver in this one goroutine, which then sends what has gathered in its burst. What belongs to
// ICE and DTLS it leaves for Pion.
type reader struct {
	// Fixed after newReader.
	in     *udp.Reader
	socket *udp.Socket
	aside  *aside
	guard  *guard
	now    func() time.Time
	drops  drops
	failed func(error)

	// Owned by run.
	header header    // of the packet in hand
	at     time.Time // of what was read at once
	busy   bool      // it has packets in hand
	due    []*Room   // whose tick those bring
	out    *udp.Burst

	carrying passage
}

// run ends with the socket.
func (r *reader) run() {
	if err := r.in.Run(r.take, r.rest); !errors.Is(err, net.ErrClosed) {
		r.failed(fmt.Errorf("read media at %s: %w", r.socket.LocalAddr(), err))
	}
}

// rest sends what gathered, and then lets rooms tick.
func (r *reader) rest() (more bool) {
	if r.busy {
		r.out.Flush()
		r.carrying.leave()
		r.busy = false
		for _, room := range r.due {
			room.call()
		}
		clear(r.due)
		r.due = r.due[:0]
	}
	return true
}

// take looks at one packet. One of a picture that is not complete is followed by more.
func (r *reader) take(b []byte, from netip.AddrPort) (follows bool) {
	if !r.busy {
		r.busy, r.at = true, r.now()
		r.carrying.enter()
	}
	kind := kindOf(b)
	if kind == kindSTUN {
		if answer := r.guard.answer(b, from); answer != nil {
			_, _ = r.socket.WriteToAddrPort(answer, from) // who hears nothing asks again
			return false
		}
	}
	k := r.guard.admits(b, kind, from)
	switch {
	case k == nil:
	case kind == kindMedia:
		follows = k.peer.take(b, r)
		if room := k.peer.room; room.brings(r.at.UnixNano()) {
			r.due = append(r.due, room)
		}
	case kind == kindSTUN && k.consents(b, r.socket, from, r.out):
		k.peer.heard.Store(r.at.UnixNano())
	case !r.aside.leave(b, from, k):
		r.drops.add(dropAside)
	case kind == kindSTUN:
		k.peer.heard.Store(r.at.UnixNano())
	}
	return follows
}

// take carries a packet of media that came from an address of the peer's. A panic in it ends this peer.
func (p *Peer) take(b []byte, r *reader) (follows bool) {
	if p.ended.Load() {
		return false
	}
	defer p.survive()
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	var why drop
	if controls(b) {
		why = p.takeControl(b, r)
	} else {
		why = p.takeMedia(b, r)
		follows = !r.header.marker && p.in.newest.pictures()
	}
	if why != "" {
		p.drops.add(why)
	}
	return follows
}

// controls tells RTCP from RTP (RFC 5761, section 4).
func controls(b []byte) bool { return len(b) > 1 && b[1] >= 192 && b[1] <= 223 }

func (p *Peer) takeMedia(b []byte, r *reader) drop {
	b, why := p.in.open(b, &r.header)
	if why != "" {
		return why
	}
	p.heard.Store(r.at.UnixNano())
	return p.carry(b, &r.header, r.at, r.out)
}

func (p *Peer) takeControl(b []byte, r *reader) drop {
	b, why := p.in.openControl(b)
	if why != "" {
		return why
	}
	p.heard.Store(r.at.UnixNano())
	return p.hearControl(b, r.at, r.out)
}

// open opens a packet of RTP in place, and reads its header. Only a packet that is no forgery leaves a trace.
func (in *ingress) open(b []byte, h *header) ([]byte, drop) {
	if in.theirs == nil {
		return nil, dropEarly
	}
	if !h.read(b) {
		return nil, dropUnsealed
	}
	came := &replays{}
	i := in.inlet(h.ssrc)
	if i != nil {
		came = &i.came
	}
	b, index, ok := in.theirs.open(b, h, came)
	if !ok {
		return nil, dropUnsealed
	}
	if i == nil {
		i = in.admit(h.ssrc)
	}
	if i != nil { // else there are too many, for which carry ends the peer
		i.came.note(index)
	}
	return b, ""
}

// openControl is open for RTCP.
func (in *ingress) openControl(b []byte) ([]byte, drop) {
	if in.theirs == nil {
		return nil, dropEarly
	}
	if len(b) < controlHeader+controlIndex || b[0]>>6 != 2 {
		return nil, dropUnsealed
	}
	ssrc, index := binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[len(b)-controlIndex:])
	came := &replays{}
	s := in.sender(ssrc)
	if s != nil {
		came = &s.came
	}
	b, ok := in.theirs.openControl(b, ssrc, index, came)
	if !ok {
		return nil, dropUnsealed
	}
	if s == nil {
		s = in.hear(ssrc)
	}
	if s != nil {
		s.came.note(uint64(index &^ encrypted))
	}
	return b, ""
}
