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
// each sweep, and read again when one has changed, until what is in them was taken.
type fileCertificates struct {
	cert, key, host string // fixed
	log             *slog.Logger

	shown atomic.Pointer[tls.Certificate]

	// owned by look
	taken   [2]stamp // of the files, when what is shown was read
	refused [2]stamp // of files of which the log has said why they were not taken
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
	f := &fileCertificates{cert: cert, key: key, host: host, log: log, taken: [2]stamp{stampOf(cert), stampOf(key)}}
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
// believe the old certificate rather than the new, the old one stays. They are tried again at each look: the right to read
// them may come later, and so may the day on which a certificate begins.
func (f *fileCertificates) look(now time.Time) {
	seen := [2]stamp{stampOf(f.cert), stampOf(f.key)}
	if seen == f.taken {
		return
	}
	c, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err == nil && usable(f.shown.Load().Leaf, f.host, now) == nil {
		err = usable(c.Leaf, f.host, now)
	}
	if err != nil {
		if seen != f.refused {
			f.refused = seen
			f.log.Warn("new certificate not taken, the old one stays", "file", f.cert, "err", err)
		}
		return
	}
	f.shown.Store(&c)
	f.taken = seen
	f.log.Info("new certificate", "file", f.cert, "ends", c.Leaf.NotAfter)
}

func (f *fileCertificates) Close() error { return nil }
