package web

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"jalsa/booking"
)

func TestEveryAnswerHasTheHeaders(t *testing.T) {
	f := newFixture(t)
	_, invites := f.book()
	room, cookie := f.enter(invites[1].Ticket)
	session := cookie.Name + "=" + cookie.Value
	for _, c := range []struct {
		method, target string
		status         int
	}{
		{"GET", "/", 200}, {"HEAD", "/", 200},
		{"GET", "/j/" + invites[1].Ticket, 200}, {"POST", "/j/" + invites[1].Ticket, 303}, {"GET", "/j/nobody", 404},
		{"PUT", "/j/" + invites[1].Ticket, 405}, {"GET", room, 200}, {"GET", "/h/nobody/", 403}, {"GET", room + "ws", 200},
		{"GET", "/static/room-1.js", 200}, {"GET", "/static/none.js", 404}, {"GET", "/healthz", 200},
		{"GET", "/nothing", 404}, {"GET", "/j/../x", 307}, {"GET", "/h/a", 303},
	} {
		h := f.do(c.method, c.target, "Cookie", session)
		if h.Code != c.status {
			t.Errorf("%s %s: status %d, want %d", c.method, c.target, h.Code, c.status)
		}
		file := c.target == "/static/room-1.js" // which does nothing by itself
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'",
			"Permissions-Policy":      "camera=(self), microphone=(self)",
			"X-Content-Type-Options":  "nosniff",
			"Referrer-Policy":         "",
			"Cache-Control":           "",
		} {
			if got := h.Header().Get(name); (got == "" || !strings.HasPrefix(got, want)) && !(file && name == "Permissions-Policy") {
				t.Errorf("%s %s: %s is %q", c.method, c.target, name, got)
			}
		}
		policy := h.Header().Get("Content-Security-Policy")
		if file != (policy == "default-src 'none'") {
			t.Errorf("%s: policy %s", c.target, policy)
		}
		for _, want := range []string{"script-src 'self';", "frame-ancestors 'none'", "connect-src 'self' ws://audiences.example.ma;", "require-trusted-types-for 'script'"} {
			if !file && !strings.Contains(policy, want) {
				t.Errorf("policy lacks %s", want)
			}
		}
		if got := strings.Contains(policy, "img-src 'self' data: blob:;"); got != (c.target == room) {
			t.Errorf("%s: pictures from addresses of the page's own are allowed: %v", c.target, got)
		}
		if strings.Contains(policy, "unsafe") {
			t.Error("policy has an unsafe source")
		}
		if cached := strings.HasPrefix(c.target, "/static/room"); cached != (h.Header().Get("Cache-Control") != "no-store") {
			t.Errorf("%s: Cache-Control %q", c.target, h.Header().Get("Cache-Control"))
		}
		want := "no-referrer"
		if strings.HasPrefix(c.target, "/j/"+invites[1].Ticket) && c.status == 200 {
			want = "strict-origin"
		}
		if got := h.Header().Get("Referrer-Policy"); got != want {
			t.Errorf("%s %s: Referrer-Policy %q, want %q", c.method, c.target, got, want)
		}
	}
}

func TestSecureSiteSaysSo(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.PublicURL = "https://audiences.example.ma" })
	h := f.do("GET", "/").Header()
	if h.Get("Strict-Transport-Security") == "" || !strings.Contains(h.Get("Content-Security-Policy"), "wss://audiences.example.ma") {
		t.Errorf("headers %v", h)
	}
	if newFixture(t).do("GET", "/").Header().Get("Strict-Transport-Security") != "" {
		t.Error("a plain site promises TLS")
	}
	trial := newFixture(t, func(c *Config) { c.PublicURL, c.Unvouched = "https://jalsa.local", true })
	if trial.do("GET", "/").Header().Get("Strict-Transport-Security") != "" {
		t.Error("browsers are told to insist on a certificate that they warn of")
	}
}

func TestWrongMethod(t *testing.T) {
	f := newFixture(t)
	_, invites := f.book()
	for target, allow := range map[string]string{
		"/":                         "GET, HEAD",
		"/j/" + invites[1].Ticket:   "GET, HEAD, POST",
		"/h/aaaa/":                  "GET, HEAD",
		"/static/room-1.js":         "GET, HEAD",
		"/healthz":                  "GET, HEAD",
		"/h/aaaa":                   "GET, HEAD",
		"/j/nobody-knows-this-link": "GET, HEAD, POST",
	} {
		for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS", "BREW"} {
			w := f.do(method, target+"?lang=ar")
			if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != allow {
				t.Errorf("%s %s: status %d, Allow %q", method, target, w.Code, w.Header().Get("Allow"))
				continue
			}
			d := parse(t, w)
			checkPage(t, d, languages[1])
			if d.state() != "method" {
				t.Errorf("state %q", d.state())
			}
		}
	}
}

func TestHeadIsGetWithoutBody(t *testing.T) {
	f, server := serve(t)
	_, invites := f.book()
	for _, target := range []string{"/", "/j/" + invites[1].Ticket, "/static/room-1.js", "/healthz", "/nothing"} {
		head, err := http.Head(server.URL + target)
		if err != nil {
			t.Fatal(err)
		}
		head.Body.Close()
		get, err := http.Get(server.URL + target)
		if err != nil {
			t.Fatal(err)
		}
		get.Body.Close()
		if head.StatusCode != get.StatusCode || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
			t.Errorf("%s: HEAD %d, GET %d", target, head.StatusCode, get.StatusCode)
		}
	}
}

func TestUnknownPathAndHome(t *testing.T) {
	f := newFixture(t)
	for _, l := range languages {
		for target, state := range map[string]string{"/": "", "/nothing/here": "not_found", "/j/": "not_found", "/h/": "not_found", "/static/": "not_found"} {
			w := f.do("GET", target+"?lang="+l.Code)
			d := parse(t, w)
			checkPage(t, d, l)
			if d.state() != state || (w.Code == http.StatusOK) != (state == "") {
				t.Errorf("%s: status %d, state %q", target, w.Code, d.state())
			}
			if home := siteOf(t, f).catalogues[l.Code].text("error.home"); strings.Contains(content(d.one("main")), home) != (state != "") {
				t.Errorf("%s: the way home: %s", target, content(d.one("main")))
			}
		}
	}
}

func TestTroubleIsAPageAndALogLine(t *testing.T) {
	panicking := false
	f := newFixture(t, func(c *Config) {
		clock := c.Now
		c.Now = func() time.Time {
			if panicking {
				panic("index out of range")
			}
			return clock()
		}
	})
	_, invites := f.book()
	ticket := invites[1].Ticket
	trouble := func(target, trace string) {
		t.Helper()
		f.log.Reset()
		w := f.do("GET", target, "Cookie", booking.SessionCookie+"=secret")
		if w.Code != http.StatusInternalServerError {
			t.Fatalf("%s: status %d", target, w.Code)
		}
		d := parse(t, w)
		checkPage(t, d, languages[0])
		if d.state() != "internal" || strings.Contains(w.Body.String(), trace) {
			t.Errorf("page: %s", content(d.root))
		}
		if log := f.log.String(); !strings.Contains(log, trace) || strings.Contains(log, ticket) || strings.Contains(log, "secret") {
			t.Errorf("log: %s", log)
		}
	}
	panicking = true
	trouble("/j/"+ticket, "index out of range")
	panicking = false
	f.store.Close()
	trouble("/j/"+ticket, "database not open")
	trouble("/h/a/", "database not open")
}

// A full disk is no riddle: the answer says that nothing was kept, and the log why.
func TestAFullDiskSaysSo(t *testing.T) {
	err := fmt.Errorf("hold slot: %w", &fs.PathError{Op: "write", Path: "jalsa.db", Err: syscall.ENOSPC})
	for _, f := range failures {
		if errors.Is(err, f.err) {
			if f.status != http.StatusInsufficientStorage || f.key != "error.full" {
				t.Errorf("status %d, %s", f.status, f.key)
			}
			return
		}
	}
	t.Error("it is told as any other fault")
}

func TestPostFromAnotherSiteIsRefused(t *testing.T) {
	f := newFixture(t)
	_, invites := f.book()
	link := "/j/" + invites[1].Ticket
	for _, c := range []struct {
		name, header, value string
		status              int
	}{
		{"another site", "Sec-Fetch-Site", "cross-site", 403},
		{"another origin, old browser", "Origin", "https://evil.example", 403},
		{"no origin told, old browser", "Origin", "null", 403},
		{"our page", "Sec-Fetch-Site", "same-origin", 303},
		{"our page, old browser", "Origin", "http://audiences.example.ma", 303},
		{"no browser", "User-Agent", "curl", 303},
	} {
		w := f.do("POST", link, c.header, c.value)
		if w.Code != c.status {
			t.Errorf("%s: status %d, want %d", c.name, w.Code, c.status)
		}
		if c.status == http.StatusForbidden {
			if state := parse(t, w).state(); state != "cross_origin" || len(w.Header()["Set-Cookie"]) != 0 {
				t.Errorf("%s: state %q", c.name, state)
			}
		}
	}
}

func TestPagesTravelCompressed(t *testing.T) {
	f := newFixture(t)
	_, invites := f.book()
	plain := f.do("GET", "/j/"+invites[1].Ticket)
	packed := f.do("GET", "/j/"+invites[1].Ticket, "Accept-Encoding", "gzip, br")
	if plain.Header().Get("Content-Encoding") != "" || packed.Header().Get("Content-Encoding") != "gzip" {
		t.Fatal("encoding not negotiated")
	}
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	weight := packed.Body.Len()
	unpacked, err := io.ReadAll(z)
	if err != nil || string(unpacked) != plain.Body.String() {
		t.Errorf("the compressed page differs: %v", err)
	}
	if weight > 5000 {
		t.Errorf("the page of a link weighs %d bytes without style", weight)
	}
}

func TestNewRefusesHalfAConfig(t *testing.T) {
	f := newFixture(t)
	whole := siteOf(t, f).Config
	whole.PublicURL, whole.Live, whole.Rehearsal = "http://localhost:8080", http.NotFoundHandler(), http.NotFoundHandler()
	for name, c := range map[string]Config{
		"no host":   {Bookings: f.store, Live: whole.Live, Rehearsal: whole.Live, PublicURL: "http://"},
		"no scheme": {Bookings: f.store, Live: whole.Live, Rehearsal: whole.Live, PublicURL: "audiences.example.ma"},
		"no clock":  whole,
	} {
		if _, err := newSite(c, testDist); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, dist := range map[string]fstest.MapFS{
		"not built": {},
		"half":      {"manifest.json": {Data: []byte(`{"room.js":"room-1.js"}`)}},
		"torn":      {"manifest.json": {Data: []byte(`{`)}},
		"missing":   {"manifest.json": testDist["manifest.json"]},
	} {
		if _, err := loadAssets(dist); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
