package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/pion/stun/v4"
)

// knocked is what became of coming to one address of a server, each time by a connection of its own.
type knocked struct {
	at     netip.AddrPort
	secure bool
	took   time.Duration       // to connect, and to shake hands
	tls    uint16              // version
	certs  []*x509.Certificate // shown
	err    error               // why there was no connection

	health int   // status of /healthz
	deaf   error // why there was none
	socket error // why a WebSocket did not open
	relay  error // why the relay did not answer
}

func knock(ctx context.Context, u *url.URL, at netip.AddrPort) (k knocked) {
	k.at, k.secure = at, u.Scheme == "https"
	began := time.Now()
	conn, err := come(ctx, u, at, "h2", "http/1.1")
	if k.err = err; err != nil {
		return k
	}
	k.took = time.Since(began)
	if t, ok := conn.(*tls.Conn); ok {
		k.tls, k.certs = t.ConnectionState().Version, t.ConnectionState().PeerCertificates
	}
	_ = conn.Close() // it has told all
	k.health, k.deaf = health(ctx, u, at)
	k.socket = openSocket(ctx, u, at)
	k.relay = askRelay(ctx, u, at)
	return k
}

// come connects, and over https shakes hands, offering those protocols. The certificate is judged apart.
func come(ctx context.Context, u *url.URL, at netip.AddrPort, protocols ...string) (net.Conn, error) {
	ctx, stop := within(ctx)
	defer stop()
	if u.Scheme == "http" {
		return new(net.Dialer).DialContext(ctx, "tcp", at.String())
	}
	d := tls.Dialer{Config: &tls.Config{ServerName: u.Hostname(), InsecureSkipVerify: true, NextProtos: protocols}}
	return d.DialContext(ctx, "tcp", at.String())
}

// request is one question over a connection that speaks HTTP/1.1. The caller closes the connection.
func request(ctx context.Context, u *url.URL, at netip.AddrPort, path string, header http.Header) (net.Conn, *http.Response, error) {
	conn, err := come(ctx, u, at, "http/1.1")
	if err != nil {
		return nil, nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(lookTime)) // else a read would say so
	r := &http.Request{Method: http.MethodGet, URL: &url.URL{Scheme: u.Scheme, Host: u.Host, Path: path}, Host: u.Host, Header: header}
	var response *http.Response
	if err = r.Write(conn); err == nil {
		response, err = http.ReadResponse(bufio.NewReader(conn), r)
	}
	if err != nil {
		_ = conn.Close()
		return nil, nil, err
	}
	return conn, response, nil
}

func health(ctx context.Context, u *url.URL, at netip.AddrPort) (int, error) {
	conn, r, err := request(ctx, u, at, "/healthz", http.Header{"Connection": {"close"}})
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	return r.StatusCode, nil
}

// openSocket asks for the socket of a hearing (RFC 6455), of nobody's: what counts is that it opens.
func openSocket(ctx context.Context, u *url.URL, at netip.AddrPort) error {
	key := base64.StdEncoding.EncodeToString([]byte(rand.Text()[:16]))
	conn, r, err := request(ctx, u, at, "/h/probe/ws", http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {key},
		"Origin": {u.Scheme + "://" + u.Host},
	})
	if err != nil {
		return err
	}
	defer conn.Close()
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	if r.Header.Get("Sec-Websocket-Accept") != base64.StdEncoding.EncodeToString(sum[:]) {
		return errors.New("the answer is " + r.Status)
	}
	return nil
}

// askRelay asks for an allocation over the same port, as a browser does without saying which protocol it wants.
func askRelay(ctx context.Context, u *url.URL, at netip.AddrPort) error {
	conn, err := come(ctx, u, at)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(lookTime)) // else a read would say so
	if _, err := conn.Write(allocation().Raw); err != nil {
		return err
	}
	head := make([]byte, 20) // RFC 8489, section 5
	if _, err := io.ReadFull(conn, head); err != nil {
		return err
	}
	if !stun.IsMessage(head) {
		return errors.New("what it answers is not TURN")
	}
	rest := make([]byte, int(head[2])<<8|int(head[3]))
	if _, err := io.ReadFull(conn, rest); err != nil {
		return err
	}
	return isRefusal(append(head, rest...))
}

func judgeKnock(k knocked) (found []finding) {
	const check = "pages"
	at := k.at.String() + "/tcp"
	if k.err != nil {
		return []finding{judgeUnreached(check, at, k.at.Addr(), k.err)}
	}
	over := "in the clear"
	if k.secure {
		over = tls.VersionName(k.tls)
	}
	switch {
	case k.deaf != nil:
		return []finding{problem.of(check, "%s is open, but answers no request: %v", at, k.deaf).so("see what listens there")}
	case k.health == http.StatusServiceUnavailable:
		found = append(found, warning.of(check, "%s is reached (%s), and the server is about to end", at, over).so("see who restarts it"))
	case k.health != http.StatusOK:
		return []finding{problem.of(check, "%s is reached (%s), but it is no Jalsa that answers: status %d", at, over, k.health).so("see what listens there")}
	default:
		found = append(found, fine.of(check, "%s is reached in %v (%s)", at, brief(k.took), over))
	}
	if k.socket != nil {
		found = append(found, problem.of("socket", "%s: no WebSocket: %v", at, k.socket).so("a proxy on the way has to pass the header Upgrade; and the URL has to be that of --url"))
	} else {
		found = append(found, fine.of("socket", "%s: a WebSocket opens", at))
	}
	if k.relay != nil {
		found = append(found, problem.of("relay", "%s: no relay: %v; people without UDP have no sound", at, k.relay).so("a proxy on the way has to pass TCP as it is, not only HTTP, see README"))
	} else {
		found = append(found, fine.of("relay", "%s: the relay answers", at))
	}
	return found
}

// judgeUnreached is about a port to which there is no way.
func judgeUnreached(check, at string, addr netip.Addr, err error) finding {
	var wire net.Error
	switch {
	case addr.Is6() && (errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EADDRNOTAVAIL)):
		return unseen.of(check, "%s: this machine has no IPv6", at).so("ask from one that has")
	case errors.Is(err, syscall.ECONNREFUSED):
		return problem.of(check, "%s: nothing listens there", at).so("start the server; or have the router forward the port")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &wire) && wire.Timeout():
		return problem.of(check, "%s: no answer", at).so("a firewall on the way closes the port, or no router forwards it")
	}
	return problem.of(check, "%s: %v", at, err).so("see the log of the server, and what is between here and there")
}

func portNumber(text string) uint16 {
	n, _ := strconv.ParseUint(text, 10, 16) // of a parsed address
	return uint16(n)
}

// isRefusal tells whether a message is what a relay of ours says to who shows no credential (RFC 8489, section 9.2.4).
func isRefusal(raw []byte) error {
	m := &stun.Message{Raw: raw}
	var code stun.ErrorCodeAttribute
	if err := m.Decode(); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if code.GetFrom(m) != nil || code.Code != stun.CodeUnauthorized {
		return fmt.Errorf("it answers %v", m.Type)
	}
	return nil
}
