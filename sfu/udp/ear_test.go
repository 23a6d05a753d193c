package udp

import (
	"net"
	"net/netip"
	"testing"
	"time"
)

// ear is somebody on the network.
type ear struct {
	conn *net.UDPConn
	at   netip.AddrPort
}

func newEar(t testing.TB) *ear { return earAt(t, "127.0.0.1:0") }

func earAt(t testing.TB, address string) *ear {
	t.Helper()
	c, err := net.ListenPacket("udp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	conn := c.(*net.UDPConn)
	if err := conn.SetReadBuffer(BufferSize); err != nil {
		t.Fatal(err)
	}
	return &ear{conn, unmap(conn.LocalAddr().(*net.UDPAddr).AddrPort())}
}

// hear waits for that many packets.
func (e *ear) hear(t testing.TB, count int) (all []string) {
	t.Helper()
	if err := e.conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1<<16)
	for range count {
		n, _, err := e.conn.ReadFromUDPAddrPort(b)
		if err != nil {
			t.Fatalf("after %d of %d packets: %v", len(all), count, err)
		}
		all = append(all, string(b[:n]))
	}
	return all
}
