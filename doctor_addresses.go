package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"jalsa/sfu"
)

// location is where the machine is, seen from itself and from its name.
type location struct {
	own   []netip.Addr
	given []netip.Addr // --public-address
	told  []netip.Addr // where clients send sound and video
	err   error        // why nowhere

	url     string       // that people open
	host    string       // in it
	port    string       // of it
	named   []netip.Addr // what host resolves to
	unnamed error        // why to nothing
	proxied bool         // a proxy ends TLS, so the name may be the proxy's
}

func lookAtLocation(ctx context.Context, n network, running *condition) location {
	l := location{own: ownAddresses(), given: n.Public, proxied: !n.secure()}
	var told []netip.AddrPort
	if running != nil {
		told = running.Media
	} else {
		told, l.err = sfu.Announced(n.Media, n.Public)
	}
	l.told = addressesOf(told)
	u := n.expected()
	l.url, l.host, l.port = u.String(), u.Hostname(), cmp.Or(u.Port(), defaultPorts[u.Scheme])
	if a, err := netip.ParseAddr(l.host); err == nil {
		l.named = []netip.Addr{a.Unmap()}
	} else if l.host != "localhost" {
		ctx, stop := within(ctx)
		defer stop()
		l.named, l.unnamed = net.DefaultResolver.LookupNetIP(ctx, "ip", l.host)
		for i, a := range l.named {
			l.named[i] = a.Unmap()
		}
	}
	return l
}

// ownAddresses are those of the interfaces, without loopback and link-local ones.
func ownAddresses() (own []netip.Addr) {
	all, _ := net.InterfaceAddrs()
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().IsGlobalUnicast() {
			own = append(own, p.Addr().Unmap())
		}
	}
	return own
}

// addressesOf names each address once.
func addressesOf(all []netip.AddrPort) (once []netip.Addr) {
	for _, a := range all {
		if !slices.Contains(once, a.Addr()) {
			once = append(once, a.Addr())
		}
	}
	return once
}

// expected is what people would open of a server that listens as it is told; nothing if that is nonsense.
func (n network) expected() *url.URL {
	addr, err := net.ResolveTCPAddr("tcp", n.Listen)
	if err == nil && addr.IP == nil {
		addr.IP = net.IPv6unspecified
	}
	if err == nil {
		if text, err := publicURL(n, addr); err == nil {
			u, _ := url.Parse(text) // which was made from parts
			return u
		}
	}
	return &url.URL{}
}

// judgeAddresses says whether people outside can send sound and video here.
func judgeAddresses(l location) finding {
	const check = "addresses"
	told := l.told
	away := slices.DeleteFunc(slices.Clone(told), func(a netip.Addr) bool { return slices.Contains(l.own, a) })
	public := slices.ContainsFunc(told, isPublic)
	outside := slices.IndexFunc(l.named, l.unmet)
	switch {
	case l.err != nil:
		return problem.of(check, "%v", l.err).so("see --media and --public-address")
	case len(told) == 0 || !slices.ContainsFunc(told, func(a netip.Addr) bool { return !a.IsLoopback() }):
		return problem.of(check, "sound and video reach this machine only from itself").so("--media :443")
	case outside >= 0 && !(public && l.proxied):
		named := l.named[outside]
		private := slices.DeleteFunc(slices.Clone(told), func(a netip.Addr) bool { return a.Is4() != named.Is4() })
		return problem.of(check, "this machine has only addresses of a private network (%s), while %s is %s: no sound or video from there", cmp.Or(list(private), "none"), l.host, named).so("--public-address %s", named)
	case public && len(away) > 0:
		return fine.of(check, "people send to %s, which this machine (%s) does not have: a router has to forward its ports, as --listen and --media say", list(away), list(l.own))
	case public:
		return fine.of(check, "people send to %s, which this machine has", list(told))
	case len(l.named) > 0 && !slices.ContainsFunc(l.named, netip.Addr.IsLoopback):
		return warning.of(check, "people send to %s, of a private network: nobody gets through from outside of it", list(told)).so("if somebody is to: --public-address with the address at which your router takes them")
	}
	return problem.of(check, "this machine has only addresses of a private network (%s): no sound or video from outside", list(told)).so("--public-address with the address at which your router takes people; it has to forward the ports of --listen and --media")
}

// unmet tells whether people come to a public address of the name by a family in which they are told none for sound and
// video, unless the operator has said which.
func (l location) unmet(named netip.Addr) bool {
	same := func(a netip.Addr) bool { return a.Unmap().Is4() == named.Is4() }
	return isPublic(named) && !slices.ContainsFunc(l.given, same) &&
		!slices.ContainsFunc(l.told, func(a netip.Addr) bool { return same(a) && isPublic(a) })
}

// judgeName says whether the name that people open leads here.
func judgeName(l location) finding {
	const check = "name"
	ours := append(slices.Clone(l.own), l.given...)
	strangers := slices.DeleteFunc(slices.Clone(l.named), func(a netip.Addr) bool { return slices.Contains(ours, a) })
	var dns *net.DNSError
	switch {
	case l.host == "" || l.host == "localhost":
		return problem.of(check, "people are sent to localhost, which is their own machine").so("--url https://… with the name of this machine")
	case !strings.HasPrefix(l.url, "https://"):
		return problem.of(check, "%s: browsers give camera and microphone to https pages only", l.url).so("--url https://%s and --tls, see README", l.host)
	case errors.As(l.unnamed, &dns) && dns.IsNotFound:
		return problem.of(check, "%s has no address in the DNS", l.host).so("have it entered: %s", list(publicOf(ours)))
	case l.unnamed != nil:
		return unseen.of(check, "which address %s has: %v", l.host, l.unnamed).so("see /etc/resolv.conf; on another machine: getent ahosts %s", l.host)
	case slices.ContainsFunc(l.named, netip.Addr.IsLoopback):
		return unseen.of(check, "which address %s has: /etc/hosts says that it is this machine", l.host).so("on another machine: getent ahosts %s", l.host)
	case len(strangers) == 0:
		return fine.of(check, "%s is %s", l.host, list(l.named))
	case l.proxied:
		return fine.of(check, "%s is %s, not this machine: so it is the proxy, as --tls off says", l.host, list(strangers))
	case len(strangers) < len(l.named):
		return problem.of(check, "%s is also %s, which is not this machine: those who are sent there get nowhere", l.host, list(strangers)).so("take it out of the DNS; or if a router there forwards to here: --public-address %s", strangers[0])
	}
	return problem.of(check, "%s is %s, which is not this machine (%s)", l.host, list(strangers), list(ours)).so("correct the DNS; or if a router there forwards to here: --public-address %s", strangers[0])
}

func judgeLocation(l location) []finding { return []finding{judgeAddresses(l), judgeName(l)} }

// shared is for the networks of carriers, which people outside do not reach either (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

func isPublic(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !shared.Contains(a)
}

func publicOf(all []netip.Addr) []netip.Addr {
	if public := slices.DeleteFunc(slices.Clone(all), func(a netip.Addr) bool { return !isPublic(a) }); len(public) > 0 {
		return public
	}
	return all
}

func list[T fmt.Stringer](all []T) string {
	words := make([]string, len(all))
	for i, a := range all {
		words[i] = a.String()
	}
	return strings.Join(words, ", ")
}
