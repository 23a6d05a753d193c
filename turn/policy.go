package turn

import (
	"net"
	"net/netip"

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

// peer is the one transport address that allocations may exchange data with.
type peer netip.AddrPort

// peerOf reads a concrete IP and port, unmapped, from addr.
func peerOf(addr net.Addr) (peer, bool) {
	ap, ok := addrPort(addr)
	if !ok || ap.Addr().IsUnspecified() || ap.Port() == 0 {
		return peer{}, false
	}
	return peer(ap), true
}

// permits is the rule for permissions and channels, which Pion asks about by IP
// only; the port is held to by [relay].
func (p peer) permits(ip net.IP) bool {
	addr, ok := netip.AddrFromSlice(ip)
	return ok && addr.Unmap() == netip.AddrPort(p).Addr()
}

// is tells whether a packet goes to, or comes from, exactly this address.
func (p peer) is(addr net.Addr) bool {
	ap, ok := addrPort(addr)
	return ok && ap == netip.AddrPort(p)
}

// network is the relay network that Pion must ask for.
func (p peer) network() string {
	if netip.AddrPort(p).Addr().Is4() {
		return "udp4"
	}
	return "udp6"
}

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
