package turn

import (
	"net"
	"sync/atomic"
	"testing"

	"github.com/pion/stun/v4"
)

func TestThirdAllocation(t *testing.T) {
	b := start(t)
	name, password := b.Issue("p1")
	var held []*client
	for range allocationsPerUser {
		c := b.dial(t, name, password)
		if code := c.allocate(); code != 0 {
			t.Fatal(code)
		}
		held = append(held, c)
	}
	third := b.dial(t, name, password)
	if code := third.allocate(); code != 486 {
		t.Fatalf("third allocation: %d, want 486", code)
	}
	b.enter(t, "p2")
	held[0].conn.Close()
	until(t, "place free", func() bool { return third.allocate() == 0 })
	// Concurrent requests share the same places.
	codes := make(chan int, 20)
	n2, p2 := b.Issue("p3")
	for range cap(codes) {
		c := b.dial(t, n2, p2)
		go func() { codes <- c.allocate() }()
	}
	got := map[int]int{}
	for range cap(codes) {
		got[<-codes]++
	}
	if got[0] != allocationsPerUser || got[486] != cap(codes)-allocationsPerUser {
		t.Errorf("concurrent allocations: %v", got)
	}
}

// TestNoPlaceIsKeptForNothing: a place that was taken for an allocation that did not come to be is free again, for its user
// and on its connection.
func TestNoPlaceIsKeptForNothing(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			var fails atomic.Bool
			b := start(t, func(c *Config) {
				open := c.Relay
				c.Relay = func(six bool) (net.PacketConn, error) {
					if fails.Load() {
						panic("open")
					}
					return open(six)
				}
			}).over(t, transport)
			name, password := b.Issue("p1")
			var all []*client
			for range allocationsPerUser {
				c := b.dial(t, name, password)
				c.ask(stun.MethodRefresh) // for a nonce
				c.write(append([]stun.Setter{stun.NewType(stun.MethodAllocate, stun.ClassRequest), overUDP, lifetime(0)}, signed(c, stun.MethodAllocate)[1:]...)...)
				if code, _ := c.ask(stun.MethodRefresh); code != 401 {
					t.Errorf("refresh of an allocation for no time: %d, want 401", code)
				}
				fails.Store(true)
				if code := c.allocate(); code != 508 {
					t.Errorf("allocate of a relay that fails: %d, want 508", code)
				}
				fails.Store(false)
				all = append(all, c)
			}
			for range allocationsPerUser {
				if code := b.dial(t, name, password).allocate(); code != 0 {
					t.Errorf("afterwards: %d", code)
				}
			}
			b.Revoke("p1")
			for _, c := range all {
				if c.username, c.password = b.Issue("p1"); c.allocate() != 0 {
					t.Error("none on the same connection")
				}
			}
		})
	}
}

// TestAPlaceIsTakenOnce: between the end of an allocation in the library and here its connection takes no other place.
func TestAPlaceIsTakenOnce(t *testing.T) {
	b := start(t)
	b.enter(t, "p1")
	b.Issue("p2")
	b.mu.Lock()
	var held *tuple
	for _, held = range b.tuples {
	}
	first, other := held.relay, b.credentials.byUser["p2"]
	b.mu.Unlock()
	held.asked = other
	if b.reserve(held) {
		t.Error("two places for one connection")
	}
	first.Close()
	if s := b.Stats(); s.Allocations != 0 {
		t.Errorf("%d allocations are counted", s.Allocations)
	}
}
