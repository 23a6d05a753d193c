package main

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"
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
	if new(gaits).gently(c) != c {
		t.Error("a connection of the same machine is held up")
	}
}
