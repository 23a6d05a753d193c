package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// probeCommand looks at a server from a machine elsewhere, as a browser would come to it: by each address of its name to
// the pages, the socket of a hearing and the relay, and by UDP to sound and video. `jalsa doctor` on the server prints
// it whole. It needs no settings, no data and no right to anything.
type probeCommand struct {
	URL     string           `arg:"" name:"url" help:"Address that people open."`
	Code    string           `help:"What jalsa doctor on the server gave out, for --media." placeholder:"CODE"`
	Media   []netip.AddrPort `help:"Where the server takes sound and video." placeholder:"IP:PORT"`
	TurnUDP string           `name:"turn-udp" help:"Where its relay takes UDP." placeholder:"HOST:PORT"`
	CARoot  string           `name:"ca-root" help:"Root certificates as PEM of an authority of your own." type:"existingfile" placeholder:"FILE"`
	JSON    bool             `name:"json" help:"Print JSON."`
}

func (c *probeCommand) Run(t terminal, _ *settings) error {
	address, err := originOf("URL", c.URL)
	if err != nil {
		return err
	}
	if name, password, ok := strings.Cut(c.Code, "."); len(c.Media) > 0 && (!ok || name == "" || password == "") {
		return fmt.Errorf("--media needs the --code that jalsa doctor on the server gives out")
	}
	roots, err := trusted(c.CARoot)
	if err != nil {
		return err
	}
	return tell(t.out, c.JSON, c.examine(t, address, roots))
}

// trusted are the authorities of the system and that of --ca-root; nil: those of the system alone.
func trusted(root string) (*x509.CertPool, error) {
	system, _ := x509.SystemCertPool() // nil where there is none
	return rootsOf("--ca-root", root, system)
}

func (c *probeCommand) examine(t terminal, address string, roots *x509.CertPool) (found []finding) {
	u, _ := url.Parse(address) // which originOf has written
	port := u.Port()
	if port == "" {
		port = defaultPorts[u.Scheme]
	}
	places, err := resolve(t.ctx, u.Hostname())
	found = append(found, judgeResolved(u.Hostname(), places, err))
	for _, a := range places {
		k := knock(t.ctx, u, netip.AddrPortFrom(a, portNumber(port)))
		found = append(found, judgeKnock(k)...)
		if len(k.certs) > 0 {
			found = append(found, chain{where: k.at.String(), host: u.Hostname(), certs: k.certs, roots: roots, now: t.now()}.judge(false))
		}
	}
	name, password, _ := strings.Cut(c.Code, ".")
	for _, m := range c.Media {
		found = append(found, judgeMedia(m, password, hear(t.ctx, m.String(), binding(name, password))))
	}
	if len(c.Media) == 0 {
		found = append(found, unseen.of("media", "whether sound and video get through").so("with --code and --media, which jalsa doctor on the server gives out"))
	}
	if c.TurnUDP != "" {
		found = append(found, judgeTurnUDP(c.TurnUDP, hear(t.ctx, c.TurnUDP, allocation())))
	}
	return found
}

func resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a.Unmap()}, nil
	}
	ctx, stop := within(ctx)
	defer stop()
	all, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	for i, a := range all {
		all[i] = a.Unmap()
	}
	return all, err
}

func judgeResolved(host string, all []netip.Addr, err error) finding {
	if err != nil {
		return problem.of("name", "%s has no address from here: %v", host, err).so("see the DNS of this name, and /etc/resolv.conf of this machine")
	}
	return fine.of("name", "%s is %s", host, list(all))
}

// brief is how long something took, as people read it.
func brief(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }
