package main

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/pires/go-proxyproto"
)

// A proxy that ends TLS at TCP level hides who is behind it, and limits per
// network would count everybody as one. With --proxy it announces the client
// by PROXY protocol (version 1 or 2), which is believed from these addresses
// only.

// proxyHeaderLimit is how long a proxy may take to say whom it brings.
const proxyHeaderLimit = 5 * time.Second

// behind returns l with the addresses of clients that the proxies announce; l
// itself if there are none.
func behind(l net.Listener, proxies []netip.Addr) net.Listener {
	if len(proxies) == 0 {
		return l
	}
	return &proxyListener{&proxyproto.Listener{
		Listener:          l,
		ReadHeaderTimeout: proxyHeaderLimit,
		ConnPolicy: func(o proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) {
			from, err := netip.ParseAddrPort(o.Upstream.String())
			if err != nil {
				return proxyproto.REJECT, fmt.Errorf("%w: %w", proxyproto.ErrInvalidUpstream, err)
			}
			if among(proxies, from.Addr()) {
				return proxyproto.REQUIRE, nil
			}
			return proxyproto.SKIP, nil
		},
	}}
}

// among tells whether one of the proxies has that address, however either is written: IPv4 as IPv6, or with the card by
// which a link-local one is reached.
func among(proxies []netip.Addr, a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(proxies, func(p netip.Addr) bool { return p.Unmap().WithZone("") == a })
}

type proxyListener struct{ *proxyproto.Listener }

func (l *proxyListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if announced, ok := conn.(*proxyproto.Conn); ok {
		return &proxiedConn{announced}, err
	}
	return conn, err
}

// proxiedConn lets the relay reach the socket below, and net/http close one side.
type proxiedConn struct{ *proxyproto.Conn }

func (c *proxiedConn) NetConn() net.Conn { return c.Raw() }

func (c *proxiedConn) CloseWrite() error { return layer{c.Raw()}.CloseWrite() }
