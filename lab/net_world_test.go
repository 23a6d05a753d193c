//go:build lab && linux

package lab

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// world is machines in network namespaces, each with a cable to an internet in the middle, or to a router that translates or
// filters. The addresses are for documentation (RFC 5737, RFC 3849) and of private networks; nothing leads out.
type world struct {
	t        testing.TB
	hosts    []*host
	internet *host
}

// newWorld has an internet and nobody in it. It is gone with the test.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t}
	w.internet = w.host("internet")
	w.internet.routes()
	return w
}

// host is one machine.
type host struct {
	world *world
	name  string // of the namespace
	wires int    // of the internet: how many lead away
}

func (w *world) host(name string) *host {
	w.t.Helper()
	h := &host{world: w, name: fmt.Sprintf("jalsa-%d-%s", os.Getpid(), name)}
	w.must("ip", "netns", "add", h.name)
	w.t.Cleanup(func() { _ = exec.Command("ip", "netns", "delete", h.name).Run() })
	w.hosts = append(w.hosts, h)
	// No address waits for a second in case that somebody else has it.
	h.run("sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0")
	h.ip("link", "set", "lo", "up")
	return h
}

func (w *world) must(args ...string) {
	w.t.Helper()
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		w.t.Fatalf("%s: %v: %s", strings.Join(args, " "), err, out)
	}
}

func (h *host) ip(args ...string) {
	h.world.t.Helper()
	h.world.must(append([]string{"ip", "-n", h.name}, args...)...)
}

// run is a command on the machine; it returns what it says.
func (h *host) run(args ...string) string {
	h.world.t.Helper()
	args = append([]string{"netns", "exec", h.name}, args...)
	out, err := exec.Command("ip", args...).CombinedOutput()
	if err != nil {
		h.world.t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// under is how a program is started there.
func (h *host) under() []string { return []string{"ip", "netns", "exec", h.name} }

// routes lets the machine pass on what is not for it.
func (h *host) routes() {
	h.world.t.Helper()
	h.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
}

// nft adds rules to the table "lab".
func (h *host) nft(rules ...string) {
	h.world.t.Helper()
	h.run("nft", "add table inet lab; "+strings.Join(rules, "; "))
}

// drop loses in silence what fits, of what the machine passes on or is sent.
func (h *host) drop(what string) {
	h.world.t.Helper()
	for _, hook := range []string{"forward", "input"} {
		h.nft(fmt.Sprintf("add chain inet lab drop_%s { type filter hook %s priority 0; }", hook, hook), fmt.Sprintf("add rule inet lab drop_%s %s drop", hook, what))
	}
}

// wire joins two machines. The addresses, as 192.0.2.5/24, are of one end each; the second end is the way out of the first
// for all that it does not know.
func (w *world) wire(a *host, device string, addresses []string, b *host, far string, gateways []string) {
	w.t.Helper()
	w.must("ip", "link", "add", device, "netns", a.name, "type", "veth", "peer", "name", far, "netns", b.name)
	for _, end := range []struct {
		host      *host
		device    string
		addresses []string
	}{{a, device, addresses}, {b, far, gateways}} {
		for _, address := range end.addresses {
			end.host.ip("address", "add", address, "dev", end.device)
		}
		end.host.ip("link", "set", end.device, "up")
	}
	for _, gateway := range gateways {
		a.ip("route", "add", "default", "via", netip.MustParsePrefix(gateway).Addr().String(), "dev", device)
	}
}

// online wires a machine to the internet by networks of its own: the addresses are those of the machine, the internet's
// end has the first of each network.
func (w *world) online(h *host, addresses ...string) {
	w.t.Helper()
	w.internet.wires++
	var gateways []string
	for _, a := range addresses {
		p := netip.MustParsePrefix(a)
		gateways = append(gateways, netip.PrefixFrom(p.Masked().Addr().Next(), p.Bits()).String())
	}
	w.wire(h, "eth0", addresses, w.internet, fmt.Sprintf("to%d", w.internet.wires), gateways)
}

// resolves gives programs on the machine a DNS that knows one name, or none: then they are told so at once.
func (h *host) resolves(name, address string) {
	h.world.t.Helper()
	folder := filepath.Join("/etc/netns", h.name) // ip netns exec lays it over /etc
	hosts := "127.0.0.1 localhost\n"
	if address != "" {
		hosts += address + " " + name + "\n"
	}
	if err := errors.Join(os.MkdirAll(folder, 0o755), os.WriteFile(filepath.Join(folder, "hosts"), []byte(hosts), 0o644),
		os.WriteFile(filepath.Join(folder, "resolv.conf"), []byte("nameserver 127.0.0.1\n"), 0o644)); err != nil {
		h.world.t.Fatal(err)
	}
	h.world.t.Cleanup(func() { os.RemoveAll(folder) })
}

// inside runs do with the sockets that it opens on the machine.
func (h *host) inside(do func() error) (err error) {
	runtime.LockOSThread()
	here, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer here.Close()
	there, err := os.Open("/run/netns/" + h.name)
	if err != nil {
		return err
	}
	defer there.Close()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter %s: %w", h.name, err)
	}
	defer func() {
		if back := unix.Setns(int(here.Fd()), unix.CLONE_NEWNET); back != nil {
			panic(back) // the thread would go on elsewhere
		}
		runtime.UnlockOSThread()
	}()
	return do()
}
