package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
)

// entrance is one port of a server.
type entrance struct {
	flag, network, address string

	held   bool  // by the server that runs
	err    error // of opening it; nil: it is free
	inside bool  // it need not be reached from elsewhere: a proxy of this machine may be in front of it
	own    bool  // nobody but the operator comes in
}

// portOf is the number of a port, also of one that has a name; "" of none.
func portOf(address string) string {
	_, port, err := net.SplitHostPort(address)
	if n, unknown := net.LookupPort("", port); err == nil && unknown == nil {
		return strconv.Itoa(n)
	}
	return port
}

// entrances are those of a server with these settings.
func (n network) entrances() []entrance {
	all := []entrance{{flag: "--listen", network: "tcp", address: n.Listen, inside: !n.secure() || len(n.Proxy) > 0}}
	if n.HTTP != "" {
		all = append(all, entrance{flag: "--http", network: "tcp", address: n.HTTP})
	}
	for _, media := range n.Media {
		all = append(all, entrance{flag: "--media", network: "udp", address: media})
	}
	if n.TurnUDP != "" {
		all = append(all, entrance{flag: "--turn-udp", network: "udp", address: n.TurnUDP})
	}
	if n.Metrics != "" {
		all = append(all, entrance{flag: "--metrics", network: "tcp", address: n.Metrics, inside: true, own: true})
	}
	return all
}

// lookAtEntrances opens what the running server does not hold, and closes it at once.
func lookAtEntrances(ctx context.Context, n network, running *condition) []entrance {
	all := n.entrances()
	for i := range all {
		e := &all[i]
		if running != nil {
			for _, o := range running.Network.entrances() {
				e.held = e.held || o.network == e.network && o.address == e.address
			}
		}
		if !e.held {
			e.err = opened(ctx, e.network, e.address)
		}
	}
	return all
}

func opened(ctx context.Context, network, address string) (err error) {
	var l net.ListenConfig
	var c io.Closer
	if network == "udp" {
		c, err = l.ListenPacket(ctx, network, address)
	} else {
		c, err = l.Listen(ctx, network, address)
	}
	if err != nil {
		return err
	}
	return c.Close()
}

// judgeEntrances names those together of which the same is true.
func judgeEntrances(all []entrance) (found []finding) {
	const check = "ports"
	var held, free, closed []string
	for _, e := range all {
		host, _, _ := net.SplitHostPort(e.address)
		at := fmt.Sprintf("%s/%s (%s)", e.address, e.network, e.flag)
		if e.own && !isInside(host) {
			found = append(found, warning.of(check, "whoever reaches this machine at %s may read the figures", at).so("%s 127.0.0.1:%s, or an address of your own network; at least let the firewall keep others out", e.flag, portOf(e.address)))
		}
		switch {
		case !e.inside && isLoopback(host):
			found = append(found, problem.of(check, "%s is reached from this machine only", at).so("%s :%s", e.flag, portOf(e.address)))
		case e.held:
			held = append(held, at)
		case e.err == nil:
			free = append(free, at)
		case errors.Is(e.err, syscall.EACCES):
			closed = append(closed, at)
		default:
			found = append(found, judgeShut(e, at))
		}
	}
	if len(closed) > 0 {
		found = append(found, problem.of(check, "this user may not open ports below 1024: %s", strings.Join(closed, ", ")).
			so("deploy/jalsa.service gives the right to the server: start it, and ask again; without systemd: setcap cap_net_bind_service=+ep on the program"))
	}
	if len(held) > 0 {
		found = append(found, fine.of(check, "the running server holds %s", strings.Join(held, ", ")))
	}
	if len(free) > 0 {
		found = append(found, fine.of(check, "this user may open %s, free now", strings.Join(free, ", ")))
	}
	return found
}

// isInside reports whether the world does not reach an address.
func isInside(host string) bool {
	ip := net.ParseIP(host)
	return isLoopback(host) || ip != nil && (ip.IsPrivate() || ip.IsLinkLocalUnicast())
}

// judgeShut is about a port that cannot be opened.
func judgeShut(e entrance, at string) finding {
	const check = "ports"
	switch {
	case errors.Is(e.err, syscall.EADDRINUSE):
		return problem.of(check, "%s is held by another program", at).so("stop it; root finds it with: ss -lp -A %s sport = :%s", e.network, portOf(e.address))
	case errors.Is(e.err, syscall.EADDRNOTAVAIL):
		return problem.of(check, "%s: this machine has no such address", at).so("behind a router that forwards: %s :%s, and --public-address with the address outside", e.flag, portOf(e.address))
	}
	return problem.of(check, "%s: %v", at, e.err).so("give %s as HOST:PORT", e.flag)
}
