package sfu

import (
	"net"
	"sync/atomic"
	"testing"
)

// lossy is a socket that loses what in or out say, and counts RTP packets to each address.
type lossy struct {
	net.PacketConn
	in, out atomic.Pointer[func(b []byte, from net.Addr) bool]
	lost    atomic.Int64
}

func newLossy(t testing.TB) *lossy {
	t.Helper()
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return &lossy{PacketConn: c}
}

func (l *lossy) lose(b []byte, a net.Addr, f *func([]byte, net.Addr) bool) bool {
	if f == nil || !(*f)(b, a) {
		return false
	}
	l.lost.Add(1)
	return true
}

func (l *lossy) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := l.PacketConn.ReadFrom(b)
		if err != nil || !l.lose(b[:n], from, l.in.Load()) {
			return n, from, err
		}
	}
}

func (l *lossy) WriteTo(b []byte, to net.Addr) (int, error) {
	if l.lose(b, to, l.out.Load()) {
		return len(b), nil
	}
	return l.PacketConn.WriteTo(b, to)
}

// isRTP tells RTP and RTCP from STUN and DTLS (RFC 7983), and RTP from RTCP (RFC 5761).
func isRTP(b []byte) bool { return len(b) > 12 && b[0]>>6 == 2 && (b[1]&0x7f < 64 || b[1]&0x7f > 95) }

func isMedia(b []byte) bool { return len(b) > 12 && b[0]>>6 == 2 }

// every loses each n-th packet of a payload type.
func every(n int, payload byte) *func([]byte, net.Addr) bool {
	var seen atomic.Int64
	f := func(b []byte, _ net.Addr) bool {
		return isRTP(b) && b[1]&0x7f == payload && seen.Add(1)%int64(n) == 0
	}
	return &f
}
