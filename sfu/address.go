package sfu

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"syscall"

	"jalsa/sfu/udp"
)

// place is where one media socket is bound and where clients reach it. Of a machine's address behind a NAT that translates
// one to one the two differ.
type place struct {
	bound     netip.AddrPort
	announced []netip.Addr // of its family
	expanded  bool         // from "all addresses", and not named by the operator
}

// places decides on the media sockets. media are HOST:PORT; no host, or [::], stands for all addresses of the machine,
// 0.0.0.0 for those of IPv4. public are the addresses that clients are told instead: of each family in the order of the
// sockets, or all for the one socket there is. Where the sockets are "all", an address that is not the machine's own goes
// to the one from which the machine would send there, and those sockets that are left are not opened. A family without
// public addresses is announced as it is.
func places(media []string, public []netip.Addr, m machine) ([]place, error) {
	all, err := boundPlaces(media, m)
	if err != nil {
		return nil, err
	}
	var announced []place
	for _, four := range []bool{true, false} {
		family := slices.DeleteFunc(slices.Clone(all), func(p place) bool { return p.bound.Addr().Is4() != four })
		told := slices.DeleteFunc(slices.Clone(public), func(a netip.Addr) bool { return a.Unmap().Is4() != four })
		for i, a := range told {
			told[i] = a.Unmap()
		}
		if err := announce(family, told, m.toward); err != nil {
			return nil, err
		}
		announced = append(announced, family...)
	}
	announced = slices.DeleteFunc(announced, func(p place) bool { return len(p.announced) == 0 })
	if len(announced) > mostPlaces {
		return nil, fmt.Errorf("media on %d addresses, more than %d: name those that clients reach", len(announced), mostPlaces)
	}
	return announced, nil
}

// Announced are the addresses that clients would be told by a Config with these Media and Public on this machine.
func Announced(media []string, public []netip.Addr) (told []netip.AddrPort, err error) {
	m, err := thisMachine()
	if err != nil {
		return nil, err
	}
	all, err := places(media, public, m)
	for _, p := range all {
		for _, a := range p.announced {
			told = append(told, netip.AddrPortFrom(a, p.bound.Port()))
		}
	}
	return told, err
}

// mostPlaces keeps the answers to clients short: each address is a candidate in them, and costs every client a check.
const mostPlaces = 16

// boundPlaces names every address once.
func boundPlaces(media []string, m machine) (all []place, err error) {
	for _, text := range media {
		a, err := net.ResolveUDPAddr("udp", text)
		if err != nil {
			return nil, fmt.Errorf("media address %q: %w", text, err)
		}
		addr := a.AddrPort().Addr().Unmap()
		addrs, expanded := []netip.Addr{addr}, false
		if a.IP == nil || addr.IsUnspecified() {
			if addrs, expanded = m.addresses(a.IP == nil || addr.Is6()), true; len(addrs) == 0 {
				return nil, fmt.Errorf("media address %q: this machine has no address", text)
			}
		}
		for _, addr := range addrs {
			p := place{bound: netip.AddrPortFrom(addr, uint16(a.Port)), expanded: expanded}
			if !slices.ContainsFunc(all, func(o place) bool { return o.bound == p.bound }) {
				all = append(all, p)
			}
		}
	}
	if len(all) == 0 {
		return nil, errors.New("no media address")
	}
	return all, nil
}

// announce gives the public addresses of one family to its places.
func announce(family []place, public []netip.Addr, toward func(netip.Addr) netip.Addr) error {
	expanded := slices.ContainsFunc(family, func(p place) bool { return p.expanded })
	switch {
	case len(public) == 0:
		for i := range family {
			family[i].announced = []netip.Addr{family[i].bound.Addr()}
		}
	case len(family) == 0:
		return fmt.Errorf("public address %v: there is no media address of its family", public[0])
	case len(family) == 1:
		family[0].announced = public
	case expanded:
		for _, a := range public {
			if err := announceAt(family, a, toward); err != nil {
				return err
			}
		}
	case len(family) == len(public):
		for i := range family {
			family[i].announced = public[i : i+1]
		}
	default:
		return fmt.Errorf("%d public addresses for %d media addresses: give one for each, or all for one", len(public), len(family))
	}
	return nil
}

// announceAt finds the place of a public address among all of the machine's.
func announceAt(family []place, public netip.Addr, toward func(netip.Addr) netip.Addr) error {
	at := func(addr netip.Addr) int {
		return slices.IndexFunc(family, func(p place) bool { return p.bound.Addr() == addr })
	}
	i := at(public)
	if i < 0 {
		i = at(toward(public))
	}
	if i < 0 {
		return fmt.Errorf("public address %v: name the media address that is reached by it", public)
	}
	family[i].announced = append(family[i].announced, public)
	return nil
}

// readersMost is how many goroutines at most, one for each processor, read a media address.
const readersMost = 16

// open binds the sockets. One of "all" addresses that the machine has just lost does not keep it from the others.
func open(all []place, log *slog.Logger) (bindings []udp.Binding, err error) {
	for _, p := range all {
		b, failed := udp.Listen(p.bound, min(runtime.GOMAXPROCS(0), readersMost))
		switch {
		case failed == nil:
			b.Announced = announcedOf(b.Conn, p.announced)
			bindings = append(bindings, b)
		case p.expanded && errors.Is(failed, syscall.EADDRNOTAVAIL):
			err = failed
			log.Warn("no media at an address of this machine", "addr", p.bound.Addr(), "err", failed)
		default:
			return nil, closing(bindings, fmt.Errorf("listen for media: %w", failed))
		}
	}
	if len(bindings) == 0 {
		return nil, fmt.Errorf("listen for media: %w", err)
	}
	return bindings, nil
}

// announcedOf are the addresses with the port of conn.
func announcedOf(conn net.PacketConn, addresses []netip.Addr) (all []netip.AddrPort) {
	for _, a := range addresses {
		all = append(all, netip.AddrPortFrom(a, conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()))
	}
	return all
}

// closing closes sockets on the way out of a failed New; err matters more than what Close says.
func closing(bindings []udp.Binding, err error) error {
	for _, b := range bindings {
		_ = b.Conn.Close()
		for _, c := range b.More {
			_ = c.Close()
		}
	}
	return err
}
