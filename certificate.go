package main

import (
	"crypto/tls"
	"time"
)

// certificates is where the door has its certificate from: files, an authority that speaks ACME, or the program itself.
type certificates interface {
	// config of every handshake from now on; what is renewed later comes through it too.
	config() *tls.Config
	// current is the certificate that newcomers are shown; nil: there is none yet.
	current() *tls.Certificate
	// look is called at each sweep, for what changes with time.
	look(now time.Time)
	// Close ends what works in the background.
	Close() error
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
	s.Names = append(s.Names, c.Leaf.DNSNames...)
	for _, ip := range c.Leaf.IPAddresses {
		s.Names = append(s.Names, ip.String())
	}
	s.Issuer, s.Ends = c.Leaf.Issuer.String(), c.Leaf.NotAfter
	s.Days = int(s.Ends.Sub(now).Hours()) / 24
	if now.After(s.Ends) {
		s.Days--
	}
	return s
}
