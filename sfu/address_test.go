package sfu

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"syscall"
	"testing"
)

// TestPlaces: where media sockets are bound, and what clients are told.
func TestPlaces(t *testing.T) {
	ip := netip.MustParseAddr
	bridged := machine{
		lasting:  []netip.Addr{ip("172.17.0.1"), ip("10.0.0.5"), ip("2001:db8::5")},
		loopback: []netip.Addr{ip("127.0.0.1"), ip("::1")},
		toward:   func(netip.Addr) netip.Addr { return ip("10.0.0.5") },
	}
	alone := machine{loopback: bridged.loopback, toward: func(netip.Addr) netip.Addr { return netip.Addr{} }}
	for _, c := range []struct {
		name   string
		m      machine
		media  string
		public string
		want   string // bound=announced,announced …; or "error: " and a part of it
	}{
		{"one address", bridged, "10.0.0.5:443", "", "10.0.0.5:443=10.0.0.5"},
		{"all of IPv4", bridged, "0.0.0.0:443", "", "172.17.0.1:443=172.17.0.1 10.0.0.5:443=10.0.0.5"},
		{"all", bridged, ":443", "", "172.17.0.1:443=172.17.0.1 10.0.0.5:443=10.0.0.5 [2001:db8::5]:443=2001:db8::5"},
		{"all, twice", bridged, "0.0.0.0:443 [::]:443", "", "172.17.0.1:443=172.17.0.1 10.0.0.5:443=10.0.0.5 [2001:db8::5]:443=2001:db8::5"},
		{"two ports", bridged, "10.0.0.5:443 10.0.0.5:444", "", "10.0.0.5:443=10.0.0.5 10.0.0.5:444=10.0.0.5"},
		{"nothing but loopback", alone, ":443", "", "127.0.0.1:443=127.0.0.1 [::1]:443=::1"},
		{"translated", bridged, "10.0.0.5:443", "203.0.113.7", "10.0.0.5:443=203.0.113.7"},
		{"translated, and reached from inside", bridged, "10.0.0.5:443", "203.0.113.7 10.0.0.5", "10.0.0.5:443=203.0.113.7,10.0.0.5"},
		{"translated in IPv4 only", bridged, "10.0.0.5:443 [2001:db8::5]:443", "203.0.113.7", "10.0.0.5:443=203.0.113.7 [2001:db8::5]:443=2001:db8::5"},
		{"two translated, in order", bridged, "172.17.0.1:443 10.0.0.5:443", "203.0.113.7 203.0.113.8", "172.17.0.1:443=203.0.113.7 10.0.0.5:443=203.0.113.8"},
		{"order of each family", bridged, "172.17.0.1:443 [2001:db8::5]:443 10.0.0.5:443", "2001:db8:1::1 203.0.113.7 203.0.113.8",
			"172.17.0.1:443=203.0.113.7 10.0.0.5:443=203.0.113.8 [2001:db8::5]:443=2001:db8:1::1"},
		{"all, by the route", bridged, ":443", "203.0.113.7", "10.0.0.5:443=203.0.113.7 [2001:db8::5]:443=2001:db8::5"},
		{"all, by the address itself", bridged, "0.0.0.0:443", "172.17.0.1", "172.17.0.1:443=172.17.0.1"},
		{"written as IPv6", bridged, "[::ffff:10.0.0.5]:443", "::ffff:203.0.113.7", "10.0.0.5:443=203.0.113.7"},
		{"no route", alone, "0.0.0.0:443", "203.0.113.7", "127.0.0.1:443=203.0.113.7"},
		{"no route, and a choice", machine{lasting: bridged.lasting, toward: alone.toward}, ":443", "203.0.113.7", "error: name the media address"},
		{"too few", bridged, "172.17.0.1:443 10.0.0.5:443", "203.0.113.7", "error: 1 public addresses for 2"},
		{"no such family", bridged, "10.0.0.5:443", "2001:db8::5", "error: no media address of its family"},
		{"no address", machine{}, ":443", "", "error: this machine has no address"},
		{"no port", bridged, "10.0.0.5", "", "error: media address \"10.0.0.5\""},
		{"nothing", bridged, "", "", "error: no media address"},
	} {
		var public []netip.Addr
		for _, a := range strings.Fields(c.public) {
			public = append(public, ip(a))
		}
		all, err := places(strings.Fields(c.media), public, c.m)
		var said []string
		for _, p := range all {
			var announced []string
			for _, a := range p.announced {
				announced = append(announced, a.String())
			}
			said = append(said, fmt.Sprintf("%v=%s", p.bound, strings.Join(announced, ",")))
		}
		got := strings.Join(said, " ")
		if err != nil {
			got = "error: " + err.Error()
		}
		if part, ok := strings.CutPrefix(c.want, "error: "); ok && strings.HasPrefix(got, "error: ") && strings.Contains(got, part) {
			continue
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestTooManyPlaces: a machine of many networks is asked which ones matter.
func TestTooManyPlaces(t *testing.T) {
	m := machine{toward: func(netip.Addr) netip.Addr { return netip.MustParseAddr("10.0.0.1") }}
	for i := range mostPlaces + 1 {
		m.lasting = append(m.lasting, netip.AddrFrom4([4]byte{10, 0, byte(i), 1}))
	}
	if _, err := places([]string{":443"}, nil, m); err == nil || !strings.Contains(err.Error(), "name those") {
		t.Errorf("error %v", err)
	}
	if all, err := places([]string{":443"}, []netip.Addr{netip.MustParseAddr("203.0.113.7")}, m); err != nil || len(all) != 1 {
		t.Errorf("with a public address: %v, %v", all, err)
	}
}

// TestFleeting: addresses that pass, and those that are not there yet, as Linux lists them.
func TestFleeting(t *testing.T) {
	const table = `fe80000000000000021122fffe334455 02 40 20 80     eth0
20010db8000000000000000000000005 02 40 00 80     eth0
20010db80000000089abcdef01234567 02 40 00 01     eth0
20010db80000000089abcdef01234568 02 40 00 21     eth0
20010db8000000000000000000000009 02 40 00 c0     eth0
20010db800000000000000000000000a 02 40 00 88     eth0
00000000000000000000000000000001 01 80 10 80       lo
nonsense
`
	found := fleeting(table)
	for _, a := range []string{"2001:db8::89ab:cdef:123:4567", "2001:db8::89ab:cdef:123:4568", "2001:db8::9", "2001:db8::a"} {
		if !found[netip.MustParseAddr(a)] {
			t.Errorf("%s is told to clients", a)
		}
	}
	if len(found) != 4 {
		t.Errorf("%v", found)
	}
}

// TestLostAddress: of all addresses one that cannot be bound is passed over; one that was named is an error.
func TestLostAddress(t *testing.T) {
	at := func(expanded bool, addresses ...string) (all []place) {
		for _, a := range addresses {
			ap := netip.MustParseAddrPort(a)
			all = append(all, place{bound: ap, announced: []netip.Addr{ap.Addr()}, expanded: expanded})
		}
		return all
	}
	const lost = "192.0.2.55:0"
	log := slog.New(slog.DiscardHandler)
	bindings, err := open(at(true, lost, "127.0.0.1:0"), log)
	if err != nil || len(bindings) != 1 {
		t.Errorf("%d sockets, %v", len(bindings), err)
	}
	_ = closing(bindings, nil)
	for _, all := range [][]place{at(false, "127.0.0.1:0", lost), at(true, lost)} {
		if bindings, err := open(all, log); !errors.Is(err, syscall.EADDRNOTAVAIL) || bindings != nil {
			t.Errorf("%v: %d sockets, %v", all, len(bindings), err)
		}
	}
}
