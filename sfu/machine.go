package sfu

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// machine is what the system says of its addresses.
type machine struct {
	lasting  []netip.Addr // those that clients elsewhere may be told
	loopback []netip.Addr
	toward   func(netip.Addr) netip.Addr // from which one it sends to another; none: it cannot
}

// addresses are those to be reached at, of IPv4 or of both families: the loopback's only if there is nothing else.
func (m machine) addresses(six bool) (all []netip.Addr) {
	for _, some := range [][]netip.Addr{m.lasting, m.loopback} {
		for _, a := range some {
			if six || a.Is4() {
				all = append(all, a)
			}
		}
		if len(all) > 0 {
			return all
		}
	}
	return nil
}

// thisMachine looks once: an address that comes later needs a restart. Link-local addresses are left out, which mean
// nothing on another link, and those that pass (fleeting).
func thisMachine() (machine, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return machine{}, fmt.Errorf("list interface addresses: %w", err)
	}
	// Only Linux has it.
	table, _ := os.ReadFile("/proc/net/if_inet6")
	passing := fleeting(string(table))
	m := machine{toward: toward}
	for _, a := range all {
		prefix, err := netip.ParsePrefix(a.String())
		if err != nil {
			continue
		}
		switch addr := prefix.Addr().Unmap(); {
		case addr.IsLoopback():
			m.loopback = append(m.loopback, addr)
		case addr.IsGlobalUnicast() && !passing[addr]:
			m.lasting = append(m.lasting, addr)
		}
	}
	return m, nil
}

// Flags of an address in /proc/net/if_inet6 (IFA_F_… in linux/if_addr.h).
const (
	addressTemporary  = 0x01 // RFC 8981: replaced within a day
	addressDuplicate  = 0x08 // somebody else has it
	addressDeprecated = 0x20 // on its way out
	addressTentative  = 0x40 // not known to be free yet; it cannot be bound
)

// fleeting reads the IPv6 addresses that nobody should be told.
func fleeting(table string) map[netip.Addr]bool {
	found := map[netip.Addr]bool{}
	for line := range strings.Lines(table) {
		field := strings.Fields(line) // address, interface's index, prefix, scope, flags, interface: all hexadecimal
		if len(field) < 6 || len(field[0]) != 32 {
			continue
		}
		var b [16]byte
		for i := range b {
			n, err := strconv.ParseUint(field[0][2*i:2*i+2], 16, 8)
			if err != nil {
				return found
			}
			b[i] = byte(n)
		}
		flags, err := strconv.ParseUint(field[4], 16, 8)
		if err == nil && flags&(addressTemporary|addressDuplicate|addressDeprecated|addressTentative) != 0 {
			found[netip.AddrFrom16(b)] = true
		}
	}
	return found
}

// toward asks the system's routes; nothing is sent.
func toward(to netip.Addr) netip.Addr {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(to, 9)))
	if err != nil {
		return netip.Addr{}
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
}
