package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"log/slog"
	"net/http"
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

// The files of a new certificate are taken at the next look, one after the other as they come; what browsers would not
// believe is not. Connections from before go on.
func TestCertificateFilesAreReadAgain(t *testing.T) {
	now := time.Now()
	folder := t.TempDir()
	cert, key := pairAt(t, folder, now)
	var logged bytes.Buffer
	f, err := openFileCertificates(cert, key, "localhost", func() time.Time { return now }, slog.New(slog.NewTextHandler(&logged, nil)))
	if err != nil {
		t.Fatal(err)
	}
	th := newThreshold(t, listening(t), roomy(), f)
	shown := func() *x509.Certificate {
		conn := tls.Client(th.dial(), &tls.Config{InsecureSkipVerify: true})
		if err := conn.Handshake(); err != nil {
			t.Fatal(err)
		}
		return conn.ConnectionState().PeerCertificates[0]
	}
	relayed := tls.Client(th.dial(), th.client(nil))
	if err := bind(relayed); err != nil {
		t.Fatal(err)
	}
	first := shown()
	replace := func(name string, from string) {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, now, now); err != nil { // as if some time had passed, on any file system
			t.Fatal(err)
		}
		now = now.Add(time.Second)
		f.look(now)
	}
	newCert, newKey := pairAt(t, t.TempDir(), now)
	oldCert, oldKey := pairAt(t, t.TempDir(), now.Add(-2*selfSignedLife))
	broken := filepath.Join(folder, "broken.pem")
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
		logged.Reset()
		for name, from := range map[string]string{cert: s.cert, key: s.key} {
			if from != "" {
				replace(name, from)
			}
		}
		if shown().Equal(first) != s.kept {
			t.Errorf("%s: first certificate kept: %v", s.name, !s.kept)
		}
		if warned := strings.Contains(logged.String(), "not taken"); warned != s.kept {
			t.Errorf("%s: log %s", s.name, &logged)
		}
	}
	logged.Reset()
	f.look(now)
	if logged.Len() > 0 {
		t.Errorf("nothing changed, but the log says %s", &logged)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	f.look(now)
	if shown().Equal(first) || !strings.Contains(logged.String(), "not taken") {
		t.Errorf("a removed key: log %s", &logged)
	}
	if err := bind(relayed); err != nil {
		t.Errorf("relayed connection from before: %v", err)
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

// The log warns once a day of a certificate that ends soon: in its last two weeks, or its last quarter if it never had as much.
func TestEndOfCertificate(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	for _, c := range []struct {
		name       string
		life, left time.Duration
		want       bool
	}{
		{"15 of 90 days", 90 * day, 15 * day, false},
		{"13 of 90 days", 90 * day, 13 * day, true},
		{"ended", 90 * day, -day, true},
		{"half of a day", day, day / 2, false},
		{"hours of a day", day, day / 6, true},
	} {
		leaf := &x509.Certificate{NotBefore: now.Add(c.left - c.life), NotAfter: now.Add(c.left)}
		var e ending
		if got := e.due(leaf, now); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
		if e.due(leaf, now.Add(23*time.Hour)) && c.want {
			t.Errorf("%s: twice a day", c.name)
		}
		if !e.due(leaf, now.Add(24*time.Hour)) && c.want {
			t.Errorf("%s: not again the next day", c.name)
		}
	}
	state := func(left time.Duration) int {
		return stateOf(tlsFiles, &tls.Certificate{Leaf: &x509.Certificate{NotAfter: now.Add(left)}}, now).Days
	}
	for left, want := range map[time.Duration]int{13*day + time.Hour: 13, time.Hour: 0, -time.Hour: -1, -25 * time.Hour: -2} {
		if got := state(left); got != want {
			t.Errorf("%v left: %d days", left, got)
		}
	}
}

// The running server warns of a certificate that nobody renews, and takes the new one that somebody puts there.
func TestServerLooksAtItsCertificate(t *testing.T) {
	folder := t.TempDir()
	cert, key := pairAt(t, folder, time.Now().Add(5*24*time.Hour-selfSignedLife))
	n := network{Listen: "127.0.0.1:0", Media: []string{"127.0.0.1:0"}, TLS: tlsFiles, TLSCert: cert, TLSKey: key, URL: "https://localhost"}
	var logged safeBuffer
	s, err := newServer(t.TempDir(), n, mailing{}, time.Now, slog.New(slog.NewTextHandler(&logged, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	until(t, "a warning", func() bool { return strings.Contains(logged.String(), "the certificate ends soon") })
	if m := s.machine(); m.Certificate == nil || !m.Certificate.Soon || s.certificate().Days != 4 {
		t.Errorf("told %+v, %+v", m.Certificate, s.certificate())
	}
	pairAt(t, folder, time.Now())
	s.lookAtCertificate()
	if m := s.machine(); m.Certificate.Soon || s.certificate().Days != 824 {
		t.Errorf("afterwards told %+v, %+v", m.Certificate, s.certificate())
	}
}

// A trial on a LAN: the demo under its own certificate, which is the same at the next start.
func TestDemoUnderItsOwnCertificate(t *testing.T) {
	data := t.TempDir()
	trust := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
	defer trust.CloseIdleConnections()
	browser := &http.Client{Transport: trust}
	var first *x509.Certificate
	for range 2 {
		made, stop := startDemo(t, data, "--tls", "self-signed")
		link := made[0].Links[0].URL
		if !strings.HasPrefix(link, "https://127.0.0.1:") {
			t.Fatalf("link %s", link)
		}
		resp, err := browser.Get(link)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || resp.Proto != "HTTP/2.0" || resp.Header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s over %s, %v", resp.Status, resp.Proto, resp.Header)
		}
		shown := resp.TLS.PeerCertificates[0]
		if first != nil && !shown.Equal(first) {
			t.Error("another certificate after a restart")
		}
		first = shown

		term, out := testTerminal(t.Context())
		if err := run(term, []string{"stats", "--data", data}); err != nil {
			t.Fatal(err)
		}
		var told struct {
			Certificate certificateState
			Door        doorStats
		}
		if err := json.Unmarshal(out.Bytes(), &told); err != nil {
			t.Fatal(err)
		}
		if told.Certificate.Source != tlsSelfSigned || told.Certificate.Days != 824 || told.Door.Handshakes != 1 {
			t.Errorf("stats %+v", told)
		}
		trust.CloseIdleConnections()
		stop()
	}
	if info, err := os.Stat(filepath.Join(data, selfSignedKey)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key: %v, %v", info, err)
	}
}

// A certificate of our own is made anew when it ends soon, or the server has another name.
func TestOwnCertificateMadeAnew(t *testing.T) {
	data, now := t.TempDir(), time.Now()
	print := func(host string, now time.Time) string {
		s, err := openSelfSigned(data, host, now)
		if err != nil {
			t.Fatal(err)
		}
		if err := usable(s.current().Leaf, host, now); err != nil {
			t.Errorf("certificate %v", err)
		}
		return fingerprint(s.current())
	}
	first := print("192.0.2.7", now)
	if print("192.0.2.7", now.AddDate(2, 0, 0)) != first {
		t.Error("made anew though it is good")
	}
	other := print("jalsa.local", now)
	if other == first || print("jalsa.local", now.Add(selfSignedLife-13*24*time.Hour)) == other {
		t.Error("not made anew")
	}
}
