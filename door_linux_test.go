package main

import (
	"crypto/tls"
	"net"
	"net/netip"
	"testing"

	"github.com/pires/go-proxyproto"
	"golang.org/x/sys/unix"

	"jalsa/turn"
)

// The kernel keeps late media back also of a relayed connection under TLS, which the relay reaches through all layers.
func TestRelayReachesTheSocket(t *testing.T) {
	for name, certs := range map[string]certificates{"plain": nil, "TLS": certified(t)} {
		t.Run(name, func(t *testing.T) {
			th := newThreshold(t, behind(listening(t), []netip.Addr{netip.MustParseAddr("127.0.0.1")}), roomy(), certs)
			conn := th.dial()
			if _, err := proxyproto.HeaderProxyFromAddrs(2, conn.LocalAddr(), conn.RemoteAddr()).WriteTo(conn); err != nil {
				t.Fatal(err)
			}
			if certs != nil {
				conn = tls.Client(conn, th.client(nil))
			}
			if err := bind(conn); err != nil {
				t.Fatal(err)
			}
			tcp := turn.Below[*net.TCPConn](<-th.seen)
			if tcp == nil {
				t.Fatal("no socket below")
			}
			raw, err := tcp.SyscallConn()
			if err != nil {
				t.Fatal(err)
			}
			option := func(name int) (value int) {
				raw.Control(func(fd uintptr) { value, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, name) })
				return value
			}
			if unsent := option(unix.TCP_NOTSENT_LOWAT); unsent != 2<<10 || err != nil {
				t.Errorf("the kernel may keep %d bytes unsent, %v", unsent, err)
			}
			if unacked := option(unix.TCP_USER_TIMEOUT); unacked != 60_000 || err != nil {
				t.Errorf("the dead are kept for %d ms, %v", unacked, err)
			}
		})
	}
}
