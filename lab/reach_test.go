//go:build lab && linux

package lab

import (
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"jalsa/lab/walk"
)

const (
	turnPort     = 3478 // of the relay over UDP
	serverUnique = "fd00::1"
)

// minefield is a server's machine that has an address of every class, with a canary at each, and rules that count what
// leaves for the canary's port wherever it goes.
type minefield struct {
	site   *site
	canary *walk.Canary
}

func newMinefield(t *testing.T, flags ...string) *minefield {
	t.Helper()
	m := &minefield{site: plainSite(newWorld(t))}
	m.site.flags = append(flags, "--media", serverFour+":443", "--media", "["+serverSix+"]:443", "--turn-udp", fmt.Sprintf("%s:%d", serverFour, turnPort))
	server := m.site.server
	for _, addr := range append(walk.Local(), netip.MustParseAddr(serverSix)) {
		server.ip("address", "add", netip.PrefixFrom(addr, addr.BitLen()).String(), "dev", "lo")
	}
	if err := server.inside(func() (err error) {
		m.canary, err = walk.NewCanary()
		return err
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.canary.Close() })
	port := m.canary.Port()
	server.nft("add counter inet lab left", "add chain inet lab out { type filter hook output priority 0; }",
		// 127.0.0.1 is where the canary looks.
		fmt.Sprintf("add rule inet lab out ip daddr != 127.0.0.1 th dport %d counter name left", port),
		fmt.Sprintf("add rule inet lab out meta nfproto ipv6 th dport %d counter name left", port))
	return m
}

// left is how many packets left the machine, or went about in it, for the canary's port.
func (m *minefield) left(t *testing.T) string {
	t.Helper()
	packets, _, _ := strings.Cut(strings.Split(m.site.server.run("nft", "list counter inet lab left"), "packets ")[1], " ")
	return packets
}

func (m *minefield) ears(t *testing.T) walk.Ears {
	return walk.Ears{Datagrams: m.canary.Datagrams, Connections: func() (heard bool) {
		if err := m.site.server.inside(func() error {
			heard = m.canary.Connections()
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return heard
	}}
}

// walker is on the guest's machine.
func (m *minefield) walker(network string, port int, username, password string) walk.Server {
	return walk.Server{Network: network, Addr: fmt.Sprintf("%s:%d", serverFour, port), Username: username, Password: password,
		Dial: func(network, address string) (conn net.Conn, err error) {
			err = m.site.last().host.inside(func() error {
				conn, err = net.Dial(network, address)
				return err
			})
			return conn, err
		}}
}

// targets are all classes at the canary's port, and the server's own addresses at others.
func (m *minefield) targets(others ...netip.AddrPort) []walk.Target {
	var own []walk.Target
	for _, port := range []uint16{m.canary.Port(), 0, 1, 22, 53, 80, 442, 444, 3478, 65535} {
		for _, addr := range []string{serverFour, serverSix} {
			own = append(own, walk.Target{Class: "own address", Addr: netip.AddrPortFrom(netip.MustParseAddr(addr), port), Shown: true})
		}
	}
	for _, a := range others {
		own = append(own, walk.Target{Class: "another's relay", Addr: a})
	}
	return walk.Targets(m.canary.Port(), own...)
}

// TestRelayReachesNothingElse walks through the program's relay over each transport as somebody who is in a hearing, with
// their own credential, and while their own media comes over it.
func TestRelayReachesNothingElse(t *testing.T) {
	for network, flags := range map[string][]string{"tcp": {"--tls=off"}, "tls": {overTLS}, "udp": {overTLS}} {
		t.Run(network, func(t *testing.T) {
			m := newMinefield(t, flags...)
			m.site.guests[0].path = "relay"
			h, _ := m.site.meet(t)
			relay := h.people[1].relay()
			port := map[string]int{"tcp": 443, "tls": 443, "udp": turnPort}[network]
			kept := check(h.people)
			// Made-up addresses begin with these, so that the host's relay is among them.
			var others []netip.AddrPort
			for i := range byte(4) {
				others = append(others, netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 18, 0, i + 1}), 49152))
			}
			targets := m.targets(others...)
			report, err := walk.Walk(m.walker(network, port, relay.Username, relay.Credential), targets, m.ears(t))
			if err != nil || len(report.Found) > 0 || m.canary.Heard > 0 || m.left(t) != "0" {
				t.Errorf("%d heard, %s packets left, %v: %v", m.canary.Heard, m.left(t), err, report.Found)
			}
			if want := []string{"default", "IPv4", "IPv6"}; !slices.Equal(report.Families, want) {
				t.Errorf("walked through allocations of %v, want %v", report.Families, want)
			}
			t.Logf("%d targets on allocations of %v: %d granted or reached, %s packets left; %d packets of the hearing meanwhile",
				len(targets), report.Families, len(report.Found), m.left(t), kept.complete(t))
		})
	}
}

// TestWalkerFindsHoles walks through Debian's coturn with its own settings on the same machine: what it is known to
// lead to is found, so that a walk that finds nothing says something.
func TestWalkerFindsHoles(t *testing.T) {
	if _, err := exec.LookPath("turnserver"); err != nil {
		t.Fatal("coturn is not installed; make lab does that")
	}
	m := newMinefield(t)
	coturn := exec.Command("ip", append(m.site.server.under()[1:], "turnserver", "-n", "--lt-cred-mech", "--user=user:password", "--realm=lab",
		"--listening-ip="+serverFour, "--relay-ip="+serverFour, "--relay-ip="+serverUnique, fmt.Sprintf("--listening-port=%d", turnPort), "--no-cli", "--no-tls", "--no-dtls",
		"--log-file=stdout", "--pidfile=")...)
	if err := coturn.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = coturn.Process.Kill()
		_ = coturn.Wait()
	}()
	server := m.walker("tcp", turnPort, "user", "password")
	until(t, "coturn listens", func() bool {
		conn, err := server.Dial("tcp", server.Addr)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	report, err := walk.Walk(server, m.targets(), m.ears(t), "default", "IPv6")
	if err != nil {
		t.Fatal(err)
	}
	reached := map[string]int{}
	for _, f := range report.Found {
		if f.Reached {
			reached[f.Target.Class]++
		}
	}
	for _, class := range []string{"private", "link-local", "own address"} {
		if reached[class] == 0 {
			t.Errorf("%s was not reached", class)
		}
	}
	t.Logf("%d heard, %s packets left on allocations of %v; reached: %v", m.canary.Heard, m.left(t), report.Families, reached)
}

// What coturn's client says.
const (
	sent        = "Total transmit time"
	unbound     = "channel bind: error 401"
	unpermitted = "create permission error 403"
	unallocated = "Cannot complete Allocation"
	hungUp      = "Connection reset by peer" // after twenty wrong passwords
)

// TestOtherClientIsHeldToTheMedia has coturn's own client authenticate: it may send to the media, and to nobody else.
func TestOtherClientIsHeldToTheMedia(t *testing.T) {
	if _, err := exec.LookPath("turnutils_uclient"); err != nil {
		t.Fatal("coturn is not installed; make lab does that")
	}
	for network, c := range map[string]struct {
		server, client []string
		port           int
	}{
		"tcp": {[]string{"--tls=off"}, []string{"-t"}, 443}, "tls": {[]string{overTLS}, []string{"-t", "-S"}, 443}, "udp": {[]string{overTLS}, nil, turnPort},
	} {
		t.Run(network, func(t *testing.T) {
			m := newMinefield(t, c.server...)
			h, _ := m.site.meet(t)
			relay := h.people[1].relay()
			try := func(password, peer string, port uint16) string {
				args := append([]string{"netns", "exec", m.site.last().host.name, "timeout", "20", "turnutils_uclient"}, c.client...)
				args = append(args, "-u", relay.Username, "-w", password, "-p", fmt.Sprint(c.port), "-e", peer, "-r", fmt.Sprint(port), "-n", "3", "-m", "1", "-c", serverFour)
				decided := func(out string) bool {
					return slices.ContainsFunc([]string{sent, unbound, unpermitted, unallocated, hungUp}, func(word string) bool { return strings.Contains(out, word) })
				}
				// At random it asks for an even port (RFC 8656, section 18.6), which is not to be had, and over UDP it gives
				// nothing back when it gives up.
				var out []byte
				for deadline := time.Now().Add(2 * time.Minute); !decided(string(out)) && time.Now().Before(deadline); pass(time.Second) {
					out, _ = exec.Command("ip", args...).CombinedOutput() // it fails also if only no echo comes
				}
				return string(out)
			}
			if out := try(relay.Credential, serverFour, 443); !strings.Contains(out, sent) {
				t.Errorf("the media: %s", out)
			}
			for _, peer := range []string{"127.0.0.1", "10.0.0.1", "169.254.169.254"} {
				if out := try(relay.Credential, peer, m.canary.Port()); !strings.Contains(out, unbound) && !strings.Contains(out, unpermitted) {
					t.Errorf("%s: %s", peer, out)
				}
			}
			if out := try("wrong", serverFour, 443); !strings.Contains(out, unallocated) && !strings.Contains(out, hungUp) {
				t.Errorf("a wrong password: %s", out)
			}
			if m.canary.Datagrams() || m.left(t) != "0" {
				t.Errorf("%d heard, %s packets left", m.canary.Heard, m.left(t))
			}
		})
	}
}
