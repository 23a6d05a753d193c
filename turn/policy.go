package turn

import (
	"net"
	"net/netip"
	"slices"

	"github.com/pion/stun/v4"
)

// allocationsPerUser leaves room for one allocation in use and one being made
// while a network path changes.
const allocationsPerUser = 2

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

// place answers whether a user may hold one more allocation. replaced has one
// entry for each that the user holds, oldest first: true if its credential has
// been replaced since. Such an allocation gives way (its index is evict), because
// it usually belongs to a network path that died without telling. evict is -1 if
// nothing has to go.
func place(replaced []bool) (evict int, ok bool) {
	if len(replaced) < allocationsPerUser {
		return -1, true
	}
	for i, r := range replaced {
		if r {
			return i, true
		}
	}
	return -1, false
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

// network is what an allocation must be for: IPv4 as soon as one address is.
func (p peers) network() string {
	if slices.ContainsFunc(p, func(ap netip.AddrPort) bool { return ap.Addr().Is4() }) {
		return "udp4"
	}
	return "udp6"
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
