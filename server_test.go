package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
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

// testTerminal runs commands as a shell would, with what they print kept.
func testTerminal(ctx context.Context) (terminal, *bytes.Buffer) {
	out := new(bytes.Buffer)
	return terminal{ctx: ctx, out: out, err: io.Discard, now: time.Now}, out
}

// startDemo runs the demo on free ports and returns its links and a stop that
// waits for its end.
func startDemo(t *testing.T, data string, flags ...string) (made []links, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		args := append([]string{"demo", "--json", "--data", data, "--listen", "127.0.0.1:0", "--media", "127.0.0.1:0"}, flags...)
		err := run(terminal{ctx: ctx, out: writer, err: io.Discard, now: time.Now}, args)
		writer.CloseWithError(err)
		ended <- err
	}()
	if err := json.NewDecoder(reader).Decode(&made); err != nil {
		t.Fatalf("read links: %v", err)
	}
	stop = func() {
		cancel()
		go io.Copy(io.Discard, reader)
		if err := <-ended; err != nil {
			t.Errorf("server ended with: %v", err)
		}
		ended <- nil
	}
	t.Cleanup(stop)
	return made, stop
}

func TestDemoShowsEachState(t *testing.T) {
	made, _ := startDemo(t, t.TempDir())
	var got []string
	for _, m := range made {
		got = append(got, m.Status)
	}
	if want := "open too_early cancelled"; strings.Join(got, " ") != want {
		t.Errorf("states %q, want %q", got, want)
	}
	for _, m := range made {
		resp, err := http.Get(m.Links[0].URL)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: link answers %s", m.Status, resp.Status)
		}
	}
}

// Who starts the demo can sign in, and finds a day that is alive.
func TestDemoHasStaffAndADay(t *testing.T) {
	made, _ := startDemo(t, t.TempDir())
	registry := signIn(t, made, "greffe@tribunal.example")
	docket := registry("/staff/docket")
	if !strings.Contains(docket, "2026/0412") && !strings.Contains(docket, made[0].Reference) { // near midnight the rest of the day is another one
		t.Errorf("the docket of the demo shows neither hearing:\n%s", docket)
	}
	if requests := registry("/staff/requests"); !strings.Contains(requests, "Meryem Alaoui") {
		t.Error("no request waits")
	}
}

// signIn signs somebody of the demo's staff in and returns how they read a page.
func signIn(t *testing.T, made []links, login string) (page func(path string) string) {
	t.Helper()
	origin, _, _ := strings.Cut(made[0].Links[0].URL, "/j/")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	read := func(resp *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s answers %s, %v", resp.Request.URL, resp.Status, err)
		}
		return string(text)
	}
	read(browser.PostForm(origin+"/staff/login", url.Values{"login": {login}, "password": {demoPassword}, "to": {"/staff/docket"}}))
	return func(path string) string {
		t.Helper()
		return read(browser.Get(origin + path))
	}
}

// A second start keeps the data: the same appointments at the same links.
func TestDemoKeepsItsLinks(t *testing.T) {
	data := t.TempDir()
	first, stop := startDemo(t, data)
	stop()
	second, _ := startDemo(t, data)
	for i := range first {
		for j := range first[i].Links {
			if a, b := ticketOf(first[i].Links[j].URL), ticketOf(second[i].Links[j].URL); a != b {
				t.Errorf("%s, link %d changed", first[i].Status, j)
			}
		}
	}
}

func ticketOf(link string) string {
	_, ticket, _ := strings.Cut(link, "/j/")
	return ticket
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

// The demo makes nothing up in the books of an institution.
func TestDemoStaysOutOfOtherBooks(t *testing.T) {
	data := t.TempDir()
	books, err := openBooks(data, booking.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := books.Close(); err != nil {
		t.Fatal(err)
	}
	term, _ := testTerminal(t.Context())
	err = run(term, []string{"demo", "--data", data, "--listen", "127.0.0.1:0", "--media", "127.0.0.1:0"})
	if err == nil || !strings.Contains(err.Error(), "no demo made") {
		t.Errorf("error %q", err)
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

// A hearing that names an institution of the server is in its books; one that names another is in nobody's.
func TestBookForAnInstitution(t *testing.T) {
	data := t.TempDir()
	demo, _ := startDemo(t, data)
	registry := signIn(t, demo, "greffe@tribunal.example")
	for name, c := range map[string]struct{ institution, want, note string }{
		"Arabic name": {demoCourt["ar"], demoCourt["fr"], "shows in its docket"},
		"other name":  {"Tribunal d’ailleurs", "", "shows in no docket"},
	} {
		t.Run(name, func(t *testing.T) {
			term, out := testTerminal(t.Context())
			var notes bytes.Buffer
			term.err = &notes
			err := run(term, []string{"book", "--json", "--data", data, "--institution", c.institution, "--service", "Audience",
				"--start", "2030-06-01T10:00", "--participant", "host:Amina El Fassi:fr"})
			if err != nil {
				t.Fatal(err)
			}
			var made []links
			if err := json.Unmarshal(out.Bytes(), &made); err != nil {
				t.Fatal(err)
			}
			if listed := strings.Contains(registry("/staff/docket?day=2030-06-01"), made[0].Reference); listed != (c.want != "") {
				t.Errorf("in the docket: %v", listed)
			}
			if made[0].Institution != c.want || !strings.Contains(notes.String(), c.note) {
				t.Errorf("made for %q, note %q", made[0].Institution, &notes)
			}
		})
	}
}

func TestCommandsReachTheServer(t *testing.T) {
	data := t.TempDir()
	startDemo(t, data)
	info, err := os.Stat(filepath.Join(data, adminSocket))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("admin socket has mode %v, want 0600", info.Mode().Perm())
	}
	term, out := testTerminal(t.Context())
	book := []string{"book", "--json", "--data", data, "--institution", "Tribunal", "--service", "Audience", "--start", "2030-06-01T10:00",
		"--participant", "host:Amina El Fassi:fr", "--participant", "party:يوسف بناني:ar:a"}
	if err := run(term, book); err != nil {
		t.Fatal(err)
	}
	var made []links
	if err := json.Unmarshal(out.Bytes(), &made); err != nil {
		t.Fatal(err)
	}
	if len(made) != 1 || len(made[0].Links) != 2 || made[0].Status != "too_early" {
		t.Fatalf("booked %+v", made)
	}
	if err := run(term, []string{"cancel", made[0].Reference, "--data", data}); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(made[0].Links[1].URL, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if len(resp.Cookies()) != 0 {
		t.Error("a cancelled appointment's link still lets in")
	}
}

func TestCommandRefusals(t *testing.T) {
	data := t.TempDir()
	startDemo(t, data)
	good := []string{"book", "--institution", "T", "--service", "S", "--start", "2030-06-01T10:00", "--participant", "host:A"}
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"no server", []string{"cancel", "x", "--data", t.TempDir()}, "no server runs"},
		{"unknown reference", []string{"cancel", "xxxx-xxxx", "--data", data}, "xxxx-xxxx"},
		{"unknown zone", append(good, "--zone", "Mars/Olympus", "--data", data), "--zone is not"},
		{"no host", []string{"book", "--institution", "T", "--service", "S", "--start", "2030-06-01T10:00", "--participant", "party:A", "--data", data}, "nobody could open"},
		{"long", append(good, "--duration", "15h", "--data", data), "at most 14h"},
		{"hidden", append(good, "--participant", "party:a\u202eb", "--data", data), "hidden"},
		{"skipped time", append(good, "--start", "2030-03-31T02:30", "--zone", "Europe/Paris", "--data", data), "clocks go forward"},
		{"no such day", append(good, "--start", "2030-02-31T10:00", "--data", data), "--start"},
		{"unknown role", append(good, "--participant", "king:B", "--data", data), "role"},
		{"no name", append(good, "--participant", "party", "--data", data), "ROLE:NAME"},
	} {
		t.Run(c.name, func(t *testing.T) {
			term, _ := testTerminal(t.Context())
			if err := run(term, c.args); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q, want one with %q", err, c.want)
			}
		})
	}
}

// A new link lets in, the old one does not.
func TestReissue(t *testing.T) {
	data := t.TempDir()
	made, _ := startDemo(t, data)
	old := made[0].Links[1]
	term, out := testTerminal(t.Context())
	if err := run(term, []string{"reissue", made[0].Reference, "2", "--json", "--data", data}); err != nil {
		t.Fatal(err)
	}
	var again []links
	if err := json.Unmarshal(out.Bytes(), &again); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]int{old.URL: http.StatusNotFound, again[0].Links[0].URL: http.StatusOK} {
		resp, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("status %d, want %d", resp.StatusCode, want)
		}
	}
}

func TestStatsTellTheCounters(t *testing.T) {
	data := t.TempDir()
	startDemo(t, data)
	term, out := testTerminal(t.Context())
	if err := run(term, []string{"stats", "--data", data}); err != nil {
		t.Fatal(err)
	}
	for _, owner := range []string{"signaling", "sfu", "turn"} {
		if !strings.Contains(out.String(), `"`+owner+`": {`) {
			t.Errorf("no counters of %s in %s", owner, out)
		}
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
