//go:build lab && linux

package lab

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// connectProxy is what some offices have instead of a way out: HTTP CONNECT (RFC 9110, section 9.3.6) to one port, and
// nothing else.
type connectProxy struct {
	// fixed
	host   *host
	names  map[string]string // its DNS
	port   int
	listen net.Listener

	made    atomic.Int64
	running sync.WaitGroup

	mu   sync.Mutex
	open map[net.Conn]struct{}
}

func newConnectProxy(t testing.TB, on *host, address string, names map[string]string, port int) *connectProxy {
	t.Helper()
	p := &connectProxy{host: on, names: names, port: port, open: map[net.Conn]struct{}{}}
	err := on.inside(func() (err error) {
		p.listen, err = net.Listen("tcp", address)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p.running.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// tunnels is how many ways out there have been.
func (p *connectProxy) tunnels() int { return int(p.made.Load()) }

func (p *connectProxy) accept() {
	for {
		conn, err := p.listen.Accept()
		if err != nil {
			return
		}
		p.running.Go(func() { p.serve(conn) })
	}
}

// keep closes conn with the proxy.
func (p *connectProxy) keep(conn net.Conn) (done func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[conn] = struct{}{}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.open, conn)
		conn.Close()
	}
}

func (p *connectProxy) serve(near net.Conn) {
	defer p.keep(near)()
	reader := bufio.NewReader(near)
	request, err := http.ReadRequest(reader)
	if err != nil {
		return
	}
	far, err := p.reach(request)
	if err != nil {
		_, _ = io.WriteString(near, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
		return
	}
	defer p.keep(far)()
	p.made.Add(1)
	if _, err := io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	p.running.Go(func() {
		_, _ = io.Copy(near, far)
		near.Close()
	})
	_, _ = io.Copy(far, reader)
}

// reach dials as the proxy's rules allow.
func (p *connectProxy) reach(request *http.Request) (conn net.Conn, err error) {
	name, port, err := net.SplitHostPort(request.Host)
	if err != nil || request.Method != http.MethodConnect || port != strconv.Itoa(p.port) || p.names[name] == "" {
		return nil, net.InvalidAddrError("not allowed")
	}
	err = p.host.inside(func() error {
		conn, err = net.Dial("tcp", net.JoinHostPort(p.names[name], port))
		return err
	})
	return conn, err
}

func (p *connectProxy) close() {
	p.listen.Close()
	p.mu.Lock()
	for conn := range p.open {
		conn.Close()
	}
	p.mu.Unlock()
	p.running.Wait()
}
