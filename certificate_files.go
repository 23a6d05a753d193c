package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// fileCertificates are two files that somebody else renews: an authority's program, an administrator. They are looked at at
// each sweep and read again when one has changed.
type fileCertificates struct {
	cert, key, host string // fixed
	log             *slog.Logger

	shown atomic.Pointer[tls.Certificate]

	// owned by look
	seen [2]stamp // of the files, when they were last read
}

// stamp tells a file from what was there before.
type stamp struct {
	changed time.Time
	size    int64
}

func stampOf(name string) stamp {
	info, err := os.Stat(name)
	if err != nil {
		return stamp{}
	}
	return stamp{info.ModTime(), info.Size()}
}

// openFileCertificates fails if the files hold no certificate. One that browsers will not believe is shown all the same: whoever
// replaces it need not start the server again.
func openFileCertificates(cert, key, host string, now func() time.Time, log *slog.Logger) (certificates, error) {
	f := &fileCertificates{cert: cert, key: key, host: host, log: log, seen: [2]stamp{stampOf(cert), stampOf(key)}}
	c, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("read --tls-cert and --tls-key: %w", err)
	}
	if err := usable(c.Leaf, host, now()); err != nil {
		log.Warn("browsers will not believe the certificate", "file", cert, "err", err)
	}
	f.shown.Store(&c)
	return f, nil
}

func (f *fileCertificates) source() string { return tlsFiles }

func (f *fileCertificates) config() *tls.Config {
	return &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return f.shown.Load(), nil }}
}

func (f *fileCertificates) current() *tls.Certificate { return f.shown.Load() }

// look reads files that have changed. While they do not fit one another, since only one is there yet, or browsers would
// believe the old certificate rather than the new, the old one stays.
func (f *fileCertificates) look(now time.Time) {
	seen := [2]stamp{stampOf(f.cert), stampOf(f.key)}
	if seen == f.seen {
		return
	}
	f.seen = seen
	c, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err == nil && usable(f.shown.Load().Leaf, f.host, now) == nil {
		err = usable(c.Leaf, f.host, now)
	}
	if err != nil {
		f.log.Warn("new certificate not taken, the old one stays", "file", f.cert, "err", err)
		return
	}
	f.shown.Store(&c)
	f.log.Info("new certificate", "file", f.cert, "ends", c.Leaf.NotAfter)
}

func (f *fileCertificates) Close() error { return nil }
