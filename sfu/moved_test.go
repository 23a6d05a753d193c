package sfu

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/pion/stun/v4"

	"jalsa/sfu/udp"
)

// TestMediaFollowsTheClient: once a client has nominated another path, from an address that nobody knew, what it is sent
// goes there.
func TestMediaFollowsTheClient(t *testing.T) {
	s := testSFU(t, nil)
	a, b, seat := pair(t, s, "l", "h")
	until(t, "flow", func() bool { n := a.pump(); return b.has("video", seat, mark{1, 'h', n - 1}) })
	moved := localSocket(t)
	send(t, moved, mediaOf(s), nominating(t, b))
	packet := make([]byte, udp.MTU)
	until(t, "media at the other address", func() bool {
		a.pump()
		must(t, moved.SetReadDeadline(time.Now().Add(5*time.Millisecond)))
		for {
			n, _, err := moved.ReadFrom(packet)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return false
			}
			must(t, err)
			if kindOf(packet[:n]) == kindMedia && !controls(packet[:n]) {
				return true
			}
		}
	})
}

// nominating is a check with which a client would nominate the path that it goes by (RFC 8445, section 7.1.2).
func nominating(t *testing.T, c *testClient) []byte {
	t.Helper()
	m, err := stun.Build(stun.TransactionID, stun.BindingRequest,
		stun.RawAttribute{Type: stun.AttrUsername, Value: []byte(c.peer.key + ":" + textAttribute(c.pc.LocalDescription().SDP, "ice-ufrag"))},
		stun.RawAttribute{Type: stun.AttrICEControlling, Value: []byte{1, 2, 3, 4, 5, 6, 7, 8}},
		stun.RawAttribute{Type: stun.AttrPriority, Value: []byte{0x6e, 0, 1, 0xff}},
		stun.RawAttribute{Type: stun.AttrUseCandidate},
		stun.NewShortTermIntegrity(textAttribute(c.pc.RemoteDescription().SDP, "ice-pwd")), stun.Fingerprint)
	must(t, err)
	return m.Raw
}
