package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
)

const (
	// acmeFolder keeps account, keys and certificates, in the data folder.
	acmeFolder = "acme"
	// acmePause is how long to wait after certmagic gave up, which is after a month of trying.
	acmePause = time.Hour
)

// acmeCertificates are from an authority that speaks ACME (RFC 8555), a public one or the institution's own. It sees that the
// name is ours by a connection to the door itself (TLS-ALPN-01, RFC 8737), or by a request to --http (HTTP-01).
type acmeCertificates struct {
	// fixed
	host   string
	magic  *certmagic.Config
	issuer *certmagic.ACMEIssuer
	cache  *certmagic.Cache
	log    *slog.Logger

	end     context.CancelFunc
	running sync.WaitGroup // obtain
}

// openACME does not wait for a certificate: the authority may not reach us yet, and hearings that run go on without.
func openACME(data string, n network, host string, door net.Addr, clear net.Listener, log *slog.Logger) (certificates, error) {
	roots, err := rootsOf("--acme-ca-root", n.ACMECARoot, nil)
	if err != nil {
		return nil, err
	}
	c := &acmeCertificates{host: host, log: log}
	c.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return c.magic, nil },
		Logger:           zap.NewNop(),
	})
	c.magic = certmagic.New(c.cache, certmagic.Config{
		Storage:            &certmagic.FileStorage{Path: filepath.Join(data, acmeFolder)},
		DefaultServerName:  host,
		FallbackServerName: host,
		OCSP:               certmagic.OCSPConfig{DisableStapling: true}, // asks nobody but the authority
		OnEvent:            c.tell,
		Logger:             zap.NewNop(),
	})
	template := certmagic.ACMEIssuer{CA: n.ACMECA, Email: n.ACMEEmail, Agreed: true, TrustedRoots: roots, Logger: zap.NewNop()}
	// where certmagic finds that we listen ourselves
	template.ListenHost, template.AltTLSALPNPort = at(door)
	template.DisableHTTPChallenge = clear == nil
	if clear != nil {
		_, template.AltHTTPPort = at(clear.Addr())
	}
	c.issuer = certmagic.NewACMEIssuer(c.magic, template)
	c.magic.Issuers = []certmagic.Issuer{c.issuer}
	var ctx context.Context
	ctx, c.end = context.WithCancel(context.Background())
	c.running.Go(func() { c.obtain(ctx) })
	return c, nil
}

// obtain ends when there is a certificate; certmagic's cache then renews it. It looks every ten minutes: one whose time came
// while the server stood still is renewed before.
func (c *acmeCertificates) obtain(ctx context.Context) {
	for {
		kept, err := c.magic.CacheManagedCertificate(ctx, c.host)
		if err == nil {
			if kept.NeedsRenewal(c.magic) {
				_ = c.cache.RenewManagedCertificates(ctx) // which tells what becomes of it
			}
			return
		}
		if errors.Is(err, fs.ErrNotExist) {
			c.log.Info("no certificate yet, asking the authority for one", "host", c.host, "authority", c.issuer.CA)
			if err = c.magic.ObtainCertAsync(ctx, c.host); err == nil {
				continue
			}
		}
		if ctx.Err() != nil {
			return
		}
		c.log.Error("no certificate", "err", err, "again_in", acmePause)
		again := time.NewTimer(acmePause)
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return
		}
	}
}

// tell is called by certmagic; everything else that it has to say is of its inner life.
func (c *acmeCertificates) tell(_ context.Context, event string, data map[string]any) error {
	switch event {
	case "cert_failed":
		c.log.Warn("the authority gave no certificate; it is asked again", "host", c.host, "renewal", data["renewal"], "err", data["error"])
	case "cert_obtained":
		c.log.Info("new certificate", "host", c.host, "renewal", data["renewal"])
	}
	return nil
}

func (c *acmeCertificates) source() string { return tlsACME }

func (c *acmeCertificates) config() *tls.Config {
	shown := c.magic.TLSConfig().GetCertificate
	return &tls.Config{
		NextProtos: []string{"acme-tls/1"}, // RFC 8737; only answered while the authority is to look
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			certificate, err := shown(hello)
			if err != nil {
				return nil, fmt.Errorf("%w: %w", errNoCertificate, err)
			}
			return certificate, nil
		},
	}
}

func (c *acmeCertificates) current() *tls.Certificate {
	var latest *tls.Certificate
	for _, cached := range c.cache.AllMatchingCertificates(c.host) {
		if latest == nil || cached.Leaf.NotAfter.After(latest.Leaf.NotAfter) {
			latest = &cached.Certificate
		}
	}
	return latest
}

// challenged answers the authority at --http; false: the request was none of its.
func (c *acmeCertificates) challenged(w http.ResponseWriter, r *http.Request) bool {
	return c != nil && c.issuer.HandleHTTPChallenge(w, r)
}

func (c *acmeCertificates) look(time.Time) {}

func (c *acmeCertificates) Close() error {
	c.end()
	c.running.Wait()
	c.cache.Stop()
	return nil
}

// rootsOf reads the roots of a private authority and adds them to others, of which there may be none; nil: those of the system.
func rootsOf(flag, file string, others *x509.CertPool) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", flag, err)
	}
	if others == nil {
		others = x509.NewCertPool()
	}
	if !others.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: no certificate in %s", flag, file)
	}
	return others, nil
}

// at is where a port is open; no host if it is on all addresses.
func at(addr net.Addr) (host string, port int) {
	tcp := addr.(*net.TCPAddr)
	if !tcp.IP.IsUnspecified() {
		host = tcp.IP.String()
	}
	return host, tcp.Port
}
