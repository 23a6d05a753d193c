package lab

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// built builds the program once for all tests. TestMain removes the folder.
var built = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "jalsa-lab")
	if err != nil {
		return "", err
	}
	// The cache of test results sees what a test reads, not what it builds.
	if _, err := os.ReadDir(".."); err != nil {
		return "", err
	}
	path := filepath.Join(folder, "jalsa")
	build := exec.Command("go", "build", "-o", path, "jalsa")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, nil
})

// program is the server as a process, which can die and come back on the same
// ports and data.
type program struct {
	t     testing.TB
	path  string
	data  string
	host  string // where it listens
	web   int    // TCP port
	media int    // UDP port
	flags []string
	under []string // command that starts it, such as "ip netns exec"; none: it starts by itself
	ports []string // flags that say where it listens instead of host, web and media
	open  string   // address that people open, if ports are set
	log   *logBuffer

	process *exec.Cmd
	ended   chan struct{} // closed when the process is gone
}

// overTLS is the flag of a program whose people come over TLS, with a certificate that they have to believe.
const overTLS = "--tls=self-signed"

// logBuffer keeps what the server wrote, for a test that fails.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newProgram starts the program on fresh data; flags are those of serve.
func newProgram(t testing.TB, flags ...string) *program {
	t.Helper()
	p := programOn(t, t.TempDir(), flags...)
	p.start()
	return p
}

// programOn is the program on data that is prepared; it does not run yet.
func programOn(t testing.TB, data string, flags ...string) *program {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, path: path, data: data, host: "127.0.0.1", flags: flags, log: &logBuffer{}}
	p.web, p.media = freePort(t), freePort(t)
	t.Cleanup(func() {
		if p.process != nil {
			p.kill()
		}
		if t.Failed() {
			t.Logf("server:\n%s", p.log)
		}
	})
	return p
}

// freePort picks a port for both TCP and UDP below those that systems give to
// clients: one of theirs could take it while the program is down.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 20000 + rand.IntN(12000)
		address := fmt.Sprintf("127.0.0.1:%d", port)
		tcp, err := net.Listen("tcp4", address)
		if err != nil {
			continue
		}
		tcp.Close()
		if udp, err := net.ListenPacket("udp4", address); err == nil {
			udp.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// url is the address that people open.
func (p *program) url() string {
	if p.open != "" {
		return p.open
	}
	scheme, host := "http", p.host
	if slices.Contains(p.flags, overTLS) {
		scheme = "https"
	}
	if host == "127.0.0.1" {
		host = "localhost"
	}
	return fmt.Sprintf("%s://%s:%d", scheme, host, p.web)
}

// start runs the program and returns once it serves.
func (p *program) start() {
	p.t.Helper()
	ports := p.ports
	if ports == nil {
		ports = []string{"--listen", fmt.Sprintf("%s:%d", p.host, p.web), "--media", fmt.Sprintf("%s:%d", p.host, p.media)}
	}
	args := slices.Concat(p.under, []string{p.path, "serve", "--data", p.data, "--log-level", "info"}, ports, p.flags)
	if slices.Contains(p.flags, overTLS) && p.open == "" {
		args = append(args, "--url", p.url())
	}
	p.process = exec.Command(args[0], args[1:]...)
	p.process.Stderr = p.log
	out, err := p.process.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.process.Start(); err != nil {
		p.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	p.ended = make(chan struct{})
	go p.wait(p.process, p.ended)
	if err != nil || !strings.Contains(line, p.url()) {
		p.t.Fatalf("the program said %q (%v) and not that it serves %s:\n%s", line, err, p.url(), p.log)
	}
}

func (p *program) wait(process *exec.Cmd, ended chan struct{}) {
	_ = process.Wait() // the way it ends is the test's own doing
	close(ended)
}

// kill is kill -9; it returns when the process is gone.
func (p *program) kill() {
	_ = p.process.Process.Kill()
	<-p.ended
}

// terminate asks the process to end.
func (p *program) terminate() {
	p.t.Helper()
	if err := p.process.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
}

func (p *program) gone() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// command runs another command of the program on the same data.
func (p *program) command(args ...string) []byte {
	p.t.Helper()
	c := exec.Command(p.path, append(args, "--data", p.data)...)
	var failure bytes.Buffer
	c.Stderr = &failure
	out, err := c.Output()
	if err != nil {
		p.t.Fatalf("jalsa %s: %v %s", args[0], err, &failure)
	}
	return out
}

// appointment is what "jalsa book" prints.
type appointment struct {
	Reference string `json:"reference"`
	Links     []struct {
		Number uint32 `json:"number"`
		Role   string `json:"role"`
		Name   string `json:"name"`
		URL    string `json:"url"`
	} `json:"links"`
}

// book makes an appointment that began a minute ago and ends after duration
// from now, with one person for each "role" or "role:link".
func (p *program) book(duration time.Duration, roles ...string) appointment {
	p.t.Helper()
	began := time.Now().UTC().Truncate(time.Minute).Add(-time.Minute)
	args := []string{"book", "--json", "--institution", "Tribunal", "--service", "Audience", "--zone", "UTC",
		"--start", began.Format("2006-01-02T15:04"), "--grace", "0s",
		"--duration", (time.Since(began) + duration).Round(time.Millisecond).String()}
	for i, role := range roles {
		role, link, _ := strings.Cut(role, ":")
		args = append(args, "--participant", fmt.Sprintf("%s:%s %d:fr:%s", role, secretName, i+1, link))
	}
	var made []appointment
	if err := json.Unmarshal(p.command(args...), &made); err != nil || len(made) != 1 || len(made[0].Links) != len(roles) {
		p.t.Fatalf("booked %+v: %v", made, err)
	}
	return made[0]
}

// secretName is part of every name, so that a name that leaks is found.
const secretName = "Zoubida Unsaid"

// cancel calls an appointment off, as an operator would.
func (p *program) cancel(a appointment) {
	p.t.Helper()
	p.command("cancel", a.Reference)
}
