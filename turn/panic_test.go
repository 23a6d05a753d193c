package turn

import (
	"net"
	"net/netip"
	"sync/atomic"
	"testing"

	"github.com/pion/stun/v4"
)

// fragile is a relay's socket that fails when told to.
type fragile struct {
	direct
	reads, writes, waits *atomic.Bool
}

func (f fragile) ReadFrom(p []byte) (int, net.Addr, error) {
	n, from, err := f.socket.ReadFrom(p)
	if f.reads.Load() {
		panic("read")
	}
	return n, from, err
}

func (f fragile) WriteTo(p []byte, to net.Addr) (int, error) {
	if f.writes.Load() {
		panic("write")
	}
	return f.socket.WriteTo(p, to)
}

func (f fragile) Send(p []byte, to netip.AddrPort) (int, error) {
	if f.writes.Load() {
		panic("send")
	}
	return f.direct.Send(p, to)
}

func (f fragile) Waiting(bytes int) {
	if f.waits.Load() {
		panic("waiting")
	}
	f.socket.Waiting(bytes)
}

// TestPanicsEndOneClient: what fails in what Pion's goroutines call of ours ends whoever caused it, and nobody else.
func TestPanicsEndOneClient(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			var allowed, opens, reads, writes, waits atomic.Bool
			b := start(t, func(c *Config) {
				open := c.Relay
				c.Relay = func(six bool) (net.PacketConn, error) {
					if opens.Load() {
						panic("open")
					}
					s, err := open(six)
					return fragile{s.(direct), &reads, &writes, &waits}, err
				}
				c.Allowed = func(string) bool {
					if allowed.Load() {
						panic("allowed")
					}
					return true
				}
			}).over(t, transport)
			bound := func(user string) *client {
				c := b.enter(t, user)
				if code := c.bind(0x4001, peerAttr(mediaAddr)); code != 0 {
					t.Fatal(code)
				}
				return c
			}
			other := bound("other")
			for what, fail := range map[string]struct {
				on  *atomic.Bool
				act func(*client)
			}{
				"question of presence": {&allowed, func(c *client) { c.write(signed(c, stun.MethodRefresh)...) }},
				"opening of a relay": {&opens, func(c *client) {
					name, password := b.Issue("p2")
					if code := b.dial(t, name, password).allocate(); code != 508 {
						t.Errorf("allocate: %d, want 508", code)
					}
				}},
				"read from a relay":     {&reads, func(c *client) { b.media.relay(t, c.relayed).send(t, otherPort, "anything") }},
				"write to a relay":      {&writes, func(c *client) { c.send(peerAttr(mediaAddr), "anything at all") }},
				"a channel to a relay":  {&writes, func(c *client) { c.sendChannel(0x4001, "anything at all") }},
				"a channel to a client": {&waits, func(c *client) { b.media.relay(t, c.relayed).send(t, mediaAddr, "anything") }},
			} {
				c := bound("p1")
				before := b.count("panicked")
				fail.on.Store(true)
				fail.act(c)
				until(t, what+" counted", func() bool { return b.count("panicked") > before })
				fail.on.Store(false)
				other.sendChannel(0x4001, "unharmed")
				b.media.expect(t, "unharmed")
				b.media.relay(t, other.relayed).send(t, mediaAddr, "unharmed")
				other.expect("unharmed")
				b.Revoke("p1")
			}
			until(t, "places free", func() bool { return b.Stats().Allocations == 1 })
		})
	}
}

func signed(c *client, method stun.Method) []stun.Setter {
	return []stun.Setter{stun.NewType(method, stun.ClassRequest), stun.NewUsername(c.username), stun.NewRealm(c.realm), stun.NewNonce(c.nonce),
		stun.NewLongTermIntegrity(c.username, c.realm, c.password)}
}
