package load

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// stepTime bounds each step of a join: the link, the socket, being let in, the answer, the first packet of media.
const stepTime = 15 * time.Second

// gate is how guests come to a server, as browsers do.
type gate struct {
	trusted *tls.Config
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
	through *http.Transport // shared: a browser has one of its own, but what is measured begins behind it
}

// newGate goes to at, HOST:PORT, instead of where the name of the server leads; "": it does not.
func newGate(roots *x509.CertPool, at string) *gate {
	g := &gate{trusted: &tls.Config{RootCAs: roots}}
	g.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if at != "" {
			address = at
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	g.through = &http.Transport{DialContext: g.dial, TLSClientConfig: g.trusted.Clone(), ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute}
	return g
}

func (g *gate) close() { g.through.CloseIdleConnections() }

// pass is what a link was redeemed for: a cookie, and the room page of a participant.
type pass struct {
	origin string
	path   string // of the room page
	jar    http.CookieJar
}

// redeem opens a link and sends its form, which ends on the room page.
func (g *gate) redeem(ctx context.Context, link string) (p pass, err error) {
	u, err := url.Parse(link)
	if err != nil {
		return p, errors.New("the link is none")
	}
	p.origin = u.Scheme + "://" + u.Host
	if p.jar, err = cookiejar.New(nil); err != nil {
		return p, err
	}
	browser := &http.Client{Transport: g.through, Jar: p.jar, Timeout: stepTime}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		r, err := http.NewRequestWithContext(ctx, method, link, http.NoBody)
		if err != nil {
			return p, errors.New("the link is none")
		}
		if method == http.MethodPost {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Origin", p.origin)
		}
		page, err := browser.Do(r)
		if err != nil {
			return p, plain(err)
		}
		page.Body.Close()
		if page.StatusCode != http.StatusOK {
			return p, fmt.Errorf("status %d", page.StatusCode)
		}
		p.path = page.Request.URL.Path
	}
	if !strings.HasPrefix(p.path, "/h/") {
		return p, errors.New("it does not lead to a room")
	}
	return p, nil
}

// plain takes the link out of an error: it is a secret.
func plain(err error) error {
	if of, ok := errors.AsType[*url.Error](err); ok {
		return of.Err
	}
	return err
}

// socket opens the WebSocket of a room page.
func (g *gate) socket(ctx context.Context, p pass) (*websocket.Conn, error) {
	d := websocket.Dialer{NetDialContext: g.dial, HandshakeTimeout: stepTime, Jar: p.jar, TLSClientConfig: g.trusted}
	conn, resp, err := d.DialContext(ctx, "ws"+strings.TrimPrefix(p.origin, "http")+strings.TrimSuffix(p.path, "/")+"/ws", http.Header{"Origin": {p.origin}})
	if err != nil && resp != nil {
		return nil, fmt.Errorf("status %d", resp.StatusCode)
	}
	return conn, plain(err)
}
