//go:build lab && linux

package lab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// emulator builds lab/linkem once, beside the program.
var emulator = sync.OnceValues(func() (string, error) {
	program, err := built()
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(program), "linkem")
	if out, err := exec.Command("go", "build", "-o", path, "jalsa/lab/linkem").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the emulator: %w\n%s", err, out)
	}
	return path, nil
})

// Where everybody is: the server at one address in a namespace of its own, each person behind a link into it.
const (
	serverSpace   = "jalsa-server"
	serverAddress = "10.77.0.1"
	serverPort    = 8080
)

func personSpace(number int) string { return fmt.Sprintf("jalsa-%d", number) }

// network is the namespaces and links of one hearing.
type network struct {
	t      testing.TB
	folder string // of the control sockets
}

// newNetwork lays a link for each person; the settings are those of lab/link.
func newNetwork(t testing.TB, links ...string) *network {
	t.Helper()
	n := &network{t: t, folder: t.TempDir()}
	if _, err := os.Stat("/run/netns/" + serverSpace); err == nil {
		t.Fatalf("namespace %s is there already: another run, or one that was killed; see ip netns pids", serverSpace)
	}
	n.ip("netns", "add", serverSpace)
	t.Cleanup(func() { n.ip("netns", "delete", serverSpace) })
	n.ip("-n", serverSpace, "link", "set", "lo", "up")
	n.ip("-n", serverSpace, "address", "add", serverAddress+"/32", "dev", "lo")
	for i, settings := range links {
		n.lay(i+1, settings)
	}
	return n
}

func (n *network) ip(args ...string) {
	n.t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		n.t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// lay starts one emulator, which ends with the test.
func (n *network) lay(number int, settings string) {
	n.t.Helper()
	path, err := emulator()
	if err != nil {
		n.t.Fatal(err)
	}
	link := exec.Command(path, "-a", personSpace(number), "-b", serverSpace, "-b-dev", fmt.Sprintf("p%d", number),
		"-a-addr", fmt.Sprintf("10.77.%d.2/24", number), "-b-addr", fmt.Sprintf("10.77.%d.1/24", number),
		"-both", settings, "-ctl", n.control(number))
	link.Stderr = os.Stderr
	if err := link.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() {
		_ = link.Process.Signal(syscall.SIGTERM)
		_ = link.Wait()
	})
	waitUntil(n.t, within, "a link is laid", func() bool {
		_, err := os.Stat(n.control(number))
		return err == nil
	})
}

// control is the socket at which the link of a person is changed.
func (n *network) control(number int) string {
	return filepath.Join(n.folder, fmt.Sprintf("%d.sock", number))
}

// noUDP are the commands that lose all UDP of a person on the way, as a firewall does: nobody is told.
func noUDP(number int) [][]string {
	rules := "add table inet thin; add chain inet thin way { type filter hook input priority 0; }; add rule inet thin way %s meta l4proto udp drop"
	return [][]string{
		{"ip", "netns", "exec", serverSpace, "nft", fmt.Sprintf(rules, fmt.Sprintf(`iifname "p%d"`, number))},
		{"ip", "netns", "exec", personSpace(number), "nft", fmt.Sprintf(rules, "")},
	}
}

// newThinServer starts the program where the network reaches it.
func newThinServer(t testing.TB, plain bool) *program {
	t.Helper()
	url := fmt.Sprintf("http://%s:%d", serverAddress, serverPort)
	flags := []string{"--url", url, "--drain", "0s"}
	if plain {
		flags = append(flags, "--plain")
	}
	p := programOn(t, t.TempDir(), flags...)
	p.under, p.host = []string{"ip", "netns", "exec", serverSpace}, serverAddress
	p.web, p.media = serverPort, serverPort
	p.start()
	return p
}

// driver bundles lab/thin for node, once.
func driver(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "drive.cjs")
	bundle := exec.Command("../node_modules/.bin/esbuild", "thin/drive.ts", "--bundle", "--platform=node", "--format=cjs",
		"--target=node20", "--external:playwright-core", "--external:puppeteer-core", "--log-level=warning", "--outfile="+path)
	if out, err := bundle.CombinedOutput(); err != nil {
		t.Fatalf("bundle the driver: %v\n%s", err, out)
	}
	return path
}

// drive runs the driver over a plan, within limit.
func drive(t testing.TB, script, plan, record string, limit time.Duration) error {
	t.Helper()
	modules, err := filepath.Abs("../node_modules")
	if err != nil {
		return err
	}
	run := exec.Command("timeout", "--kill-after=10", fmt.Sprint(limit.Seconds()), "node", script, plan, record)
	run.Env = append(os.Environ(), "NODE_PATH="+modules)
	out, err := run.CombinedOutput()
	if err != nil {
		return fmt.Errorf("drive: %w\n%s", err, out)
	}
	return nil
}
