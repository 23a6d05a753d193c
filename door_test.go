package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

func TestDoorOverTLS(t *testing.T) {
	th := newThreshold(t, listening(t), roomy(), certified(t))
	page := func(want string) func(net.Conn) error {
		return func(conn net.Conn) error {
			text, err := get(conn)
			if err == nil && !strings.HasPrefix(text, want+" from 127.0.0.1:") {
				err = fmt.Errorf("answer %q, want %q", text, want)
			}
			return err
		}
	}
	for _, c := range []struct {
		name   string
		alpn   []string
		most   uint16 // version of TLS
		agreed string
		ask    func(net.Conn) error
	}{
		{"http/1.1", []string{"http/1.1"}, tls.VersionTLS13, "http/1.1", page("HTTP/1.1")},
		{"a page without ALPN", nil, tls.VersionTLS13, "", page("HTTP/1.1")},
		{"a page by TLS 1.2", []string{"http/1.1"}, tls.VersionTLS12, "http/1.1", page("HTTP/1.1")},
		{"STUN without ALPN", nil, tls.VersionTLS13, "", bind},
		{"STUN by TLS 1.2", nil, tls.VersionTLS12, "", bind},
		{"TURN by its name", []string{"stun.turn"}, tls.VersionTLS13, "stun.turn", bind},
		{"TURN by its name, of clients that know HTTP too", []string{"http/1.1", "stun.turn"}, tls.VersionTLS13, "stun.turn", bind},
		{"STUN by its name", []string{"stun.nat-discovery"}, tls.VersionTLS13, "stun.nat-discovery", bind},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := tls.Client(th.dial(), th.client(func(cfg *tls.Config) { cfg.NextProtos, cfg.MaxVersion = c.alpn, c.most }))
			defer conn.Close()
			if err := c.ask(conn); err != nil {
				t.Error(err)
			}
			if s := conn.ConnectionState(); s.NegotiatedProtocol != c.agreed || s.Version != c.most {
				t.Errorf("agreed on %q, version %x", s.NegotiatedProtocol, s.Version)
			}
		})
	}
	if n := th.stats().Handshakes; n != 8 {
		t.Errorf("%d handshakes counted", n)
	}
}

// Both kinds of connections that a browser makes to its room: pages come by HTTP/2, the socket by HTTP/1.1.
func TestDoorForBrowsers(t *testing.T) {
	th := newThreshold(t, listening(t), roomy(), certified(t))
	transport := &http.Transport{
		ForceAttemptHTTP2: true, TLSClientConfig: th.client(nil),
		DialContext: func(context.Context, string, string) (net.Conn, error) { return th.dial(), nil },
	}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get("https://localhost/")
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if !strings.HasPrefix(string(text), "HTTP/2.0 from 127.0.0.1:") {
		t.Errorf("page came as %q", text)
	}

	dialer := websocket.Dialer{
		NetDial:         func(string, string) (net.Conn, error) { return th.dial(), nil },
		TLSClientConfig: th.client(func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }),
	}
	socket, _, err := dialer.Dial("wss://localhost/", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	if err := socket.WriteMessage(websocket.TextMessage, []byte("salam")); err != nil {
		t.Fatal(err)
	}
	if _, echo, err := socket.ReadMessage(); err != nil || string(echo) != "salam" {
		t.Errorf("socket answers %q, %v", echo, err)
	}
}

// Who comes again is spared the certificates, which are seconds of a thin link.
func TestDoorResumes(t *testing.T) {
	th := newThreshold(t, listening(t), roomy(), certified(t))
	sessions := tls.NewLRUClientSessionCache(1)
	for _, again := range []bool{false, true} {
		conn := tls.Client(th.dial(), th.client(func(c *tls.Config) { c.ClientSessionCache = sessions }))
		if _, err := get(conn); err != nil { // the ticket comes before the answer
			t.Fatal(err)
		}
		if conn.ConnectionState().DidResume != again {
			t.Errorf("resumed: %v", !again)
		}
	}
}

func TestPlainDoor(t *testing.T) {
	th := newThreshold(t, listening(t), roomy(), nil)
	if text, err := get(th.dial()); err != nil || !strings.HasPrefix(text, "HTTP/1.1 from 127.0.0.1:") {
		t.Errorf("page came as %q, %v", text, err)
	}
	if err := bind(th.dial()); err != nil {
		t.Error(err)
	}
}

// What the door refuses is counted by its name, and the rest goes on.
func TestDoorRefusals(t *testing.T) {
	th := newThreshold(t, listening(t), roomy(), certified(t))
	shake := func(change func(*tls.Config)) func(net.Conn) {
		return func(conn net.Conn) {
			if err := tls.Client(conn, th.client(change)).Handshake(); err == nil {
				t.Error("hands were shaken")
			}
		}
	}
	send := func(text string) func(net.Conn) {
		return func(conn net.Conn) { io.WriteString(conn, text) }
	}
	for _, c := range []struct {
		name   string
		do     func(net.Conn)
		want   string // counted
		answer string
	}{
		{"an old version", shake(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }), "handshake", ""},
		{"old suites", shake(func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_128_GCM_SHA256}
		}), "handshake", ""},
		{"another protocol", shake(func(c *tls.Config) { c.NextProtos = []string{"imap"} }), "handshake", ""},
		{"garbage in a record", send("\x16\x03\x01\x00\x05garbage"), "handshake", ""},
		{"a hello without end", send("\x16\x03\x01\x40\x00\x01\x00\xea\x60" + strings.Repeat("x", helloLimit)), "handshake", ""},
		{"a page in clear text", send("GET /j/x HTTP/1.1\r\nHost: localhost\r\n\r\n"), "clear_text", "Location: https://localhost:443/\r\n"},
		{"another protocol in clear text", send("SSH-2.0-x\r\n"), "clear_text", ""},
		{"STUN in clear text", send("\x00\x01\x00\x00\x21\x12\xa4\x42"), "clear_text", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := th.stats().Refused[c.want]
			conn := th.dial()
			c.do(conn)
			answer, _ := io.ReadAll(conn)
			if !strings.Contains(string(answer), c.answer) || (c.answer == "") != !strings.HasPrefix(string(answer), "HTTP") {
				t.Errorf("answer %q", answer)
			}
			until(t, c.want+" counted", func() bool { return th.stats().Refused[c.want] == before+1 })
		})
	}
	if err := bind(tls.Client(th.dial(), th.client(nil))); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// Who leaves in the middle of a handshake was not refused.
func TestDoorCountsNoLeavers(t *testing.T) {
	th := newThreshold(t, listening(t), roomy(), certified(t))
	for _, sent := range []string{"", "\x16\x03\x01\x02"} {
		conn := th.dial()
		io.WriteString(conn, sent)
		conn.Close()
	}
	until(t, "both gone", func() bool { return th.stats().Connections == 0 })
	for reason, n := range th.stats().Refused {
		if n > 0 {
			t.Errorf("%d counted as %s", n, reason)
		}
	}
}
