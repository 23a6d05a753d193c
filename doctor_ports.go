package main

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
)

// entrance is one port at which people come in.
type entrance struct {
	flag, network, address string

	held   bool  // by the server that runs
	err    error // of opening it; nil: it is free
	inside bool  // a proxy of this machine may be in front of it
}

// entrances are those of a server with these settings.
func (n network) entrances() []entrance {
	all := []entrance{{flag: "--listen", network: "tcp", address: n.Listen, inside: !n.secure()}}
	if n.HTTP != "" {
		all = append(all, entrance{flag: "--http", network: "tcp", address: n.HTTP})
	}
	for _, media := range n.Media {
		all = append(all, entrance{flag: "--media", network: "udp", address: media})
	}
	if n.TurnUDP != "" {
		all = append(all, entrance{flag: "--turn-udp", network: "udp", address: n.TurnUDP})
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

func judgeEntrances(all []entrance) (found []finding) {
	for _, e := range all {
		found = append(found, judgeEntrance(e))
	}
	return found
}

func judgeEntrance(e entrance) finding {
	const check = "ports"
	host, port, _ := net.SplitHostPort(e.address)
	at := e.address + "/" + e.network
	switch {
	case !e.inside && isLoopback(host):
		return problem.of(check, "%s (%s) is reached from this machine only", at, e.flag).so("%s 0.0.0.0:%s, or [::]:%s for IPv6 too", e.flag, port, port)
	case e.held:
		return fine.of(check, "%s (%s) is held by the running server", at, e.flag)
	case e.err == nil:
		return fine.of(check, "%s (%s) is free, and this user may open it", at, e.flag)
	case errors.Is(e.err, syscall.EADDRINUSE):
		return problem.of(check, "%s (%s) is held by another program", at, e.flag).so("stop it; root finds it with: ss -lp -A %s sport = :%s", e.network, port)
	case errors.Is(e.err, syscall.EACCES):
		return problem.of(check, "%s (%s): this user may not open ports below 1024", at, e.flag).
			so("deploy/jalsa.service gives the right to the server: start it, and ask again; without systemd: setcap cap_net_bind_service=+ep on the program")
	case errors.Is(e.err, syscall.EADDRNOTAVAIL):
		return problem.of(check, "%s (%s): this machine has no such address", at, e.flag).so("behind a router that forwards: %s 0.0.0.0:%s and --public-address with the address outside", e.flag, port)
	}
	return problem.of(check, "%s (%s): %v", at, e.flag, e.err).so("give %s as HOST:PORT", e.flag)
}
