package strangers

import "net/netip"

// Wide is how much more a /48 may take than one network in it. It is a trade. Behind a /48 may be an institution, or as many
// phones of a carrier: one of them who has but a /64 takes a quarter of what is everybody's there at most, and so locks nobody
// out. Who can speak from any address of it, as its owner can, is in the way of all others there; it looks just like many
// people, and beyond the /48 nobody notices.
const Wide = 4

// Widths of what counts as one network of IPv4, in bits.
const (
	Address = 32
	Block   = 24 // where people behind one NAT come by several addresses, and what is counted lasts
)

// Place is where somebody comes from.
type Place struct {
	Near netip.Prefix // one network
	Far  netip.Prefix // the /48 around it; invalid: IPv4, whose blocks say nothing of their owners
}

// At is where an address is; four is the width of a network of IPv4. All that are no addresses are in one place.
func At(a netip.Addr, four int) Place {
	a = a.Unmap().WithZone("")
	switch {
	case !a.IsValid():
		return Place{Near: netip.PrefixFrom(netip.IPv6Unspecified(), 0)}
	case a.Is4():
		return Place{Near: netip.PrefixFrom(a, four).Masked()}
	}
	return Place{Near: netip.PrefixFrom(a, 64).Masked(), Far: netip.PrefixFrom(a, 48).Masked()}
}
