package sfu

import (
	"bytes"
	"encoding/binary"
	"net"
	"sync"
	"testing"

	"github.com/pion/webrtc/v4"
)

// TestNoNonceTwice: over the whole life of connections, with losses, repairs, an ICE restart, a link that gets thin, and
// their end, no two packets leave under one number of one SSRC that differ, of RTP or of RTCP: AES-GCM would give away both
// (RFC 7714, sections 8.1 and 9.1). And nobody seals but us, though Pion has the same keys.
func TestNoNonceTwice(t *testing.T) {
	conn := newLossy(t)
	s := testSFU(t, conn)
	n := &nonces{sent: map[nonce][]byte{}}
	out := n.note
	conn.out.Store(&out)
	r := s.Room(t.Name())
	a := newClient(t, r, 1, func(o *clientOptions) { o.askAgain = true })
	b := newClient(t, r, 2, func(o *clientOptions) { o.askAgain = true })
	a.connect()
	b.connect()
	until(t, "connected", func() bool { return a.connected() && b.connected() && b.seatOf(1) >= 0 && a.seatOf(2) >= 0 })
	flow := func() bool {
		x, y := a.pump(), b.pump()
		a.say(x, 30)
		b.say(y, 40)
		return b.has("video", b.seatOf(1), mark{1, 'h', x - 1}) && a.has("video", a.seatOf(2), mark{2, 'h', y - 1})
	}
	again := func() bool { flow(); return n.repeated() > 3 && s.Stats().Repaired > 3 }
	until(t, "flow", flow)
	until(t, "repairs", again)
	o, err := b.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: true})
	must(t, err)
	answer, err := b.peer.Answer(b.describe(o), LevelLarge)
	must(t, err)
	b.accept(answer)
	until(t, "connected again", b.connected)
	until(t, "flow after a restart of ICE", flow)
	b.peer.SetLevel(LevelLarge, LevelStills)
	until(t, "a thin link", func() bool { flow(); return b.peer.thin.Load() })
	reports := n.controls()
	until(t, "reports", func() bool { flow(); return n.controls() > reports+10 })
	n.expect(t, a.peer, b.peer)
	a.peer.Close()
	until(t, "the other knows", func() bool { b.pump(); return b.seatOf(1) < 0 })
	b.peer.Close()
	n.check(t)
}

// nonce is what the nonce of a packet is made of, besides the keys; the SSRCs of all receivers differ.
type nonce struct {
	ssrc    uint32
	control bool
	number  uint32 // sequence number, or index of SRTCP
}

// nonces remember what left under each, and lose some of it.
type nonces struct {
	mu      sync.Mutex
	sent    map[nonce][]byte
	reports int
	again   int
	faults  []nonce
	ours    map[uint32]bool // SSRCs
}

func (n *nonces) note(b []byte, _ net.Addr) (lose bool) {
	if !isMedia(b) {
		return false
	}
	k := nonce{control: controls(b)}
	if k.control {
		k.ssrc, k.number = binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[len(b)-4:]) // RFC 7714, section 9.2
	} else {
		k.ssrc, k.number = binary.BigEndian.Uint32(b[8:]), uint32(binary.BigEndian.Uint16(b[2:]))
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	before, known := n.sent[k]
	switch {
	case known && !bytes.Equal(before, b), n.ours != nil && !n.ours[k.ssrc]:
		n.faults = append(n.faults, k)
	case known:
		n.again++
	default:
		n.sent[k] = bytes.Clone(b)
	}
	if k.control {
		n.reports++
	}
	return !k.control && !known && len(n.sent)%9 == 0
}

func (n *nonces) repeated() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.again
}

func (n *nonces) controls() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.reports
}

// expect takes the SSRCs of what is sent to peers for all there are.
func (n *nonces) expect(t *testing.T, peers ...*Peer) {
	t.Helper()
	ours := map[uint32]bool{}
	for _, p := range peers {
		ours[p.ssrc] = true
		for _, u := range p.received() {
			ours[u.ssrc], ours[u.repair] = true, true
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ours = ours
	for k := range n.sent {
		if !ours[k.ssrc] {
			t.Errorf("%+v is not sealed by us", k)
		}
	}
}

func (n *nonces) check(t *testing.T) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.faults) > 0 {
		t.Errorf("of %d numbers these were of two packets, or not ours: %+v", len(n.sent), n.faults)
	}
}
