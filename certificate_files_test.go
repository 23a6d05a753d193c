package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pairAt writes a certificate and its key for localhost into two files.
func pairAt(t *testing.T, folder string, begins time.Time) (cert, key string) {
	t.Helper()
	certificate, secret, err := makeSelfSigned("localhost", begins)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for name, part := range map[string][]byte{key: secret, cert: certificate} {
		if err := os.WriteFile(name, part, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// watchedFiles are files of a certificate at a door, and what the log says of them.
type watchedFiles struct {
	*fileCertificates
	t      *testing.T
	th     *threshold
	now    time.Time
	logged bytes.Buffer
}

func newWatchedFiles(t *testing.T) *watchedFiles {
	t.Helper()
	w := &watchedFiles{t: t, now: time.Now()}
	cert, key := pairAt(t, t.TempDir(), w.now)
	opened, err := openFileCertificates(cert, key, "localhost", func() time.Time { return w.now }, slog.New(slog.NewTextHandler(&w.logged, nil)))
	if err != nil {
		t.Fatal(err)
	}
	w.fileCertificates = opened.(*fileCertificates)
	w.th = newThreshold(t, listening(t), roomy(), opened)
	return w
}

// newcomer is shown a certificate.
func (w *watchedFiles) newcomer() *x509.Certificate {
	w.t.Helper()
	conn := tls.Client(w.th.dial(), &tls.Config{InsecureSkipVerify: true})
	if err := conn.Handshake(); err != nil {
		w.t.Fatal(err)
	}
	return conn.ConnectionState().PeerCertificates[0]
}

// replace puts what other files hold in the place of the two, one after the other, and looks after each; "" is left as it is.
func (w *watchedFiles) replace(cert, key string) {
	w.t.Helper()
	w.logged.Reset()
	for name, from := range map[string]string{w.cert: cert, w.key: key} {
		if from == "" {
			continue
		}
		text, err := os.ReadFile(from)
		if err != nil {
			w.t.Fatal(err)
		}
		if err := os.WriteFile(name, text, 0o600); err != nil {
			w.t.Fatal(err)
		}
		if err := os.Chtimes(name, w.now, w.now); err != nil { // as if some time had passed, on any file system
			w.t.Fatal(err)
		}
		w.now = w.now.Add(time.Second)
		w.look(w.now)
	}
}

func (w *watchedFiles) warned() bool { return strings.Contains(w.logged.String(), "not taken") }

// The files of a new certificate are taken at the next look, one after the other as they come; what browsers would not
// believe is not. Connections from before go on.
func TestCertificateFilesAreReadAgain(t *testing.T) {
	w := newWatchedFiles(t)
	relayed := tls.Client(w.th.dial(), w.th.client(nil))
	if err := bind(relayed); err != nil {
		t.Fatal(err)
	}
	first := w.newcomer()
	newCert, newKey := pairAt(t, t.TempDir(), w.now)
	oldCert, oldKey := pairAt(t, t.TempDir(), w.now.Add(-2*selfSignedLife))
	broken := filepath.Join(t.TempDir(), "broken.pem")
	if err := os.WriteFile(broken, []byte("-----BEGIN CERTIFICATE-----\nhalf"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, s := range []struct {
		name, cert, key string
		kept            bool
	}{
		{"half a file", broken, "", true},
		{"one that has ended", oldCert, oldKey, true},
		{"a new one without its key", newCert, "", true},
		{"its key", "", newKey, false},
	} {
		w.replace(s.cert, s.key)
		if w.newcomer().Equal(first) != s.kept {
			t.Errorf("%s: first certificate kept: %v", s.name, !s.kept)
		}
		if w.warned() != s.kept {
			t.Errorf("%s: log %s", s.name, &w.logged)
		}
	}
	w.logged.Reset()
	w.look(w.now)
	if w.logged.Len() > 0 {
		t.Errorf("nothing changed, but the log says %s", &w.logged)
	}
	if err := os.Remove(w.key); err != nil {
		t.Fatal(err)
	}
	w.look(w.now)
	if w.newcomer().Equal(first) || !w.warned() {
		t.Errorf("a removed key: log %s", &w.logged)
	}
	if err := bind(relayed); err != nil {
		t.Errorf("relayed connection from before: %v", err)
	}
}

// What was not taken is tried again, though the files do not change any more; the log says so once.
func TestCertificateFilesAreTriedAgain(t *testing.T) {
	w := newWatchedFiles(t)
	first := w.newcomer()
	const day = 24 * time.Hour
	w.replace(pairAt(t, t.TempDir(), w.now.Add(day)))
	if !w.newcomer().Equal(first) || !w.warned() {
		t.Fatalf("one that begins tomorrow is shown, log %s", &w.logged)
	}
	w.logged.Reset()
	w.look(w.now.Add(day / 2))
	if !w.newcomer().Equal(first) || w.warned() {
		t.Errorf("in the meantime another is shown, or warned of again: %s", &w.logged)
	}
	w.look(w.now.Add(2 * day))
	if w.newcomer().Equal(first) {
		t.Error("not taken once it had begun")
	}
}

func TestCertificateFilesAtTheStart(t *testing.T) {
	now := time.Now()
	var logged bytes.Buffer
	log := slog.New(slog.NewTextHandler(&logged, nil))
	open := func(cert, key, host string) error {
		logged.Reset()
		_, err := openFileCertificates(cert, key, host, func() time.Time { return now }, log)
		return err
	}
	cert, key := pairAt(t, t.TempDir(), now)
	if err := open(cert, key, "localhost"); err != nil || logged.Len() > 0 {
		t.Errorf("good files: %v, log %s", err, &logged)
	}
	if err := open(cert, key, "other.example"); err != nil || !strings.Contains(logged.String(), "is not for other.example") {
		t.Errorf("for another host: %v, log %s", err, &logged)
	}
	if err := open(cert, cert, "localhost"); err == nil {
		t.Error("a server without a key")
	}
	ended, endedKey := pairAt(t, t.TempDir(), now.Add(-2*selfSignedLife))
	if err := open(ended, endedKey, "localhost"); err != nil || !strings.Contains(logged.String(), "ended on") {
		t.Errorf("ended: %v, log %s", err, &logged)
	}
}
