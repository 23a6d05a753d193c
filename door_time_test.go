package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener in memory, whose time a test can let pass.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn, 10), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return tcpAddr("192.0.2.1:443") }

func (p *pipes) dial() net.Conn {
	near, far := net.Pipe()
	p.conns <- pipeEnd{layer{far}}
	return near
}

// pipeEnd has an address, as of TCP.
type pipeEnd struct{ layer }

func (pipeEnd) RemoteAddr() net.Addr { return tcpAddr("203.0.113.9:4711") }

// Whoever stays silent at a stage is gone when its limit has passed, and not before; who is quick does not notice.
func TestSilenceAtEachStage(t *testing.T) {
	certs := certified(t)
	for _, c := range []struct {
		name    string
		proxies []netip.Addr
		certs   certificates
		say     func(net.Conn) net.Conn
		limit   time.Duration
		counted string
	}{
		{"nothing for the proxy's word", []netip.Addr{netip.MustParseAddr("203.0.113.9")}, certs, nil, proxyHeaderLimit, "unannounced"},
		{"half a proxy's word", []netip.Addr{netip.MustParseAddr("203.0.113.9")}, certs, words("\r\n\r\n\x00\r\nQUIT\n\x21"), proxyHeaderLimit, "unannounced"},
		{"nothing for a handshake", nil, certs, nil, shakeLimit, "handshake_late"},
		{"half a ClientHello", nil, certs, words("\x16\x03\x01\x02\x00\x01\x00"), shakeLimit, "handshake_late"},
		{"nothing after a handshake without ALPN", nil, certs, shaken(""), 10 * time.Second, "late"},
		{"nothing after clear text", nil, nil, nil, 10 * time.Second, "late"},
		{"nothing after a handshake for pages", nil, certs, shaken("http/1.1"), silentPages, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newPipes()
				d := newDoor(behind(l, c.proxies), roomy())
				web, stun := d.begin("https://localhost", c.certs)
				pages := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: silentPages}
				var served sync.WaitGroup
				served.Go(func() { pages.Serve(web) })
				defer served.Wait()
				defer stun.Close()
				defer pages.Close()

				conn := l.dial()
				defer conn.Close()
				if c.say != nil {
					conn = c.say(conn)
				}
				begun := time.Now()
				_, err := io.Copy(io.Discard, conn)
				if took := time.Since(begun); took != c.limit || errors.Is(err, net.ErrClosed) {
					t.Errorf("gone after %v, %v; want %v", took, err, c.limit)
				}
				synctest.Wait()
				for reason, n := range d.stats().Refused {
					if want := reason == c.counted; n == 0 == want {
						t.Errorf("%s counted %d times", reason, n)
					}
				}
				if n := d.stats().Connections; n != 0 {
					t.Errorf("%d connections are still counted", n)
				}
			})
		})
	}
}

// silentPages is the patience of the web server in this test.
const silentPages = 12 * time.Second

func words(text string) func(net.Conn) net.Conn {
	return func(conn net.Conn) net.Conn {
		io.WriteString(conn, text)
		return conn
	}
}

func shaken(alpn string) func(net.Conn) net.Conn {
	return func(conn net.Conn) net.Conn {
		c := &tls.Config{InsecureSkipVerify: true}
		if alpn != "" {
			c.NextProtos = []string{alpn}
		}
		secure := tls.Client(conn, c)
		if err := secure.Handshake(); err != nil {
			panic(err)
		}
		return secure
	}
}

// FuzzDoor: what a client says first under TLS, without ALPN, tells whose it is, and arrives whole.
func FuzzDoor(f *testing.F) {
	for _, seed := range []string{"\x00\x01\x00\x00\x21\x12\xa4\x42", "\x03", "\x04", "GET / HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01", "\x40\x00", "\xff"} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	own, err := openSelfSigned(f.TempDir(), "localhost", time.Now())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, sent []byte, secure bool) {
		if len(sent) == 0 {
			return
		}
		var certs certificates
		if secure {
			certs = own
		}
		l := newPipes()
		web, stun := newDoor(l, roomy()).begin("https://localhost", certs)
		defer stun.Close()
		defer web.Close()
		go func() {
			conn := l.dial()
			if secure {
				conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
			}
			conn.Write(sent)
			conn.Close()
		}()
		side := web
		if sent[0] <= 3 { // RFC 7983, section 7
			side = stun
		}
		conn, err := side.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if got, err := io.ReadAll(conn); err != nil || !bytes.Equal(got, sent) {
			t.Fatalf("read %q, %v; sent %q", got, err, sent)
		}
	})
}
