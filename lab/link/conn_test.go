package link

import (
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"
)

func listen(t *testing.T) net.PacketConn {
	t.Helper()
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestConnCarriesBothWays: all that enters either direction arrives, in order and not early, but for what the queue
// cannot hold.
func TestConnCarriesBothWays(t *testing.T) {
	p, err := Unlimited().Parse("rate=1M,delay=20ms,queue=400ms")
	if err != nil {
		t.Fatal(err)
	}
	far := listen(t)
	defer func() { _ = far.Close() }()
	near := Wrap(listen(t), p, p, 1)
	const n = 100
	b := make([]byte, 2000)
	for _, way := range []struct {
		name     string
		from, to net.PacketConn
	}{{"out", near, far}, {"in", far, near}} {
		begin := time.Now()
		for i := range n {
			if _, err := way.from.WriteTo(append(fmt.Appendf(nil, "%03d", i), make([]byte, 97)...), way.to.LocalAddr()); err != nil {
				t.Fatal(err)
			}
		}
		for i := range n {
			if err := way.to.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			size, _, err := way.to.ReadFrom(b)
			if err != nil {
				t.Fatalf("%s: %d: %v", way.name, i, err)
			}
			if got := string(b[:3]); size != 100 || got != fmt.Sprintf("%03d", i) {
				t.Fatalf("%s: %d bytes of packet %s instead of %d", way.name, size, got, i)
			}
		}
		if least := 20*time.Millisecond + n*128*8*time.Microsecond; time.Since(begin) < least {
			t.Errorf("%s: %v, a link of 1M takes %v", way.name, time.Since(begin), least)
		}
	}
	for i, c := range counts(near) {
		if c.InPackets != n || c.OutPackets != n {
			t.Errorf("direction %d: %+v", i, c)
		}
	}
	if err := near.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := near.ReadFrom(b); !errors.Is(err, net.ErrClosed) {
		t.Errorf("read after close: %v", err)
	}
	if _, err := near.WriteTo(b[:1], far.LocalAddr()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("write after close: %v", err)
	}
}

func counts(c *Conn) [2]Counts {
	out, in := c.Counts()
	return [2]Counts{out, in}
}

func TestConnReadsUntilDeadline(t *testing.T) {
	c := Wrap(listen(t), Unlimited(), Unlimited(), 1)
	defer func() { _ = c.Close() }()
	if err := c.SetReadDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.ReadFrom(make([]byte, 10)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// TestConnOutage: a rate of 0 lets nothing through until it changes, and then what the queue held.
func TestConnOutage(t *testing.T) {
	none, err := Unlimited().Parse("rate=0,queue=64k")
	if err != nil {
		t.Fatal(err)
	}
	far := listen(t)
	defer func() { _ = far.Close() }()
	c := Wrap(listen(t), none, none, 1)
	defer func() { _ = c.Close() }()
	for range 3 {
		if _, err := c.WriteTo([]byte("x"), far.LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
	if out, _ := c.Counts(); out.OutPackets != 0 {
		t.Errorf("%+v", out)
	}
	c.Change(Unlimited(), Unlimited())
	for range 3 {
		if err := far.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := far.ReadFrom(make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
	}
}
