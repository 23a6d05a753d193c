package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// signer is a certificate with its key.
type signer struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

// issue makes a certificate for a name; by nil it is signed by itself.
func issue(t *testing.T, by *signer, name string, begin, end time.Time) *signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: begin, NotAfter: end,
		BasicConstraintsValid: true, IsCA: !strings.Contains(name, "."), DNSNames: []string{name},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	parent, with := template, key
	if by != nil {
		parent, with = by.Certificate, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, with)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &signer{c, key}
}

func TestDoctorOnCertificates(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	year := func(by *signer, name string) *signer { return issue(t, by, name, now.Add(-day), now.Add(365*day)) }
	root, stranger := year(nil, "root"), year(nil, "stranger")
	between := year(root, "between")
	good, foreign := year(between, "a.example"), year(year(stranger, "elsewhere"), "a.example")
	trusted := x509.NewCertPool()
	trusted.AddCert(root.Certificate)
	judge := func(change func(*chain), certs ...*signer) []finding {
		c := chain{where: "cert.pem", host: "a.example", roots: trusted, now: now}
		for _, s := range certs {
			c.certs = append(c.certs, s.Certificate)
		}
		if change != nil {
			change(&c)
		}
		return judgeCertificates(network{TLS: "files"}, []chain{c})
	}
	soonOver := issue(t, root, "a.example", now.Add(-80*day), now.Add(10*day))
	short := issue(t, root, "a.example", now.Add(-3*day), now.Add(3*day))
	checkAll(t,
		diagnosis{"good", judge(nil, good, between), fine, "for a.example, by between, 365 days left"},
		diagnosis{"chain missing", judge(nil, good), problem, "fullchain.pem"},
		diagnosis{"unknown authority, sent whole", judge(nil, foreign, stranger), warning, "by stranger, which this machine does not know"},
		diagnosis{"signed by itself", judge(nil, year(nil, "a.example")), warning, "which this machine does not know"},
		diagnosis{"over", judge(func(c *chain) { c.now = now.Add(366 * day) }, good, between), problem, "ended on 2027-12-01"},
		diagnosis{"not yet", judge(func(c *chain) { c.now = now.Add(-2 * day) }, good, between), problem, "see clock"},
		diagnosis{"of another name", judge(func(c *chain) { c.host = "b.example" }, good, between), problem, "not for b.example, but for a.example"},
		diagnosis{"soon over", judge(nil, soonOver), warning, "ends in 10 days"},
		diagnosis{"short-lived", judge(nil, short), fine, "3 days left"},
		diagnosis{"short-lived, soon over", judge(func(c *chain) { c.now = now.Add(2 * day) }, short), warning, "ends in 1 days"},
		diagnosis{"none", judge(nil), problem, "has none"},
		diagnosis{"not to be read", judge(func(c *chain) { c.err = fs.ErrPermission }), problem, "chgrp"},
		diagnosis{"no answer", judge(func(c *chain) { c.err = syscall.ECONNREFUSED }), problem, "connection refused"},
		diagnosis{"not given yet", judge(func(c *chain) { c.err = errNoCertificate }), problem, "see authority below"},
		diagnosis{"no answer from a proxy", judge(func(c *chain) { c.err, c.far = syscall.ETIMEDOUT, true }), unseen, "jalsa probe https://a.example"},
		diagnosis{"trial", judgeCertificates(network{TLS: "self-signed"}, []chain{{where: "x", host: "a.example", certs: []*x509.Certificate{year(nil, "a.example").Certificate}, now: now}}), warning, "for a trial only"},
		diagnosis{"another is shown", judgeCertificates(network{TLS: "files"}, []chain{
			{where: "cert.pem", host: "a.example", certs: []*x509.Certificate{year(root, "a.example").Certificate}, roots: trusted, now: now},
			{where: "localhost:443", host: "a.example", certs: []*x509.Certificate{year(root, "a.example").Certificate}, roots: trusted, now: now},
		}), warning, "shows another one than cert.pem"},
	)
}

// Files and ports are looked at as browsers and server do.
func TestDoctorReadsCertificates(t *testing.T) {
	now := time.Now()
	root := issue(t, nil, "root", now.Add(-time.Hour), now.Add(time.Hour))
	leaf := issue(t, root, "a.example", now.Add(-time.Hour), now.Add(time.Hour))
	folder := t.TempDir()
	write := func(name, kind string, der ...[]byte) string {
		var text []byte
		for _, d := range der {
			text = append(text, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: d})...)
		}
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key := func(name string, s *signer) string {
		der, err := x509.MarshalPKCS8PrivateKey(s.key)
		if err != nil {
			t.Fatal(err)
		}
		return write(name, "PRIVATE KEY", der)
	}
	cert := write("cert.pem", "CERTIFICATE", leaf.Raw, root.Raw)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw, root.Raw}, PrivateKey: leaf.key}}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.(*tls.Conn).Handshake()
			_ = c.Close()
		}
	}()
	n := network{TLS: "files", URL: "https://a.example", Listen: l.Addr().String(), TLSCert: cert, TLSKey: key("key.pem", leaf)}
	where := location{url: n.URL, host: "a.example", port: "443"}
	all := lookAtCertificates(t.Context(), n, where, &condition{}, now)
	if len(all) != 2 || all[0].err != nil || all[1].err != nil || len(all[0].certs) != 2 || !all[0].certs[0].Equal(all[1].certs[0]) {
		t.Errorf("%+v", all)
	}
	waiting := network{TLS: tlsACME, URL: n.URL, Listen: n.Listen}
	if all := lookAtCertificates(t.Context(), waiting, where, &condition{Certificate: &certificateState{Source: tlsACME}}, now); len(all) != 1 || !errors.Is(all[0].err, errNoCertificate) {
		t.Errorf("of a server that has none: %+v", all)
	}
	n.TLSKey = key("other.pem", root)
	if all := lookAtCertificates(t.Context(), n, where, nil, now); len(all) != 1 || all[0].err == nil || !strings.Contains(all[0].err.Error(), "private key does not match") {
		t.Errorf("with the key of another: %+v", all)
	}
	for listen, want := range map[string]string{":443": "localhost:443", "0.0.0.0:443": "localhost:443", "[::]:443": "localhost:443", "192.0.2.7:443": "192.0.2.7:443"} {
		if got := inward(listen); got != want {
			t.Errorf("%s is reached at %s, want %s", listen, got, want)
		}
	}
}

func TestDoctorOnTheAuthority(t *testing.T) {
	good := authority{on: true, directory: "https://ca.example/directory", storage: "data/acme", host: "a.example", at443: true}
	judge := func(change func(*authority)) []finding {
		a := good
		change(&a)
		return judgeAuthority(a)
	}
	checkAll(t,
		diagnosis{"off", judge(func(a *authority) { a.on = false }), fine, ""},
		diagnosis{"good", judge(func(*authority) {}), unseen, "https://ca.example/directory is reached"},
		diagnosis{"at port 80", judge(func(a *authority) { a.at443, a.at80 = false, true }), unseen, "is reached"},
		diagnosis{"at neither", judge(func(a *authority) { a.at443 = false }), problem, "--http :80"},
		diagnosis{"not reached", judge(func(a *authority) { a.err = errors.New("no route") }), problem, "is not reached: no route"},
		diagnosis{"storage", judge(func(a *authority) { a.denied = fs.ErrPermission }), problem, "chown -R jalsa: data/acme"},
		diagnosis{"an address", judge(func(a *authority) { a.host = "203.0.113.7" }), problem, "a certificate is for a name"},
	)
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/directory" {
			_, _ = w.Write([]byte(`{"newOrder":"https://ca.example/order"}`))
		}
	}))
	defer s.Close()
	root := filepath.Join(t.TempDir(), "root.pem")
	if err := os.WriteFile(root, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	n := network{TLS: "acme", URL: "https://a.example", Listen: ":8443", HTTP: ":80", ACMECA: s.URL + "/directory", ACMECARoot: root}
	where := location{host: "a.example", port: "443"}
	if a := lookAtAuthority(t.Context(), n, where, t.TempDir()); a.err != nil || a.denied != nil || !a.at443 || !a.at80 {
		t.Errorf("%+v", a)
	}
	n.ACMECA = s.URL + "/nothing"
	if a := lookAtAuthority(t.Context(), n, where, t.TempDir()); a.err == nil || !strings.Contains(a.err.Error(), "no ACME directory") {
		t.Errorf("%+v", a)
	}
	n.ACMECA, n.ACMECARoot = s.URL+"/directory", ""
	var unknown *tls.CertificateVerificationError
	if a := lookAtAuthority(t.Context(), n, where, t.TempDir()); !errors.As(a.err, &unknown) {
		t.Errorf("without its root: %v", a.err)
	}
}
