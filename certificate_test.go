package main

import (
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
