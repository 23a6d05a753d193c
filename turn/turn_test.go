package turn

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patient = 5 * time.Second

// bench is a served Server, with the switches that tests turn.
type bench struct {
	*Server
	media  *media
	addr   string
	absent sync.Map // user -> true

	transport string // "": tcp
	serving   int
	served    chan error
	behind    atomic.Int64 // how far the server's clock is behind
	stands    atomic.Int64 // what it shows while it stands, Unix nanoseconds; 0: it goes
}

func start(t *testing.T, change ...func(*Config)) *bench {
	t.Helper()
	b := &bench{media: newMedia()}
	b.Server = b.make(t, change...)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.addr = l.Addr().String()
	b.served = make(chan error, 8)
	b.serve(func() error { return b.Serve(Prompt(l)) })
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		for range b.serving {
			if err := <-b.served; !errors.Is(err, net.ErrClosed) {
				t.Errorf("served until %v", err)
			}
		}
	})
	return b
}

func (b *bench) make(t *testing.T, change ...func(*Config)) *Server {
	t.Helper()
	config := Config{
		Realm:   "hearings",
		Relay:   b.media.open,
		Media:   []netip.AddrPort{mediaAddr.AddrPort()},
		Allowed: func(user string) bool { _, gone := b.absent.Load(user); return !gone },
		Now:     b.now,
	}
	for _, c := range change {
		c(&config)
	}
	s, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (b *bench) serve(until func() error) {
	b.serving++
	go func() { b.served <- until() }()
}

// transports by which clients come.
var transports = []string{"tcp", "tls", "udp"}

// over begins to serve one more, and has dial and enter use it from now on.
func (b *bench) over(t *testing.T, transport string) *bench {
	t.Helper()
	switch b.transport = transport; transport {
	case "tls":
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		config := &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
		b.serve(func() error { return b.Serve(tls.NewListener(Prompt(l), config)) })
		b.addr = l.Addr().String()
	case "tcp without prompt":
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		b.serve(func() error { return b.Serve(l) })
		b.addr = l.Addr().String()
	case "udp":
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		b.serve(func() error { return b.ServeUDP(conn) })
		b.addr = conn.LocalAddr().String()
	}
	return b
}

// certificate is nobody's.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (b *bench) now() time.Time {
	if at := b.stands.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Now().Add(-time.Duration(b.behind.Load()))
}

// stop lets the server's clock stand, pass moves it on. Deadlines are still those of the sockets.
func (b *bench) stop()                { b.stands.Store(time.Now().UnixNano()) }
func (b *bench) pass(d time.Duration) { b.stands.Add(int64(d)) }

// until polls a condition that another goroutine brings about.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(patient)
	defer deadline.Stop()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for !ok() {
		select {
		case <-again.C:
		case <-deadline.C:
			t.Fatalf("never: %s", what)
		}
	}
}

func (b *bench) count(reason string) uint64 { return b.Stats().Refused[reason] }
