package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// The server hears of the client behind a proxy that it knows, and believes
// nobody else.
func TestOnlyKnownProxiesAnnounceTheClient(t *testing.T) {
	for _, c := range []struct {
		name    string
		proxies []netip.Addr
		header  string
		want    string // of the answer
	}{
		{"no proxy", nil, "", "127.0.0.1"},
		{"a known proxy", []netip.Addr{netip.MustParseAddr("127.0.0.1")}, "PROXY TCP4 203.0.113.9 198.51.100.1 4711 443\r\n", "203.0.113.9"},
		{"a known proxy that was named as IPv6", []netip.Addr{netip.MustParseAddr("::ffff:127.0.0.1")}, "PROXY TCP4 203.0.113.9 198.51.100.1 4711 443\r\n", "203.0.113.9"},
		{"a known proxy that says nothing", []netip.Addr{netip.MustParseAddr("127.0.0.1")}, "", ""},
		{"somebody who plays proxy", []netip.Addr{netip.MustParseAddr("192.0.2.1")}, "PROXY TCP4 203.0.113.9 198.51.100.1 4711 443\r\n", "400"},
		{"beside the proxy", []netip.Addr{netip.MustParseAddr("192.0.2.1")}, "", "127.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := net.Listen("tcp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, "from "+r.RemoteAddr)
			})}
			served := make(chan error, 1)
			go func() { served <- server.Serve(behind(l, c.proxies)) }()
			defer func() {
				server.Close()
				<-served
			}()
			conn, err := net.Dial("tcp4", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprintf(conn, "%sGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", c.header)
			answer, _ := io.ReadAll(conn) // a refused connection is reset
			if !strings.Contains(string(answer), c.want) || c.want == "" && len(answer) > 0 {
				t.Errorf("answer %q, want %q in it", answer, c.want)
			}
		})
	}
}
