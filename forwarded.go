package main

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// A proxy that speaks HTTP brings many in connections of its own, and says for each request from whom it is, in
// X-Forwarded-For. Everybody can write that header: it is believed from the addresses of --forwarded-for, and from the right,
// where the last of these proxies wrote, up to the first address that is none of them.

// forwarded puts the address of the client into RemoteAddr, where limits look.
func forwarded(next http.Handler, proxies []netip.Addr) http.Handler {
	if len(proxies) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if from := clientOf(r, proxies); from != "" {
			copied := *r
			copied.RemoteAddr = from
			r = &copied
		}
		next.ServeHTTP(w, r)
	})
}

// clientOf is whom a known proxy brings, with port 0; "" is the peer itself.
func clientOf(r *http.Request, proxies []netip.Addr) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !among(proxies, peer.Addr()) {
		return ""
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		addr, ok := hopAddr(strings.TrimSpace(hop))
		if !ok {
			return ""
		}
		if !among(proxies, addr) {
			return netip.AddrPortFrom(addr, 0).String()
		}
	}
	return ""
}

// hopAddr reads an address as proxies write them, some with a port.
func hopAddr(hop string) (netip.Addr, bool) {
	if addr, err := netip.ParseAddr(hop); err == nil {
		return addr.Unmap().WithZone(""), true
	}
	both, err := netip.ParseAddrPort(hop)
	return both.Addr().Unmap().WithZone(""), err == nil
}
