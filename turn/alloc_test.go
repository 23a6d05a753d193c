package turn

import (
	"io"
	"net"
	"net/netip"
	"runtime"
	"testing"
	"time"
)

// deaf is a relay's socket that forgets what it is sent.
type deaf struct{ direct }

func (deaf) Send(p []byte, _ netip.AddrPort) (int, error) { return len(p), nil }

// TestRelayedPacketsAllocateNothing either way, once buffers have their size. The other half of the way is proven in sfu/udp.
// With TLS, of which this is without, crypto/tls allocates 32 bytes for each read of the socket.
func TestRelayedPacketsAllocateNothing(t *testing.T) {
	b := start(t, func(c *Config) {
		open := c.Relay
		c.Relay = func(six bool) (net.PacketConn, error) {
			s, err := open(six)
			return deaf{s.(direct)}, err
		}
		c.Rate = 1 << 30
	})
	c := b.enter(t, "p1")
	if code := c.bind(0x4001, peerAttr(mediaAddr)); code != 0 {
		t.Fatal(code)
	}
	c.conn.SetReadDeadline(time.Time{})
	const packets, size = 10, 1100
	frame := append([]byte{0x40, 0x01, size >> 8, size & 0xff}, make([]byte, size)...)
	sent := uint64(0)
	up := func() {
		for range packets {
			c.conn.Write(frame)
			sent++
		}
		for b.toMedia.Load() < sent {
			runtime.Gosched()
		}
	}
	from, _ := addrPort(mediaAddr)
	take, datagram, got := *b.media.relay(t, c.relayed).take.Load(), make([]byte, size), make([]byte, packets*len(frame))
	down := func() {
		for range packets {
			if !take(datagram, from) {
				t.Fatal("not taken")
			}
		}
		if _, err := io.ReadFull(c.conn, got); err != nil {
			t.Fatal(err)
		}
	}
	for name, relay := range map[string]func(){"to the media": up, "to the client": down} {
		if n := testing.AllocsPerRun(100, relay); n > 0 {
			t.Errorf("%s: %v allocations for %d packets", name, n, packets)
		}
	}
}
