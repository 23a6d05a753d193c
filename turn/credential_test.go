package turn

import (
	"errors"
	"syscall"
	"testing"

	"github.com/pion/stun/v4"
)

func TestIssueReplaces(t *testing.T) {
	b := start(t)
	first := b.enter(t, "p1")
	b.enter(t, "p2")
	name, password := b.Issue("p1")
	if name == first.username || password == first.password {
		t.Fatal("credential repeats")
	}
	late := b.dial(t, first.username, first.password)
	if code := late.allocate(); code != 401 {
		t.Errorf("allocate with replaced credential: %d, want 401", code)
	}
	if code, _ := first.ask(stun.MethodRefresh); code != 0 {
		t.Errorf("allocation made before: refresh %d, want 0", code)
	}
	// The old allocation gives way when the user needs the place, and only then.
	for i, want := range []int{0, 0, 486} {
		if code := b.dial(t, name, password).allocate(); code != want {
			t.Errorf("allocation %d: %d, want %d", i+1, code, want)
		}
	}
	if code, _ := first.ask(stun.MethodRefresh); code != -1 {
		t.Errorf("evicted allocation: refresh %d, want closed", code)
	}
	// Nor is a place kept for an allocation that did not come to be.
	name, password = b.Issue("p3")
	c := b.dial(t, name, password)
	c.ask(stun.MethodAllocate, stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{6, 0, 0, 0}})
	b.Issue("p3")
	if code := c.allocate(); code != 401 {
		t.Errorf("allocate with a credential replaced in between: %d, want 401", code)
	}
	if b.count("evicted") != 1 {
		t.Error("not counted")
	}
}

func TestRevokeEndsTrafficAtOnce(t *testing.T) {
	b := start(t)
	c, other := b.enter(t, "p1"), b.enter(t, "p2")
	for _, c := range []*client{c, other} {
		if code := c.bind(0x4001, peerAttr(mediaAddr)); code != 0 {
			t.Fatal(code)
		}
	}
	socket := b.media.relay(t, c.relayed)
	stop, flooded := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(flooded)
		frame := append([]byte{0x40, 0x01, 0, 8}, "flooding"...)
		for {
			if _, err := c.conn.Write(frame); err != nil {
				return
			}
		}
	}()
	go func() {
		for {
			select {
			case socket.in <- datagram{[]byte("downward"), mediaAddr}:
			case <-socket.done:
				return
			case <-stop:
				return
			}
		}
	}()
	defer close(stop)
	b.media.expect(t, "flooding")
	c.expect("downward")

	b.Revoke("p1")
	select {
	case <-socket.done:
	default:
		t.Error("relay is open when Revoke returns")
	}
	for len(b.media.got) > 0 {
		<-b.media.got
	}
	sent := b.Stats().FromMedia
	<-flooded
	other.sendChannel(0x4001, "unharmed")
	b.media.expect(t, "unharmed")
	b.media.relay(t, other.relayed).send(t, mediaAddr, "unharmed")
	other.expect("unharmed")
	// One may have been on its way to the connection, which takes no more.
	if now := b.Stats().FromMedia; now > sent+2 {
		t.Errorf("%d packets relayed after revocation", now-sent-1)
	}
	until(t, "connection gone", func() bool { s := b.Stats(); return s.Connections == 1 && s.Credentials == 1 })
	for method, call := range map[string]func(*client) int{
		"Refresh":  func(c *client) int { code, _ := c.ask(stun.MethodRefresh); return code },
		"Allocate": func(c *client) int { return c.allocate() },
	} {
		if code := call(b.dial(t, c.username, c.password)); code != 401 {
			t.Errorf("%s after revocation: %d, want 401", method, code)
		}
	}
	b.enter(t, "p1")
}

// What the kernel holds must not be delivered after an orderly end, so there is none.
func TestRevokeResets(t *testing.T) {
	b := start(t)
	c := b.enter(t, "p1")
	b.Revoke("p1")
	if _, _, err := c.read(); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("read: %v, want reset", err)
	}
}
