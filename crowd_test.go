package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/pion/stun/v4"
	"pgregory.net/rapid"

	"jalsa/strangers"
	"jalsa/turn"
)

func tcpAddr(text string) net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(text)) }

func TestCrowdCountsByAddress(t *testing.T) {
	c := newCrowd(100, 2, netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("::ffff:198.51.100.8"))
	enter := func(from string) (*guest, bool) {
		g, ok := c.enter(nil)
		if !ok {
			t.Fatal("no room in all")
		}
		_, ok = c.settle(g, tcpAddr(from))
		return g, ok
	}
	for _, s := range []struct {
		from string
		want bool
	}{
		{"203.0.113.1:1", true}, {"203.0.113.1:2", true}, {"203.0.113.1:3", false},
		{"203.0.113.2:1", true},
		{"[::ffff:203.0.113.2]:2", true}, {"203.0.113.2:3", false}, // the same address on a socket of both families
		{"[2001:db8::1]:1", true}, {"[2001:db8::2]:1", true}, {"[2001:db8::3]:1", false}, // one subscriber
		{"[2001:db8:0:1::1]:1", true}, // another
		{"[2001:db8:0:1::1]:2", true}, {"[2001:db8:0:2::1]:1", true}, {"[2001:db8:0:2::1]:2", true}, {"[2001:db8:0:3::1]:1", true}, {"[2001:db8:0:3::1]:2", true},
		{"[2001:db8:0:4::1]:1", false}, {"[2001:db8:1::1]:1", true}, // more of one customer, and another customer
		{"127.0.0.1:1", true}, {"127.0.0.1:2", true}, {"127.0.0.1:3", true},
		{"198.51.100.7:1", true}, {"198.51.100.7:2", true}, {"198.51.100.7:3", true}, // a proxy
		{"198.51.100.8:1", true}, {"198.51.100.8:2", true}, {"198.51.100.8:3", true}, // another
	} {
		if _, ok := enter(s.from); ok != s.want {
			t.Errorf("%s: %v", s.from, ok)
		}
	}
}

// Whatever comes and goes, and however often it is closed: nobody is counted who is gone, and no limit is passed.
func TestCrowdForgetsWhoLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const most, each = 20, 3
		c := newCrowd(most, each)
		near, far := net.Pipe()
		defer near.Close()
		defer far.Close()
		inside := map[*guest]string{}
		addresses := rapid.SampledFrom([]string{"203.0.113.1:1", "203.0.113.2:1", "[2001:db8::1]:1", "127.0.0.1:1"})
		t.Repeat(map[string]func(*rapid.T){
			"come": func(t *rapid.T) {
				g, ok := c.enter(near)
				if ok != (len(inside) < most) {
					t.Fatalf("%d inside, one more: %v", len(inside), ok)
				}
				if !ok {
					return
				}
				from := addresses.Draw(t, "from")
				same := 0
				for _, other := range inside {
					if other == from {
						same++
					}
				}
				share := min(each, max(1, (most-len(inside)-1)/4)) // of what is left
				if _, ok := c.settle(g, tcpAddr(from)); ok != (same < share || from == "127.0.0.1:1") {
					t.Fatalf("%d inside from %s, one more: %v", same, from, ok)
				} else if !ok {
					c.leave(g)
					return
				}
				inside[g] = from
			},
			"leave": func(t *rapid.T) {
				for g := range inside {
					c.leave(g)
					c.leave(g)
					if _, ok := c.settle(g, tcpAddr("203.0.113.1:1")); ok {
						t.Fatal("settled after it left")
					}
					delete(inside, g)
					break
				}
			},
			"": func(t *rapid.T) {
				from := map[string]bool{}
				for _, f := range inside {
					if f != "127.0.0.1:1" {
						from[f] = true
					}
				}
				if n, addresses := c.size(); n != len(inside) || addresses != len(from) {
					t.Fatalf("%d of %d addresses counted, %d of %d inside", n, addresses, len(inside), len(from))
				}
			},
		})
	})
}

// Sixteen addresses, or /48s, that each take as many connections as they are let, do not fill the house: a hall full of people
// behind one more still gets in, and each of them stays inside. It once took sixteen to keep everybody out.
func TestAFewDoNotFillTheHouse(t *testing.T) {
	for name, address := range map[string]string{"addresses": "203.0.113.%d:1", "walks": "[2001:db8:%d:%x::1]:1"} {
		t.Run(name, func(t *testing.T) {
			c := newCrowd(crowdLimit, addressLimit)
			come := func(address string) bool {
				g, ok := c.enter(nil)
				if !ok {
					return false
				}
				if _, ok = c.settle(g, tcpAddr(address)); !ok {
					c.leave(g)
				}
				c.hear(g)
				return ok
			}
			for subnet := range 10 * addressLimit {
				for few := range 16 {
					if !strings.Contains(address, "%x") {
						come(fmt.Sprintf(address, few))
						continue
					}
					come(fmt.Sprintf(address, few, subnet)) // each time from another of their /64s
				}
			}
			taken, _ := c.size()
			hall := 0
			for come("198.51.100.1:1") {
				hall++
			}
			if hall < 100 {
				t.Errorf("%d are inside, and %d of one more network", taken, hall)
			}
			if again, _ := c.size(); again != taken+hall {
				t.Errorf("%d inside, then %d", taken+hall, again)
			}
		})
	}
}

// Nor do sixteen addresses that say nothing take so many places of those who have not spoken yet that somebody else's handshake
// is ended for them; who has spoken is none of them, and those who go away make room.
func TestAFewEndNoHandshakes(t *testing.T) {
	c := newCrowd(crowdLimit, addressLimit)
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	var silent []*guest
	come := func() {
		for i := range 16 * addressLimit {
			if g, ok := c.enter(near); ok {
				if _, ok = c.settle(g, tcpAddr(fmt.Sprintf("203.0.113.%d:1", i%16))); ok {
					silent = append(silent, g)
				} else {
					c.leave(g)
				}
			}
		}
	}
	if come(); len(silent) > turn.UndecidedLimit*9/10 || len(silent) < turn.UndecidedLimit/2 {
		t.Errorf("%d are let in and say nothing", len(silent))
	}
	before := len(silent)
	for _, g := range silent {
		c.hear(g)
		c.hear(g)
	}
	if come(); len(silent) < before*3/2 {
		t.Errorf("%d more when those have spoken", len(silent)-before)
	}
	for _, g := range silent {
		g.Close()
		c.hear(g)
	}
	if c.silent != 0 || c.mute.Networks() != 0 {
		t.Errorf("%d are silent when all are gone", c.silent)
	}
}

// An address that has its share gets no further, whether it comes itself or by a proxy; others come in, and so does it when
// one of its connections has ended.
func TestDoorKeepsShares(t *testing.T) {
	proxies := []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	th := newThreshold(t, behind(listening(t), proxies), newCrowd(1000, 2, proxies...), certified(t))
	from := func(address string) (net.Conn, error) {
		conn := th.dial()
		fmt.Fprintf(conn, "PROXY TCP4 %s 198.51.100.1 4711 443\r\n", address)
		secure := tls.Client(conn, th.client(nil))
		return secure, secure.Handshake()
	}
	first, err := from("203.0.113.9")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := from("203.0.113.9"); err != nil {
		t.Fatal(err)
	}
	if _, err := from("203.0.113.9"); err == nil {
		t.Error("a third connection of one address")
	}
	if _, err := from("203.0.113.10"); err != nil {
		t.Errorf("another address: %v", err)
	}
	if s := th.stats(); s.Refused["address"] != 1 || s.Addresses != 2 || s.Connections != 3 {
		t.Errorf("counted %+v", s)
	}
	first.Close()
	until(t, "its end is seen", func() bool { return th.stats().Connections == 2 })
	if _, err := from("203.0.113.9"); err != nil {
		t.Errorf("after one has ended: %v", err)
	}
}

// foreign is a listener whose connections seem to come from far away.
type foreign struct{ net.Listener }

type foreignConn struct{ layer }

func (foreignConn) RemoteAddr() net.Addr { return tcpAddr("203.0.113.9:4711") }

func (l foreign) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return foreignConn{layer{conn}}, err
}

// Whoever has said what it comes for is silent no more, with TLS and without.
func TestDoorHearsWhoSpeaks(t *testing.T) {
	for name, certs := range map[string]certificates{"plain": nil, "TLS": certified(t)} {
		t.Run(name, func(t *testing.T) {
			th := newThreshold(t, foreign{listening(t)}, roomy(), certs)
			silent := func() int {
				th.crowd.mu.Lock()
				defer th.crowd.mu.Unlock()
				return th.crowd.silent
			}
			conn := th.dial()
			until(t, "come in, silent", func() bool { return silent() == 1 })
			if certs != nil {
				conn = tls.Client(conn, th.client(nil))
			}
			request := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
			if _, err := request.WriteTo(conn); err != nil {
				t.Fatal(err)
			}
			until(t, "heard", func() bool { return silent() == 0 })
			if n, _ := th.crowd.size(); n != 1 {
				t.Errorf("%d inside", n)
			}
		})
	}
}

// Without a proxy, who is too many is closed before a byte is read.
func TestDoorIsFull(t *testing.T) {
	for _, c := range []struct {
		name  string
		crowd *crowd
	}{{"address", newCrowd(1000, 2)}, {"full", newCrowd(13, 1000)}} {
		t.Run(c.name, func(t *testing.T) {
			th := newThreshold(t, foreign{listening(t)}, c.crowd, nil)
			for range 2 {
				th.dial()
			}
			if _, err := th.dial().Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("the third: %v", err)
			}
			if s := th.stats(); s.Refused[c.name] != 1 || s.Connections != 2 {
				t.Errorf("counted %+v", s)
			}
		})
	}
}

// Who comes and goes too often is turned away at the door, though nobody of them has stayed; others come in.
func TestDoorBoundsArrivals(t *testing.T) {
	d := newDoor(foreign{listening(t)}, roomy())
	d.arrivals = strangers.NewPaces(2, 0)
	th := behindDoor(t, d, nil)
	for range 2 {
		conn := th.dial()
		if _, err := get(conn); err != nil {
			t.Fatal(err)
		}
		conn.Close()
		until(t, "gone", func() bool { return th.stats().Connections == 0 })
	}
	if _, err := th.dial().Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the third: %v", err)
	}
	if s := th.stats(); s.Refused["often"] != 1 || s.Refused["address"] != 0 || s.Connections != 0 {
		t.Errorf("counted %+v", s)
	}
}
