package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
)

// acmeServer is a private ACME server, whose own certificate is of a root that no system knows.
type acmeServer struct {
	url, root string // of --acme-ca, --acme-ca-root
	*httptest.Server
}

// newACMEServer looks for names at the ports of this machine.
func newACMEServer(t *testing.T, tlsPort, httpPort int) *acmeServer {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	quiet := log.New(io.Discard, "", 0)
	books := db.NewMemoryStore()
	signer := ca.New(quiet, books, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {ValidityPeriod: 90 * 24 * 60 * 60}})
	looks := va.New(quiet, httpPort, tlsPort, false, "", books)
	front := wfe.New(quiet, books, looks, signer, nil, false, false, 0, 0)
	server := httptest.NewTLSServer(front.Handler())
	t.Cleanup(server.Close)
	root := filepath.Join(t.TempDir(), "root.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(root, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return &acmeServer{Server: server, url: server.URL + wfe.DirectoryPath, root: root}
}

// freePort is one that nobody has on any address, below those that systems give to clients: of them one may be taken by the
// time that it is opened.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 20_000 + rand.IntN(12_000)
		if l, err := net.Listen("tcp", ":"+strconv.Itoa(port)); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// onACME is a server that asks a for its certificate.
func onACME(t *testing.T, data string, n network, a *acmeServer, logged io.Writer) *server {
	t.Helper()
	n.Media, n.TLS, n.ACMEEmail, n.ACMECA, n.ACMECARoot = []string{"127.0.0.1:0"}, tlsACME, "it@example.ma", a.url, a.root
	s, err := newServer(data, n, mailing{}, time.Now, slog.New(slog.NewTextHandler(logged, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// onPort is where people and the authority find a server.
func onPort(port int) network {
	return network{Listen: ":" + strconv.Itoa(port), URL: "https://localhost:" + strconv.Itoa(port)}
}

// shown is the certificate that a newcomer is shown, whose connection is returned.
func shown(t *testing.T, port int) (*tls.Conn, *x509.Certificate) {
	t.Helper()
	conn, err := tls.Dial("tcp", "localhost:"+strconv.Itoa(port), &tls.Config{InsecureSkipVerify: true}) // of a root made for this test
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(patient))
	t.Cleanup(func() { conn.Close() })
	return conn, conn.ConnectionState().PeerCertificates[0]
}

// An authority that no system knows gives the whole server its certificate, whichever of the two ways leads to it. The next
// start has it at once, though the authority is gone. A renewed one is shown to newcomers; whoever is connected stays so.
func TestCertificateFromAuthority(t *testing.T) {
	for _, way := range []string{"the door itself", "port of --http"} {
		t.Run(way, func(t *testing.T) {
			door, clear, data := freePort(t), freePort(t), t.TempDir()
			n := onPort(door)
			looks := door
			if way != "the door itself" {
				n.HTTP = ":" + strconv.Itoa(clear)
				looks = clear // which speaks no TLS, so that this way is closed
			}
			a := newACMEServer(t, looks, clear)
			s := onACME(t, data, n, a, io.Discard)
			until(t, "a certificate", func() bool { return s.certs.current() != nil })
			state := s.certificate()
			if fmt.Sprint(state.Names) != "[localhost]" || state.Days != 89 || state.Source != tlsACME {
				t.Errorf("certificate %+v", state)
			}
			_, first := shown(t, door)
			s.Close()
			a.Close()

			s = onACME(t, data, n, a, io.Discard)
			defer s.Close()
			until(t, "the kept certificate", func() bool { return s.certs.current() != nil })
			if _, kept := shown(t, door); !kept.Equal(first) {
				t.Error("another certificate after a restart")
			}
		})
	}
}

func TestRenewalByAuthority(t *testing.T) {
	door := freePort(t)
	var logged safeBuffer
	defer func() {
		if t.Failed() {
			t.Log(logged.String())
		}
	}()
	s := onACME(t, t.TempDir(), onPort(door), newACMEServer(t, door, freePort(t)), &logged)
	defer s.Close()
	until(t, "a certificate", func() bool { return s.certs.current() != nil })
	old, first := shown(t, door)
	if err := bind(old); err != nil {
		t.Fatal(err)
	}
	c := s.certs.(*acmeCertificates)
	c.running.Wait()               // obtain has read it
	c.magic.RenewalWindowRatio = 1 // all of its life: now
	if err := c.cache.RenewManagedCertificates(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, "another certificate", func() bool { return !s.certs.current().Leaf.Equal(first) })
	if _, renewed := shown(t, door); renewed.Equal(first) {
		t.Error("newcomers are shown the old certificate")
	}
	if err := bind(old); err != nil {
		t.Errorf("relayed connection from before: %v", err)
	}
}

// A certificate whose time came while the server stood still is renewed as soon as it runs again.
func TestRenewalAfterAPause(t *testing.T) {
	door, data := freePort(t), t.TempDir()
	a := newACMEServer(t, door, freePort(t))
	s := onACME(t, data, onPort(door), a, io.Discard)
	until(t, "a certificate", func() bool { return s.certs.current() != nil })
	first := s.certs.current().Leaf
	s.Close()
	before := certmagic.Default.RenewalWindowRatio
	defer func() { certmagic.Default.RenewalWindowRatio = before }()
	certmagic.Default.RenewalWindowRatio = 1 // all of its life: now
	s = onACME(t, data, onPort(door), a, io.Discard)
	defer s.Close()
	until(t, "another certificate", func() bool { c := s.certs.current(); return c != nil && !c.Leaf.Equal(first) })
}

// While the authority does not find us the server says so, and lives.
func TestNoCertificateYet(t *testing.T) {
	door := freePort(t)
	var logged safeBuffer
	s := onACME(t, t.TempDir(), onPort(door), newACMEServer(t, freePort(t), freePort(t)), &logged)
	defer s.Close()
	until(t, "a word in the log", func() bool { return strings.Contains(logged.String(), "the authority gave no certificate") })
	if _, err := tls.Dial("tcp", "localhost:"+strconv.Itoa(door), &tls.Config{InsecureSkipVerify: true}); err == nil {
		t.Error("hands were shaken without a certificate")
	}
	until(t, "counted", func() bool { return s.door.stats().Refused["no_certificate"] == 1 })
	if state := s.certificate(); state == nil || len(state.Names) > 0 || state.Days != 0 {
		t.Errorf("certificate %+v", state)
	}
}

// safeBuffer may be read while it is written.
type safeBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
