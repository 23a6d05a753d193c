//go:build lab && linux

package lab

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Where things are in most rows.
const (
	serverFour = "203.0.113.2"
	serverSix  = "2001:db8:113::2"
	hostFour   = "198.51.100.2"
	hostSix    = "2001:db8:51::2"
	guestFour  = "192.0.2.2"
	guestSix   = "2001:db8:2::2"
	behind     = "10.1.0.2" // of a guest behind a router
)

// plainSite is a server with a public address, its host and one guest, all in IPv4.
func plainSite(w *world) *site {
	s := &site{world: w, server: w.host("server")}
	w.online(s.server, serverFour+"/24")
	s.add("host", hostFour, "/26", serverFour)
	s.add("guest", guestFour, "/26", serverFour)
	return s
}

// sixSite is plainSite in IPv6.
func sixSite(w *world) *site {
	s := &site{world: w, server: w.host("server")}
	w.online(s.server, serverSix+"/64")
	s.add("host", hostSix, "/64", serverSix)
	s.add("guest", guestSix, "/64", serverSix)
	return s
}

func (s *site) add(name, at, bits, dns string) *guest {
	h := s.world.host(name)
	s.world.online(h, at+bits)
	s.guests = append(s.guests, guest{host: h, at: []string{at}, dns: dns, path: "any"})
	return s.last()
}

func (s *site) last() *guest { return &s.guests[len(s.guests)-1] }

// routed puts the last guest behind a router, which is returned.
func (s *site) routed() *host {
	s.guests = s.guests[:len(s.guests)-1]
	router := s.world.host("router")
	s.world.online(router, "192.0.2.66/26")
	h := s.world.host("home")
	s.world.wire(h, "eth0", []string{behind + "/24"}, router, "lan", []string{"10.1.0.1/24"})
	s.guests = append(s.guests, guest{host: h, at: []string{behind}, dns: serverFour, path: "any"})
	s.router = router
	return router
}

// translates makes a router give each flow a port of its own, and let in nothing but answers to it.
func (h *host) translates() {
	h.world.t.Helper()
	h.routes()
	h.nft("add chain inet lab outwards { type nat hook postrouting priority srcnat; }", "add rule inet lab outwards oifname eth0 masquerade fully-random")
}

// onlyDirect takes the relay from the last guest.
func onlyDirect(s *site) { s.last().path = "direct" }

var netRows = []netRow{
	{name: "public address", lay: plainSite, path: "direct", within: directWithin,
		broken: "443/udp is closed, and no relay", breaks: func(s *site) {
			onlyDirect(s)
			s.server.drop("iifname eth0 ip saddr " + guestFour + " udp dport 443")
		}},

	{name: "server behind 1:1 NAT", lay: func(w *world) *site {
		s := &site{world: w, server: w.host("server"), flags: []string{"--public-address", serverFour}}
		router := w.host("translator")
		router.routes()
		w.online(router, serverFour+"/24")
		w.wire(s.server, "eth0", []string{"10.0.0.5/24"}, router, "lan", []string{"10.0.0.1/24"})
		router.nft("add chain inet lab inwards { type nat hook prerouting priority dstnat; }", "add rule inet lab inwards iifname eth0 dnat ip to 10.0.0.5",
			"add chain inet lab outwards { type nat hook postrouting priority srcnat; }", "add rule inet lab outwards oifname eth0 snat ip to "+serverFour)
		s.add("host", hostFour, "/26", serverFour)
		s.add("guest", guestFour, "/26", serverFour)
		return s
	}, path: "direct", within: directWithin, broken: "no --public-address, and no relay", breaks: func(s *site) {
		onlyDirect(s)
		s.flags = nil
	}},

	{name: "dual stack", lay: func(w *world) *site {
		s := &site{world: w, server: w.host("server")}
		w.online(s.server, serverFour+"/24", serverSix+"/64")
		both := w.host("host")
		w.online(both, hostFour+"/26", hostSix+"/64")
		s.guests = append(s.guests, guest{host: both, at: []string{hostFour, hostSix}, dns: serverSix, path: "any"})
		s.add("guest4", guestFour, "/26", serverFour)
		s.add("guest6", guestSix, "/64", serverSix)
		return s
	}, path: "direct", within: directWithin, broken: "media on IPv4 only, and no relay", breaks: func(s *site) {
		onlyDirect(s)
		s.flags = []string{"--media", "0.0.0.0:443"}
	}},

	{name: "IPv6 only", lay: sixSite, path: "direct", within: directWithin,
		broken: "443/udp is closed, and no relay", breaks: func(s *site) {
			onlyDirect(s)
			s.server.drop("iifname eth0 ip6 saddr " + guestSix + " udp dport 443")
		}},

	{name: "IPv6 only, UDP blocked", lay: func(w *world) *site {
		s := sixSite(w)
		w.internet.drop("ip6 saddr " + guestSix + " meta l4proto udp")
		return s
	}, path: "relay", within: relayWithin, broken: "no relay", breaks: onlyDirect},

	{name: "UDP blocked", lay: func(w *world) *site {
		s := plainSite(w)
		w.internet.drop("ip saddr " + guestFour + " meta l4proto udp")
		return s
	}, path: "relay", within: relayWithin, broken: "no relay", breaks: onlyDirect},

	{name: "443/tcp only", lay: func(w *world) *site {
		s := plainSite(w)
		w.internet.nft("add chain inet lab strict { type filter hook forward priority 0; }", "add rule inet lab strict ip saddr "+guestFour+" tcp dport 443 accept",
			"add rule inet lab strict ip saddr "+guestFour+" drop")
		return s
	}, path: "relay", within: relayWithin, broken: "the server is on another port", locked: true, breaks: func(s *site) { s.port = 8443 }},

	{name: "HTTP CONNECT proxy", lay: func(w *world) *site {
		s := plainSite(w)
		router := s.routed() // it passes nothing on
		s.last().dns, s.last().proxy = "", "10.1.0.1:3128"
		s.proxy = newConnectProxy(w.t, router, s.last().proxy, map[string]string{serverName: serverFour}, 443)
		return s
	}, path: "relay", within: relayWithin, proof: func(t *testing.T, s *site) {
		if n := s.proxy.tunnels(); n < 3 { // pages, socket, relay
			t.Errorf("%d tunnels", n)
		}
	}, broken: "the server is on another port", locked: true, breaks: func(s *site) { s.port = 8443 }},

	{name: "symmetric NAT", lay: func(w *world) *site {
		s := plainSite(w)
		s.routed().translates()
		s.server.nft("add set inet lab seen { type inet_service; flags dynamic; size 1000; }", "add chain inet lab look { type filter hook input priority 0; }",
			"add rule inet lab look ip saddr 192.0.2.66 udp dport 443 add @seen { udp sport }")
		return s
	}, path: "direct", within: directWithin, proof: func(t *testing.T, s *site) {
		local := s.met.people[1].winner().sockets[0].LocalAddr().String()
		port := strconv.Itoa(int(netip.MustParseAddrPort(local).Port()))
		if seen := s.server.ruled("seen"); len(seen) == 0 || slices.Contains(seen, port) {
			t.Errorf("the server sees ports %s of somebody at %s: no translation", strings.Join(seen, ", "), local)
		}
	}, broken: "answers leave from another address, and no relay", breaks: func(s *site) {
		onlyDirect(s)
		s.server.ip("address", "add", "203.0.113.3/24", "dev", "eth0")
		s.flags = []string{"--media", serverFour + ":443"}
		s.server.nft("add chain inet lab elsewhere { type filter hook output priority raw; }", "add rule inet lab elsewhere ip daddr 192.0.2.66 udp sport 443 ip saddr set 203.0.113.3")
	}},

	{name: "two addresses, two networks", lay: func(w *world) *site {
		s := plainSite(w)
		s.guests = s.guests[:1]
		office := w.host("office")
		w.wire(office, "eth0", []string{"10.20.0.9/24"}, s.server, "eth1", []string{"10.20.0.2/24"})
		office.ip("route", "delete", "default") // it knows nothing else
		s.guests = append(s.guests, guest{host: office, at: []string{"10.20.0.9"}, dns: "10.20.0.2", path: "any"})
		return s
	}, path: "direct", within: directWithin, broken: "media on the first address only, and no relay", breaks: func(s *site) {
		onlyDirect(s)
		s.flags = []string{"--media", serverFour + ":443"}
	}},

	{name: "two addresses, one let through", lay: func(w *world) *site {
		s := plainSite(w)
		s.server.ip("address", "add", "203.0.113.3/24", "dev", "eth0")
		s.last().dns = "203.0.113.3"
		s.last().host.drop("ip saddr " + serverFour)
		return s
	}, path: "direct", within: directWithin, broken: "media on the first address only, and no relay", breaks: func(s *site) {
		onlyDirect(s)
		s.flags = []string{"--media", serverFour + ":443"}
	}},
}
