// Package walk tries to reach, through a TURN server and with a valid credential, everything that the server must not
// lead to: it walks over every class of addresses, in every way that they can be written, by permission and Send, by
// channel, and by TCP connection (RFC 6062). Canaries on the machine count what arrives. What it finds is a hole, whoever
// has it; what it does not find proves little unless it finds the holes of servers that are known to have some.
package walk

import (
	"fmt"
	"net/netip"
)

// Target is an address that a server must not lead to.
type Target struct {
	Class string // what it stands for
	Addr  netip.AddrPort
	Shown bool // a permission may be granted, since the media has the same IP; what is sent must not arrive
}

// Finding is something that the server granted.
type Finding struct {
	Target  Target
	Family  string // of the allocation
	Method  string // permission, channel or connect
	Reached bool   // and it arrived
}

func (f Finding) String() string {
	what := "granted"
	if f.Reached {
		what = "reached"
	}
	return fmt.Sprintf("%s %v by %s on an allocation of %s: %s", f.Target.Class, f.Target.Addr, f.Method, f.Family, what)
}

// classes are those of the registries for special addresses (RFC 6890), and what attackers of TURN servers have used.
var classes = []struct{ class, addresses string }{
	{"this network", "0.0.0.0 0.1.2.3"},
	{"loopback", "127.0.0.1 127.0.0.53 127.1.2.3 127.255.255.254"},
	{"private", "10.0.0.1 172.16.0.1 172.31.255.254 192.168.0.1 192.168.1.254"},
	{"shared", "100.64.0.1 100.127.255.254"},
	{"link-local", "169.254.0.1 169.254.169.254"},
	{"protocol assignments", "192.0.0.1 192.0.0.8 192.0.0.170"},
	{"documentation", "192.0.2.77 198.51.100.1 203.0.113.77"},
	{"benchmarking", "198.18.0.1 198.19.255.254"},
	{"multicast", "224.0.0.1 224.0.0.251 239.255.255.250"},
	{"reserved", "240.0.0.1"},
	{"broadcast", "255.255.255.255"},
	{"anycast of 6to4", "192.88.99.1"},
	{"public", "1.1.1.1 8.8.8.8"},
	{"unspecified", "::"},
	{"loopback", "::1"},
	{"link-local", "fe80::1"},
	{"unique local", "fc00::1 fd00::1 fd00:ec2::254"},
	{"multicast", "ff02::1 ff05::2"},
	{"documentation", "2001:db8::77 3fff::1"},
	{"benchmarking", "2001:2::1"},
	{"translation", "64:ff9b:1::1 2002:7f00:1::1 2001:0:7f00:1::1"},
	{"discard", "100::1"},
	{"public", "2606:4700:4700::1111"},
}

// Targets are all classes at one port, and the further addresses given. IPv4 is there also in the forms in which IPv6
// can write it.
func Targets(port uint16, further ...Target) []Target {
	var all []Target
	for _, c := range classes {
		for addr := range fields(c.addresses) {
			all = append(all, Target{Class: c.class, Addr: netip.AddrPortFrom(addr, port)})
		}
	}
	all = append(all, further...)
	for _, t := range all {
		if t.Addr.Addr().Is4() {
			all = append(all, disguises(t)...)
		}
	}
	return all
}

// Local are the addresses of the classes that a machine can have as its own, for a canary to sit at.
func Local() (all []netip.Addr) {
	for _, c := range classes {
		for addr := range fields(c.addresses) {
			if !addr.IsUnspecified() && !addr.IsLoopback() && !addr.IsMulticast() && c.class != "reserved" && c.class != "broadcast" && c.class != "this network" {
				all = append(all, addr)
			}
		}
	}
	return all
}

// disguises are the ways in which IPv6 writes an address of IPv4: mapped and compatible (RFC 4291, section 2.5.5), and
// translated (RFC 6052).
func disguises(t Target) []Target {
	four := t.Addr.Addr().As4()
	write := func(form string, prefix [12]byte, shown bool) Target {
		var six [16]byte
		copy(six[:], prefix[:])
		copy(six[12:], four[:])
		return Target{Class: t.Class + ", " + form, Addr: netip.AddrPortFrom(netip.AddrFrom16(six), t.Addr.Port()), Shown: shown}
	}
	return []Target{
		write("mapped", [12]byte{10: 0xff, 11: 0xff}, t.Shown),
		write("compatible", [12]byte{}, false),
		write("translated", [12]byte{1: 0x64, 2: 0xff, 3: 0x9b}, false),
	}
}

// Ears tell whether datagrams, or connections, arrived where they must not since they were asked last.
type Ears struct{ Datagrams, Connections func() bool }

// Report is what a walk found, and how far it came.
type Report struct {
	Families []string // of allocations that it got, as asked for: default, IPv4, IPv6, and the same for TCP
	Found    []Finding
}

// Walk tries every target in every way, on allocations of these families; none: of all. It has one allocation at a time.
func Walk(s Server, targets []Target, ears Ears, families ...string) (r Report, err error) {
	if len(families) == 0 {
		families = []string{"default", "IPv4", "IPv6"}
	}
	for _, family := range families {
		for _, walk := range []func(Server, []Target, string, Ears, *Report) error{datagrams, connections} {
			if err := walk(s, targets, family, ears, &r); err != nil {
				return r, fmt.Errorf("allocation of %s: %w", family, err)
			}
		}
	}
	return r, nil
}

// datagrams sends to every target, with permission and on a channel, whether or not the server grants any.
func datagrams(s Server, targets []Target, family string, ears Ears, r *Report) error {
	c, err := dial(s)
	if err != nil {
		return err
	}
	defer c.leave()
	if code, err := c.allocate(family, protoUDP); code != 0 || err != nil {
		return err
	}
	r.Families = append(r.Families, family)
	for i, t := range targets {
		for _, way := range []struct {
			method string
			ask    func() (int, error)
			send   func() error
		}{
			{"permission", func() (int, error) { return c.permit(t.Addr) }, func() error { return c.indicate(t.Addr) }},
			{"channel", func() (int, error) { return c.bind(channel(i), t.Addr) }, func() error { return c.sendChannel(channel(i)) }},
		} {
			code, err := way.ask()
			if err != nil {
				return fmt.Errorf("%s for %s %v: %w", way.method, t.Class, t.Addr, err)
			}
			if err := way.send(); err != nil {
				return err
			}
			if _, err := c.refresh(); err != nil { // what was sent before is dealt with by the time of the answer
				return err
			}
			if reached := ears.Datagrams(); reached || code == 0 && !t.Shown {
				r.Found = append(r.Found, Finding{Target: t, Family: family, Method: way.method, Reached: reached})
			}
		}
	}
	return nil
}

// connections asks for TCP connections to the targets, if the server has allocations for them at all.
func connections(s Server, targets []Target, family string, ears Ears, r *Report) error {
	c, err := dial(s)
	if err != nil {
		return err
	}
	defer c.leave()
	code, err := c.allocate(family, protoTCP)
	if err != nil {
		return fmt.Errorf("for TCP: %w", err)
	}
	if code == 0 {
		r.Families = append(r.Families, family+" for TCP")
	} else if len(targets) > 3 {
		targets = targets[:3] // none is to be had; few are enough to see it
	}
	for _, t := range targets {
		if code == 0 {
			if _, err := c.permit(t.Addr); err != nil {
				return err
			}
		}
		granted, err := c.connect(t.Addr)
		if err != nil {
			return fmt.Errorf("connect to %v: %w", t.Addr, err)
		}
		if reached := ears.Connections(); reached || granted == 0 {
			r.Found = append(r.Found, Finding{Target: t, Family: family, Method: "connect", Reached: reached})
		}
	}
	return nil
}
