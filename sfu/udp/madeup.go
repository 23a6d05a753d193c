package udp

import "net/netip"

// The made-up addresses of relays are of blocks for benchmarks, which are never routed: RFC 2544 section C.2.2, RFC 5180
// section 8.
var (
	prefixFour = netip.MustParsePrefix("198.18.0.0/15")
	prefixSix  = netip.MustParsePrefix("2001:2::/48")
)

// madeUpPort is every relay's: relays differ by their addresses.
const madeUpPort = 49152

// MadeUp tells whether addr can only be a relay's.
func MadeUp(addr netip.Addr) bool { return prefixFour.Contains(addr) || prefixSix.Contains(addr) }

// block hands out the addresses of a prefix.
type block struct {
	prefix netip.Prefix
	last   uint32 // handed out, as an offset into prefix
}

// unused walks through 2^17 addresses before it repeats one.
func (b *block) unused(used map[netip.AddrPort]*Relay) netip.AddrPort {
	for {
		b.last = (b.last + 1) % (1 << 17)
		a := b.prefix.Addr().As16()
		a[13] |= byte(b.last >> 16)
		a[14], a[15] = byte(b.last>>8), byte(b.last)
		addr := netip.AddrPortFrom(netip.AddrFrom16(a).Unmap(), madeUpPort)
		if a[15] != 0 && a[15] != 255 && used[addr] == nil {
			return addr
		}
	}
}
