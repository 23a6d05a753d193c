package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"jalsa/strangers"
	"jalsa/turn"
)

// door is the one TCP port: pages, sockets and the relay come in here. A connection goes through these stages, each with a
// limit of its own, all but the first off the accept loop:
//
//	Accept      is there room in all (crowd.go), and for its address, and does that not come too often (package strangers)
//	greet       behind a proxy: whom does it bring (proxy.go), and the same of that address
//	shake       TLS; what ALPN agreed on may tell whose the connection is
//	turn.Split  the first byte tells it otherwise
//
// Then it is net/http's, which wants the bare *tls.Conn for HTTP/2, or the relay's. Without TLS all is the same but for
// the handshake.
type door struct {
	net.Listener // fixed
	crowd        *crowd
	arrivals     *strangers.Paces
	gaits        gaits

	// fixed by begin
	public string // where browsers are sent that speak clear text
	tls    *tls.Config
	split  *turn.Splitter

	shaken  atomic.Uint64
	refused [doorReasons]atomic.Uint64
}

// shakeLimit is long enough for a thin link that loses packets: a chain of certificates is 3 KB, a second of 32 kbit/s.
const shakeLimit = 10 * time.Second

// helloLimit is how many bytes a client may say before hands are shaken. A browser says 2 KB; of a hello that does not end
// crypto/tls would keep 64 KB.
const helloLimit = 16 << 10

// sendOnLimit is how long a browser that speaks clear text may take to go away.
const sendOnLimit = 2 * time.Second

// Names that TURN clients may give in ALPN (RFC 7443). Those of browsers give none.
const (
	alpnTURN = "stun.turn"
	alpnSTUN = "stun.nat-discovery"
)

// doorReason says why the door closed a connection.
type doorReason int

const (
	doorFull        doorReason = iota // crowdLimit, of all or as a network's share of what is left
	doorAddress                       // addressLimit
	doorOften                         // arrivalRate
	doorUnannounced                   // a proxy did not say whom it brings
	doorSlow                          // no handshake in shakeLimit
	doorMismatch                      // no version, cipher or protocol in common, or garbage
	doorClear                         // no TLS at all
	doorUncertified                   // there is no certificate yet
	doorReasons
)

var doorReasonNames = [doorReasons]string{"full", "address", "often", "unannounced", "handshake_late", "handshake", "clear_text", "no_certificate"}

var (
	errNoRoom        = errors.New("no room for one more connection")
	errLongHello     = errors.New("a hello without end")
	errUnannounced   = errors.New("the proxy does not say whom it brings")
	errNoCertificate = errors.New("no certificate yet")
	errAnswered      = errors.New("nothing more is to be said")
)

// openDoor opens the port. Nothing is accepted before begin.
func openDoor(n network) (*door, error) {
	l, err := listenTCP(n.Listen)
	if err != nil {
		return nil, fmt.Errorf("open web port: %w", elsewhere(err, "--listen"))
	}
	most := crowdLimit
	if files, _ := descriptors(); files > 0 {
		most = min(most, files/2)
	}
	return newDoor(behind(turn.Prompt(l), n.Proxy), newCrowd(most, addressLimit, slices.Concat(n.Proxy, n.ForwardedFor)...)), nil
}

func newDoor(l net.Listener, c *crowd) *door {
	d := &door{crowd: c, arrivals: strangers.NewPaces(arrivalBurst, arrivalRate), gaits: gaits{far: longPath}}
	d.Listener = crowdedListener{l, d.admit}
	return d
}

// begin accepts; certs is nil for clear text. Each of the listeners is closed by whoever serves it; with both the port is.
func (d *door) begin(public string, certs certificates) (web, stun net.Listener) {
	d.public = public
	if certs != nil {
		d.tls = modern(certs.config())
	}
	d.split = turn.Split(d.Listener, d.greet)
	return decidedListener{d.split.Web}, promptListener{decidedListener{d.split.STUN}}
}

// modern adds to a certificate what the door speaks: TLS 1.3, or 1.2 with forward secrecy and authenticated encryption.
// Go's order of suites, curves and its rotated session tickets are kept. A client that offers TURN beside HTTP/1.1 wants TURN.
func modern(certificate *tls.Config) *tls.Config {
	c := certificate.Clone()
	c.MinVersion = tls.VersionTLS12
	c.CipherSuites = []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	}
	c.NextProtos = append([]string{"h2", alpnTURN, alpnSTUN, "http/1.1"}, certificate.NextProtos...)
	return c
}

// share counts the connections of another listener as the door's.
func (d *door) share(l net.Listener) net.Listener {
	return decidedListener{crowdedListener{l, d.admit}}
}

// admit counts a connection, or closes it. Whom a proxy brings is not known yet.
func (d *door) admit(conn net.Conn) *guest {
	g, ok := d.crowd.enter(conn)
	if !ok {
		d.refuse(doorFull)
		conn.Close()
		return nil
	}
	if _, proxied := conn.(*proxiedConn); !proxied && !d.settle(g, conn.RemoteAddr()) {
		g.Close()
		return nil
	}
	return g
}

// settle counts a guest for its address; false: there is no room for it.
func (d *door) settle(g *guest, addr net.Addr) bool {
	if from, alone := d.crowd.placeOf(addr); alone && !d.arrivals.Take(from, time.Now()) {
		d.refuse(doorOften)
		return false
	}
	why, ok := d.crowd.settle(g, addr)
	if !ok {
		d.refuse(why)
	}
	return ok
}

// greet is the door's [turn.Greeting].
func (d *door) greet(conn net.Conn) (net.Conn, turn.Side, error) {
	g := conn.(*guest)
	if proxied, ok := g.Conn.(*proxiedConn); ok {
		if proxied.ProxyHeader() == nil {
			d.refuse(doorUnannounced)
			return nil, turn.ByFirstByte, errUnannounced
		}
		if !d.settle(g, proxied.RemoteAddr()) {
			return nil, turn.ByFirstByte, errNoRoom
		}
	}
	if d.tls == nil {
		return d.gaits.gently(g), turn.ByFirstByte, nil
	}
	g.hello = helloLimit
	defer func() { g.hello = 0 }()
	return d.shake(d.gaits.gently(g))
}

// shake makes the TLS connection.
func (d *door) shake(conn net.Conn) (net.Conn, turn.Side, error) {
	ctx, cancel := context.WithTimeout(context.Background(), shakeLimit)
	defer cancel()
	secure := tls.Server(conn, d.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		d.unshaken(err)
		return conn, turn.ByFirstByte, fmt.Errorf("shake hands: %w", err)
	}
	d.shaken.Add(1)
	switch secure.ConnectionState().NegotiatedProtocol {
	case "h2", "http/1.1":
		return secure, turn.Web, nil
	case alpnTURN, alpnSTUN:
		return secure, turn.STUN, nil
	case "":
		return secure, turn.ByFirstByte, nil
	default: // an authority has seen that the name is ours (RFC 8737)
		return secure, turn.ByFirstByte, errAnswered
	}
}

// unshaken counts why no handshake came about. Who went away by themselves was not refused.
func (d *door) unshaken(err error) {
	var clear tls.RecordHeaderError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		d.refuse(doorSlow)
	case errors.Is(err, errNoCertificate):
		d.refuse(doorUncertified)
	case errors.As(err, &clear) && clear.Conn != nil:
		d.refuse(doorClear)
		d.sendOn(clear)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.Is(err, syscall.ECONNRESET):
	default:
		d.refuse(doorMismatch)
	}
}

// sendOn answers a browser that speaks HTTP without TLS: people type addresses without https. Most of the request is lost to
// the handshake, so that it is the start page. What is left of it is read, or the answer would not arrive.
func (d *door) sendOn(clear tls.RecordHeaderError) {
	if method := string(clear.RecordHeader[:]); method != "GET /" && method != "HEAD " {
		return
	}
	late := time.AfterFunc(sendOnLimit, func() { clear.Conn.Close() })
	defer late.Stop()
	fmt.Fprintf(clear.Conn, "HTTP/1.1 307 Temporary Redirect\r\nLocation: %s/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", d.public)
	if half, ok := clear.Conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_, _ = io.CopyN(io.Discard, clear.Conn, maxHeader)
	}
}

func (d *door) refuse(r doorReason) { d.refused[r].Add(1) }

// promptListener is for the relay: what is far away is not sent slowly, media paces itself.
type promptListener struct{ net.Listener }

func (l promptListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if g := turn.Below[*gentleConn](conn); g != nil {
		g.hurry()
	}
	return conn, nil
}

// doorStats is what `jalsa stats` tells of the door.
type doorStats struct {
	Connections int               `json:"connections"` // open now
	Addresses   int               `json:"addresses"`   // that they are from, but for proxies
	Handshakes  uint64            `json:"handshakes"`  // since the start
	Refused     map[string]uint64 `json:"refused"`     // since the start, by reason
}

func (d *door) stats() doorStats {
	s := doorStats{Handshakes: d.shaken.Load(), Refused: map[string]uint64{}}
	s.Connections, s.Addresses = d.crowd.size()
	if d.split != nil {
		maps.Copy(s.Refused, d.split.Refused())
	}
	for r, name := range doorReasonNames {
		s.Refused[name] = d.refused[r].Load()
	}
	return s
}
