package turn

import (
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/pion/stun/v4"
)

const (
	// allocationsPerUser leaves room for one allocation in use and one being made while a network path changes.
	allocationsPerUser = 2
	// unusedLimit: browsers make one for each of their addresses and use one; ICE speaks every few seconds there (RFC 7675).
	unusedLimit = 15 * time.Second
)

// mayAsk is the method table. held: the control connection carries an
// allocation made with the same credential. TCP relaying (Connect,
// ConnectionBind; RFC 6062) and every method not named here is refused.
func mayAsk(method stun.Method, held bool) bool {
	switch method {
	case stun.MethodAllocate:
		return true
	case stun.MethodRefresh, stun.MethodCreatePermission, stun.MethodChannelBind:
		return held
	}
	return false
}

// claim is an allocation that a user holds: made with a credential that was replaced since, or of no use for long.
type claim struct{ replaced, unused bool }

// place answers whether a user who holds these, oldest first, may hold one more allocation. One that was replaced gives
// way (its index is evict), since it usually belongs to a network path that died without telling, or else one that is
// unused. evict is -1 if nothing has to go.
func place(held []claim) (evict int, ok bool) {
	if len(held) < allocationsPerUser {
		return -1, true
	}
	if i := slices.IndexFunc(held, func(c claim) bool { return c.replaced }); i >= 0 {
		return i, true
	}
	i := slices.IndexFunc(held, func(c claim) bool { return c.unused })
	return i, i >= 0
}

// peers are the transport addresses that allocations may exchange data with: those
// that clients know the SFU by, unmapped, and nothing else.
type peers []netip.AddrPort

// peersOf leaves out what is no address to send to, such as 0.0.0.0.
func peersOf(media []netip.AddrPort) peers {
	var p peers
	for _, ap := range media {
		ap = netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
		if ap.IsValid() && !ap.Addr().IsUnspecified() && ap.Port() != 0 && !slices.Contains(p, ap) {
			p = append(p, ap)
		}
	}
	return p
}

// permit is the rule for permissions and channels, which Pion asks about by IP
// only; the port is held to by [relay].
func (p peers) permit(ip net.IP) bool {
	addr, ok := netip.AddrFromSlice(ip)
	return ok && slices.ContainsFunc(p, func(ap netip.AddrPort) bool { return ap.Addr() == addr.Unmap() })
}

// include tells whether a packet goes to, or comes from, exactly one of them.
func (p peers) include(addr net.Addr) bool {
	ap, ok := addrPort(addr)
	return ok && slices.Contains(p, ap)
}

// serve tells whether an allocation of IPv6, or of IPv4, could reach one of them.
func (p peers) serve(six bool) bool {
	return slices.ContainsFunc(p, func(ap netip.AddrPort) bool { return ap.Addr().Is6() == six })
}

// addrPort reads addr, unmapped.
func addrPort(addr net.Addr) (netip.AddrPort, bool) {
	var ap netip.AddrPort
	switch a := addr.(type) {
	case nil:
		return ap, false
	case *net.UDPAddr:
		ap = a.AddrPort()
	default:
		var err error
		if ap, err = netip.ParseAddrPort(a.String()); err != nil {
			return ap, false
		}
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), ap.Addr().IsValid()
}
