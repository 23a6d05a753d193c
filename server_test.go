package main

import (
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"jalsa/booking"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// never ended by the ACME server of tests, and by certmagic: one for each authority, and one that looks for its file for five seconds
		goleak.IgnoreAnyFunction("github.com/letsencrypt/pebble/v2/va.VAImpl.processTasks"),
		goleak.IgnoreAnyFunction("github.com/caddyserver/certmagic.(*RingBufferRateLimiter).permit"),
		goleak.IgnoreAnyFunction("github.com/caddyserver/certmagic.keepLockfileFresh"),
	)
}

// What keeps a server from starting is one line that says what to do about it.
func TestServeRefusals(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	takenUDP, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer takenUDP.Close()
	locked := t.TempDir()
	books, err := openBooks(locked, booking.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer books.Close()
	demo := t.TempDir()
	_, stop := startDemo(t, demo)
	stop()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"folder in use", []string{"--data", locked}, "in use by another server"},
		{"folder of a demo", []string{"--data", demo}, "whose passwords are printed"},
		{"folder is a file", []string{"--data", file}, "not a directory"},
		{"folder cannot be made", []string{"--data", "/proc/jalsa"}, "data folder"},
		{"web port taken", []string{"--listen", taken.Addr().String()}, "address already in use: choose another port with --listen"},
		{"media port taken", []string{"--media", takenUDP.LocalAddr().String()}, "address already in use: choose another port with --media"},
		{"port of --http taken", []string{"--tls", "self-signed", "--http", taken.Addr().String()}, "address already in use: choose another port with --http"},
		{"port of --metrics taken", []string{"--metrics", taken.Addr().String()}, "open port of --metrics: listen tcp " + taken.Addr().String() + ": bind: address already in use: choose another port with --metrics"},
		{"no port in --metrics", []string{"--metrics", "localhost"}, "open port of --metrics"},
		{"no certificate named", []string{"--tls", "files", "--tls-cert", file}, "needs --tls-cert and --tls-key"},
		{"no certificate in the file", []string{"--tls", "files", "--tls-cert", file, "--tls-key", file}, "read --tls-cert and --tls-key"},
		{"nobody to make a certificate for", []string{"--tls", "acme"}, "--url"},
		{"no root in the file", []string{"--tls", "acme", "--url", "https://hearings.example", "--acme-ca-root", file}, "no certificate in"},
		{"https that people do not open", []string{"--tls", "self-signed", "--url", "http://hearings.example"}, "speaks https"},
		{"http that leads to http", []string{"--http", "127.0.0.1:0"}, "--http sends people to https"},
		{"bad url", []string{"--url", "hearings.example"}, "--url"},
		{"bad public address", []string{"--public-address", "nowhere"}, "--public-address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			term, _ := testTerminal(t.Context())
			args := append([]string{"serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--media", "127.0.0.1:0"}, c.args...)
			err := run(term, args)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q, want one line with %q", err, c.want)
			}
		})
	}
}

// Without --data the demo and the server have folders of their own.
func TestDataFolders(t *testing.T) {
	t.Chdir(t.TempDir())
	term, _ := testTerminal(t.Context())
	busy, err := net.Listen("tcp", "127.0.0.1:0") // keeps both from starting
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for command, want := range map[string]string{"serve": "data", "demo": "demo-data"} {
		if err := run(term, []string{command, "--listen", busy.Addr().String()}); err == nil {
			t.Fatalf("%s started", command)
		}
		if _, err := os.Stat(filepath.Join(want, "jalsa.db")); err != nil {
			t.Errorf("%s: %v", command, err)
		}
	}
	if isDemo("data") || !isDemo("demo-data") {
		t.Error("the mark of the demo is not in its folder alone")
	}
}

func TestOriginsAsBrowsersWriteThem(t *testing.T) {
	for in, want := range map[string]string{
		"https://Hearings.Example":     "https://hearings.example",
		"https://hearings.example:443": "https://hearings.example",
		"http://localhost:8080/":       "http://localhost:8080",
		"http://[::1]:80":              "http://[::1]",
		"hearings.example":             "",
		"https://a.example/path":       "",
		"https://user@a.example":       "",
		"ftp://a.example":              "",
	} {
		got, err := originOf("--url", in)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("originOf(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

// What became due while no server ran is done as soon as one does.
func TestServerSweepsAtItsStart(t *testing.T) {
	data := t.TempDir()
	open := func(now time.Time) *booking.Store {
		store, err := booking.Open(filepath.Join(data, "jalsa.db"), booking.Options{Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		return store
	}
	long := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	at, err := booking.NewCivil("2026-11-02T10:00", "Africa/Casablanca")
	if err != nil {
		t.Fatal(err)
	}
	store := open(long)
	a, _, err := store.Book(booking.Draft{
		Institution: booking.Text{"fr": "Tribunal"}, Service: booking.Text{"fr": "Audience"}, Start: at, Duration: time.Hour, Keep: 1,
		Participants: []booking.Participant{{Role: booking.RoleHost, Name: "Amina El Fassi"}},
	}, "test")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	later := long.AddDate(0, 1, 0)
	s, err := newServer(data, network{Listen: "127.0.0.1:0", Media: []string{"127.0.0.1:0"}}, mailing{}, func() time.Time { return later }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	store = open(later)
	defer store.Close()
	if now, err := store.Appointment(a.ID); err != nil || now.Erased.IsZero() {
		t.Errorf("erased at %v, %v", now.Erased, err)
	}
}
