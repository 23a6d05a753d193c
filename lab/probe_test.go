package lab

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"

	"jalsa/signaling"
)

// Probes speak STUN and TURN by hand, to try what somebody still holds.

// answerWithin is how long a probe waits for an answer that should not come.
const answerWithin = 500 * time.Millisecond

// iceCredential is what a connectivity check of a PeerConnection needs
// (RFC 8445 §7.2.2).
type iceCredential struct{ username, password string }

func (l *link) credential() iceCredential {
	local, remote := l.pc.LocalDescription().SDP, l.pc.RemoteDescription().SDP
	return iceCredential{
		username: attribute(remote, "ice-ufrag") + ":" + attribute(local, "ice-ufrag"),
		password: attribute(remote, "ice-pwd"),
	}
}

func attribute(sdp, name string) string {
	_, rest, _ := strings.Cut(sdp, "a="+name+":")
	value, _, _ := strings.Cut(rest, "\r\n")
	return value
}

// checkConnectivity reports whether the media port answers a check.
func checkConnectivity(t testing.TB, media int, c iceCredential) bool {
	t.Helper()
	conn, err := net.Dial("udp4", fmt.Sprintf("127.0.0.1:%d", media))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	request, err := stun.Build(stun.BindingRequest, stun.TransactionID, stun.NewUsername(c.username),
		stun.RawAttribute{Type: stun.AttrICEControlling, Value: make([]byte, 8)},
		stun.RawAttribute{Type: stun.AttrPriority, Value: []byte{0x6e, 0, 0x1e, 0xff}},
		stun.NewShortTermIntegrity(c.password), stun.Fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(request.Raw); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(answerWithin))
	b := make([]byte, 1500)
	n, err := conn.Read(b)
	return err == nil && stun.IsMessage(b[:n])
}

// turnProbe is one TURN control connection over TCP.
type turnProbe struct {
	t      testing.TB
	conn   net.Conn
	relay  signaling.Relay
	realm  stun.Realm
	nonce  stun.Nonce
	broken error // the connection is over
}

func newTurnProbe(t testing.TB, r signaling.Relay) *turnProbe {
	t.Helper()
	u, err := url.Parse(strings.Replace(r.URLs[0], "turn:", "turn://", 1))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp4", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &turnProbe{t: t, conn: conn, relay: r}
}

// allocate asks for an allocation; 0 is success, else the error code, -1 no answer.
func (p *turnProbe) allocate() int {
	p.t.Helper()
	return p.ask(stun.MethodAllocate, stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{17, 0, 0, 0}})
}

// refresh asks to keep the allocation (RFC 8656 §7).
func (p *turnProbe) refresh() int {
	p.t.Helper()
	return p.ask(stun.MethodRefresh, stun.RawAttribute{Type: stun.AttrLifetime, Value: []byte{0, 0, 2, 0x58}})
}

// ask sends a request, twice if the server gives realm and nonce first.
func (p *turnProbe) ask(method stun.Method, attributes ...stun.Setter) int {
	p.t.Helper()
	for range 2 {
		setters := append([]stun.Setter{stun.NewType(method, stun.ClassRequest), stun.TransactionID}, attributes...)
		if len(p.nonce) > 0 {
			key := stun.NewLongTermIntegrity(p.relay.Username, p.realm.String(), p.relay.Credential)
			setters = append(setters, stun.NewUsername(p.relay.Username), p.realm, p.nonce, key)
		}
		answer := p.exchange(setters)
		if answer == nil {
			return -1
		}
		if answer.Type.Class == stun.ClassSuccessResponse {
			return 0
		}
		var code stun.ErrorCodeAttribute
		if err := code.GetFrom(answer); err != nil {
			p.t.Fatal(err)
		}
		fresh := len(p.nonce) == 0 || code.Code == stun.CodeStaleNonce
		if !fresh || p.realm.GetFrom(answer) != nil || p.nonce.GetFrom(answer) != nil {
			return int(code.Code)
		}
	}
	return int(stun.CodeUnauthorized)
}

func (p *turnProbe) exchange(setters []stun.Setter) *stun.Message {
	request, err := stun.Build(setters...)
	if err != nil {
		p.t.Fatal(err)
	}
	_ = p.conn.SetDeadline(time.Now().Add(2 * time.Second))
	if _, p.broken = p.conn.Write(request.Raw); p.broken != nil {
		return nil
	}
	for {
		head := make([]byte, 20)
		if _, p.broken = io.ReadFull(p.conn, head); p.broken != nil {
			return nil
		}
		m := &stun.Message{Raw: append(head, make([]byte, binary.BigEndian.Uint16(head[2:]))...)}
		if _, p.broken = io.ReadFull(p.conn, m.Raw[20:]); p.broken != nil {
			return nil
		}
		if err := m.Decode(); err != nil {
			p.t.Fatal(err)
		}
		if m.TransactionID == request.TransactionID {
			return m
		}
	}
}
