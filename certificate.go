package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"time"
)

// certificates is where the door has its certificate from: files, an authority that speaks ACME, or the program itself.
// What is renewed is shown to newcomers; whoever is connected, and all media, notices nothing.
type certificates interface {
	source() string            // as --tls says
	config() *tls.Config       // of every handshake from now on
	current() *tls.Certificate // that newcomers are shown; nil: there is none yet
	look(now time.Time)        // at each sweep: renews what is to be renewed by us
	Close() error              // ends what works in the background
}

// Values of --tls.
const (
	tlsOff        = "off"
	tlsFiles      = "files"
	tlsACME       = "acme"
	tlsSelfSigned = "self-signed"
)

// openCertificates returns nil if the door speaks no TLS.
func openCertificates(data string, n network, public string, door net.Addr, clear net.Listener, now func() time.Time, log *slog.Logger) (certificates, error) {
	u, err := url.Parse(public)
	if err != nil {
		return nil, err
	}
	host := u.Hostname()
	switch n.TLS {
	case tlsFiles:
		return openFileCertificates(n.TLSCert, n.TLSKey, host, now, log)
	case tlsACME:
		return openACME(data, n, host, door, clear, log)
	case tlsSelfSigned:
		return openSelfSigned(data, host, now())
	}
	return nil, nil
}

// certificateState is what an operator wants to know of the door's certificate.
type certificateState struct {
	Source string    `json:"source"`           // as --tls says
	Names  []string  `json:"names,omitempty"`  // that it is for; none: there is no certificate yet
	Issuer string    `json:"issuer,omitempty"` // as it names itself
	Ends   time.Time `json:"ends,omitzero"`
	Days   int       `json:"days_left"` // whole ones; negative: it has ended
}

// stateOf reads a certificate as of now.
func stateOf(source string, c *tls.Certificate, now time.Time) certificateState {
	s := certificateState{Source: source}
	if c == nil || c.Leaf == nil {
		return s
	}
	s.Names, s.Issuer, s.Ends = namesOf(c.Leaf), c.Leaf.Issuer.String(), c.Leaf.NotAfter
	s.Days = int(s.Ends.Sub(now) / (24 * time.Hour))
	if now.After(s.Ends) {
		s.Days--
	}
	return s
}

// namesOf is what a certificate is for.
func namesOf(c *x509.Certificate) []string {
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

// warnPeriod is how often the log warns of a certificate that ends soon.
const warnPeriod = 24 * time.Hour

// soon is when somebody should have renewed a certificate: authorities advise to do so at a third of its life.
const soon = 14 * 24 * time.Hour

// endsSoon reports whether somebody should have renewed a certificate by now. Some authorities give them for a day: then it
// is the last quarter that counts.
func endsSoon(c *x509.Certificate, now time.Time) bool {
	return c.NotAfter.Sub(now) < min(soon, c.NotAfter.Sub(c.NotBefore)/4)
}

// ending remembers when it was last warned that a certificate ends.
type ending struct{ warned time.Time }

// due reports whether to warn now.
func (e *ending) due(c *x509.Certificate, now time.Time) bool {
	if !endsSoon(c, now) || now.Sub(e.warned) < warnPeriod {
		return false
	}
	e.warned = now
	return true
}

// usable says what keeps browsers from believing a certificate that is for host, as far as it shows.
func usable(c *x509.Certificate, host string, now time.Time) error {
	switch {
	case now.After(c.NotAfter):
		return fmt.Errorf("ended on %s", c.NotAfter.Format(time.DateOnly))
	case now.Before(c.NotBefore):
		return fmt.Errorf("begins on %s", c.NotBefore.Format(time.DateOnly))
	}
	var other x509.HostnameError
	if err := c.VerifyHostname(host); errors.As(err, &other) {
		return fmt.Errorf("is not for %s", host)
	}
	return nil
}
