package turn

import (
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/stun/v4"
)

func TestBoundDataTakesTheShortcut(t *testing.T) {
	b := start(t)
	c := b.enter(t, "p1")
	socket := b.media.relay(t, c.relayed)
	if code := c.permit(peerAttr(mediaAddr)); code != 0 {
		t.Fatal(code)
	}
	socket.send(t, mediaAddr, "as an indication")
	c.expect("as an indication")
	if n := socket.read.Load(); n != 1 {
		t.Fatalf("%d datagrams read before a channel is bound", n)
	}
	if code := c.bind(0x4001, peerAttr(mediaAddr)); code != 0 {
		t.Fatal(code)
	}
	for _, data := range []string{"eight by", "not eight by", "on the channel"} {
		socket.send(t, mediaAddr, data)
		c.expect(data)
		c.sendChannel(0x4001, "back: "+data)
		b.media.expect(t, "back: "+data)
	}
	socket.send(t, otherPort, "foreign")
	socket.send(t, mediaAddr, "the last one")
	c.expect("the last one")
	if n := socket.read.Load(); n != 2 || b.count("from_peer") != 1 {
		t.Errorf("%d datagrams took the long way, %d were refused: want that of the foreigner", n, b.count("from_peer"))
	}
	if s := b.Stats(); s.FromMedia != 5 || s.ToMedia != 3 {
		t.Errorf("%d from media, %d to media", s.FromMedia, s.ToMedia)
	}
}

func TestSocketWithoutShortcut(t *testing.T) {
	b := start(t)
	b.media.long = true
	indicationsAndChannels(t, b)
}

// piped is a pipe that seems to be TCP.
type piped struct{ net.Conn }

func (piped) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(203, 0, 113, 1), Port: 4000} }
func (piped) LocalAddr() net.Addr  { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443} }

// TestChannelExpires as Pion has it, ten minutes after it was bound, though the allocation goes on.
func TestChannelExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{media: newMedia()}
		b.Server = b.make(t)
		defer b.Close()
		near, far := net.Pipe()
		defer near.Close()
		b.admit(piped{far})
		name, password := b.Issue("p1")
		c := clientOn(t, near, name, password)
		if code := c.allocate(lifetime(30 * time.Minute)); code != 0 {
			t.Fatal(code)
		}
		socket := b.media.relay(t, c.relayed)
		bound := time.Now()
		if code := c.bind(0x4001, peerAttr(mediaAddr)); code != 0 {
			t.Fatal(code)
		}
		passes := func() bool {
			t.Helper()
			c.sendChannel(0x4001, "up")
			socket.send(t, mediaAddr, "down there")
			synctest.Wait()
			up := len(b.media.got) == 1
			if up {
				<-b.media.got
			}
			near.SetReadDeadline(time.Now().Add(time.Second))
			_, _, err := c.frames.ReadFrom(make([]byte, 100))
			if down := err == nil; up != down {
				t.Fatalf("after %v: up %v, down %v", time.Since(bound), up, down)
			}
			return up
		}
		for time.Since(bound) < 10*time.Minute-5*time.Second {
			if !passes() {
				t.Fatalf("nothing passes after %v", time.Since(bound))
			}
			time.Sleep(2 * time.Second)
		}
		time.Sleep(time.Until(bound.Add(10*time.Minute + time.Second)))
		if passes() {
			t.Error("passes after ten minutes")
		}
		if code, _ := c.ask(stun.MethodRefresh); code != 0 {
			t.Errorf("the allocation is gone: %d", code)
		}
		if code := c.bind(0x4001, peerAttr(mediaAddr)); code != 0 || !passes() {
			t.Errorf("bound anew: %d", code)
		}
	})
}

// TestNoShortcutThroughAClosedRelay: neither way, from the first moment of its end.
func TestNoShortcutThroughAClosedRelay(t *testing.T) {
	b := start(t)
	c := b.enter(t, "p1")
	socket := b.media.relay(t, c.relayed)
	if code := c.bind(0x4001, peerAttr(mediaAddr)); code != 0 {
		t.Fatal(code)
	}
	b.mu.Lock()
	for _, other := range b.tuples {
		other.relay.closed.Store(true)
	}
	b.mu.Unlock()
	from, _ := addrPort(mediaAddr)
	if take := *socket.take.Load(); take([]byte("late"), from) {
		t.Error("taken")
	}
	c.sendChannel(0x4001, "late too")
	if code, _ := c.ask(stun.MethodBinding); code != 0 {
		t.Fatal(code)
	}
	if s := b.Stats(); s.FromMedia != 0 || s.ToMedia != 0 || len(b.media.got) != 0 {
		t.Errorf("%+v", s)
	}
}

func lifetime(d time.Duration) stun.Setter {
	s := int(d.Seconds())
	return stun.RawAttribute{Type: stun.AttrLifetime, Value: []byte{byte(s >> 24), byte(s >> 16), byte(s >> 8), byte(s)}}
}
