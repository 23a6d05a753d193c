package main

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"jalsa/turn"
)

// TestGentleGait: what leaves fits into the queue of a link of 64 kbit/s, and a link that shows no queue is not held up.
func TestGentleGait(t *testing.T) {
	const round, room = 600 * time.Millisecond, 3_200
	for _, c := range []struct {
		name  string
		now   time.Duration // round trip while it is used
		least time.Duration // to get 40 KB out
		most  time.Duration
	}{{"thin", round + 180*time.Millisecond, 4800 * time.Millisecond, 5200 * time.Millisecond}, {"far", round, time.Second, 2200 * time.Millisecond}} {
		g := gait{rate: gentleRate}
		now := time.Unix(1, 0)
		begun, last, queued := now, now, 0.0
		for sent := 0; sent < 40_000; sent += gentlePiece {
			now = now.Add(g.step(gentlePiece, trip{c.now, round}, now))
			queued = max(0, queued-now.Sub(last).Seconds()*gentleRate) + gentlePiece
			if last = now; c.name == "thin" && queued > room {
				t.Fatalf("%.0f bytes in a queue of %d", queued, room)
			}
		}
		if c.name == "thin" && g.rate != gentleRate {
			t.Errorf("%d bytes a second", g.rate)
		}
		if took := now.Sub(begun); took < c.least || took > c.most {
			t.Errorf("%s: 40 KB after %v, want %v to %v", c.name, took, c.least, c.most)
		}
	}
}

// TestGentleNews: a path of which nothing is heard is not used more, and the first that is heard of a queue is enough.
func TestGentleNews(t *testing.T) {
	const round = 600 * time.Millisecond
	for _, c := range []struct {
		name  string
		heard time.Duration
		rate  int
	}{{"nothing", latest(round, round), gentleRate}, {"a queue", latest(round, round+20*time.Millisecond), gentleRate}, {"none", latest(round, round+2*time.Millisecond), 2 * gentleRate}} {
		g := gait{rate: gentleRate}
		now := time.Unix(1, 0)
		for range 7 { // a second
			now = now.Add(g.step(gentlePiece, trip{c.heard, round}, now))
		}
		if g.rate != c.rate {
			t.Errorf("%s: %d bytes a second, want %d", c.name, g.rate, c.rate)
		}
	}
}

// TestGentleCrowd: the connections of a browser leave room for one another; of many people behind one address each few do.
func TestGentleCrowd(t *testing.T) {
	var walkers gaits
	var all []*gentleConn
	for range browserMost + 1 {
		near, far := net.Pipe()
		defer far.Close()
		all = append(all, walkers.join(near))
	}
	now := time.Unix(1, 0)
	for i, c := range all {
		if wait := c.gait.step(gentlePiece, trip{}, now); (wait == 0) != (i%browserMost == 0) {
			t.Errorf("connection %d waits %v", i, wait)
		}
	}
	for range 2 { // net/http may close twice
		for _, c := range all {
			c.Close()
		}
	}
	if len(walkers.byHost) != 0 {
		t.Errorf("%d hosts are remembered", len(walkers.byHost))
	}
}

// TestGentlePause: pages that follow one another slowly tell nothing of what a path carries.
func TestGentlePause(t *testing.T) {
	g := gait{rate: gentleRate}
	now := time.Unix(1, 0)
	for range 10 {
		for range 3 {
			now = now.Add(g.step(gentlePiece, trip{600 * time.Millisecond, 600 * time.Millisecond}, now))
		}
		now = now.Add(2 * time.Second)
	}
	if g.rate != gentleRate {
		t.Errorf("%d bytes a second", g.rate)
	}
}

// TestGentleConn: all bytes leave in their order, also in writes larger than what is spread out.
func TestGentleConn(t *testing.T) {
	near, far := net.Pipe()
	c := new(gaits).join(near)
	c.gait.rate = 1 << 40
	sent := bytes.Repeat([]byte("0123456789abcde"), 5_000)
	go func() {
		defer near.Close()
		for _, b := range [][]byte{sent[:10], sent[10:5_000], sent[5_000:]} {
			if n, err := c.Write(b); n != len(b) || err != nil {
				t.Errorf("%d of %d bytes: %v", n, len(b), err)
			}
		}
	}()
	if got, err := io.ReadAll(far); err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d of %d bytes came, or others: %v", len(got), len(sent), err)
	}
	if c.left > 0 {
		t.Errorf("%d bytes are still to be spread out", c.left)
	}
}

// TestGentlyNear leaves those alone who are near.
func TestGentlyNear(t *testing.T) {
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	go func() {
		if c, err := net.Dial("tcp", plain.Addr().String()); err == nil {
			defer c.Close()
		}
	}()
	c, err := plain.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if (&gaits{far: longPath}).gently(c) != c {
		t.Error("a connection of the same machine is held up")
	}
}

// far is a listener whose connections are written to slowly at first.
type far struct{ net.Listener }

func (l far) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	slow := new(gaits).join(conn)
	slow.gait.rate = 1 << 40
	return slow, nil
}

// Who is far away is written to slowly, also below TLS; but for media, which paces itself.
func TestRelayIsNotSlow(t *testing.T) {
	th := newThreshold(t, far{listening(t)}, roomy(), certified(t))
	if text, err := get(tls.Client(th.dial(), th.client(nil))); err != nil || !strings.HasPrefix(text, "HTTP/1.1") {
		t.Errorf("page %q, %v", text, err)
	}
	if err := bind(tls.Client(th.dial(), th.client(nil))); err != nil {
		t.Fatal(err)
	}
	slow := turn.Below[*gentleConn](<-th.seen)
	slow.mu.Lock()
	defer slow.mu.Unlock()
	if slow.left > 0 {
		t.Errorf("%d bytes are still to be spread out", slow.left)
	}
}

// Whoever is far away and gets no further than the door leaves nothing behind, at whichever stage they go.
func TestFarLeaversAreForgotten(t *testing.T) {
	say := func(text string) func(*threshold) net.Conn {
		return func(th *threshold) net.Conn {
			conn := th.dial()
			io.WriteString(conn, text)
			return conn
		}
	}
	secure := func(alpn ...string) func(*threshold) net.Conn {
		return func(th *threshold) net.Conn {
			conn := tls.Client(th.dial(), th.client(func(c *tls.Config) { c.NextProtos = alpn }))
			if err := conn.Handshake(); err != nil {
				t.Error(err)
			}
			return conn
		}
	}
	certs := certified(t)
	for _, c := range []struct {
		name  string
		certs certificates
		come  func(*threshold) net.Conn
	}{
		{"before a word", nil, say("")},
		{"in a page", nil, say("GET / HTTP/1.1\r\n")},
		{"before a handshake", certs, say("")},
		{"in a handshake", certs, say("\x16\x03\x01\x02")},
		{"with garbage for a handshake", certs, say("\x16\x03\x01\x00\x05garbage")},
		{"with a page in clear text", certs, say("GET / HTTP/1.1\r\n\r\n")},
		{"after a handshake", certs, secure()},
		{"after a handshake for pages", certs, secure("http/1.1")},
		{"after a handshake for the relay", certs, secure(alpnTURN)},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDoor(listening(t), roomy())
			d.gaits.far = 0 // everybody is
			hosts := func(n int) func() bool {
				return func() bool {
					d.gaits.mu.Lock()
					defer d.gaits.mu.Unlock()
					return len(d.gaits.byHost) == n
				}
			}
			conn := c.come(behindDoor(t, d, c.certs))
			if c.name != "with garbage for a handshake" { // whose end is at once
				until(t, "known", hosts(1))
			}
			conn.Close()
			until(t, "gone", func() bool { return d.stats().Connections == 0 })
			until(t, "forgotten", hosts(0))
		})
	}
}
