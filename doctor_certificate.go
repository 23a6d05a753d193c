package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// chain is a certificate with what is sent along, from the files of --tls-cert and --tls-key, or as it is shown at a port.
type chain struct {
	where string // words
	host  string // that people ask for
	certs []*x509.Certificate
	roots *x509.CertPool // that are trusted; nil: those of this machine
	now   time.Time
	far   bool // shown by a proxy, which may not be reachable from inside
	err   error
}

// lookAtCertificates looks at the files and at what a port really shows.
func lookAtCertificates(ctx context.Context, n network, where location, running *condition, now time.Time) (all []chain) {
	c := chain{host: where.host, now: now}
	if n.TLS == tlsFiles {
		files := c
		files.where = n.TLSCert
		files.certs, files.err = readChain(n.TLSCert, n.TLSKey)
		all = append(all, files)
	}
	switch alone := n.secure() && !slices.ContainsFunc(n.Proxy, netip.Addr.IsLoopback); { // else a proxy has to announce us
	case alone && running != nil:
		c.where = inward(n.Listen)
	case !alone && strings.HasPrefix(where.url, "https://"):
		c.where, c.far = net.JoinHostPort(where.host, where.port), true
	default:
		return all
	}
	if running != nil && running.Certificate != nil && len(running.Certificate.Names) == 0 {
		c.err = errNoCertificate
		return append(all, c)
	}
	ctx, stop := within(ctx)
	defer stop()
	c.certs, c.err = shake(ctx, c.where, c.host)
	return append(all, c)
}

func readChain(cert, key string) (all []*x509.Certificate, err error) {
	pair, err := tls.LoadX509KeyPair(cert, key) // checks that the key is this certificate's
	if err != nil {
		return nil, err
	}
	return parseChain(pair.Certificate)
}

func parseChain(raw [][]byte) (all []*x509.Certificate, err error) {
	for _, der := range raw {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// shake asks a port for its certificate as a browser would. What it is worth is judged afterwards.
func shake(ctx context.Context, address, host string) ([]*x509.Certificate, error) {
	d := tls.Dialer{Config: &tls.Config{ServerName: host, InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}}}
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates, nil
}

func judgeCertificates(n network, all []chain) (found []finding) {
	for _, c := range all {
		found = append(found, c.judge(n.TLS == tlsSelfSigned))
	}
	if len(all) == 2 && all[0].err == nil && all[1].err == nil && !bytes.Equal(all[0].certs[0].Raw, all[1].certs[0].Raw) {
		found = append(found, warning.of("certificate", "the server shows another one than %s has: it takes a new one within a minute, if it is right", all[0].where).so("journalctl -u jalsa -g certificate"))
	}
	return found
}

func (c chain) judge(selfSigned bool) finding {
	const check = "certificate"
	var other x509.HostnameError
	var unknown x509.UnknownAuthorityError
	switch {
	case c.err != nil:
		return c.judgeMissing()
	case len(c.certs) == 0:
		return problem.of(check, "%s has none", c.where).so("see --tls")
	}
	leaf := c.certs[0]
	left := leaf.NotAfter.Sub(c.now)
	verified := c.verify()
	switch {
	case left < 0:
		return problem.of(check, "%s: ended on %s; browsers refuse it", c.where, leaf.NotAfter.Format(time.DateOnly)).so("renew it; the server takes new files without a restart")
	case leaf.NotBefore.After(c.now):
		return problem.of(check, "%s: begins only on %s; browsers refuse it", c.where, leaf.NotBefore.Format(time.DateOnly)).so("see clock")
	case errors.As(leaf.VerifyHostname(c.host), &other):
		return problem.of(check, "%s: is not for %s, but for %s; browsers refuse it", c.where, c.host, cmp.Or(strings.Join(namesOf(leaf), ", "), "nothing")).so("get one for %s, or correct --url", c.host)
	case selfSigned:
		return warning.of(check, "%s: nobody vouches for it, and every browser warns of it; for a trial only", c.where).so("--tls acme or --tls files, see README")
	case errors.As(verified, &unknown) && c.complete():
		return warning.of(check, "%s: is by %s, which this machine does not know; the devices of people have to", c.where, issuer(c.certs[len(c.certs)-1])).
			so("if it is your own authority: its root to /usr/local/share/ca-certificates, then update-ca-certificates, here and on their devices")
	case errors.As(verified, &unknown):
		return problem.of(check, "%s: the chain ends before %s, which this machine does not know: some browsers refuse it", c.where, issuer(c.certs[len(c.certs)-1])).
			so("put the intermediate certificates behind it (often a file fullchain.pem); if that is your own authority: its root to /usr/local/share/ca-certificates, then update-ca-certificates, here and on people's devices")
	case verified != nil:
		return problem.of(check, "%s: %v", c.where, verified).so("get a new one")
	case endsSoon(leaf, c.now):
		return warning.of(check, "%s: ends in %d days, and nobody has renewed it", c.where, left/(24*time.Hour)).so("renew it; the server takes new files without a restart")
	}
	return fine.of(check, "%s: for %s, by %s, %d days left", c.where, c.host, issuer(leaf), left/(24*time.Hour))
}

// judgeMissing is about a certificate that was not got.
func (c chain) judgeMissing() finding {
	const check = "certificate"
	switch {
	case c.far:
		return unseen.of(check, "what the proxy at %s shows: %v", c.where, c.err).so("from outside: jalsa probe https://%s", c.host)
	case errors.Is(c.err, errNoCertificate):
		return problem.of(check, "the authority has given none yet: nobody gets in").so("see authority below, and what it says: journalctl -u jalsa -g certificate")
	case errors.Is(c.err, fs.ErrPermission):
		return problem.of(check, "this user may not read it: %v", c.err).so("the server's user has to: chgrp jalsa on both files, and chmod 0640")
	}
	return problem.of(check, "%s: %v", c.where, c.err).so("see --tls-cert and --tls-key, and the log of the server")
}

func (c chain) verify() error {
	between := x509.NewCertPool()
	for _, i := range c.certs[1:] {
		between.AddCert(i)
	}
	_, err := c.certs[0].Verify(x509.VerifyOptions{Roots: c.roots, Intermediates: between, CurrentTime: c.now})
	return err
}

// complete tells whether the last certificate of the chain signed itself: there is nobody above it.
func (c chain) complete() bool {
	last := c.certs[len(c.certs)-1]
	return bytes.Equal(last.RawIssuer, last.RawSubject)
}

func issuer(c *x509.Certificate) string {
	if len(c.Issuer.Organization) > 0 {
		return c.Issuer.Organization[0] + " " + c.Issuer.CommonName
	}
	return c.Issuer.CommonName
}

// inward is where this machine itself reaches a port that it listens on.
func inward(listen string) string {
	host, port, _ := net.SplitHostPort(listen)
	if a, err := netip.ParseAddr(host); host == "" || err == nil && a.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}
