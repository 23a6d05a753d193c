package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/stun/v4"

	"jalsa/turn"
)

// patient is how long a test waits for what should happen at once.
const patient = 20 * time.Second

// threshold is a door with a web server that tells how it was spoken to, and a relay behind it.
type threshold struct {
	*door
	t     *testing.T
	addr  string
	roots *x509.CertPool // that vouch for its certificate
	seen  chan net.Conn  // as the relay gets them
}

// newThreshold opens a door on l; without TLS if certs is nil.
func newThreshold(t *testing.T, l net.Listener, c *crowd, certs certificates) *threshold {
	t.Helper()
	return behindDoor(t, newDoor(l, c), certs)
}

func behindDoor(t *testing.T, d *door, certs certificates) *threshold {
	t.Helper()
	th := &threshold{door: d, t: t, addr: d.Addr().String(), roots: x509.NewCertPool(), seen: make(chan net.Conn, 100)}
	if certs != nil && certs.current() != nil {
		th.roots.AddCert(certs.current().Leaf)
	}
	relay, err := turn.New(turn.Config{
		Realm: "jalsa", Media: []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:443")},
		Relay:   func(bool) (net.PacketConn, error) { return nil, errors.New("no media here") },
		Allowed: func(string) bool { return false }, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	web, stun := d.begin("https://localhost:443", certs)
	pages := &http.Server{Handler: http.HandlerFunc(th.page), HTTP2: streams, ReadHeaderTimeout: patient}
	ended := make(chan error, 2)
	go func() { ended <- pages.Serve(web) }()
	go func() { ended <- relay.Serve(watched{stun, th.seen}) }()
	t.Cleanup(func() {
		pages.Close()
		relay.Close()
		<-ended
		<-ended
		until(t, "nobody counted", func() bool { n, from := d.crowd.size(); return n == 0 && from == 0 })
	})
	return th
}

// page tells the protocol, or echoes what comes by a WebSocket.
func (th *threshold) page(w http.ResponseWriter, r *http.Request) {
	if !websocket.IsWebSocketUpgrade(r) {
		fmt.Fprintf(w, "%s from %s", r.Proto, r.RemoteAddr)
		return
	}
	conn, err := new(websocket.Upgrader).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	kind, text, err := conn.ReadMessage()
	if err == nil {
		conn.WriteMessage(kind, text)
	}
}

// watched shows the connections that it hands on.
type watched struct {
	net.Listener
	seen chan<- net.Conn
}

func (w watched) Accept() (net.Conn, error) {
	conn, err := w.Listener.Accept()
	if err == nil {
		w.seen <- conn
	}
	return conn, err
}

func listening(t *testing.T) net.Listener {
	t.Helper()
	l, err := listenTCP("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func certified(t *testing.T) certificates {
	t.Helper()
	certs, err := openSelfSigned(t.TempDir(), "localhost", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return certs
}

func roomy() *crowd { return newCrowd(1000, 1000) }

// client is what dials the door; change may be nil.
func (th *threshold) client(change func(*tls.Config)) *tls.Config {
	c := &tls.Config{ServerName: "localhost", RootCAs: th.roots}
	if change != nil {
		change(c)
	}
	return c
}

func (th *threshold) dial() net.Conn {
	th.t.Helper()
	conn, err := net.Dial("tcp", th.addr)
	if err != nil {
		th.t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(patient))
	th.t.Cleanup(func() { conn.Close() })
	return conn
}

// get asks for a page over a connection, in HTTP/1.1.
func get(conn net.Conn) (string, error) {
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"); err != nil {
		return "", err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}

// bind asks the relay where it sees us from.
func bind(conn net.Conn) error {
	request := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
	if _, err := request.WriteTo(conn); err != nil {
		return err
	}
	answer := &stun.Message{Raw: make([]byte, 0, 1500)}
	if _, err := answer.ReadFrom(conn); err != nil {
		return err
	}
	var at stun.XORMappedAddress
	if err := at.GetFrom(answer); err != nil {
		return err
	}
	if own := conn.LocalAddr().(*net.TCPAddr); !at.IP.Equal(own.IP) || at.Port != own.Port {
		return fmt.Errorf("seen from %v, sent from %v", at, own)
	}
	return nil
}

func until(t *testing.T, what string, true func() bool) {
	t.Helper()
	for end := time.Now().Add(patient); !true(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}
