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

func (e *ear) say(t testing.TB, what string, to netip.AddrPort) {
	t.Helper()
	if _, err := e.conn.WriteToUDPAddrPort([]byte(what), to); err != nil {
		t.Fatal(err)
	}
}

// fatal is testing.TB, or what rapid has of it.
type fatal interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// hearFrom waits for that many packets.
func (e *ear) hearFrom(t fatal, count int) (all []arrival) {
	t.Helper()
	if err := e.conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1<<16)
	for range count {
		n, from, err := e.conn.ReadFromUDPAddrPort(b)
		if err != nil {
			t.Fatalf("after %d of %d packets: %v", len(all), count, err)
		}
		all = append(all, arrival{data: string(b[:n]), from: unmap(from)})
	}
	return all
}

func (e *ear) hear(t fatal, count int) (all []string) {
	t.Helper()
	for _, a := range e.hearFrom(t, count) {
		all = append(all, a.data)
	}
	return all
}

// readBurst has take called with one burst of the socket's only reader.
func readBurst(s *Socket, take func(b []byte, from netip.AddrPort)) error {
	return s.readers[0].Run(lone(take), once)
}

// lone takes each packet as one that none follows.
func lone(take func(b []byte, from netip.AddrPort)) func([]byte, netip.AddrPort) bool {
	return func(b []byte, from netip.AddrPort) bool {
		take(b, from)
		return false
	}
}

func once() (more bool) { return false }
