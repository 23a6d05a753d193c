package main

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"jalsa/web"
)

// Limits per network see the client behind proxies that are known, and what anybody else writes into the header is not
// believed.
func TestForwardedFor(t *testing.T) {
	const peer = "192.0.2.1:4711"
	proxies := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("::ffff:192.0.2.3"), netip.MustParseAddr("fe80::1")}
	for _, c := range []struct {
		name   string
		peer   string
		header []string
		want   string // network
	}{
		{"one client", peer, []string{"203.0.113.9"}, "203.0.113.0/24"},
		{"what the client wrote itself", peer, []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.0/24"},
		{"two proxies", peer, []string{"198.51.100.1, 203.0.113.9, 192.0.2.2"}, "203.0.113.0/24"},
		{"two headers", peer, []string{"198.51.100.1", "203.0.113.9,192.0.2.2"}, "203.0.113.0/24"},
		{"an address of IPv6", peer, []string{"2001:db8:1::9"}, "2001:db8:1::/64"},
		{"an address with port", peer, []string{"203.0.113.9:4711"}, "203.0.113.0/24"},
		{"an address of IPv6 with port", peer, []string{"[2001:db8:1::9]:4711"}, "2001:db8:1::/64"},
		{"IPv4 written as IPv6", peer, []string{"::ffff:203.0.113.9"}, "203.0.113.0/24"},
		{"a proxy of IPv6", "[2001:db8::1]:4711", []string{"203.0.113.9"}, "203.0.113.0/24"},
		{"a proxy on a socket of both families", "[::ffff:192.0.2.1]:4711", []string{"203.0.113.9"}, "203.0.113.0/24"},
		{"a proxy that was named as IPv6", "192.0.2.3:4711", []string{"203.0.113.9"}, "203.0.113.0/24"},
		{"a proxy of one card", "[fe80::1%eth0]:4711", []string{"203.0.113.9"}, "203.0.113.0/24"},
		{"no header", peer, nil, "192.0.2.0/24"},
		{"nothing in it", peer, []string{""}, "192.0.2.0/24"},
		{"garbage at the right", peer, []string{"203.0.113.9, unknown"}, "192.0.2.0/24"},
		{"garbage at the left", peer, []string{"unknown, 203.0.113.9"}, "203.0.113.0/24"},
		{"only proxies", peer, []string{"192.0.2.2"}, "192.0.2.0/24"},
		{"somebody who plays proxy", "198.51.100.7:4711", []string{"203.0.113.9"}, "198.51.100.0/24"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			handler := forwarded(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = web.NetworkOf(r) }), proxies)
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = c.peer
			r.Header["X-Forwarded-For"] = c.header
			handler.ServeHTTP(nil, r)
			if got != c.want {
				t.Errorf("network %s, want %s", got, c.want)
			}
			if r.RemoteAddr != c.peer {
				t.Error("the request of others was changed")
			}
		})
	}
}
