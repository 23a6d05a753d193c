package turn

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// TestOneCredentialOnManyPorts asks for 1000 allocations from 500 ports with one credential: two are had, and when all
// are gone nothing of it is left.
func TestOneCredentialOnManyPorts(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			b := start(t).over(t, transport)
			b.stop()
			name, password := b.Issue("p1")
			nonce := b.enter(t, "p2").nonce
			heap := settled()
			codes := map[int]int{}
			var all []*client
			for range 500 {
				c := b.reach(t, name, password)
				c.nonce = nonce // over UDP one source is challenged only so often
				all = append(all, c)
				for range 2 {
					codes[c.allocate()]++
				}
			}
			if s := b.Stats(); codes[0] != 2 || codes[437] != 2 || codes[486] != 996 || s.Allocations != 3 {
				t.Errorf("answers %v, %d allocations", codes, s.Allocations)
			}
			for _, c := range all {
				if transport == "udp" && c.relayed != nil {
					c.ask(stun.MethodRefresh, stun.RawAttribute{Type: stun.AttrLifetime, Value: make([]byte, 4)})
				}
				c.conn.Close()
			}
			until(t, "all gone", func() bool { s := b.Stats(); return s.Connections == 1 && s.Allocations == 1 })
			all = nil
			if grown := settled() - heap; grown > 1<<20 {
				t.Errorf("%d bytes are left of it", grown)
			}
		})
	}
}

// settled is the heap after all that is garbage is gone.
func settled() int64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestWrongCredentialsLockNobodyOut: 10,000 of them, from the address of the person whose name they use.
func TestWrongCredentialsLockNobodyOut(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			b := start(t).over(t, transport)
			b.stop()
			name, password := b.Issue("p1")
			inside := b.enter(t, "p2")
			heap := settled()
			request := message(t, stun.NewType(stun.MethodAllocate, stun.ClassRequest), overUDP, stun.NewUsername(name), stun.NewRealm("hearings"),
				stun.NewNonce(inside.nonce), stun.NewLongTermIntegrity(name, "hearings", "wrong"))
			c := b.dial(t, "", "")
			for i := range uint64(10_000) {
				if c.conn.Write(request); i%100 == 99 {
					until(t, "refused", func() bool { return b.count("password") > i || b.count("asking") > 0 })
				}
				if b.count("asking") > 0 {
					break // the connection is closed
				}
			}
			switch {
			case transport == "udp" && b.count("answer") < 9000:
				t.Errorf("%d answers were kept back", b.count("answer"))
			case transport != "udp" && (b.count("asking") != 1 || b.count("password") > answersAtOnce+1):
				t.Errorf("closed %d after %d wrong passwords", b.count("asking"), b.count("password"))
			}
			b.pass(time.Second)
			if code := b.dial(t, name, password).allocate(); code != 0 {
				t.Errorf("the rightful: %d", code)
			}
			if code, _ := inside.ask(stun.MethodRefresh); code != 0 {
				t.Errorf("who is inside: %d", code)
			}
			if grown := settled() - heap; grown > 1<<20 {
				t.Errorf("%d bytes are left of it", grown)
			}
		})
	}
}

// TestRevocationOverEveryTransport: when Revoke returns nothing is relayed, in either direction, and nothing of what the
// person holds is of any use.
func TestRevocationOverEveryTransport(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			b := start(t).over(t, transport)
			name, password := b.Issue("p1")
			one, two, other := b.dial(t, name, password), b.dial(t, name, password), b.enter(t, "p2")
			if one.allocate() != 0 || two.allocate() != 0 {
				t.Fatal("no allocations")
			}
			for i, c := range []*client{one, two, other} {
				if code := c.bind(0x4001, peerAttr(mediaAddr)); code != 0 {
					t.Fatal(code)
				}
				data := fmt.Sprint("upward from number ", i)
				c.sendChannel(0x4001, data)
				b.media.expect(t, data)
				b.media.relay(t, c.relayed).send(t, mediaAddr, "downward")
				c.expect("downward")
			}
			b.Revoke("p1")
			for _, c := range []*client{one, two} {
				select {
				case <-b.media.relay(t, c.relayed).done:
				default:
					t.Error("relay is open when Revoke returns")
				}
				c.sendChannel(0x4001, "after revocation")
				c.permitInBlind(t)
			}
			for method, call := range map[string]func(*client) int{
				"Refresh":          func(c *client) int { code, _ := c.ask(stun.MethodRefresh); return code },
				"CreatePermission": func(c *client) int { return c.permit(peerAttr(mediaAddr)) },
				"ChannelBind":      func(c *client) int { return c.bind(0x4001, peerAttr(mediaAddr)) },
				"Allocate":         func(c *client) int { return c.allocate() },
			} {
				if code := call(one); code == 0 {
					t.Errorf("%s works on the old 5-tuple", method)
				}
				if code := call(b.dial(t, name, password)); code != 401 {
					t.Errorf("%s from elsewhere: %d", method, code)
				}
			}
			other.sendChannel(0x4001, "unharmed")
			b.media.expect(t, "unharmed") // and nothing before it
			if s := b.Stats(); s.Allocations != 1 || s.Credentials != 1 {
				t.Errorf("left: %+v", s)
			}
		})
	}
}

// permitInBlind asks for a permission and sends, without waiting for an answer.
func (c *client) permitInBlind(t *testing.T) {
	t.Helper()
	c.conn.Write(message(t, stun.NewType(stun.MethodCreatePermission, stun.ClassRequest), peerAttr(mediaAddr), stun.NewUsername(c.username),
		stun.NewRealm(c.realm), stun.NewNonce(c.nonce), stun.NewLongTermIntegrity(c.username, c.realm, c.password)))
	c.send(peerAttr(mediaAddr), "after revocation")
}

// TestRequestsAreLimited: who has a credential cannot keep the server busy with it, and is heard again a moment later.
func TestRequestsAreLimited(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			b := start(t).over(t, transport)
			b.stop()
			c, other := b.enter(t, "p1"), b.enter(t, "p2")
			until(t, "counted", func() bool {
				for range 20 {
					c.write(signed(c, stun.MethodRefresh)...)
				}
				return b.count("request") > 0
			})
			if code, _ := other.ask(stun.MethodRefresh); code != 0 {
				t.Errorf("another: %d", code)
			}
			b.pass(time.Second)
			if code, _ := c.ask(stun.MethodRefresh); code != 0 {
				t.Errorf("a second later: %d", code)
			}
		})
	}
}

// TestAHeldRequestEndsWithItsConnection, and does not keep the server from closing.
func TestAHeldRequestEndsWithItsConnection(t *testing.T) {
	b := start(t)
	b.stop()
	c := b.enter(t, "p1")
	for range requestRate/2 + 1 {
		c.write(signed(c, stun.MethodRefresh)...)
	}
	until(t, "held", func() bool { return b.count("request") == 1 })
	b.Revoke("p1")
	until(t, "gone", func() bool { return b.Stats().Connections == 0 })
}
