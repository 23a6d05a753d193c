package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// firewall is the machine's own. One on the way here is seen from outside only.
type firewall struct {
	rules    ruleset
	families []string // "ip", "ip6": in which people come
	doors    []packet // that have to be let in
	err      error
}

var (
	errNotRoot    = errors.New("only root may read its rules")
	errNoNft      = errors.New("the program nft is not installed")
	errOldTables  = errors.New("there are rules of the old iptables, which nft does not show")
	oldTablesFile = "/proc/net/ip_tables_names" // a line for each table of them
)

func lookAtFirewall(ctx context.Context, n network, own []netip.Addr) (f firewall) {
	for _, e := range n.entrances() {
		if e.own {
			continue
		}
		f.doors = append(f.doors, packet{network: e.network, port: portOf(e.address)})
	}
	f.families = familiesOf(own)
	nft, err := exec.LookPath("nft")
	if err != nil {
		if nft, err = exec.LookPath("/usr/sbin/nft"); err != nil { // not in everybody's path
			f.err = errNoNft
			return f
		}
	}
	if os.Geteuid() != 0 {
		f.err = errNotRoot
		return f
	}
	if old, _ := os.ReadFile(oldTablesFile); len(old) > 0 {
		f.err = errOldTables
		return f
	}
	ctx, stop := within(ctx)
	defer stop()
	text, err := exec.CommandContext(ctx, nft, "-j", "list", "ruleset").Output()
	if err != nil {
		f.err = fmt.Errorf("nft list ruleset: %w", err)
		return f
	}
	f.rules, f.err = readRules(text)
	return f
}

// familiesOf a machine with these addresses; of one without any, IPv4.
func familiesOf(own []netip.Addr) (families []string) {
	six := slices.ContainsFunc(own, netip.Addr.Is6)
	if !six || slices.ContainsFunc(own, netip.Addr.Is4) {
		families = append(families, "ip")
	}
	if six {
		families = append(families, "ip6")
	}
	return families
}

func judgeFirewall(f firewall) []finding {
	const check = "firewall"
	if f.err != nil {
		return []finding{unseen.of(check, "that of this machine: %v", f.err).so("as root: jalsa doctor …; or look with: nft list ruleset, iptables-save")}
	}
	var closed, doubtful, let []string
	for _, p := range f.doors {
		worst := passes
		for _, p.family = range f.families {
			worst = max(worst, f.rules.fate(p))
		}
		name := p.port + "/" + p.network
		switch worst {
		case dropped:
			closed = append(closed, name)
		case unsure:
			doubtful = append(doubtful, name)
		default:
			let = append(let, name)
		}
	}
	var found []finding
	if len(closed) > 0 {
		found = append(found, problem.of(check, "that of this machine closes %s", strings.Join(closed, ", ")).so("see deploy/jalsa.nft for the rules that open them"))
	}
	if len(doubtful) > 0 {
		found = append(found, unseen.of(check, "that of this machine lets some into %s, and perhaps not all", strings.Join(doubtful, ", ")).so("look with: nft list ruleset"))
	}
	if len(let) > 0 {
		found = append(found, fine.of(check, "that of this machine lets everybody into %s", strings.Join(let, ", ")))
	}
	return found
}
