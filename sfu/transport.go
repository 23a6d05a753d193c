package sfu

import (
	"errors"
	"net/netip"
	"sync"

	"jalsa/sfu/udp"
)

var (
	errNoPath   = errors.New("no path, or no keys")
	errOversize = errors.New("larger than a datagram")
)

// exit is where the packets of a line leave: its peer's transport, but in tests.
type exit interface {
	send(e *egress, out *udp.Burst) error
}

// transport seals what goes to a peer, and knows where that is. All RTP and RTCP to the peer is sealed here, and none by
// Pion, which has the same keys: two that seal under one SSRC would repeat nonces, and AES-GCM with a nonce twice gives
// away both texts (RFC 7714, section 9.1).
type transport struct {
	mu     sync.Mutex // held for arithmetic
	sealed bool       // ours has keys: the handshake is complete, and nothing closed
	closed bool       // for good
	ours   sealer
	way    way
}

// way is by which socket, and where to.
type way struct {
	socket *udp.Socket // nil: not known yet
	to     netip.AddrPort
	key    string // of ICE, with which the peer showed that it is there
}

// begin has packets sealed from now on.
func (t *transport) begin(ours *sealer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.ours, t.sealed = *ours, true
	}
}

// close has nothing sealed any more, even if a handshake ends only now.
func (t *transport) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ours, t.sealed, t.closed = sealer{}, false, true
}

// lead has packets go another way.
func (t *transport) lead(w way) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.way = w
}

// takes tells whether packets go a way.
func (t *transport) takes(w way) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.way == w
}

// open tells whether anything can be sent.
func (t *transport) open() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sealed && t.way.socket != nil
}

// send seals a packet into out.
func (t *transport) send(e *egress, out *udp.Burst) error {
	b := out.Space()
	if e.wireSize() > len(b)-sealing {
		return errOversize
	}
	n, w, err := t.seal(b, e.write(b), e)
	if err != nil {
		return err
	}
	out.Add(w.socket, w.to, n)
	return nil
}

// seal seals the first n bytes of b, which e wrote.
func (t *transport) seal(b []byte, n int, e *egress) (int, way, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.sealed || t.way.socket == nil {
		return 0, way{}, errNoPath
	}
	n, err := t.ours.seal(b, e.headerSize(), n, e.ssrc, e.index)
	return n, t.way, err
}

// sealing is how many bytes it adds at most: a tag, of RTCP an index too.
const sealing = tag + 4

// sendControl seals the first n bytes of out.Space(), a compound packet of RTCP.
func (t *transport) sendControl(n int, out *udp.Burst) error {
	b := out.Space()
	if n > len(b)-sealing {
		return errOversize
	}
	n, w, err := t.sealControl(b, n)
	if err != nil {
		return err
	}
	out.Add(w.socket, w.to, n)
	return nil
}

func (t *transport) sealControl(b []byte, n int) (int, way, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.sealed || t.way.socket == nil {
		return 0, way{}, errNoPath
	}
	n, err := t.ours.sealControl(b, n)
	return n, t.way, err
}
